/** Makes or renews the development PKI in `certs-dev/out`, or in the folder that is named. */
import { join, resolve } from 'node:path'
import { loadCatalogue } from '../catalogs/catalog.ts'
import { createDevelopmentPki } from './create.ts'
import { planFrom } from './from-catalogue.ts'

const out = resolve(process.argv[2] ?? join(import.meta.dirname, 'out'))
const exchange = process.env['EXCHANGE_ID'] ?? 'exchange.zhengtong.example'
await createDevelopmentPki({ out, exchange, ...planFrom(loadCatalogue()), at: new Date() })
process.stdout.write(`${out}\n`)

/**
 * Makes or renews the development PKI in `certs-dev/out`, or in the folder that is named; with
 * `--sm2 DEPARTMENT`, as often as there are such departments, for departments that run on SM2.
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { loadCatalogue } from '../catalogs/catalog.ts'
import { createDevelopmentPki } from './create.ts'
import { planFrom } from './from-catalogue.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { sm2: { type: 'string', multiple: true, default: [] } },
})
const out = resolve(positionals[0] ?? join(import.meta.dirname, 'out'))
const plan = planFrom(loadCatalogue(), values.sm2)
const exchange = process.env['EXCHANGE_ID'] ?? 'exchange.zhengtong.example'
await createDevelopmentPki({ out, exchange, ...plan, at: new Date() })
process.stdout.write(`${out}\n`)

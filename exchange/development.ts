/**
 * The development PKI of this checkout, for programs that must work on a fresh machine. Only its own
 * folder is ever written to; keys that somebody brought are left alone.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Catalogue } from '../catalogs/catalog.ts'
import { readPem } from '../sdk/pem.ts'
import { openPkcs12 } from '../sdk/pkcs12.ts'
import type { Identity } from '../sdk/pkcs12.ts'
import type { TlsEnd } from '../sdk/transport.ts'
import type { Config } from './config.ts'
import type { Exchange } from './exchange.ts'

const developmentFolder = join(import.meta.dirname, '../certs-dev/out')

/** Makes or renews the development PKI if that is what the settings name; answers whether it is. */
export async function prepareDevelopmentKeys(
  { keysFolder, exchangeId }: Pick<Config, 'keysFolder' | 'exchangeId'>,
  catalogue: Catalogue,
  at: Date,
): Promise<boolean> {
  if (keysFolder !== developmentFolder) return false
  // Loaded when needed: what makes certificates is nothing that production has or holds in memory.
  const { createDevelopmentPki } = await import('../certs-dev/create.ts')
  const { planFrom } = await import('../certs-dev/from-catalogue.ts')
  await createDevelopmentPki({ out: keysFolder, exchange: exchangeId, ...planFrom(catalogue), at })
  return true
}

/** A department's request key, as `certs-dev` lays it out: `<code>.p12` and one `password`. */
export async function openDepartment(keysFolder: string, department: string): Promise<Identity> {
  const password = (await readFile(join(keysFolder, 'password'), 'utf8')).trim()
  return openPkcs12(join(keysFolder, `${department}.p12`), password)
}

/** Its end of TLS connections, and the root of this PKI to believe about the server. */
export async function openTlsEnd(
  keysFolder: string,
  department: string,
): Promise<Required<TlsEnd>> {
  const read = (name: string) => readFile(join(keysFolder, `${name}.pem`), 'utf8')
  const [certificate, key] = [
    await read(`${department}/tls.chain`),
    await read(`${department}/tls.key`),
  ]
  return { authorities: await read('ca/root.chain'), own: { certificate, key } }
}

/** Registers the request keys of every department, so that the requests they sign are answered. */
export async function registerDevelopmentKeys(
  { registry, settings: { catalogue, clock } }: Exchange,
  keysFolder: string,
): Promise<void> {
  for (const code of catalogue.departments.keys()) {
    const chain = await readFile(join(keysFolder, code, 'request.chain.pem'), 'utf8')
    await registry.register(readPem(chain, 'CERTIFICATE'), clock())
  }
}

/**
 * The development PKI of this checkout, for programs that must work on a fresh machine. Only its own
 * folder is ever written to; keys that somebody brought are left alone.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Catalogue } from '../catalogs/catalog.ts'
import { planFrom } from '../certs-dev/from-catalogue.ts'
import { openPkcs12 } from '../sdk/pkcs12.ts'
import type { Identity } from '../sdk/pkcs12.ts'
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
  // Loaded when needed: what makes certificates is nothing that an exchange should hold in memory.
  const { createDevelopmentPki } = await import('../certs-dev/create.ts')
  await createDevelopmentPki({ out: keysFolder, exchange: exchangeId, ...planFrom(catalogue), at })
  return true
}

/** A department's request key, as `certs-dev` lays it out: `<code>.p12` and one `password`. */
export async function openDepartment(keysFolder: string, department: string): Promise<Identity> {
  const password = (await readFile(join(keysFolder, 'password'), 'utf8')).trim()
  return openPkcs12(join(keysFolder, `${department}.p12`), password)
}

/** Registers the request keys of every department, so that the requests they sign are answered. */
export async function registerDevelopmentKeys(
  { registry, settings: { catalogue, clock } }: Exchange,
  keysFolder: string,
): Promise<void> {
  for (const code of catalogue.departments.keys()) {
    const { certificates } = await openDepartment(keysFolder, code)
    await registry.register(certificates, clock())
  }
}

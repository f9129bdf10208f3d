/**
 * The development keys of the tests: those of the whole catalogue, as the sample world has them. They
 * are made once for all processes, because it takes longer than most tests.
 */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { loadCatalogue } from '../catalogs/catalog.ts'
import { createDevelopmentPki } from '../certs-dev/create.ts'
import { planFrom } from '../certs-dev/from-catalogue.ts'
import { withStartLock } from '../db/start-lock.ts'

export const exchangeId = 'exchange.test'
/** What the clocks that tests turn show at first. */
export const beginning = new Date('2026-11-20T01:00:00.000Z')
export const sharedKeys = join(import.meta.dirname, '../.zhengtong/test/keys')

let prepared: Promise<void> | undefined

export function prepareSharedKeys(): Promise<void> {
  return (prepared ??= withStartLock(sharedKeys, () => {
    const plan = planFrom(loadCatalogue())
    return createDevelopmentPki({ out: sharedKeys, exchange: exchangeId, at: beginning, ...plan })
  }))
}

/** Keys that a test may change, or has others among; what is in the folder already stays. */
export async function copySharedKeys(folder: string): Promise<void> {
  await prepareSharedKeys()
  await cp(sharedKeys, folder, { recursive: true, preserveTimestamps: true, force: false })
}

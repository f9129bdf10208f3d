/** One world for the processes of a run: the same keys, and a clock that began for all of them at once. */
import { join } from 'node:path'
import type { WorldSettings } from '../../demo/world.ts'

export const keysFolder = join(import.meta.dirname, '../../.zhengtong/test/keys')
const beginning = Date.parse('2026-11-20T01:00:00.000Z')

/** @param began when the run began, by the clock of the machine */
export function worldSettings(databaseUrl: string, began: number): WorldSettings {
  return {
    ...{ databaseUrl, keysFolder, exchangeId: 'exchange.test', host: '127.0.0.1', port: 0 },
    clock: () => new Date(beginning + Date.now() - began),
    report: () => undefined,
    logLevel: 'warn',
  }
}

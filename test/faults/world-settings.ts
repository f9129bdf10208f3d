/** One world for the processes of a run: the same keys, and the clock of the machine, as readiness asks. */
import { join } from 'node:path'
import type { WorldSettings } from '../../demo/world.ts'

export const keysFolder = join(import.meta.dirname, '../../.zhengtong/test/fault-keys')

export function worldSettings(databaseUrl: string): WorldSettings {
  return {
    ...{ databaseUrl, keysFolder, exchangeId: 'exchange.test', host: '127.0.0.1', port: 0 },
    clock: () => new Date(),
    report: () => undefined,
    logLevel: 'warn',
  }
}

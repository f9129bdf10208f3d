/** One world for the processes of a run: the same keys, and the clock of the machine, as readiness asks. */
import { join } from 'node:path'
import type { WorldSettings } from '../../demo/world.ts'

export const keysFolder = join(import.meta.dirname, '../../.zhengtong/test/fault-keys')

/** What a server process is told of the world it serves. */
export interface Place {
  readonly databaseUrl: string
  /** Of the fault runs, unless another. */
  readonly keysFolder?: string
  /** The time stands still there; otherwise it is that of the machine. */
  readonly at?: string
}

export function worldSettings(place: Place): WorldSettings {
  const { at } = place
  return {
    ...{ databaseUrl: place.databaseUrl, keysFolder: place.keysFolder ?? keysFolder },
    ...{ exchangeId: 'exchange.test', host: '127.0.0.1', port: 0, logLevel: 'warn' },
    clock: () => (at === undefined ? new Date() : new Date(at)),
    report: () => undefined,
  }
}

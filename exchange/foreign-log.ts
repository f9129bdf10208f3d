/**
 * A database and the keys belong together: a log that another key has signed would be extended by
 * heads that nobody accepts, and licences of another key would never open. So nothing is begun.
 */
import type { KeyObject } from 'node:crypto'
import type { Log } from '../log/index.ts'
import { openCheckpoint } from '../sdk/checkpoint.ts'
import { Problem } from '../sdk/problem.ts'

/** A log that slept longer than this is looked at by its whole verification only. */
const yearsBack = 2

/** @throws Problem foreign-log when the newest heads are not signed by this key for these origins */
export async function refuseForeignLog(log: Log, key: KeyObject, at: Date): Promise<void> {
  const year = at.getUTCFullYear()
  for (let shard = year; shard >= year - yearsBack; shard -= 1) {
    const note = await log.checkpoint(shard)
    if (note !== undefined) refuseForeignNote(note, log.origin(shard), key)
  }
}

function refuseForeignNote(note: string, origin: string, key: KeyObject): void {
  try {
    openCheckpoint(note, { origin, key })
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    throw new Problem('foreign-log', { origin }, { cause: thrown })
  }
}

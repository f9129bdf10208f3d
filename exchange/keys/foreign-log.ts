/**
 * A database and the keys belong together: a log that another key has signed would be extended by
 * heads that nobody accepts, and licences of another key would never open. So nothing is begun.
 */
import type { Log } from '../../log/index.ts'
import { openCheckpoint } from '../../sdk/checkpoint.ts'
import type { LogIdentity } from '../../sdk/checkpoint.ts'
import type { LogKey } from '../../sdk/log-key.ts'
import { Problem } from '../../sdk/problem.ts'

/** A log that slept longer than this is looked at by its whole verification only. */
const yearsBack = 2

/** @throws Problem foreign-log when the newest heads are not signed by these keys for these origins */
export async function refuseForeignLog(
  log: Log,
  trusted: readonly LogKey[],
  at: Date,
): Promise<void> {
  const keys = trusted.map(({ key }) => key)
  const year = at.getUTCFullYear()
  for (let shard = year; shard >= year - yearsBack; shard -= 1) {
    const note = await log.checkpoint(shard)
    if (note !== undefined) refuseForeignNote(note, { origin: log.origin(shard), keys })
  }
}

function refuseForeignNote(note: string, identity: LogIdentity): void {
  try {
    openCheckpoint(note, identity)
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    throw new Problem('foreign-log', { origin: identity.origin }, { cause: thrown })
  }
}

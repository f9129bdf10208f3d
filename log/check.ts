/**
 * The whole verification of a log, `zt audit verify`: every entry hashed again, every tree grown again,
 * every head opened, in one snapshot of the database. It believes signatures and bytes, no column and no
 * database function. What was deleted with every trace is only found with what is held outside: the
 * receipts of departments and the heads of witnesses.
 */
import type { Db, Tx } from '../db/postgres.ts'
import { toBase64url } from '../sdk/base64url.ts'
import type { LogKey } from '../sdk/log-key.ts'
import { checkEntry } from './check-entry.ts'
import { openOrUndefined } from './check-heads.ts'
import { createChanges } from './check-keys.ts'
import { findKnownLeaves, findOrphans, findShards, findUnplaced } from './check-store.ts'
import { checkTree } from './check-tree.ts'
import { shardOf } from './entry.ts'
import { createFindings, findingsMax } from './finding.ts'
import type { Find, Finding } from './finding.ts'

const pageRows = 1_000
/** How far back a held head may reach. */
const yearsMax = 50
/** The maximum merge delay that receipts promise. */
const mergeDelayMs = 60_000

export interface CheckSettings {
  readonly db: Db
  readonly origin: (shard: number) => string
  /** The public keys of the log, in the order in which they took over. */
  readonly keys: readonly LogKey[]
  readonly clock: () => Date
}

/** What others kept; the more, the less can have been taken away unseen. */
export interface HeldOutside {
  /** Leaves that receipts promise, whose signatures the caller has checked. */
  readonly leaves?: readonly Uint8Array[]
  /** Signed notes, as received. */
  readonly checkpoints?: readonly string[]
}

/** Every contradiction found, with the row to look at; none means that all of it holds. */
export async function checkLog(
  settings: CheckSettings,
  held: HeldOutside = {},
): Promise<Finding[]> {
  const { list, find } = createFindings()
  await settings.db.transaction(async (tx) => {
    const { origin, keys } = settings
    const changes = createChanges(keys, find)
    const notes = held.checkpoints ?? []
    const shards = new Set([...(await findShards(tx)), ...heldShards(settings, notes, find)])
    for (const shard of [...shards].sort((a, b) => a - b)) {
      const source = { shard, origin: origin(shard), keys, held: notes }
      await checkTree(tx, { ...source, changes }, find)
    }
    await checkUnplaced(tx, settings.clock(), find)
    await checkOrphans(tx, find)
    await checkPromises(tx, held.leaves ?? [], find)
  }, 'snapshot')
  return [...list]
}

/** A held note counts for the year whose origin it bears; one of no year is a finding of its own. */
function heldShards(settings: CheckSettings, notes: readonly string[], find: Find): number[] {
  const thisYear = shardOf(settings.clock())
  const years = Array.from({ length: yearsMax }, (_, i) => thisYear - i)
  return notes.flatMap((note, i) => {
    const year = years.find((shard) => {
      return openOrUndefined(note, { origin: settings.origin(shard), keys: settings.keys })
    })
    if (year === undefined) find('held-head-invalid', `held head number ${i + 1}`)
    return year ?? []
  })
}

async function checkUnplaced(tx: Tx, at: Date, find: Find): Promise<void> {
  for (let after = 0; ;) {
    const rows = await findUnplaced(tx, { after, most: pageRows })
    for (const row of rows) {
      const { recordedAt } = checkEntry(row, find)
      const waited = at.getTime() - (recordedAt ?? row.recordedAt).getTime()
      if (!row.isPending) find('entry-forgotten', `log.entry ${row.id}`)
      else if (waited > mergeDelayMs) find('entry-overdue', `log.entry ${row.id}`)
    }
    const last = rows.at(-1)
    if (!last || rows.length < pageRows) return
    after = last.id
  }
}

async function checkOrphans(tx: Tx, find: Find): Promise<void> {
  for (const { entryId, entryIsGone } of await findOrphans(tx, findingsMax)) {
    find(entryIsGone ? 'entry-missing' : 'pending-stale', `log.pending ${entryId}`)
  }
}

/** An entry is written before its receipt is signed, so a promised leaf must be there at once. */
async function checkPromises(tx: Tx, leaves: readonly Uint8Array[], find: Find): Promise<void> {
  for (let from = 0; from < leaves.length; from += pageRows) {
    const page = leaves.slice(from, from + pageRows)
    const known = new Set((await findKnownLeaves(tx, page)).map(toBase64url))
    for (const leaf of page.map(toBase64url)) {
      if (!known.has(leaf)) find('receipt-broken', `receipt ${leaf}`)
    }
  }
}

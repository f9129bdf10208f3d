/**
 * The front door of the log: appending inside the caller's transaction, sequencing, proofs, heads,
 * tiles, search and the whole verification. What an entry means is the business of who writes it.
 */
import { uniqueViolation } from '../db/postgres.ts'
import type { Db, Tx } from '../db/postgres.ts'
import { Problem } from '../sdk/problem.ts'
import { checkLog } from './check.ts'
import type { HeldOutside } from './check.ts'
import { entryKinds, entryLimits, writeEntry } from './entry.ts'
import type { Entry, EntryKind } from './entry.ts'
import type { Finding } from './finding.ts'
import { proveConsistency, proveLeaves, readCheckpoint, readTile } from './proof.ts'
import type { FoundProof, Growth } from './proof.ts'
import { runSequencer } from './run.ts'
import type { Sequencing } from './run.ts'
import { createSequencer } from './sequence.ts'
import type { SigningKey } from './sequence.ts'
import { countEntries, findBodiesOf, findByLicence, findEntries, insertEntries } from './store.ts'
import type { BodyRow, EntryFilter, FoundEntry } from './store.ts'
import { parseTilePath } from '../sdk/merkle/tile.ts'
import type { TileName } from '../sdk/merkle/tile.ts'

export { checkLog, entryKinds, parseTilePath, runSequencer }
export type { Entry, EntryFilter, EntryKind, Finding, FoundEntry, FoundProof, HeldOutside }
export type { Sequencing, SigningKey }

/** Of a page of a search, and of what is told of one licence. */
export const searchLimits = { pageMax: 200, ofLicence: 1_000 } as const

interface LogSettings {
  /** As zt_app (or zt_auditor, for reading only). */
  readonly db: Db
  /** As zt_sequencer. */
  readonly sequencerDb: Db
  /** The name of one year's tree: `EXCHANGE_ID/log/<year>`. */
  readonly origin: (shard: number) => string
  /** The Ed25519 keys of the log as they are now, with the private halves that sign. */
  readonly keys: () => readonly SigningKey[]
  readonly clock: () => Date
  /** Told of every failure of the running sequencer. */
  readonly report: (problem: Problem) => void
}

export interface Appended {
  readonly leaf: Uint8Array
  readonly shard: number
}

/** What can be asked of a log by whoever may read its tables; no key is needed for it. */
export interface LogReader {
  readonly origin: (shard: number) => string
  proof(leaf: Uint8Array): Promise<FoundProof>
  /** One for each leaf, in their order. */
  proofs(leaves: readonly Uint8Array[]): Promise<FoundProof[]>
  /** The bytes a leaf was made from, sequenced or not. */
  body(leaf: Uint8Array): Promise<Uint8Array | undefined>
  /** Of those leaves that are here, in any order. */
  bodies(leaves: readonly Uint8Array[]): Promise<BodyRow[]>
  consistency(growth: Growth): Promise<readonly Uint8Array[] | undefined>
  /** The newest signed note of a shard; none before its first entry. */
  checkpoint(shard: number): Promise<string | undefined>
  tile(name: TileName & { readonly shard: number }): Promise<Uint8Array | undefined>
  /** Newest first; at most `searchLimits.pageMax` a page, and `before` is the last id of the one before. */
  search(filter: EntryFilter, page: SearchPage): Promise<FoundEntry[]>
  /** How many entries of a kind there are, of one department when it is named. */
  count(kind: EntryKind, department?: string): Promise<number>
  /** The entries of a kind about each of these licences that has any, oldest first, 1,000 at most. */
  byLicence(
    kind: EntryKind,
    licenceIds: readonly string[],
  ): Promise<ReadonlyMap<string, readonly BodyRow[]>>
}

export interface Log extends LogReader {
  /** Written when `tx` commits, or now if it is no transaction. Leaves come in the order given. */
  append(tx: Tx, entries: readonly Entry[]): Promise<Appended[]>
  /** Brings everything appended so far under a signed head; says how many entries that were. */
  sequence(): Promise<number>
  run(): Sequencing
  /** The whole verification; no finding means that everything holds. */
  check(held?: HeldOutside): Promise<Finding[]>
}

interface SearchPage {
  readonly first: number
  readonly before?: number
}

export function createLogReader({ db, origin }: Pick<LogSettings, 'db' | 'origin'>): LogReader {
  return {
    origin,
    proof: async (leaf) => (await proveLeaves(db, [leaf]))[0] ?? 'unknown',
    proofs: (leaves) => proveLeaves(db, leaves),
    body: async (leaf) => (await findBodiesOf(db, [leaf]))[0]?.body,
    bodies: (leaves) => findBodiesOf(db, leaves),
    consistency: (growth) => proveConsistency(db, growth),
    checkpoint: (shard) => readCheckpoint(db, shard),
    tile: (name) => readTile(db, name),
    search: (filter, page) => {
      return findEntries(db, filter, { ...page, first: Math.min(page.first, searchLimits.pageMax) })
    },
    count: (kind, department) => countEntries(db, kind, department),
    byLicence: async (kind, licenceIds) => {
      const found = await findByLicence(db, { kind, licenceIds }, searchLimits.ofLicence)
      return Map.groupBy(found, ({ licenceId }) => licenceId)
    },
  }
}

export function createLog(settings: LogSettings): Log {
  const { db, sequencerDb, origin, keys, clock } = settings
  const sequence = createSequencer({ db: sequencerDb, origin, keys, clock })
  return {
    ...createLogReader(settings),
    append: (tx, entries) => append(tx, entries, clock()),
    sequence,
    run: () => runSequencer(sequence, settings.report),
    check: (held) => checkLog({ db, origin, keys: keys(), clock }, held),
  }
}

async function append(tx: Tx, entries: readonly Entry[], at: Date): Promise<Appended[]> {
  if (entries.length > entryLimits.entriesPerAppend) {
    throw new Problem('invalid-entry', { rule: 'count', limit: entryLimits.entriesPerAppend })
  }
  const written = entries.map((entry) => writeEntry(entry, at))
  if (written.length === 0) return []
  try {
    await insertEntries(tx, written)
  } catch (thrown) {
    if (uniqueViolation(thrown) !== 'entry_leaf_key') throw thrown
    throw new Problem('duplicate-entry', {}, { cause: thrown })
  }
  return written.map(({ leaf, shard }) => ({ leaf, shard }))
}

/**
 * All statements of the log but those of its whole verification (`check-store.ts`). What may be
 * written by whom is in the migration: the application inserts entries and pending rows, only the
 * sequencer writes positions, tiles and checkpoints.
 */
import { locks, plannedEachTime, sql } from '../db/postgres.ts'
import type { Tx } from '../db/postgres.ts'
import type { Tile } from '../sdk/merkle/tile-hash.ts'
import type { TilePlace } from '../sdk/merkle/tile.ts'

/** Durable together or not at all: the entries, and that each is still to be sequenced. */
export function insertEntries(
  tx: Tx,
  entries: readonly { readonly leaf: Uint8Array; readonly body: Uint8Array }[],
): Promise<number> {
  return tx.execute(sql`
    with recorded as (
      insert into log.entry (leaf, body)
      select leaf, body
        from unnest(${entries.map(({ leaf }) => leaf)}::bytea[],
                    ${entries.map(({ body }) => body)}::bytea[])
             with ordinality as given (leaf, body, place)
       order by place
      returning id
    )
    insert into log.pending (entry_id) select id from recorded`)
}

/**
 * Waits for its turn to extend a tree of this database; released by the end of the transaction, however
 * it ends.
 */
export function lockSequencer(tx: Tx): Promise<number> {
  return tx.execute(sql`select pg_advisory_xact_lock(${locks.sequencer})`)
}

export interface PendingRow {
  readonly id: number
  /** Null, like the body, when the entry itself is gone. */
  readonly leaf: Uint8Array | null
  readonly body: Uint8Array | null
}

/**
 * Takes the oldest entries off the queue and reads them again, as they are now. `offset 0` here and below
 * keeps the planner from scanning the whole log where it overestimates a page of it.
 */
export function takePending(tx: Tx, most: number): Promise<PendingRow[]> {
  return tx.rows(sql`
    with taken as (
      delete from log.pending
       where entry_id = any (array(select entry_id from log.pending order by entry_id limit ${most}))
      returning entry_id
    )
    select taken.entry_id as id, entry.leaf, entry.body
      from taken
      left join lateral (
        select leaf, body from log.entry where id = taken.entry_id offset 0
      ) as entry on true
     order by taken.entry_id`)
}

export interface CheckpointRow {
  readonly shard: number
  readonly size: number
  readonly root: Uint8Array
  readonly note: string
}

export function findLastCheckpoint(tx: Tx, shard: number): Promise<CheckpointRow | undefined> {
  return tx.row(sql`
    select shard, size, root, note
      from log.checkpoint
     where shard = ${shard}
     order by size desc
     limit 1`)
}

export function insertCheckpoint(
  tx: Tx,
  row: CheckpointRow & { readonly signedAt: Date },
): Promise<number> {
  return tx.execute(sql`
    insert into log.checkpoint (shard, size, root, note, signed_at)
    values (${row.shard}, ${row.size}, ${row.root}, ${row.note}, ${row.signedAt})`)
}

/** Positions without a gap from `first` on; a position already taken is refused by its key. */
export function insertPositions(
  tx: Tx,
  { shard, first, entryIds }: { shard: number; first: number; entryIds: readonly number[] },
): Promise<number> {
  return tx.execute(sql`
    insert into log.leaf_position (shard, index, entry_id)
    select ${shard}::integer, ${first}::bigint + place - 1, entry_id
      from unnest(${entryIds}::bigint[]) with ordinality as given (entry_id, place)`)
}

export function saveTiles(tx: Tx, shard: number, tiles: readonly Tile[]): Promise<number> {
  return tx.execute(sql`
    insert into log.tile (shard, level, index, hashes)
    select ${shard}::integer, level, index, hashes
      from unnest(${tiles.map(({ level }) => level)}::smallint[],
                  ${tiles.map(({ index }) => index)}::bigint[],
                  ${tiles.map(({ hashes }) => hashes)}::bytea[])
           as given (level, index, hashes)
    on conflict (shard, level, index) do update set hashes = excluded.hashes`)
}

export function findTiles(tx: Tx, shard: number, places: readonly TilePlace[]): Promise<Tile[]> {
  return tx.rows(sql`
    select tile.level, tile.index, tile.hashes
      from unnest(${places.map(({ level }) => level)}::smallint[],
                  ${places.map(({ index }) => index)}::bigint[]) as wanted (level, index)
      join log.tile on tile.shard = ${shard}
       and tile.level = wanted.level
       and tile.index = wanted.index`)
}

export interface LeafRow {
  readonly leaf: Uint8Array
  readonly shard: number
  readonly isPending: boolean
  /** Both null until the leaf is under a signed head. */
  readonly index: number | null
  readonly size: number | null
  readonly root: Uint8Array | null
  readonly note: string | null
}

/** Where these leaves stand, each with the newest head over it, as of one moment. */
export function findLeaves(tx: Tx, leaves: readonly Uint8Array[]): Promise<LeafRow[]> {
  return tx.rows(sql`
    select entry.leaf, entry.shard, position.index, head.size, head.root, head.note,
           exists (select from log.pending where entry_id = entry.id) as "isPending"
      from unnest(${leaves}::bytea[]) as asked (leaf)
      join lateral (
        select id, leaf, shard from log.entry where leaf = asked.leaf offset 0
      ) as entry on true
      left join lateral (
        select shard, index from log.leaf_position where entry_id = entry.id offset 0
      ) as position on true
      left join lateral (
        select size, root, note
          from log.checkpoint
         where checkpoint.shard = position.shard
         order by size desc
         limit 1
      ) as head on true`)
}

export interface BodyRow {
  readonly leaf: Uint8Array
  readonly body: Uint8Array
}

/** The bytes these leaves were made from. */
export function findBodiesOf(tx: Tx, leaves: readonly Uint8Array[]): Promise<BodyRow[]> {
  return tx.rows(sql`
    select entry.leaf, entry.body
      from unnest(${leaves}::bytea[]) as asked (leaf)
      join lateral (
        select leaf, body from log.entry where leaf = asked.leaf offset 0
      ) as entry on true`)
}

/** The bodies at positions `from` to `to` of a shard, in order. */
export async function findBodies(
  tx: Tx,
  { shard, from, to }: { shard: number; from: number; to: number },
): Promise<Uint8Array[]> {
  const rows = await tx.rows<{ body: Uint8Array }>(sql`
    select entry.body
      from log.leaf_position as position
      join lateral (
        select body from log.entry where id = position.entry_id offset 0
      ) as entry on true
     where position.shard = ${shard} and position.index >= ${from} and position.index < ${to}
     order by position.index`)
  return rows.map(({ body }) => body)
}

/** What an audit may ask for; an absent member asks for nothing. Times are those of recording. */
export interface EntryFilter {
  readonly kind?: string
  readonly department?: string
  readonly officer?: string
  readonly case?: string
  readonly item?: string
  readonly decision?: string
  readonly rid?: string
  readonly licenceId?: string
  readonly from?: Date
  readonly until?: Date
  /** Only these, for example what another table says is about one subject. */
  readonly leaves?: readonly Uint8Array[]
}

export interface FoundEntry {
  readonly id: number
  readonly shard: number
  /** Null until it is under a signed head. */
  readonly index: number | null
  readonly leaf: Uint8Array
  readonly recordedAt: Date
  readonly body: Uint8Array
}

/** Newest first; `before` is the id of the last row of the page before. */
export function findEntries(
  tx: Tx,
  filter: EntryFilter,
  { first, before }: { readonly first: number; readonly before?: number },
): Promise<FoundEntry[]> {
  const { kind, department, officer, item, decision, rid, licenceId, from, until, leaves } = filter
  return tx.rows(
    plannedEachTime(sql`
    select entry.id, entry.shard, position.index, entry.leaf,
           entry.recorded_at as "recordedAt", entry.body
      from log.entry
      left join lateral (
        select index from log.leaf_position where entry_id = entry.id offset 0
      ) as position on true
     where (${before}::bigint is null or entry.id < ${before})
       and (${kind}::text is null or entry.kind = ${kind})
       and (${department}::text is null or entry.department = ${department})
       and (${officer}::text is null or entry.officer = ${officer})
       and (${filter.case}::text is null or entry.case_number = ${filter.case})
       and (${item}::text is null or entry.item = ${item})
       and (${decision}::text is null or entry.decision = ${decision})
       and (${rid}::text is null or entry.rid = ${rid})
       and (${licenceId}::text is null or entry.licence_id = ${licenceId})
       and (${from}::timestamptz is null or entry.recorded_at >= ${from})
       and (${until}::timestamptz is null or entry.recorded_at < ${until})
       and (${leaves}::bytea[] is null or entry.leaf = any (${leaves}::bytea[]))
     order by entry.id desc
     limit ${first}`),
  )
}

export interface LicenceEntry extends BodyRow {
  readonly licenceId: string
}

/** Of a kind, about these licences: of each the oldest so many, in their order. */
export function findByLicence(
  tx: Tx,
  { kind, licenceIds }: { readonly kind: string; readonly licenceIds: readonly string[] },
  most: number,
): Promise<LicenceEntry[]> {
  return tx.rows(sql`
    select asked.licence_id as "licenceId", entry.leaf, entry.body
      from unnest(${licenceIds}::text[]) as asked (licence_id)
      join lateral (
        select id, leaf, body
          from log.entry
         where licence_id = asked.licence_id and kind = ${kind}
         order by id
         limit ${most}
      ) as entry on true
     order by entry.id`)
}

export async function countEntries(tx: Tx, kind: string, department?: string): Promise<number> {
  const row = await tx.row<{ found: number }>(sql`
    select count(*) as found
      from log.entry
     where kind = ${kind}
       and (${department}::text is null or department = ${department})`)
  return row?.found ?? 0
}

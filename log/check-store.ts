/**
 * The statements of the whole verification: every table of the log, page by page, in the order of its
 * key, joined to nothing that could hide a row. Read only.
 */
import { sql } from '../db/postgres.ts'
import type { Tx } from '../db/postgres.ts'
import type { EntryColumns } from './entry.ts'
import type { CheckpointRow } from './store.ts'
import type { Tile } from '../sdk/merkle/tile-hash.ts'

export interface EntryRow extends EntryColumns {
  readonly id: number
  readonly leaf: Uint8Array
  readonly body: Uint8Array
}

/** Beside a position whose entry is gone, every column of the entry is null. */
type MaybeEntry = Omit<EntryRow, 'id'> & { readonly id: number | null }

export interface PositionRow {
  readonly index: number
  readonly entryId: number
  /** Null when the entry is gone. */
  readonly entry: EntryRow | null
}

/** The shards anything is stored of. */
export async function findShards(tx: Tx): Promise<number[]> {
  const rows = await tx.rows<{ shard: number }>(sql`
    select shard from log.leaf_position
    union select shard from log.checkpoint
    union select shard from log.tile
    order by shard`)
  return rows.map(({ shard }) => shard)
}

export async function findPositions(
  tx: Tx,
  { shard, from, to }: { shard: number; from: number; to: number },
): Promise<PositionRow[]> {
  const rows = await tx.rows<MaybeEntry & Omit<PositionRow, 'entry'>>(sql`
    select position.index, position.entry_id as "entryId",
           entry.id, entry.leaf, entry.body, entry.kind, entry.at,
           entry.recorded_at as "recordedAt", entry.shard, entry.department, entry.officer,
           entry.case_number as "caseNumber", entry.item, entry.decision, entry.rid,
           entry.licence_id as "licenceId"
      from log.leaf_position as position
      left join lateral (
        select id, leaf, body, kind, at, recorded_at, shard, department, officer, case_number, item,
               decision, rid, licence_id
          from log.entry
         where id = position.entry_id
        offset 0 -- One look-up a row; the planner would scan the whole log for each page.
      ) as entry on true
     where position.shard = ${shard} and position.index >= ${from} and position.index < ${to}
     order by position.index`)
  return rows.map(({ index, entryId, id, ...rest }) => {
    return { index, entryId, entry: id === null ? null : { id, ...rest } }
  })
}

export function findPositionsFrom(
  tx: Tx,
  { shard, from, most }: { shard: number; from: number; most: number },
): Promise<{ index: number }[]> {
  return tx.rows(sql`
    select index
      from log.leaf_position
     where shard = ${shard} and index >= ${from}
     order by index
     limit ${most}`)
}

interface UnplacedRow extends EntryRow {
  readonly isPending: boolean
}

/** Entries without a position, whether they wait for one or not. */
export function findUnplaced(
  tx: Tx,
  { after, most }: { after: number; most: number },
): Promise<UnplacedRow[]> {
  return tx.rows(sql`
    select entry.id, entry.leaf, entry.body, entry.kind, entry.at,
           entry.recorded_at as "recordedAt", entry.shard, entry.department, entry.officer,
           entry.case_number as "caseNumber", entry.item, entry.decision, entry.rid,
           entry.licence_id as "licenceId",
           exists (select from log.pending where entry_id = entry.id) as "isPending"
      from log.entry
     where entry.id > ${after}
       and not exists (select from log.leaf_position where entry_id = entry.id)
     order by entry.id
     limit ${most}`)
}

interface OrphanRow {
  readonly entryId: number
  readonly entryIsGone: boolean
}

/** Queue rows that should not be there: their entry is gone, or has its position. */
export function findOrphans(tx: Tx, most: number): Promise<OrphanRow[]> {
  return tx.rows(sql`
    select pending.entry_id as "entryId", entry.id is null as "entryIsGone"
      from log.pending
      left join log.entry on entry.id = pending.entry_id
     where entry.id is null
        or exists (select from log.leaf_position where entry_id = pending.entry_id)
     order by pending.entry_id
     limit ${most}`)
}

export function findCheckpoints(
  tx: Tx,
  { shard, after, most }: { shard: number; after: number; most: number },
): Promise<CheckpointRow[]> {
  return tx.rows(sql`
    select shard, size, root, note
      from log.checkpoint
     where shard = ${shard} and size > ${after}
     order by size
     limit ${most}`)
}

/** Tiles of one level, by index. */
export function findTilesFrom(
  tx: Tx,
  place: { shard: number; level: number; from: number; most: number },
): Promise<Tile[]> {
  return tx.rows(sql`
    select level, index, hashes
      from log.tile
     where shard = ${place.shard} and level = ${place.level} and index >= ${place.from}
     order by index
     limit ${place.most}`)
}

export async function findKnownLeaves(
  tx: Tx,
  leaves: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const rows = await tx.rows<{ leaf: Uint8Array }>(sql`
    select leaf from log.entry where leaf = any(${leaves}::bytea[])`)
  return rows.map(({ leaf }) => leaf)
}

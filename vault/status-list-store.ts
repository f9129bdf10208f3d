/** Every statement on status lists: the places in them, and those that were signed. */
import { sql } from '../db/postgres.ts'
import type { Tx } from '../db/postgres.ts'

/** One that was given out, or is about to be. */
export interface StoredList {
  /** Counts the lists of one address, from 1. */
  readonly version: number
  readonly signedAt: Date
  /** Of the statuses alone. */
  readonly digest: Uint8Array
  readonly token: string
}

/** The highest place that was given in the status lists; -1 before the first. */
export async function newestPosition(db: Tx): Promise<number> {
  const row = await db.row<{ position: number | null }>(sql`
    select last_value as position
      from pg_sequences
     where schemaname = 'vault' and sequencename = 'status_position'`)
  return row?.position ?? -1
}

export async function nextStatusPositions(db: Tx, count: number): Promise<number[]> {
  const rows = await db.rows<{ position: number }>(sql`
    select nextval('vault.status_position') as position
      from generate_series(1, ${count})`)
  return rows.map(({ position }) => position)
}

export async function newestVersion(db: Tx, list: number): Promise<number | undefined> {
  const row = await db.row<{ version: number }>(sql`
    select version
      from vault.status_list
     where list = ${list}
     order by version desc
     limit 1`)
  return row?.version
}

export function newestStatusList(db: Tx, list: number): Promise<StoredList | undefined> {
  return db.row<StoredList>(sql`
    select version, signed_at as "signedAt", digest, token
      from vault.status_list
     where list = ${list}
     order by version desc
     limit 1`)
}

/** The newest that was signed at a time or before. */
export async function newestSigned(db: Tx, list: number, at: Date): Promise<Date | undefined> {
  const row = await db.row<{ signed_at: Date }>(sql`
    select signed_at
      from vault.status_list
     where list = ${list} and signed_at <= ${at}
     order by signed_at desc
     limit 1`)
  return row?.signed_at
}

/** What PostgreSQL takes for now. */
export async function databaseTime(db: Tx): Promise<Date | undefined> {
  const row = await db.row<{ now: Date }>(sql`select clock_timestamp() as now`)
  return row?.now
}

/** Whether nobody else has published this version, or at this time. */
export async function addStatusList(db: Tx, list: number, next: StoredList): Promise<boolean> {
  const rows = await db.rows<{ version: number }>(sql`
    insert into vault.status_list (list, version, signed_at, digest, token)
    values (${list}, ${next.version}, ${next.signedAt}, ${Buffer.from(next.digest)}, ${next.token})
        on conflict do nothing
    returning version`)
  return rows.length === 1
}

/** Those that were signed before a time; the newest of each address stays. */
export function dropStatusLists(db: Tx, before: Date, most: number): Promise<number> {
  return db.execute(sql`
    delete from vault.status_list
     where (list, version) in (select list, version
                                 from vault.status_list as old
                                where signed_at < ${before}
                                  and exists (select from vault.status_list as newer
                                               where newer.list = old.list
                                                 and newer.version > old.version)
                                limit ${most})`)
}

export async function statusListAt(
  db: Tx,
  list: number,
  { at, since }: { readonly at: Date; readonly since: Date },
): Promise<string | undefined> {
  const row = await db.row<{ token: string }>(sql`
    select token
      from vault.status_list
     where list = ${list} and signed_at <= ${at} and signed_at > ${since}
     order by version desc
     limit 1`)
  return row?.token
}

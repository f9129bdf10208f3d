/** The statements the limits are measured with: the least a database can be asked for the same. */
import { sql } from '../db/postgres.ts'
import type { Db, Tx } from '../db/postgres.ts'

/**
 * Without force, which is refused where autovacuum is at work: nobody but a superuser may end it. A
 * plain drop ends it, and waits for it and for sessions that are closing.
 */
export async function dropDatabases(server: Db): Promise<void> {
  await server.execute(sql`drop database if exists zhengtong_bench_police`)
  await server.execute(sql`drop database if exists zhengtong_bench`)
}

/** A table of bytes and nothing else; like those of ours, they cannot be compressed. */
export async function createFloor(db: Db): Promise<void> {
  await db.execute(sql`create schema floor`)
  await db.execute(sql`
    create table floor.record (
      id bigint generated always as identity primary key,
      body bytea storage external not null
    )`)
}

export function insertRecord(db: Tx, body: Uint8Array): Promise<number> {
  return db.execute(sql`insert into floor.record (body) values (${body})`)
}

export function insertRecords(db: Tx, bodies: readonly Uint8Array[]): Promise<number> {
  return db.execute(sql`
    insert into floor.record (body)
    select body
      from unnest(${bodies}::bytea[]) as given (body)`)
}

/** What one entry of the log takes, as its writer gave it. */
export async function bodyOfNewestEntry(db: Tx): Promise<Uint8Array> {
  const row = await db.row<{ body: Uint8Array }>(sql`
    select body
      from log.entry
     order by id desc
     limit 1`)
  if (!row) throw new Error('the log is empty')
  return row.body
}

/** How many bytes of rows a stored licence takes, on average. */
export async function bytesPerLicence(db: Tx): Promise<number> {
  const row = await db.row<{ bytes: number }>(sql`
    select round(avg(pg_column_size(licence.*)))::integer as bytes
      from vault.licence as licence`)
  return row?.bytes ?? 0
}

/** One holder's sealed documents of a type. */
export function selectSealed(
  db: Tx,
  { holderIndex, type }: { readonly holderIndex: Uint8Array; readonly type: string },
): Promise<{ sealed: Uint8Array }[]> {
  return db.rows(sql`
    select licence.sealed
      from vault.holder
      join vault.licence on licence.licence_id = holder.licence_id
     where holder.holder_index = ${Buffer.from(holderIndex)} and holder.type = ${type}`)
}

/**
 * Whole tables out of a database as they stood at one moment, and into an empty one, as streams of
 * COPY text. What is done with the bytes in between, and where they lie, is for others to say.
 */
import { fillTable, listColumns } from './copy.ts'
import { connect, sql } from './postgres.ts'
import type { Db, Tx } from './postgres.ts'
import { quotedTable } from './statement.ts'

/** Whose tables these are; `db` is written by the migration of the target. */
const schemas = ['exchange', 'log', 'vault']
const tablesMax = 1_000

export interface TableBytes {
  /** By full name. */
  readonly table: string
  readonly columns: readonly string[]
}

/** One connection as the owner, with the patience that large tables need. */
export function connectOwner(url: string): Db {
  return connect({ url, name: 'zhengtong backup', max: 2, pace: 'batch' })
}

/** Every table of ours, a referenced one before those that refer to it; partitions are in their whole. */
export async function listTables(tx: Tx): Promise<TableBytes[]> {
  const tables = await tx.rows<{ name: string; needs: string[] }>(sql`
    select namespace.nspname || '.' || class.relname as name,
           array(select distinct other.relnamespace::regnamespace::text || '.' || other.relname
                   from pg_constraint as reference
                   join pg_class as other on other.oid = reference.confrelid
                  where reference.conrelid = class.oid
                    and reference.contype = 'f'
                    and not other.relispartition
                    and other.oid <> class.oid) as needs
      from pg_class as class
      join pg_namespace as namespace on namespace.oid = class.relnamespace
     where namespace.nspname = any(${schemas})
       and class.relkind in ('r', 'p')
       and not class.relispartition
     order by name
     limit ${tablesMax}`)
  const ordered: TableBytes[] = []
  const placed = new Set<string>()
  while (placed.size < tables.length) {
    const free = tables.filter(
      ({ name, needs }) => !placed.has(name) && needs.every((one) => placed.has(one)),
    )
    if (free.length === 0) throw new Error('tables refer to each other in a circle')
    for (const { name } of free) {
      placed.add(name)
      const columns = (await listColumns(tx, name)).filter(({ generated }) => !generated)
      ordered.push({ table: name, columns: columns.map((column) => column.name) })
    }
  }
  return ordered
}

export async function listMigrations(tx: Tx): Promise<string[]> {
  const rows = await tx.rows<{ name: string }>(sql`select name from db.migration order by name`)
  return rows.map(({ name }) => name)
}

/** Numbers handed out by nothing but their sequence; those of identity columns follow their rows. */
export async function listSequences(tx: Tx): Promise<Record<string, number>> {
  const rows = await tx.rows<{ name: string; value: number }>(sql`
    select schemaname || '.' || sequencename as name, last_value as value
      from pg_sequences
     where schemaname = any(${schemas}) and last_value is not null
     order by name`)
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
}

export async function setSequence(tx: Tx, name: string, value: number): Promise<void> {
  await tx.execute(sql`select setval(to_regclass(${name}), ${value})`)
}

export async function isEmpty(tx: Tx, table: string): Promise<boolean> {
  const text = `select exists (select from ${quotedTable(table)}) as found`
  return (await tx.row<{ found: boolean }>({ text, values: [] }))?.found === false
}

/** Appends the rows of a table to its empty twin; triggers do not run again. */
export function restoreTable(
  tx: Tx,
  { table, columns }: TableBytes,
  bytes: AsyncIterable<Uint8Array>,
): Promise<number> {
  return fillTable(tx, { table, columns }, bytes)
}

/** The newest head of each shard, as it was signed. */
export async function newestCheckpoints(tx: Tx): Promise<string[]> {
  const rows = await tx.rows<{ note: string }>(sql`
    select distinct on (shard) note from log.checkpoint order by shard, size desc`)
  return rows.map(({ note }) => note)
}

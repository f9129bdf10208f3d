/**
 * Copies whole tables from one database to another of the same shape, as they stood at one moment.
 * Column values pass through unread. Rows arrive as they were: triggers of the target do not run,
 * because what they would do was done to the source.
 */
import { sql } from './postgres.ts'
import type { Db, Tx } from './postgres.ts'
import { quotedName, quotedTable } from './statement.ts'
import type { TableColumns } from './statement.ts'

interface TableCopy {
  readonly from: Db
  /** Logged in as the owner of its tables. */
  readonly to: Db
  /** By full name, a referenced table before the tables that refer to it. */
  readonly tables: readonly string[]
}

interface Column {
  readonly name: string
  readonly generated: boolean
  readonly counted: boolean
}

/** All tables or none; returns how many rows each had, in the order given. */
export async function copyTables({ from, to, tables }: TableCopy): Promise<number[]> {
  return from.transaction(
    (source) =>
      to.transaction(async (target) => {
        const counts: number[] = []
        for (const table of tables) counts.push(await copyTable(source, target, table))
        return counts
      }, 'read committed'),
    'snapshot',
  )
}

async function copyTable(source: Tx, target: Tx, table: string): Promise<number> {
  const all = await listColumns(source, table)
  const columns = all.filter(({ generated }) => !generated).map(({ name }) => name)
  const fill = filling(target, { table, columns })
  await fill.begin()
  const count = await source.copyOut({ table, columns }, fill.take)
  await fill.end()
  return count
}

/** Rows of another table of the same shape; returns how many. */
export async function fillTable(
  target: Tx,
  place: TableColumns,
  bytes: AsyncIterable<Uint8Array>,
): Promise<number> {
  const fill = filling(target, place)
  await fill.begin()
  const count = await fill.take(bytes)
  await fill.end()
  return count
}

/** In three steps, because a source that waits for the first one would pile up its rows. */
function filling(target: Tx, { table, columns }: TableColumns) {
  return {
    begin: () => switchTriggers(target, table, 'disable'),
    take: (bytes: AsyncIterable<Uint8Array>) => target.copyBytesIn({ table, columns }, bytes),
    end: async () => {
      await switchTriggers(target, table, 'enable')
      for (const { name, counted } of await listColumns(target, table)) {
        if (counted) await advanceSequence(target, table, name)
      }
    },
  }
}

/** The target computes generated columns itself, and COPY would not take them. */
export async function listColumns(tx: Tx, table: string): Promise<Column[]> {
  const columns = await tx.rows<Column>(sql`
    select attname as name,
           attgenerated <> '' as generated,
           pg_get_serial_sequence(${table}, attname) is not null as counted
      from pg_attribute
     where attrelid = to_regclass(${table}) and attnum > 0 and not attisdropped
     order by attnum`)
  if (columns.length === 0) throw new Error(`there is no table ${table}`)
  return columns
}

async function switchTriggers(tx: Tx, table: string, how: 'disable' | 'enable'): Promise<void> {
  await tx.execute({ text: `alter table ${quotedTable(table)} ${how} trigger user`, values: [] })
}

/** So that the next row of the copy does not take the number of a copied one. */
async function advanceSequence(tx: Tx, table: string, column: string): Promise<void> {
  const highest = `select max(${quotedName(column)}) from ${quotedTable(table)}`
  const text = `select setval(pg_get_serial_sequence($1, $2), highest)
                  from (${highest}) as found (highest) where highest is not null`
  await tx.execute({ text, values: [table, column] })
}

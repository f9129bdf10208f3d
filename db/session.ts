/** What can be said over a connection, whoever lends it: a pool for one statement, or a transaction. */
import type { PoolClient, QueryConfig, QueryResult } from 'pg'
import { asParameter } from './column-types.ts'
import { copyBytesIn, copyOut, copyRowsIn } from './copy-stream.ts'
import type { Rows } from './copy-text.ts'
import type { Statement, TableColumns } from './statement.ts'

export interface Tx {
  rows<T>(statement: Statement): Promise<T[]>
  /** The only row, or undefined; more than one is a defect of the statement. */
  row<T>(statement: Statement): Promise<T | undefined>
  /** How many rows the statement touched. */
  execute(statement: Statement): Promise<number>
  /** Appends rows through COPY, all or none, and says how many. */
  copyIn(target: TableColumns, rows: Rows): Promise<number>
  /** Appends what `copyOut` of another table with the same columns yields. */
  copyBytesIn(target: TableColumns, bytes: AsyncIterable<Uint8Array>): Promise<number>
  /** A table in the text format of COPY, handed to `consume` as it arrives. */
  copyOut<T>(
    source: TableColumns,
    consume: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T>
}

export type Lend = <T>(use: (client: PoolClient) => Promise<T>) => Promise<T>

export function session(lend: Lend): Tx {
  const query = ({ isPlannedEachTime, ...statement }: Statement): Promise<QueryResult> =>
    lend((client) => {
      const asked = { ...statement, values: statement.values.map(asParameter) }
      return isPlannedEachTime ? queryPlanned(client, asked) : client.query(asked)
    })
  return {
    async rows<T>(statement: Statement) {
      const { rows } = await query(statement)
      return rows as T[] // The caller who wrote the select list knows its columns.
    },
    async row<T>(statement: Statement) {
      const { rows } = await query(statement)
      if (rows.length > 1) throw new Error('a statement for one row found several')
      return rows[0] as T | undefined // The caller who wrote the select list knows its columns.
    },
    execute: async (statement) => (await query(statement)).rowCount ?? 0,
    copyIn: (target, rows) => lend((client) => copyRowsIn(client, target, rows)),
    copyBytesIn: (target, bytes) => lend((client) => copyBytesIn(client, target, bytes)),
    copyOut: (source, consume) => lend((client) => copyOut(client, source, consume)),
  }
}

/** The pool's connections plan for all values; this is planned for its own. */
async function queryPlanned(client: PoolClient, asked: QueryConfig): Promise<QueryResult> {
  await client.query('set plan_cache_mode = force_custom_plan')
  try {
    return await client.query(asked)
  } finally {
    // In a transaction that has failed it is refused, and the rollback does it.
    await client.query('reset plan_cache_mode').catch(() => undefined)
  }
}

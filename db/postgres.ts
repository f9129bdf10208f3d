/**
 * The front door to PostgreSQL: one pool for one role, statements in, rows out, transactions that
 * are run again when they lose a race. It knows nothing of any table.
 */
import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { Pool } from 'pg'
import type { PoolClient, QueryResult } from 'pg'
import { Problem } from '../sdk/problem.ts'
import { columnTypes } from './column-types.ts'
import { copyRowsIn, copyBytesIn, copyOut } from './copy-stream.ts'
import type { Rows } from './copy-text.ts'
import { connectionIsLost, fault, inPhase, isConflict, uniqueViolation } from './fault.ts'
import { selectFrom, sql } from './statement.ts'
import type { Statement, TableColumns } from './statement.ts'

export { selectFrom, sql, uniqueViolation }
export type { Statement }

/** How long the two kinds of work may take: an answer someone waits for, or a load at night. */
const paces = {
  request: { statementMs: 8_000, lockMs: 2_000, idleInTransactionMs: 10_000 },
  batch: { statementMs: 1_800_000, lockMs: 60_000, idleInTransactionMs: 600_000 },
} as const

const limits = {
  connectMs: 5_000,
  idleMs: 30_000,
  graceMs: 2_000,
  connections: 10,
  tries: 5,
  backoffMs: 20,
} as const

const begins = {
  serializable: 'begin isolation level serializable',
  'read committed': 'begin isolation level read committed',
  snapshot: 'begin isolation level repeatable read, read only',
} as const

/** `read committed` is for work that takes a lock first; `snapshot` reads many tables as one. */
type Isolation = keyof typeof begins

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

export interface Db extends Tx {
  /**
   * Durable when it resolves. Runs `work` again, at most five times in all, when it lost a race; so
   * `work` must do nothing that a rollback does not undo.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>, isolation?: Isolation): Promise<T>
  close(): Promise<void>
}

interface Connection {
  readonly url: string
  /** Who asks, as pg_stat_activity shows it. */
  readonly name: string
  /** The login becomes this role at once, so that one url serves every part of the program. */
  readonly role?: string
  readonly max?: number
  readonly pace?: keyof typeof paces
}

type Lend = <T>(use: (client: PoolClient) => Promise<T>) => Promise<T>

/** Connects lazily: a server that is not there is first noticed by the first statement. */
export function connect(connection: Connection): Db {
  const pool = createPool(connection)
  const lend: Lend = (use) => borrow(pool, use)
  return {
    ...session(lend),
    transaction: (work, isolation = 'serializable') => transaction(lend, work, begins[isolation]),
    close: () => pool.end(),
  }
}

function createPool({ url, name, role, max, pace = 'request' }: Connection): Pool {
  const { statementMs, lockMs, idleInTransactionMs } = paces[pace]
  // Every name in our SQL carries its schema; an empty path leaves nothing to be hijacked.
  const settings = ['search_path=pg_catalog,pg_temp', 'timezone=UTC', 'datestyle=ISO']
  if (role !== undefined) settings.push(`role=${role}`)
  const pool = new Pool({
    connectionString: url,
    application_name: name,
    options: settings.map((setting) => `-c ${setting}`).join(' '),
    max: max ?? limits.connections,
    types: columnTypes,
    connectionTimeoutMillis: limits.connectMs,
    idleTimeoutMillis: limits.idleMs,
    statement_timeout: statementMs,
    lock_timeout: lockMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    query_timeout: statementMs + limits.graceMs,
    keepAlive: true,
  })
  // A lost connection is reported by the statement that needed it; the pool replaces it. Without
  // these listeners Node would end the process instead.
  const ignore = (): undefined => undefined
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  return pool
}

async function borrow<T>(pool: Pool, use: (client: PoolClient) => Promise<T>): Promise<T> {
  let client: PoolClient | undefined
  let lost = false
  try {
    client = await pool.connect()
    return await use(client)
  } catch (thrown) {
    const error = fault(thrown)
    lost = connectionIsLost(error)
    throw error
  } finally {
    client?.release(lost)
  }
}

function session(lend: Lend): Tx {
  const query = (statement: Statement): Promise<QueryResult> =>
    lend((client) => client.query({ text: statement.text, values: [...statement.values] }))
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

async function transaction<T>(lend: Lend, work: (tx: Tx) => Promise<T>, begin: string): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await lend((client) => runOnce(client, work, begin))
    } catch (error) {
      if (tries === limits.tries || !mayRunAgain(error)) throw error
    }
    await setTimeout(randomInt(limits.backoffMs * tries))
  }
}

/** A stale connection that fails at `begin` has done nothing; after that only a conflict is certain. */
function mayRunAgain(error: unknown): boolean {
  const before = error instanceof Problem && error.detail.phase === 'begin'
  return isConflict(error) || (before && connectionIsLost(error))
}

async function runOnce<T>(
  client: PoolClient,
  work: (tx: Tx) => Promise<T>,
  begin: string,
): Promise<T> {
  const state: { open: boolean; conflict?: unknown; lost?: unknown } = { open: true }
  const lend: Lend = async (use) => {
    if (!state.open) throw new Error('a transaction was used after its end')
    try {
      return await use(client)
    } catch (thrown) {
      const error = fault(thrown)
      // Remembered here, because `work` may throw something else on top of it, or nothing.
      if (isConflict(error)) state.conflict = error
      if (connectionIsLost(error)) state.lost = error
      throw error
    }
  }
  const tx = session(lend)
  try {
    await inPhase('begin', tx.execute({ text: begin, values: [] }))
    const value = await work(tx)
    await inPhase('commit', lend(commit))
    return value
  } catch (error) {
    if (state.lost !== undefined) throw connectionIsLost(error) ? error : state.lost
    await tx.execute({ text: 'rollback', values: [] })
    throw state.conflict ?? error
  } finally {
    state.open = false
  }
}

/** PostgreSQL answers COMMIT of a failed transaction with ROLLBACK, and no error. */
async function commit(client: PoolClient): Promise<void> {
  const { command } = await client.query('commit')
  if (command !== 'COMMIT') throw new Error('a transaction went on after a failed statement')
}

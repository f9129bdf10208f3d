/** The pool of connections of one part of the program: its patience, its role, and its losses. */
import { Pool } from 'pg'
import type { PoolClient } from 'pg'
import { columnTypes } from './column-types.ts'
import { connectionIsLost, fault } from './fault.ts'

/** How long each kind of work may take: an answer someone waits for, a load at night, a signed head. */
const paces = {
  request: { statementMs: 8_000, lockMs: 2_000, idleInTransactionMs: 10_000 },
  batch: { statementMs: 1_800_000, lockMs: 60_000, idleInTransactionMs: 600_000 },
  /** Holds the one lock of the log: a process that stands still must lose it, so that others go on. */
  sequence: { statementMs: 60_000, lockMs: 30_000, idleInTransactionMs: 4_000 },
} as const

const limits = {
  connectMs: 5_000,
  idleMs: 30_000,
  graceMs: 2_000,
  connections: 10,
} as const

export interface Connection {
  readonly url: string
  /** Who asks, as pg_stat_activity shows it. */
  readonly name: string
  /** The login becomes this role at once, so that one url serves every part of the program. */
  readonly role?: string
  readonly max?: number
  readonly pace?: keyof typeof paces
}

const ours = [
  // Every name in our SQL carries its schema; an empty path leaves nothing to be hijacked.
  'search_path=pg_catalog,pg_temp',
  'timezone=UTC',
  'datestyle=ISO',
  // What we acknowledge is on the disk, whatever the server, the database or the login is set to.
  'synchronous_commit=on',
  // Compiling a statement takes longer than any of ours runs, and so does planning one over partitions.
  'jit=off',
  'plan_cache_mode=force_generic_plan',
]

export function createPool({ url, name, role, max, pace = 'request' }: Connection): Pool {
  const { statementMs, lockMs, idleInTransactionMs } = paces[pace]
  const settings = [...ours, ...(role === undefined ? [] : [`role=${role}`])]
  const { address, theirs } = withoutOptions(url)
  const pool = new Pool({
    connectionString: address,
    application_name: name,
    options: [...theirs, ...settings.map((setting) => `-c ${setting}`)].join(' '),
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

/** The driver would let options in the url replace ours; they come first instead, and ours win. */
function withoutOptions(url: string): { address: string; theirs: string[] } {
  const address = new URL(url)
  const theirs = address.searchParams.getAll('options')
  address.searchParams.delete('options')
  return { address: address.href, theirs }
}

/** Lends a connection for one use; one that broke meanwhile is not lent again. */
export async function borrow<T>(pool: Pool, use: (client: PoolClient) => Promise<T>): Promise<T> {
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

export interface PoolUse {
  readonly used: number
  readonly idle: number
  /** Statements that wait for a connection. */
  readonly waiting: number
}

export function poolUse({ totalCount, idleCount, waitingCount }: Pool): PoolUse {
  return { used: totalCount - idleCount, idle: idleCount, waiting: waitingCount }
}

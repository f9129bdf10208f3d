/**
 * The front door to PostgreSQL: one pool for one role, statements in, rows out, transactions that
 * are run again when they lose a race. It knows nothing of any table.
 */
import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { Problem } from '../sdk/problem.ts'
import { failpoint } from './failpoint.ts'
import { connectionIsLost, fault, inPhase, isConflict, isOfFile, uniqueViolation } from './fault.ts'
import { locks } from './locks.ts'
import { borrow, createPool, poolUse } from './pool.ts'
import type { Connection, PoolUse } from './pool.ts'
import { session } from './session.ts'
import type { Lend, Tx } from './session.ts'
import { plannedEachTime, selectFrom, sql } from './statement.ts'
import type { Statement } from './statement.ts'

export { failpoint, isOfFile, locks, plannedEachTime, selectFrom, sql, uniqueViolation }
export type { PoolUse, Statement, Tx }

const limits = { tries: 8, backoffMs: 20 } as const

const begins = {
  // A plan for all values may scan a whole table, and then conflicts with whoever writes anywhere in it.
  serializable: 'begin isolation level serializable; set local plan_cache_mode = force_custom_plan',
  'read committed': 'begin isolation level read committed',
  snapshot: 'begin isolation level repeatable read, read only',
} as const

/** `read committed` is for work that takes a lock first; `snapshot` reads many tables as one. */
type Isolation = keyof typeof begins

export interface Db extends Tx {
  /**
   * Durable when it resolves. Runs `work` again, at most eight times in all, when it lost a race; so
   * `work` must do nothing that a rollback does not undo.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>, isolation?: Isolation): Promise<T>
  /** How busy its connections are now. */
  readonly use: () => PoolUse
  close(): Promise<void>
}

/** Connects lazily: a server that is not there is first noticed by the first statement. */
export function connect(connection: Connection): Db {
  const pool = createPool(connection)
  const lend: Lend = (use) => borrow(pool, use)
  return {
    ...session(lend),
    transaction: (work, isolation = 'serializable') => transaction(lend, work, begins[isolation]),
    use: () => poolUse(pool),
    close: () => pool.end(),
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

/**
 * What a failure of PostgreSQL means to the caller. "Not now" becomes a Problem that invites a
 * retry; everything else is a defect. Both lose what PostgreSQL says about rows ("Key (id_number)=…
 * already exists"), because causes are logged and rows hold personal data.
 */
import { DatabaseError } from 'pg'
import { Problem } from '../sdk/problem.ts'

type Reason = 'connection' | 'shutdown' | 'resources' | 'timeout' | 'conflict' | 'read-only'

/** SQLSTATEs (appendix A of the PostgreSQL manual), whole or by class, that a retry may cure. */
const reasons: Readonly<Record<string, Reason>> = {
  '08': 'connection',
  // A migration changed what a statement that this connection has planned answers: it plans no more.
  '0A000': 'connection',
  '28': 'connection',
  '3D000': 'connection',
  '25006': 'read-only',
  '25P03': 'connection',
  '40001': 'conflict',
  '40P01': 'conflict',
  '53': 'resources',
  '55P03': 'timeout',
  '57014': 'timeout',
  '57': 'shutdown',
}

/** Classes whose messages hold names and rules only: our own `raise exception`, and wrong SQL. */
const messageIsSafe: ReadonlySet<string> = new Set(['42', 'P0'])

/** pg reports a lost connection as a plain Error; these are its sentences. */
const lostConnection =
  /^(Connection terminated|Client has encountered|timeout exceeded when|Query read timeout|Client was closed)/

interface Facts {
  readonly sqlstate: string
  readonly constraint: string | undefined
  readonly table: string | undefined
  readonly column: string | undefined
}

/** Of a file that is open; such an error does not say which. */
const diskReasons: readonly unknown[] = ['EDQUOT', 'EIO', 'ENOSPC', 'EROFS']

/** What work may throw beside its statements: a file that cannot be opened, a full disk. */
export function isOfFile(error: Error): boolean {
  const ofPath = 'path' in error && typeof error.path === 'string'
  return ofPath || ('code' in error && diskReasons.includes(error.code))
}

/** The thrown value as the rest of the program may see it. What is not PostgreSQL's stays itself. */
export function fault(thrown: unknown): unknown {
  if (thrown instanceof DatabaseError) return databaseFault(thrown)
  if (!(thrown instanceof Error)) return thrown
  const lost = ('syscall' in thrown && !isOfFile(thrown)) || lostConnection.test(thrown.message)
  return lost ? unavailable('connection', thrown) : thrown
}

/** A connection whose statement failed like this is in an unknown state and must not be lent again. */
export function connectionIsLost(error: unknown): boolean {
  const reason = reasonOf(error)
  return reason === 'connection' || reason === 'shutdown'
}

/** Two transactions wanted the same rows and this one lost: running it again is right. */
export function isConflict(error: unknown): boolean {
  return reasonOf(error) === 'conflict'
}

/** Somebody else held a table or a row for longer than this statement was willing to wait. */
export function lockWasBusy(error: unknown): boolean {
  const cause = error instanceof Problem ? error.cause : undefined
  const state = typeof cause === 'object' && cause !== null && 'sqlstate' in cause && cause.sqlstate
  return state === '55P03'
}

/** Adds where in its life a transaction failed: after a lost `commit` nobody knows the outcome. */
export async function inPhase<T>(phase: 'begin' | 'commit', step: Promise<T>): Promise<T> {
  try {
    return await step
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw new Problem(error.code, { ...error.detail, phase }, { cause: error.cause })
  }
}

/** The name of the unique constraint that refused a row, or undefined for any other error. */
export function uniqueViolation(error: unknown): string | undefined {
  const facts = error instanceof Error ? error.cause : undefined
  return isFacts(facts) && facts.sqlstate === '23505' ? facts.constraint : undefined
}

function isFacts(value: unknown): value is Facts {
  return typeof value === 'object' && value !== null && 'sqlstate' in value && 'constraint' in value
}

function databaseFault(error: DatabaseError): Error {
  const sqlstate = error.code ?? 'unknown'
  const reason = reasons[sqlstate] ?? reasons[sqlstate.slice(0, 2)]
  if (reason) return unavailable(reason, { sqlstate })
  const { constraint, table, column } = error
  const facts: Facts = { sqlstate, constraint, table, column }
  const names = [table, column, constraint].filter((name) => name !== undefined)
  const where = names.length === 0 ? '' : ` (${names.join(', ')})`
  const what = messageIsSafe.has(sqlstate.slice(0, 2)) ? `: ${error.message}` : where
  return new Error(`PostgreSQL refused a statement with ${sqlstate}${what}`, { cause: facts })
}

function reasonOf(error: unknown): unknown {
  return error instanceof Problem && error.code === 'database-unavailable'
    ? error.detail.reason
    : undefined
}

function unavailable(reason: Reason, cause: unknown): Problem {
  return new Problem('database-unavailable', { reason }, { cause })
}

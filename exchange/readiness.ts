/**
 * Whether this process should get requests, and by name what is against it. The names are a closed
 * list, because anyone may ask (`draining` is one more, of a program that was told to stop); what exactly is wrong is for `zt doctor` and the operator's log.
 */
import { parseCertificate } from '../sdk/certificate.ts'
import type { Tx } from '../db/postgres.ts'
import { problemFrom } from '../sdk/problem.ts'
import type { SealKey } from '../vault/index.ts'
import { readOperation } from './operation-store.ts'

export type Reason = 'database' | 'migrations' | 'log-head-age' | 'signer' | 'clock'

export const readinessLimits = {
  /** What the receipts promise. */
  headAgeSeconds: 60,
  skewSeconds: 30,
} as const

/** What was found out; undefined is what could not be found out, which is against us. */
export interface Condition {
  readonly databaseIsSafe: boolean
  /** Migrations that are missing, changed, or there and of a version ours cannot bear. */
  readonly migrationsWrong: number | undefined
  /** How long the oldest entry has waited for a signed head. */
  readonly headAgeSeconds: number | undefined
  /** Ours minus the database's. */
  readonly skewSeconds: number | undefined
  readonly signerIsValid: boolean
}

const tests: Readonly<Record<Reason, (condition: Condition) => boolean>> = {
  database: ({ databaseIsSafe }) => databaseIsSafe,
  migrations: ({ migrationsWrong }) => migrationsWrong === 0,
  'log-head-age': ({ headAgeSeconds: age = Infinity }) => age <= readinessLimits.headAgeSeconds,
  clock: ({ skewSeconds: skew = Infinity }) => Math.abs(skew) <= readinessLimits.skewSeconds,
  signer: ({ signerIsValid }) => signerIsValid,
}

/** Nothing that only the database could have told is held against us when it is away. */
export function reasonsAgainst(condition: Condition): Reason[] {
  const failing = (Object.keys(tests) as Reason[]).filter((reason) => !tests[reason](condition))
  const silent: readonly Reason[] = ['migrations', 'log-head-age', 'clock']
  return condition.databaseIsSafe ? failing : failing.filter((one) => !silent.includes(one))
}

export interface ReadinessParts {
  readonly db: Tx
  /** @throws Problem when the server is away or could lose what it acknowledged */
  readonly checkServer: () => Promise<void>
  readonly wrongMigrations: () => Promise<readonly unknown[]>
  readonly signer: SealKey
  readonly clock: () => Date
  /** The time there; the database's own unless its clock is turned together with ours. */
  readonly databaseClock: (() => Date) | undefined
  readonly report: (code: string) => void
}

export async function readCondition(parts: ReadinessParts): Promise<Condition> {
  const at = parts.clock()
  const signerIsValid = isInForce(parts.signer, at)
  try {
    await parts.checkServer()
    const wrong = await parts.wrongMigrations()
    const { oldestPending, now } = await readOperation(parts.db)
    const there = parts.databaseClock?.() ?? now
    return {
      ...{ signerIsValid, databaseIsSafe: true, migrationsWrong: wrong.length },
      headAgeSeconds: oldestPending ? secondsBetween(oldestPending, at) : 0,
      skewSeconds: secondsBetween(there, parts.clock()),
    }
  } catch (thrown) {
    parts.report(problemFrom(thrown).code)
    return {
      ...{ signerIsValid, databaseIsSafe: false, migrationsWrong: undefined },
      ...{ headAgeSeconds: undefined, skewSeconds: undefined },
    }
  }
}

function isInForce({ chain: [leaf] }: SealKey, at: Date): boolean {
  if (!leaf) return false
  const { notBefore, notAfter } = parseCertificate(leaf)
  return notBefore <= at && at <= notAfter
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000
}

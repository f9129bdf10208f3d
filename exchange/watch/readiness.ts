/**
 * Whether this process should get requests, and by name what is against it or soon will be. The names
 * are closed lists, because anyone may ask (`draining` is one more, of a program that was told to
 * stop); what exactly is wrong is for `zt doctor` and the operator's log. Nothing of one department
 * takes the exchange from all others: that is a warning.
 */
import { parseCertificate } from '../../sdk/certificate.ts'
import type { Tx } from '../../db/postgres.ts'
import { problemFrom } from '../../sdk/problem.ts'
import { readDataDisk } from './disk.ts'
import type { Disk } from './disk.ts'
import type { SealKey } from '../../vault/index.ts'
import { readOperation } from './operation-store.ts'

export type Reason =
  'database' | 'migrations' | 'log-head-age' | 'signer' | 'clock' | 'seal' | 'disk'
export type Warning = 'seal' | 'disk'

export const readinessLimits = {
  /** What the receipts promise. */
  headAgeSeconds: 60,
  skewSeconds: 30,
  /** Below this the embedded database may stop in the middle of anything. */
  freeBytes: 100_000_000,
  warnDays: 30,
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
  /** What is left of the seal of each issuing department; negative when it is not in force. */
  readonly sealSeconds: readonly number[]
  /** Of the embedded database; null where a server of its own has its disk elsewhere. */
  readonly disk: Disk | null | undefined
}

const tests: Readonly<Record<Reason, (condition: Condition) => boolean>> = {
  database: ({ databaseIsSafe }) => databaseIsSafe,
  migrations: ({ migrationsWrong }) => migrationsWrong === 0,
  'log-head-age': ({ headAgeSeconds: age = Infinity }) => age <= readinessLimits.headAgeSeconds,
  clock: ({ skewSeconds: skew = Infinity }) => Math.abs(skew) <= readinessLimits.skewSeconds,
  signer: ({ signerIsValid }) => signerIsValid,
  // While one is in force somebody can issue, and everything else goes on.
  seal: ({ sealSeconds: seals }) => seals.length === 0 || seals.some((left) => left >= 0),
  disk: ({ disk }) =>
    disk === null || (disk !== undefined && disk.freeBytes >= readinessLimits.freeBytes),
}

const daySeconds = 86_400
/** What does not yet keep anybody waiting. */
const warningTests: Readonly<Record<Warning, (condition: Condition) => boolean>> = {
  seal: ({ sealSeconds }) =>
    sealSeconds.every((left) => left >= readinessLimits.warnDays * daySeconds),
  disk: ({ disk }) => disk === null || disk?.isRoomy === true,
}

export function readinessOf(condition: Condition): {
  readonly failing: readonly Reason[]
  readonly warnings: readonly Warning[]
} {
  const names = Object.keys(warningTests) as Warning[] // The keys of a constant table are its names.
  const warnings = names.filter((name) => !warningTests[name](condition))
  return { failing: reasonsAgainst(condition), warnings }
}

/** Nothing that only the database could have told is held against us when it is away. */
function reasonsAgainst(condition: Condition): Reason[] {
  const failing = (Object.keys(tests) as Reason[]).filter((reason) => !tests[reason](condition))
  const silent: readonly Reason[] = ['migrations', 'log-head-age', 'clock']
  return condition.databaseIsSafe ? failing : failing.filter((one) => !silent.includes(one))
}

export interface ReadinessParts {
  readonly db: Tx
  /** @throws Problem when the server is away or could lose what it acknowledged */
  readonly checkServer: () => Promise<void>
  readonly wrongMigrations: () => Promise<readonly unknown[]>
  /** As they are now. */
  readonly signer: () => SealKey
  readonly seals: () => readonly Pick<SealKey, 'chain'>[]
  /** Where the embedded database lies; undefined for a server of its own. */
  readonly dataFolder: string | undefined
  readonly clock: () => Date
  /** The time there; the database's own unless its clock is turned together with ours. */
  readonly databaseClock: (() => Date) | undefined
  readonly report: (code: string) => void
}

export async function readCondition(parts: ReadinessParts): Promise<Condition> {
  const at = parts.clock()
  const own = {
    signerIsValid: secondsLeft(parts.signer(), at) >= 0,
    sealSeconds: parts.seals().map((seal) => secondsLeft(seal, at)),
    disk: await readDataDisk(parts.dataFolder),
  }
  try {
    await parts.checkServer()
    const wrong = await parts.wrongMigrations()
    const { oldestPending, now } = await readOperation(parts.db)
    const there = parts.databaseClock?.() ?? now
    return {
      ...{ ...own, databaseIsSafe: true, migrationsWrong: wrong.length },
      headAgeSeconds: oldestPending ? secondsBetween(oldestPending, at) : 0,
      skewSeconds: secondsBetween(there, parts.clock()),
    }
  } catch (thrown) {
    parts.report(problemFrom(thrown).code)
    return {
      ...{ ...own, databaseIsSafe: false, migrationsWrong: undefined },
      ...{ headAgeSeconds: undefined, skewSeconds: undefined },
    }
  }
}

/** Negative when it is not in force. */
function secondsLeft({ chain: [leaf] }: Pick<SealKey, 'chain'>, at: Date): number {
  if (!leaf) return -1
  const { notBefore, notAfter } = parseCertificate(leaf)
  return notBefore <= at ? secondsBetween(at, notAfter) : -1
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000
}

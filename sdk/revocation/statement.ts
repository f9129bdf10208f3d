/**
 * What signed sources say of one certificate, weighed. A source names the certificate or is silent;
 * where it comes from and whom it binds was decided before (`crl-statement.ts`, `ocsp-statement.ts`),
 * and nothing here depends on the order.
 */
import { allReasons } from './distribution-point.ts'
import type { Revocation } from './entry.ts'

export interface Statement {
  /** What speaks about the same: there, a later word replaces an earlier one. */
  readonly scope: string
  readonly saidAt: Date
  /** Of a list: the greater one is the later, when both were said in the same second. */
  readonly number?: bigint | undefined
  readonly isFresh: boolean
  /** A mask of the reasons for which the certificate would have been named. */
  readonly reasons: number
  /** Undefined when the source could have named the certificate, and did not. */
  readonly revocation: Revocation | undefined
}

export interface Times {
  /** The moment that is judged: only what was revoked by then is revoked. */
  readonly at: Date
  /** The moment at which statements must be fresh. */
  readonly freshAt: Date
}

export type Standing = 'revoked' | 'good' | 'undetermined'

/**
 * One word against the certificate outweighs every silence, and the age of the word does not matter.
 * Only a hold can be lifted, by a later silence. Good is what fresh sources, none of them against it,
 * together cover for all reasons (RFC 5280 §6.3.3).
 */
export function weigh(statements: readonly Statement[], times: Times): Standing {
  const isLifted = (held: Statement): boolean =>
    held.revocation?.reason === 'certificateHold' &&
    statements.some(
      (other) =>
        other.isFresh && !other.revocation && other.scope === held.scope && isLater(other, held),
    )
  const against = new Set(statements.filter((statement) => counts(statement, times)))
  if ([...against].some((statement) => !isLifted(statement))) return 'revoked'
  const covered = statements
    .filter((statement) => statement.isFresh && !against.has(statement))
    .reduce((mask, { reasons }) => mask | reasons, 0)
  return covered === allReasons ? 'good' : 'undetermined'
}

function isLater(one: Statement, other: Statement): boolean {
  if (one.saidAt.getTime() !== other.saidAt.getTime()) return one.saidAt > other.saidAt
  return (one.number ?? 0n) > (other.number ?? 0n)
}

/**
 * Who asks about now, refuses what a list of now names, whatever date stands there (RFC 5280 §6.3.3
 * knows no dates). Who asks about the past, asks what had been revoked by then.
 */
function counts({ revocation, isFresh }: Statement, { at, freshAt }: Times): boolean {
  if (!revocation) return false
  const isAboutNow = at.getTime() === freshAt.getTime()
  return !(revocation.from > at) || (isAboutNow && isFresh)
}

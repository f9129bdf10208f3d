/**
 * What judging one path may cost. The sender chooses the certificates, so every kind of work is
 * counted, not timed, and each kind that runs out is a refusal of its own. What was found out before
 * that does not hold: work that was not done looks like a failure that was not there.
 */
import type { PathFailure } from './check.ts'

export const budgetLimits = {
  /** Signatures of certificates, revocation lists and responses that were verified. */
  signatures: 60,
  /** Ways to go on from one certificate to the next. */
  paths: 400,
  /** Comparisons of a name with the base of a subtree. */
  names: 50_000,
} as const

type Work = keyof typeof budgetLimits

const failures = {
  signatures: 'too-many-signatures',
  paths: 'too-many-paths',
  names: 'too-many-names',
} as const satisfies Record<Work, PathFailure>

export interface Budget {
  /** False when there is not so much left; from then on nothing is. */
  readonly spend: (work: Work, count?: number) => boolean
  readonly exhausted: () => PathFailure | undefined
  readonly spent: () => Readonly<Record<Work, number>>
}

export function createBudget(): Budget {
  const spent = { signatures: 0, paths: 0, names: 0 }
  let exhausted: PathFailure | undefined
  return {
    spend: (work, count = 1) => {
      if (exhausted !== undefined || spent[work] + count > budgetLimits[work]) {
        exhausted ??= failures[work]
        return false
      }
      spent[work] += count
      return true
    },
    exhausted: () => exhausted,
    spent: () => ({ ...spent }),
  }
}

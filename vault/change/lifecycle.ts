/**
 * What may happen to a licence after it was issued, as tables. What is not written here is refused.
 * Expiry is not an act: it follows from the validity period and the time asked for.
 */
import { Problem } from '../../sdk/problem.ts'
import type { LicenceStatus } from '../../sdk/status/signer.ts'

export type State = 'valid' | 'suspended' | 'cancelled' | 'revoked' | 'withdrawn'
export type Act = 'suspend' | 'restore' | 'cancel' | 'revoke' | 'withdraw'

const table: Readonly<Record<State, Readonly<Partial<Record<Act, State>>>>> = {
  valid: { suspend: 'suspended', cancel: 'cancelled', revoke: 'revoked', withdraw: 'withdrawn' },
  suspended: { restore: 'valid', cancel: 'cancelled', revoke: 'revoked', withdraw: 'withdrawn' },
  cancelled: {},
  revoked: {},
  withdrawn: {},
}

/** Reasons by act; those of revoke and cancel are the cases of the Administrative Licensing Law. */
export const reasons: Readonly<Record<Act, readonly string[]>> = {
  // 行政许可法 第69条
  revoke: [
    'abuse-of-power',
    'beyond-authority',
    'unlawful-procedure',
    'applicant-not-qualified',
    'obtained-by-fraud',
  ],
  // 行政许可法 第70条
  cancel: ['not-renewed', 'holder-deceased', 'holder-dissolved', 'force-majeure', 'on-application'],
  withdraw: ['administrative-penalty'],
  suspend: ['under-investigation', 'administrative-penalty'],
  restore: ['investigation-closed', 'penalty-served'],
}

/** The place of each state in the public status list. */
export const statusOf: Readonly<Record<State, LicenceStatus>> = {
  valid: 'valid',
  suspended: 'suspended',
  cancelled: 'invalid',
  revoked: 'invalid',
  withdrawn: 'invalid',
}

export function isAct(text: string): text is Act {
  return Object.hasOwn(reasons, text)
}

/** @throws Problem wrong-state when the act has no place after this state. */
export function after(state: State, act: Act): State {
  const next = table[state][act]
  if (!next) throw new Problem('wrong-state', { state, act })
  return next
}

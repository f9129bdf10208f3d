/**
 * What may happen to a licence, as one table (GB/T 36901; the acts of the Administrative Licensing Law).
 * What is not written here is refused. What acts do to each other in time is in `standing.ts`.
 */
import { Problem } from '../../sdk/problem.ts'
import type { LicenceStatus } from '../../sdk/status/signer.ts'

export type State =
  | 'valid'
  | 'suspended'
  | 'expired'
  | 'cancelled'
  | 'revoked'
  | 'withdrawn'
  | 'transferred'
  | 'superseded'
  | 'archived'

/** Changes only what is said of a licence; the document stays. */
export type StateAct =
  'suspend' | 'restore' | 'expire' | 'cancel' | 'revoke' | 'withdraw' | 'transfer' | 'archive'

/** Puts a new version in the place of a licence. */
export type VersionAct = 'renew' | 'change' | 'supersede'

export type Act = 'issue' | StateAct | VersionAct

interface Rule {
  /** None for the issue, before which there is nothing. */
  readonly from: readonly State[]
  readonly to: State
  readonly makes: 'state' | 'version'
}

/** Articles are those of the Administrative Licensing Law (行政许可法); reasons are in the catalogue. */
const lifeCycle: Readonly<Record<Act, Rule>> = {
  issue: { from: [], to: 'valid', makes: 'version' },
  // 延续, art. 50
  renew: { from: ['valid', 'expired'], to: 'superseded', makes: 'version' },
  // 变更, art. 49
  change: { from: ['valid'], to: 'superseded', makes: 'version' },
  // 换发, and 转入 of what another department transferred
  supersede: {
    from: ['valid', 'suspended', 'expired', 'transferred'],
    ...{ to: 'superseded', makes: 'version' },
  },
  // 暂扣, 发还
  suspend: { from: ['valid'], to: 'suspended', makes: 'state' },
  restore: { from: ['suspended'], to: 'valid', makes: 'state' },
  // 过期: follows from the period, and may be recorded
  expire: { from: ['expired'], to: 'expired', makes: 'state' },
  // 注销, art. 70
  cancel: { from: ['valid', 'suspended', 'expired'], to: 'cancelled', makes: 'state' },
  // 撤销, art. 69
  revoke: { from: ['valid', 'suspended', 'expired'], to: 'revoked', makes: 'state' },
  // 吊销
  withdraw: { from: ['valid', 'suspended'], to: 'withdrawn', makes: 'state' },
  // 转出, to a department that then supersedes it
  transfer: { from: ['valid'], to: 'transferred', makes: 'state' },
  // 归档: nothing follows
  archive: {
    from: ['expired', 'cancelled', 'revoked', 'withdrawn', 'transferred', 'superseded'],
    ...{ to: 'archived', makes: 'state' },
  },
}

/** The place of each state in the public status list. */
export const statusOf: Readonly<Record<State, LicenceStatus>> = {
  valid: 'valid',
  suspended: 'suspended',
  expired: 'invalid',
  cancelled: 'invalid',
  revoked: 'invalid',
  withdrawn: 'invalid',
  transferred: 'invalid',
  superseded: 'invalid',
  archived: 'invalid',
}

export function isStateAct(text: string): text is StateAct {
  return isAct(text) && lifeCycle[text].makes === 'state'
}

export function isVersionAct(text: string): text is VersionAct {
  return isAct(text) && text !== 'issue' && lifeCycle[text].makes === 'version'
}

function isAct(text: string): text is Act {
  return Object.hasOwn(lifeCycle, text)
}

export const states = Object.keys(statusOf) as readonly State[] // It has every state.

/** Whether a licence may still be used in this state, now or after a restoration. */
export function isOpen(state: State): boolean {
  return state === 'valid' || state === 'suspended'
}

/** Of the states that acts led to, in the order of their recording: the newest end, or else the newest. */
export function decidingState(states: readonly State[]): State {
  return states.findLast((state) => !isOpen(state)) ?? states.at(-1) ?? 'valid'
}

/** With the period: what has run out is expired, recorded or not. */
export function stateByPeriod(state: State, validUntil: Date | null, at: Date): State {
  return isOpen(state) && validUntil !== null && validUntil <= at ? 'expired' : state
}

/** @throws Problem wrong-state when the act has no place after this state. */
export function after(state: State, act: Act): State {
  const { from, to } = lifeCycle[act]
  if (!from.includes(state)) throw new Problem('wrong-state', { state, act })
  return to
}

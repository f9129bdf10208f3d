/**
 * Spares a service that does not answer, and those who wait for it. After failures in a row it is
 * not asked at all for a while; then one question is let through, and its outcome decides. Only
 * silence counts as failure: nonsense about one person must not shut the service to all others.
 */

/** So many failures in a row, close together, open the breaker. */
const failuresMax = 5
/** Five deadlines, so that one caller who waits for each of them opens it too. */
const withinMs = 15_000
/** How long nothing is asked before one trial is let through. */
const restMs = 5_000

export type Outcome = 'answered' | 'failed'

export interface Breaker {
  /** To be told how the question ended, once; undefined when it must not be asked. */
  readonly enter: () => ((outcome: Outcome) => void) | undefined
  /** Nothing, or nothing but one trial, is let through. */
  readonly isOpen: () => boolean
}

type State =
  | { readonly kind: 'closed'; readonly failures: readonly number[] }
  | { readonly kind: 'open'; readonly since: number }
  | { readonly kind: 'trial' }

const whole: State = { kind: 'closed', failures: [] }

export function createBreaker(clock: () => Date): Breaker {
  let state: State = whole
  const now = (): number => clock().getTime()
  const trialEnds = (outcome: Outcome): void => {
    state = outcome === 'answered' ? whole : { kind: 'open', since: now() }
  }
  const questionEnds = (outcome: Outcome): void => {
    // What was asked before the breaker opened says nothing new about the service.
    if (state.kind === 'closed') state = afterQuestion(state.failures, outcome, now())
  }
  return {
    isOpen: () => state.kind !== 'closed',
    enter: () => {
      if (state.kind === 'closed') return questionEnds
      if (state.kind === 'trial' || isResting(state.since, now())) return undefined
      state = { kind: 'trial' }
      return trialEnds
    },
  }
}

function afterQuestion(failures: readonly number[], outcome: Outcome, at: number): State {
  if (outcome === 'answered') return whole
  const recent = [...failures.filter((time) => Math.abs(at - time) <= withinMs), at]
  return recent.length < failuresMax
    ? { kind: 'closed', failures: recent }
    : { kind: 'open', since: at }
}

/** A clock that was set back must not keep the breaker open: then the rest is over. */
function isResting(since: number, at: number): boolean {
  return at >= since && at - since < restMs
}

/**
 * How a licence stands at a time, from its acts. An act is recorded once and takes effect at its own
 * moment, before or after that. Of the acts effective at a time, the newest that ended the licence gives
 * the state, or else the newest of all: what ends a licence cannot be undone by what came before it.
 */
import { Problem } from '../../sdk/problem.ts'
import { after, decidingState, isOpen, stateByPeriod } from './lifecycle.ts'
import type { Act, State } from './lifecycle.ts'

export interface PastAct {
  readonly ordinal: number
  readonly act: Act
  readonly state: State
  readonly reason: string
  readonly effectiveAt: Date
  readonly recordedAt: Date
  readonly department: string
  /** The request it was done for. */
  readonly key: string | null
  /** To whom a licence was transferred. */
  readonly receiver: string | null
  /** The licence that took its place. */
  readonly successor: string | null
}

interface Lived {
  /** Oldest first. */
  readonly acts: readonly PastAct[]
  readonly validFrom: Date
  readonly validUntil: Date | null
}

interface Intended {
  readonly act: Act
  readonly effectiveAt: Date
  readonly at: Date
}

const dayMs = 86_400_000

/** How far from the moment of its recording an act may take effect. */
const effectLimits = { pastDays: 3_660, futureDays: 366 } as const

/** Nobody goes on changing one licence for ever; what ends it now is one more. */
export const actsMax = 200

function stateAt({ acts, validUntil }: Lived, at: Date): State {
  const effective = acts.filter(({ effectiveAt }) => effectiveAt <= at)
  return stateByPeriod(decidingState(effective.map(({ state }) => state)), validUntil, at)
}

/**
 * The state that an act leads to, if it has its place: in the state at its own moment; where the licence
 * has ended by now, in that too; and among acts that leave the licence open it is the last. A licence has
 * one successor.
 * @throws Problem wrong-state, effect-out-of-bounds, too-many
 */
export function stateAfter(lived: Lived, { act, effectiveAt, at }: Intended): State {
  const { acts, validFrom } = lived
  checkEffect(effectiveAt, { at, validFrom })
  const state = after(stateAt(lived, effectiveAt), act)
  const now = stateAt(lived, at)
  const endsNow = isOpen(now) && !isOpen(state) && effectiveAt <= at
  if (acts.length >= actsMax + (endsNow ? 1 : 0)) throw new Problem('too-many', { limit: actsMax })
  if (!isOpen(now)) after(now, act)
  const isFollowed = acts.some((one) => isOpen(one.state) && one.effectiveAt > effectiveAt)
  const hasSuccessor = acts.some(({ successor }) => successor !== null)
  if ((isOpen(state) && isFollowed) || (hasSuccessor && state === 'superseded')) {
    throw new Problem('wrong-state', { state: now, act })
  }
  return state
}

/** The department that a licence was transferred to, by the newest of these acts that says one. */
export function receiverOf(acts: readonly Pick<PastAct, 'receiver'>[]): string | null {
  return acts.findLast(({ receiver }) => receiver !== null)?.receiver ?? null
}

function checkEffect(
  effectiveAt: Date,
  { at, validFrom }: { readonly at: Date; readonly validFrom: Date },
): void {
  const days = (effectiveAt.getTime() - at.getTime()) / dayMs
  const isNear = days >= -effectLimits.pastDays && days <= effectLimits.futureDays
  if (!isNear || effectiveAt < (validFrom < at ? validFrom : at)) {
    throw new Problem('effect-out-of-bounds', effectLimits)
  }
}

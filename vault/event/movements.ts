/**
 * How a licence moves between states, month by month: what an event adds to the counts. A licence enters
 * its first state when its term begins, and expires by its term alone, so the end is counted in advance
 * and taken back by the act that comes before it.
 */
import { dayInChina } from '../../catalogs/catalog.ts'
import { decidingState, stateByPeriod } from '../change/lifecycle.ts'
import type { State } from '../change/lifecycle.ts'

export type CountedState = State | 'expired'

/** A licence as far as it is counted. */
export interface Life {
  readonly validFrom: Date
  readonly validUntil: Date | null
  /** In the order of their ordinals. */
  readonly acts: readonly { readonly state: State; readonly at: Date }[]
}

export interface Movement {
  /** The first day of a month in Beijing. */
  readonly month: string
  readonly state: CountedState
  readonly entered: number
  readonly gone: number
}

/** What is to be added for the newest act; for the issue when there was none. */
export function movementsOfNewest(life: Life): Movement[] {
  const before = life.acts.slice(0, -1)
  if (life.acts.length === 0) return movementsOf(life)
  return [...movementsOf(life), ...movementsOf({ ...life, acts: before }).map(takenBack)]
}

/** All that a licence adds to the counts. */
export function movementsOf(life: Life): Movement[] {
  const { validFrom, validUntil, acts } = life
  const turns = [...acts.map(({ at }) => at), ...(validUntil ? [validUntil] : [])]
    .filter((at) => at > validFrom)
    .sort((a, b) => a.getTime() - b.getTime())
  let state = stateAt(life, validFrom)
  const movements: Movement[] = [{ month: monthOf(validFrom), state, entered: 1, gone: 0 }]
  for (const at of turns) {
    const next = stateAt(life, at)
    if (next === state) continue
    const month = monthOf(at)
    movements.push({ month, state, entered: 0, gone: 1 })
    movements.push({ month, state: next, entered: 1, gone: 0 })
    state = next
  }
  return movements
}

function stateAt({ validUntil, acts }: Life, at: Date): CountedState {
  const effective = acts.filter((act) => act.at <= at).map(({ state }) => state)
  return stateByPeriod(decidingState(effective), validUntil, at)
}

function takenBack({ entered, gone, ...rest }: Movement): Movement {
  return { ...rest, entered: -entered, gone: -gone }
}

function monthOf(at: Date): string {
  // The end of the year 9999 is the longest term there is; it is counted in that year.
  const [month = '9999-12'] = /^\d{4}-\d\d/.exec(dayInChina(at)) ?? []
  return `${month}-01`
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { problemFrom } from '../../sdk/problem.ts'
import { isOpen, stateByPeriod } from './lifecycle.ts'
import type { Act } from './lifecycle.ts'
import { actsMax, stateAfter } from './standing.ts'
import type { PastAct } from './standing.ts'

const dayMs = 86_400_000
const began = new Date('2020-01-01T00:00:00Z')
const day = (n: number): Date => new Date(began.getTime() + n * dayMs)

interface Step {
  readonly act: Act
  /** Days from the beginning: when it is recorded, and when it takes effect. */
  readonly on: number
  readonly effect?: number
}

/** Does one step after the other; answers the states they led to, or why one was refused. */
function live(steps: readonly Step[], validUntil: number | null = null): string[] {
  const acts: PastAct[] = []
  return steps.map(({ act, on, effect = on }) => {
    const lived = {
      acts,
      validFrom: began,
      validUntil: validUntil === null ? null : day(validUntil),
    }
    const times = { effectiveAt: day(effect), at: day(on) }
    try {
      const state = stateAfter(lived, { act, ...times })
      acts.push({
        ...{ ordinal: acts.length + 1, act, state, reason: 'any', department: 'any', key: null },
        ...{ effectiveAt: times.effectiveAt, recordedAt: times.at, receiver: null },
        successor: state === 'superseded' ? 'another' : null,
      })
      return state
    } catch (thrown) {
      return problemFrom(thrown).code
    }
  })
}

const cases: readonly (readonly [string, readonly Step[], number | null, readonly string[]])[] = [
  [
    'an act that is still to come hinders nobody now',
    [
      { act: 'cancel', on: 10, effect: 20 },
      { act: 'suspend', on: 12 },
      { act: 'restore', on: 13 },
      { act: 'restore', on: 21 },
    ],
    null,
    ['cancelled', 'suspended', 'valid', 'wrong-state'],
  ],
  [
    'what is ended before its planned end is ended',
    [
      { act: 'cancel', on: 10, effect: 20 },
      { act: 'revoke', on: 11 },
      { act: 'suspend', on: 25 },
    ],
    null,
    ['cancelled', 'revoked', 'wrong-state'],
  ],
  [
    'a revocation may reach back behind a suspension, to the first day and no further',
    [
      { act: 'suspend', on: 10 },
      { act: 'revoke', on: 20, effect: -1 },
      { act: 'revoke', on: 20, effect: 0 },
      { act: 'restore', on: 21 },
    ],
    null,
    ['suspended', 'effect-out-of-bounds', 'revoked', 'wrong-state'],
  ],
  [
    'what leaves a licence open comes after all that did',
    [
      { act: 'suspend', on: 10, effect: 30 },
      { act: 'suspend', on: 11, effect: 20 },
      { act: 'restore', on: 12, effect: 40 },
    ],
    null,
    ['suspended', 'wrong-state', 'valid'],
  ],
  [
    'what has ended is not ended once more in its past',
    [
      { act: 'cancel', on: 10 },
      { act: 'revoke', on: 20, effect: 5 },
      { act: 'archive', on: 21 },
      { act: 'archive', on: 22 },
    ],
    null,
    ['cancelled', 'wrong-state', 'archived', 'wrong-state'],
  ],
  [
    'a licence has one successor, also one to come',
    [
      { act: 'renew', on: 10, effect: 40 },
      { act: 'renew', on: 11, effect: 20 },
      { act: 'suspend', on: 12 },
      { act: 'revoke', on: 13 },
    ],
    null,
    ['superseded', 'wrong-state', 'suspended', 'revoked'],
  ],
  [
    'what has run out is expired, recorded or not, and may be renewed, cancelled or filed',
    [
      { act: 'expire', on: 29 },
      { act: 'suspend', on: 30 },
      { act: 'expire', on: 31 },
      { act: 'withdraw', on: 32 },
      { act: 'renew', on: 33 },
      { act: 'archive', on: 34 },
    ],
    30,
    ['wrong-state', 'wrong-state', 'expired', 'wrong-state', 'superseded', 'archived'],
  ],
  [
    'a suspension runs out with the licence',
    [
      { act: 'suspend', on: 10 },
      { act: 'restore', on: 31 },
      { act: 'cancel', on: 32 },
    ],
    30,
    ['suspended', 'wrong-state', 'cancelled'],
  ],
  [
    'an act takes effect within its limits',
    [
      { act: 'suspend', on: 5_000, effect: 5_000 - 3_660 - 1 },
      { act: 'suspend', on: 5_000, effect: 5_000 + 366 + 1 },
      { act: 'suspend', on: 5_000, effect: 5_000 - 3_660 },
      { act: 'restore', on: 5_000, effect: 5_000 + 366 },
    ],
    null,
    ['effect-out-of-bounds', 'effect-out-of-bounds', 'suspended', 'valid'],
  ],
]

test.for(cases)('%s', ([, steps, validUntil, expected]) => {
  expect(live(steps, validUntil)).toEqual(expected)
})

test('nobody goes on for ever', () => {
  const steps = Array.from({ length: actsMax + 1 }, (_, i): Step => ({
    act: i % 2 === 0 ? 'suspend' : 'restore',
    on: 1,
  }))
  expect(live(steps).slice(-2)).toEqual(['valid', 'too-many'])
  const ends: Step[] = [
    { act: 'revoke', on: 1, effect: 2 },
    { act: 'revoke', on: 1 },
    { act: 'archive', on: 1 },
  ]
  expect(live([...steps, ...ends]).slice(-3)).toEqual(['too-many', 'revoked', 'too-many'])
})

test('once a licence has ended, no order of acts opens it again', () => {
  const act = fc.constantFrom<Act[]>('suspend', 'restore', 'cancel', 'revoke', 'renew', 'archive')
  const step = fc.record({ act, effect: fc.integer({ min: 0, max: 60 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const states = live(steps.map((one, i) => ({ ...one, on: 20 + i })))
      const ended = states.findIndex(
        (state, i) =>
          ['cancelled', 'revoked'].includes(state) && (steps[i]?.effect ?? 99) <= 20 + i,
      )
      const later = ended < 0 ? [] : states.slice(ended + 1)
      return later.every((state) => state === 'wrong-state' || state === 'archived')
    }),
  )
})

test('a period ends what is open, and nothing else', () => {
  const over = day(1)
  expect(stateByPeriod('valid', over, over)).toBe('expired')
  expect(stateByPeriod('suspended', over, over)).toBe('expired')
  expect(stateByPeriod('valid', over, day(0))).toBe('valid')
  expect(stateByPeriod('valid', null, day(9_999))).toBe('valid')
  expect(stateByPeriod('revoked', over, day(2))).toBe('revoked')
  expect(isOpen('expired')).toBe(false)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { State } from '../change/lifecycle.ts'
import { movementsOf, movementsOfNewest } from './movements.ts'
import type { Life, Movement } from './movements.ts'

const day = (text: string): Date => new Date(`${text}T00:00:00+08:00`)

const lived: Life = {
  validFrom: day('2020-02-10'),
  validUntil: day('2024-03-01'),
  acts: [],
}

test('an end is counted in the month in which it comes, from the beginning', () => {
  expect(movementsOf(lived)).toEqual([
    { month: '2020-02-01', state: 'valid', entered: 1, gone: 0 },
    { month: '2024-03-01', state: 'valid', entered: 0, gone: 1 },
    { month: '2024-03-01', state: 'expired', entered: 1, gone: 0 },
  ])
})

test('a month begins in Beijing, and the last one there is ends the year 9999', () => {
  const life = {
    ...{ validFrom: new Date('2020-01-31T16:00:00Z'), validUntil: day('9999-12-31') },
    acts: [],
  }
  const late = { ...life, validUntil: new Date('9999-12-31T16:00:00Z') }
  expect(movementsOf(life).map(({ month }) => month)).toEqual([
    ...['2020-02-01', '9999-12-01', '9999-12-01'],
  ])
  expect(movementsOf(late).at(-1)?.month).toBe('9999-12-01')
})

test.for<[what: string, acts: Life['acts'], expected: string[]]>([
  [
    'a revocation takes the end back',
    [{ state: 'revoked', at: day('2021-05-05') }],
    ['2020-02-01 +valid', '2021-05-01 -valid', '2021-05-01 +revoked'],
  ],
  [
    'one after the end comes after expiry',
    [{ state: 'revoked', at: day('2025-05-05') }],
    [
      ...['2020-02-01 +valid', '2024-03-01 -valid', '2024-03-01 +expired'],
      ...['2025-05-01 -expired', '2025-05-01 +revoked'],
    ],
  ],
  [
    'one that is effective before the term begins leaves nothing else',
    [{ state: 'revoked', at: day('2019-05-05') }],
    ['2020-02-01 +revoked'],
  ],
  [
    'a later act that is effective earlier leaves the earlier one no time',
    [
      { state: 'suspended', at: day('2021-05-05') },
      { state: 'revoked', at: day('2021-04-04') },
    ],
    ['2020-02-01 +valid', '2021-04-01 -valid', '2021-04-01 +revoked'],
  ],
])('%s', ([, acts, expected]) => {
  expect(movementsOf({ ...lived, acts }).map(wordsOf)).toEqual(expected)
})

function wordsOf({ month, state, entered }: Movement): string {
  return `${month} ${entered > 0 ? '+' : '-'}${state}`
}

const at = fc.date({ min: day('2019-01-01'), max: day('2029-01-01'), noInvalidDate: true })
const lives = fc.record({
  validFrom: at,
  validUntil: fc.option(at),
  acts: fc.array(
    fc.record({ state: fc.constantFrom<State>('valid', 'suspended', 'revoked'), at }),
    { maxLength: 6 },
  ),
})

test('what the events add one by one is what the whole life adds', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const steps = Array.from({ length: life.acts.length + 1 }, (_, n) =>
        movementsOfNewest({ ...life, acts: life.acts.slice(0, n) }),
      )
      expect(sums(steps.flat())).toEqual(sums(movementsOf(life)))
    }),
  )
})

test('at the end of every month a licence is in exactly one state', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const movements = movementsOf(life)
      const standing = new Map<string, number>()
      for (const month of new Set(movements.map((one) => one.month))) {
        for (const one of movements.filter((each) => each.month === month)) {
          standing.set(one.state, (standing.get(one.state) ?? 0) + one.entered - one.gone)
        }
        const counts = [...standing.values()].filter((count) => count !== 0)
        expect(counts).toEqual([1])
      }
    }),
  )
})

function sums(movements: readonly Movement[]): Record<string, number> {
  const found: Record<string, number> = {}
  for (const { month, state, entered, gone } of movements) {
    for (const [what, count] of Object.entries({ entered, gone })) {
      const key = `${month} ${state} ${what}`
      found[key] = (found[key] ?? 0) + count
    }
  }
  return Object.fromEntries(Object.entries(found).filter(([, count]) => count !== 0))
}

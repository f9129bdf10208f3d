/** When a service that does not answer is left alone, and when it is tried again. */
import { expect, test } from 'vitest'
import { createBreaker } from './breaker.ts'

/**
 * A history in one line: `x` a question that fails, `o` one that is answered, `-` one that is not let
 * through, and numbers the seconds that pass.
 */
test.for([
  ['o o o', 'answers keep it closed'],
  ['x x x x o x x x x o', 'four failures in a row are too few'],
  ['x x x x x - -', 'the fifth in a row opens it'],
  ['3 x 3 x 3 x 3 x 3 x -', 'one caller who waits for each deadline opens it too'],
  ['x x x x 16 x x x x x -', 'failures long ago do not count'],
  ['x 4 x 4 x 4 x 4 x o', 'five that are too far apart do not open it'],
  ['x x x x x 4 - 1 o o x o', 'after the rest one answer closes it'],
  ['x x x x x 5 x - 4 - 1 o o', 'a trial that fails begins the rest anew'],
  ['x x x x x -60 o o', 'a clock that was set back does not keep it open'],
] as const)('%s: %s', ([history]) => {
  let now = 0
  const breaker = createBreaker(() => new Date(now))
  const seen = history.split(' ').map((step) => {
    if (/\d/.test(step)) {
      now += 1_000 * Number(step)
      return step
    }
    const ended = breaker.enter()
    if (!ended) return '-'
    const outcome = step === 'o' ? 'answered' : 'failed'
    ended(outcome)
    return outcome === 'answered' ? 'o' : 'x'
  })
  expect(seen.join(' ')).toBe(history)
})

test('while one trial is under way nobody else is let through', () => {
  let now = 0
  const breaker = createBreaker(() => new Date(now))
  for (let i = 0; i < 5; i += 1) breaker.enter()?.('failed')
  now += 5_000
  const trial = breaker.enter()
  expect(trial).toBeDefined()
  expect(breaker.enter()).toBeUndefined()
  trial?.('answered')
  expect(breaker.enter()).toBeDefined()
})

test('what was asked before it opened neither closes it nor lengthens the rest', () => {
  let now = 0
  const breaker = createBreaker(() => new Date(now))
  const early = Array.from({ length: 8 }, () => breaker.enter())
  for (const ended of early.slice(0, 5)) ended?.('failed')
  now += 4_000
  early[5]?.('answered')
  early[6]?.('failed')
  expect(breaker.enter()).toBeUndefined()
  now += 1_000
  const trial = breaker.enter()
  early[7]?.('answered')
  expect(breaker.enter()).toBeUndefined()
  trial?.('failed')
  expect(breaker.enter()).toBeUndefined()
})

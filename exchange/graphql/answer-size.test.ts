import { expect, test } from 'vitest'
import type { Json } from '../../sdk/json.ts'
import { checkAnswerSize } from './answer-size.ts'
import { answerLimits } from './limits.ts'

const rows = (n: number): Json => Array.from({ length: n }, () => ({}))
const bytes = (n: number): Json => ({ a: `é${'x'.repeat(n - 10)}` })

test.for<[what: keyof typeof answerLimits, how: string, make: (n: number) => Json]>([
  ['rows', 'in one list', (n) => ({ audit: { entries: rows(n) } })],
  ['rows', 'in several', (n) => ({ a: rows(n - 400), b: { c: [[], rows(400)] } })],
  ['rows', 'in each other', (n) => ({ a: [{ b: rows(n - 1) }] })],
  ['bytes', 'of UTF-8', bytes],
])('%s %s: at the limit and beyond it', ([what, , make]) => {
  const limit = answerLimits[what]
  checkAnswerSize(make(limit - 1))
  checkAnswerSize(make(limit))
  expect(() => {
    checkAnswerSize(make(limit + 1))
  }).toThrow(`answer-too-large: The answer would be too large (what ${what}, limit ${limit}`)
})

test('values in lists and objects outside of lists are no rows', () => {
  const values: Json = Array.from({ length: 2_000 }, (_, i) => i)
  const objects = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`m${i}`, {}]))
  checkAnswerSize({ values, objects })
})

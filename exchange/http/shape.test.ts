import { describe, expect, test } from 'vitest'
import type { Json } from '../../sdk/json.ts'
import { Problem } from '../../sdk/problem.ts'
import {
  createReaders,
  day,
  instant,
  list,
  named,
  object,
  oneOf,
  orNull,
  text,
  whole,
} from './shape.ts'
import type { Shape } from './shape.ts'

const readerOf = createReaders()

function refusal<T>(shape: Shape<T>, value: Json): unknown {
  try {
    return readerOf(shape)(value)
  } catch (thrown) {
    return thrown instanceof Problem ? [thrown.code, thrown.detail] : thrown
  }
}

const person = object({ name: text({ maxLength: 4 }) }, { born: orNull(day) })
const draft = object({
  holders: list(object({ code: text({ maxLength: 3 }) }), 2),
  items: named(text({ maxLength: 5 }), 2),
})

test.for<[what: string, shape: Shape<unknown>, value: Json]>([
  ['a member that may be left out', person, { name: '林' }],
  ['a null where it is allowed', person, { name: '林', born: null }],
  ['lists and members of any name', draft, { holders: [{ code: '1' }], items: { a: 'b' } }],
  ['a number at its limit', whole({ minimum: 1, maximum: 3 }), 3],
  ['one of two forms', oneOf<unknown>(person, draft), { name: '林' }],
  ['a moment with an offset', instant, '2026-11-22T10:00:00.5+08:00'],
])('%s is taken as it is', ([, shape, value]) => {
  expect(readerOf(shape)(value)).toBe(value)
})

describe('a refusal says where and why, and repeats nothing', () => {
  test.for<[what: string, shape: Shape<unknown>, value: Json, place: string, expected: string]>([
    ['no object', person, [], 'body', 'must be object'],
    ['a missing member', person, {}, 'body', "must have required property 'name'"],
    [
      'a member unheard of',
      person,
      { name: '林', 林晓岚: 1 },
      'body',
      'must NOT have additional properties',
    ],
    [
      'a text too long',
      person,
      { name: '林晓岚林晓' },
      'name',
      'must NOT have more than 4 characters',
    ],
    [
      'too many',
      draft,
      { holders: [1, 2, 3], items: {} },
      'holders',
      'must NOT have more than 2 items',
    ],
    [
      'in a list',
      draft,
      { holders: [{}], items: {} },
      'holders/*',
      "must have required property 'code'",
    ],
    ['under a name', draft, { holders: [], items: { 林晓岚: 1 } }, 'items/*', 'must be string'],
    ['a number and a half', whole({ minimum: 1, maximum: 3 }), 1.5, 'body', 'must be integer'],
    ['text for a number', whole({ minimum: 1, maximum: 3 }), '1', 'body', 'must be integer'],
  ])('%s', ([, shape, value, place, expected]) => {
    expect(refusal(shape, value)).toEqual(['invalid-request', { place, expected }])
  })

  test('of forms of which none fits', () => {
    const either = oneOf<unknown>(person, draft)
    const none = { place: 'body', expected: 'one form of /openapi.json' }
    expect(refusal(either, {})).toEqual(['invalid-request', none])
    expect(refusal(either, { name: 5 })).toEqual([
      ...['invalid-request', { place: 'name', expected: 'must be string' }],
    ])
    expect(refusal(either, { name: '林', born: 'x' })).toMatchObject([
      ...['invalid-request', { place: 'born' }],
    ])
    expect(refusal(either, { name: '林', items: {} })).toEqual([
      ...['invalid-request', { place: 'body', expected: 'must NOT have additional properties' }],
    ])
    const both = oneOf<unknown>(object({}, { a: day }), object({}, { b: day }))
    expect(refusal(both, {})).toEqual([
      'invalid-request',
      { place: 'body', expected: 'one form of /openapi.json' },
    ])
  })
})

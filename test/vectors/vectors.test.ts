/**
 * What was frozen is answered as on the day it was frozen. When one of these fails, the code is wrong
 * and not the answer: somebody somewhere keeps such a document.
 */
import { expect, test } from 'vitest'
import { answerOf, kinds } from './kinds.ts'
import { vectors } from './set.ts'

test.for(vectors.map((vector) => [vector.name, vector] as const))(
  '%s is read as ever',
  ([, { kind, answer, ...reading }]) => {
    expect(answerOf(kind, reading)).toEqual(answer)
  },
)

test('every kind of document is frozen', () => {
  expect(new Set(vectors.map(({ kind }) => kind))).toEqual(new Set(Object.keys(kinds)))
})

test('no key is frozen that could sign', () => {
  const texts = vectors.map(({ bytes }) => Buffer.from(bytes).toString('latin1'))
  expect(texts.filter((text) => /PRIVATE KEY|"d"\s*:/.test(text))).toEqual([])
})

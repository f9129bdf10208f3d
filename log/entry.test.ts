import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leafHash } from '../sdk/merkle.ts'
import { columnsOf, entryLimits, writeEntry } from './entry.ts'
import type { Entry } from './entry.ts'

const now = new Date('2026-11-20T01:00:00.000Z')
const right: Entry = { kind: 'answer', at: '2026-11-20T00:59:59.000Z', department: 'haikouPolice' }

test('an entry is canonical JSON with the moment of recording, and its leaf is over those bytes', () => {
  const { body, leaf, shard } = writeEntry({ ...right, b: 2, a: ['黄', null] }, now)
  expect(Buffer.from(body).toString()).toBe(
    '{"a":["黄",null],"at":"2026-11-20T00:59:59.000Z","b":2,"department":"haikouPolice","kind":"answer","recordedAt":"2026-11-20T01:00:00.000Z"}',
  )
  expect(leaf).toEqual(leafHash(body))
  expect(shard).toBe(2026)
})

test.for<[string, Partial<Record<string, unknown>>, string]>([
  ['an unknown kind', { kind: 'rumour' }, 'invalid-entry'],
  ['a property every object has', { kind: 'constructor' }, 'invalid-entry'],
  ['no time', { at: undefined }, 'invalid-entry'],
  ['a time with an offset', { at: '2026-11-20T09:00:00.000+08:00' }, 'invalid-entry'],
  ['a day that does not exist', { at: '2026-02-30T09:00:00.000Z' }, 'invalid-entry'],
  ['its own time of recording', { recordedAt: '2020-01-01T00:00:00.000Z' }, 'invalid-entry'],
  ['a number for a department', { department: 7 }, 'invalid-entry'],
  ['an empty case', { case: '' }, 'invalid-entry'],
  ['a very long officer', { officer: 'x'.repeat(513) }, 'invalid-entry'],
  ['NUL', { note: 'a\u0000b' }, 'invalid-entry'],
  ['half a character', { note: '\ud83d' }, 'invalid-json'],
])('an entry is refused for %s', ([, change, code]) => {
  const wrong = { ...right, ...change } as Entry // Wrong on purpose.
  expect(() => writeEntry(wrong, now)).toThrow(code)
})

test('an entry may have entryLimits.bytes, and not one more', () => {
  const { bytes } = entryLimits
  const rest = writeEntry({ ...right, note: '' }, now).body.length
  const written = (length: number): number =>
    writeEntry({ ...right, note: 'x'.repeat(length - rest) }, now).body.length
  expect([written(bytes - 1), written(bytes)]).toEqual([bytes - 1, bytes])
  expect(() => written(bytes + 1)).toThrow('entry-too-large')
})

test.for(['\\u0000', '\\\\u0000', '\\ud83d', '\u{1f600}', '\u2028', '"', '\n'])(
  'an entry may hold what only looks forbidden: %j',
  (text) => {
    const { body } = writeEntry({ ...right, text }, now)
    expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({ text })
  },
)

test('the columns are what the body says', () => {
  const full: Entry = { ...right, officer: 'o', case: 'c', item: 'i', decision: 'd', rid: 'r' }
  expect(columnsOf(writeEntry(full, now).body)).toEqual({
    kind: 'answer',
    at: new Date(right.at),
    recordedAt: now,
    shard: 2026,
    department: 'haikouPolice',
    officer: 'o',
    caseNumber: 'c',
    item: 'i',
    decision: 'd',
    rid: 'r',
    licenceId: null,
  })
})

test('bytes that are no entry have no columns, and nothing throws', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        expect(columnsOf(bytes)).toBeUndefined()
      },
    ),
  )
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromBase64url, toBase64url } from './base64url.ts'

test.for([
  [[], ''],
  [[0], 'AA'],
  [[255], '_w'],
  [[251, 255], '-_8'],
  [[0, 16, 131, 16, 81, 135], 'ABCDEFGH'],
] as const)('%j is written %j, and back', ([bytes, text]) => {
  expect(toBase64url(Uint8Array.from(bytes))).toBe(text)
  expect([...fromBase64url(text)]).toEqual(bytes)
})

test('the bytes of a view are its own, not those of the buffer below', () => {
  expect(toBase64url(Uint8Array.of(1, 0, 16, 131, 2).subarray(1, 4))).toBe('ABCD')
})

test.for([
  ['one character, which is no byte', 'A'],
  ['five characters', 'ABCDE'],
  ['padding', 'AA=='],
  ['padding alone', '='],
  ['trailing bits in two characters', 'AB'],
  ['trailing bits in three characters', 'AAB'],
  ['plus', 'A+AA'],
  ['slash', 'A/AA'],
  ['a space', 'AA AA'],
  ['a leading space', ' AAAA'],
  ['a newline', 'AAAA\n'],
  ['NUL', 'AA\u0000AA'],
  ['a full stop', 'AA.AA'],
  ['a tilde', 'AAAA~'],
  ['a full-width letter', 'AAAＡ'],
  ['a letter whose low byte is A', 'AAA\u0141'],
  ['half a character', 'AAA\ud800'],
] as const)('refused: %s', ([, text]) => {
  expect(() => fromBase64url(text)).toThrow('invalid-encoding')
})

test('all bytes survive, in the alphabet and without padding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = toBase64url(bytes)
      expect(text).toMatch(/^[A-Za-z0-9_-]*$/)
      expect([...fromBase64url(text)]).toEqual([...bytes])
    }),
  )
})

test('a text is the one spelling of its bytes, or it is refused', () => {
  const character = fc.constantFrom(...Array.from('ABYZabyz0189-_+/= \n.~é'))
  fc.assert(
    fc.property(fc.string({ unit: character, maxLength: 12 }), (text) => {
      let bytes: Uint8Array
      try {
        bytes = fromBase64url(text)
      } catch (thrown) {
        expect(thrown).toHaveProperty('code', 'invalid-encoding')
        return
      }
      expect(toBase64url(bytes)).toBe(text)
    }),
    { numRuns: 1_000 },
  )
})

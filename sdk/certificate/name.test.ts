/** Names are compared as RFC 5280 §7.1 says, by whichever way their text is folded. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { der, oid, sequence } from '../../certs-dev/der-writer.ts'
import { readDer, tags } from '../der.ts'
import { utf8 } from '../primitives.ts'
import { readName } from './name.ts'

const named = (value: string) => {
  const attribute = sequence(oid('2.5.4.3'), der(tags.utf8String, utf8(value)))
  return readName(readDer(sequence(der(tags.set, attribute))))
}

test('Han, ASCII and what is neither: case, compatible forms and white space do not count', () => {
  // The first and last of unified Han, what stands beside them, compatible and full-width forms, accents.
  const marks = Array.from('aZ9.一鿿\u4dff\ua000丽\uf98eＡ①éÅ\u030a–   ')
  const value = fc.string({ unit: fc.constantFrom(...marks), minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(value, (text) => {
      const folded = text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()
      expect(named(text).key).toBe(`2.5.4.3=${folded}`)
    }),
    { numRuns: 300 },
  )
  expect(named('海口  ＡＢ').key).toBe(named('海口 ab').key)
  expect(named('海口 ab').key).not.toBe(named('海口 abc').key)
})

test('unified Han has no other form and no case', () => {
  const all = Array.from({ length: 0xa000 - 0x4e00 }, (_, i) => String.fromCodePoint(0x4e00 + i))
  const text = all.join('')
  expect(text.normalize('NFKC').toLowerCase()).toBe(text)
})

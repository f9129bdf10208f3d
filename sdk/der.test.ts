import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { derLimits, readDer } from './der.ts'
import type { DerNode } from './der.ts'
import {
  bitBytesOf,
  elementsOf,
  fieldsOf,
  generalizedTimeOf,
  insideOf,
  namedBitsOf,
  oidOf,
  positiveHexOf,
  smallIntegerOf,
  textOf,
  timeOf,
  trueOf,
} from './der-value.ts'
import { utf8 } from './primitives.ts'
import { Problem } from './problem.ts'

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex')
const read = (text: string): DerNode => readDer(hex(text))

function ruleOf(action: () => unknown): unknown {
  try {
    action()
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'invalid-der') return thrown.detail['rule']
    throw thrown
  }
  return 'accepted'
}

describe('one value has one encoding', () => {
  test.for([
    ['nothing', '', 'truncated'],
    ['a tag alone', '30', 'truncated'],
    ['content that is missing', '0402 01', 'truncated'],
    ['a child longer than its parent', '3003 0402 01', 'truncated'],
    ['bytes after the end', '0500 00', 'trailing-bytes'],
    ['the reserved length', '30ff', 'length'],
    ['a leading zero in the length', '0482 0080', 'length'],
    ['a length of five bytes', '04 85 0100000000', 'length'],
    ['a length cut off', '04 82 01', 'truncated'],
    ['a tag of several bytes', '1f8101 00', 'tag'],
    ['a context tag of several bytes', 'bf8101 00', 'tag'],
    ['an application tag', '4100', 'tag'],
    ['a private tag', 'c100', 'tag'],
    ['end of contents', '0000', 'tag'],
    ['a constructed string', '2403 0401 00', 'tag'],
    ['a primitive sequence', '1000', 'tag'],
    ['a type we do not know', '0d01 01', 'tag'],
    ['a padded integer', '0202 0001', 'integer'],
    ['a padded negative integer', '0202 ff80', 'integer'],
    ['a null with content', '0501 00', 'null'],
    ['an empty identifier', '0600', 'oid'],
    ['a padded arc', '0603 2a8001', 'oid'],
    ['an arc that does not end', '0602 2a86', 'oid'],
    ['an arc beyond 128 bits', `0615 69${'81'.repeat(19)}01`, 'oid'],
    ['an empty bit string', '0300', 'bit-string'],
    ['nine unused bits', '0302 0900', 'bit-string'],
    ['unused bits of nothing', '0301 01', 'bit-string'],
    ['unused bits that are set', '0302 0101', 'bit-string'],
    ['a set out of order', '3106 020102 020101', 'set-order'],
  ] as const)('%s is refused', ([, text, rule]) => {
    expect(ruleOf(() => read(text))).toBe(rule)
  })

  test('what is right is accepted', () => {
    const node = read('3015 0101ff 020200ff 0500 06032a0304 0302 0780 8001 00')
    expect(node.children.map(({ tag }) => tag)).toEqual([1, 2, 5, 6, 3, 0x80])
  })
})

describe('limits', () => {
  /** A sequence in a sequence …: the depth of the innermost is the count. */
  function nested(count: number): Uint8Array {
    const headers: Uint8Array[] = []
    let length = 0
    for (let i = 0; i < count; i += 1) {
      const header = headerOf(0x30, length)
      headers.push(header)
      length += header.length
    }
    return Buffer.concat(headers.reverse())
  }

  test('depth, at the limit and one beyond', () => {
    expect(ruleOf(() => readDer(nested(derLimits.depth)))).toBe('accepted')
    expect(ruleOf(() => readDer(nested(derLimits.depth + 1)))).toBe('depth')
  })

  test('nodes, at the limit and one beyond', () => {
    const limits = { ...derLimits, nodes: 10 }
    const list = (count: number) => wrap(0x30, Buffer.alloc(count * 2, Buffer.from('0500', 'hex')))
    expect(ruleOf(() => readDer(list(9), limits))).toBe('accepted')
    expect(ruleOf(() => readDer(list(10), limits))).toBe('nodes')
    expect(ruleOf(() => readDer(list(30_000)))).toBe('nodes')
  })

  test('bytes, at the limit and one beyond', () => {
    const limits = { ...derLimits, bytes: 4 }
    expect(ruleOf(() => readDer(hex('0402 0000'), limits))).toBe('accepted')
    expect(ruleOf(() => readDer(hex('0403 000000'), limits))).toBe('size')
  })
})

describe('values', () => {
  test.for([
    ['0603 2a0304', '1.2.3.4'],
    ['0601 00', '0.0'],
    ['0601 27', '0.39'],
    ['0601 28', '1.0'],
    ['0601 4f', '1.39'],
    ['0601 50', '2.0'],
    ['0602 8837', '2.999'],
    ['0608 2a8648ce3d040302', '1.2.840.10045.4.3.2'],
    [
      '0615 698891f2a4f18da296ef8ebe8cc09894d3a6130101',
      '2.25.5409817108010860577784383361512690451.1.1',
    ],
  ] as const)('the object identifier %s is %s', ([text, expected]) => {
    expect(oidOf(read(text))).toBe(expected)
  })

  test.for([
    ['170d 3236303630313132303030305a', '2026-06-01T12:00:00.000Z'],
    ['170d 3439313233313233353935395a', '2049-12-31T23:59:59.000Z'],
    ['170d 3530303130313030303030305a', '1950-01-01T00:00:00.000Z'],
    ['180f 32303530303130313030303030305a', '2050-01-01T00:00:00.000Z'],
    ['180f 39393939313233313233353935395a', '9999-12-31T23:59:59.000Z'],
  ] as const)('the time %s is %s', ([text, expected]) => {
    expect(timeOf(read(text)).toISOString()).toBe(expected)
  })

  test.for([
    ['no seconds', 0x17, '2606011200Z'],
    ['a zone', 0x17, '260601120000+0800'],
    ['no Z', 0x17, '2606011200001'],
    ['month 13', 0x17, '261301120000Z'],
    ['30 February', 0x17, '260230120000Z'],
    ['24:00:00', 0x17, '260601240000Z'],
    ['second 60', 0x17, '260601120060Z'],
    ['a letter', 0x17, '2606O1120000Z'],
    ['GeneralizedTime before 2050', 0x18, '20491231235959Z'],
    ['fractional seconds', 0x18, '20500101000000.5Z'],
    ['UTCTime with four digits of year', 0x17, '20260601120000Z'],
    ['text', 0x0c, '260601120000Z'],
  ] as const)('a time with %s is refused', ([, tag, text]) => {
    const rule = ruleOf(() => timeOf(readDer(wrap(tag, utf8(text)))))
    expect(['time', 'unexpected-type']).toContain(rule)
  })

  test('an invalidity date is GeneralizedTime of any year', () => {
    const node = readDer(wrap(0x18, utf8('20260601120000Z')))
    expect(generalizedTimeOf(node).toISOString()).toBe('2026-06-01T12:00:00.000Z')
    expect(ruleOf(() => generalizedTimeOf(readDer(wrap(0x17, utf8('260601120000Z')))))).toBe(
      'unexpected-type',
    )
  })

  test.for([
    ['UTF-8', 0x0c, utf8('海口市'), 'accepted'],
    ['printable', 0x13, utf8("A-z 0'(9)+,./:=?"), 'accepted'],
    ['an asterisk in a printable string', 0x13, utf8('a*'), 'string'],
    ['Chinese in an IA5 string', 0x16, utf8('海'), 'string'],
    ['NUL', 0x0c, utf8('a\0b'), 'string'],
    ['a newline', 0x0c, utf8('a\nb'), 'string'],
    ['nothing', 0x0c, utf8(''), 'string'],
    ['more than the limit', 0x0c, utf8('a'.repeat(65)), 'string'],
    ['bytes', 0x04, utf8('a'), 'string-type'],
  ] as const)('%s as text: %s', ([, tag, content, expected]) => {
    expect(ruleOf(() => textOf(readDer(wrap(tag, content)), 64))).toBe(expected)
  })

  test('text that is not UTF-8 is refused', () => {
    expect(() => textOf(read('0c01 ff'), 64)).toThrow('invalid-encoding')
  })

  test.for([
    ['0201 00', 'integer-range'],
    ['0201 ff', 'integer-range'],
    [`0215 01${'00'.repeat(20)}`, 'integer-range'],
    [`0215 00ff${'00'.repeat(19)}`, 'integer-range'],
    ['0401 01', 'unexpected-type'],
  ] as const)('%s is no serial number', ([text, rule]) => {
    expect(ruleOf(() => positiveHexOf(read(text)))).toBe(rule)
  })

  test('serial numbers have 1 to 20 octets and no sign', () => {
    expect(positiveHexOf(read('0201 01'))).toBe('01')
    expect(positiveHexOf(read('0202 00ff'))).toBe('ff')
    expect(positiveHexOf(read(`0214 7f${'ff'.repeat(19)}`))).toBe(`7f${'ff'.repeat(19)}`)
  })

  test.for([
    ['020100', 0],
    ['020103', 3],
    ['020104', 'integer-range'],
    ['0201ff', 'integer-range'],
    ['0205 0100000000', 'integer-range'],
  ] as const)('%s as a number up to 3: %s', ([text, expected]) => {
    const node = read(text)
    if (typeof expected === 'number') expect(smallIntegerOf(node, 3)).toBe(expected)
    else expect(ruleOf(() => smallIntegerOf(node, 3))).toBe(expected)
  })

  test('named bits count from the left and end with a one', () => {
    expect([...namedBitsOf(read('0302 0780'))]).toEqual([0])
    expect([...namedBitsOf(read('0302 0106'))]).toEqual([5, 6])
    expect([...namedBitsOf(read('0303 070080'))]).toEqual([8])
    expect(ruleOf(() => namedBitsOf(read('0302 0080')))).toBe('bit-string')
    expect(ruleOf(() => namedBitsOf(read('0301 00')))).toBe('bit-string')
  })

  test('fields are read in order, all of them', () => {
    const fields = fieldsOf(read('3006 020101 0101ff'))
    expect(fields.optional(0x01)).toBeUndefined()
    expect(
      ruleOf(() => {
        fields.end()
      }),
    ).toBe('unexpected-field')
    expect(smallIntegerOf(fields.next(0x02), 9)).toBe(1)
    expect(trueOf(fields.next())).toBe(true)
    fields.end()
    expect(ruleOf(() => fields.next())).toBe('missing-field')
    expect(ruleOf(() => fields.next(0x02))).toBe('missing-field')
  })

  test('the rest of the refusals', () => {
    expect(ruleOf(() => trueOf(read('010100')))).toBe('default-written')
    expect(ruleOf(() => bitBytesOf(read('03020780')))).toBe('bit-string')
    expect(ruleOf(() => elementsOf(read('3000'), 9))).toBe('empty')
    expect(ruleOf(() => elementsOf(read('300405000500'), 1))).toBe('too-many')
    expect(ruleOf(() => insideOf(read('a000')))).toBe('explicit-tag')
    expect(ruleOf(() => insideOf(read('a00405000500')))).toBe('explicit-tag')
  })
})

describe('damage', () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
  const der = new Uint8Array(key.export({ format: 'der', type: 'spki' }))

  test('a key cut at any byte is refused', () => {
    for (let length = 0; length < der.length; length += 1) {
      expect(ruleOf(() => readDer(der.subarray(0, length)))).toBe('truncated')
    }
  })

  test('whatever the bytes, reading ends, and throws nothing but Problem', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(ruleOf(() => readDer(bytes))).toBeTypeOf('string')
      }),
      { numRuns: 2_000 },
    )
  })

  test('what is accepted is spelled as we would spell it', () => {
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.nat(255), (index, byte) => {
        const changed = Uint8Array.from(der)
        changed[index] = byte
        if (ruleOf(() => readDer(changed)) !== 'accepted') return
        expect(Buffer.from(respell(readDer(changed)))).toEqual(Buffer.from(changed))
      }),
    )
    expect(createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })).toBeDefined()
  })
})

function respell(node: DerNode): Uint8Array {
  const isConstructed = (node.tag & 0x20) !== 0
  return wrap(node.tag, isConstructed ? Buffer.concat(node.children.map(respell)) : node.content)
}

function wrap(tag: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([headerOf(tag, content.length), content])
}

function headerOf(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length)
  if (length < 0x100) return Uint8Array.of(tag, 0x81, length)
  if (length < 0x10000) return Uint8Array.of(tag, 0x82, length >> 8, length & 0xff)
  return Uint8Array.of(tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff)
}

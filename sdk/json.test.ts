import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { character } from '../test/character.ts'
import { canonicalJson, jsonLimits, parseJson, parseJsonObject } from './json.ts'
import type { Json } from './json.ts'
import { Problem } from './problem.ts'

/** The rule a text is refused for, or `ok`. */
function verdict(text: string, limits = jsonLimits): string {
  try {
    parseJson(text, limits)
    return 'ok'
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    expect(thrown.code).toBe('invalid-json')
    return String(thrown.detail['rule'])
  }
}

describe('canonical JSON (RFC 8785)', () => {
  test.for<readonly [string, Json, string]>([
    ['null', null, 'null'],
    ['false', false, 'false'],
    ['an empty array', [], '[]'],
    ['an empty object', {}, '{}'],
    ['the order of an array stays', [3, 1, 2], '[3,1,2]'],
    ['members are sorted at each level', { b: { d: 1, c: 2 }, a: 0 }, '{"a":0,"b":{"c":2,"d":1}}'],
    ['a prefix comes first', { ab: 1, a: 2, '': 3 }, '{"":3,"a":2,"ab":1}'],
    [
      'capitals before small letters, digits by character',
      { a: 1, B: 2, 10: 3, 9: 4 },
      '{"10":3,"9":4,"B":2,"a":1}',
    ],
    [
      'UTF-16 code units, not code points',
      { '\ufb33': 1, '\u{1f600}': 2 },
      '{"\u{1f600}":2,"\ufb33":1}',
    ],
    [
      'control characters are sorted before they are escaped',
      { '\u20ac': 1, '\r': 2, '1': 3, '\u0080': 4 },
      '{"\\r":2,"1":3,"\u0080":4,"\u20ac":1}',
    ],
    [
      'only what must be escaped is',
      '"\\/\b\f\n\r\t\u0000\u001f\u007f\u2028é证',
      '"\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u007f\u2028é证"',
    ],
    ['text is not normalised', ['e\u0301', '\u00e9'], '["e\u0301","\u00e9"]'],
    ['what is undefined is not there', { a: undefined, b: 1 }, '{"b":1}'],
  ])('%s', ([, value, text]) => {
    expect(canonicalJson(value)).toBe(text)
  })

  test.for<readonly [number, string]>([
    [0, '0'],
    [-0, '0'],
    [1.0, '1'],
    [-1.5, '-1.5'],
    [1e21, '1e+21'],
    [1e20, '100000000000000000000'],
    [1e-6, '0.000001'],
    [1e-7, '1e-7'],
    [5e-324, '5e-324'],
    [-1.7976931348623157e308, '-1.7976931348623157e+308'],
    [9007199254740991, '9007199254740991'],
    [0.1 + 0.2, '0.30000000000000004'],
    [4.35e2, '435'],
  ])('the number %d', ([value, text]) => {
    expect(canonicalJson(value)).toBe(text)
  })

  test.for<readonly [string, Json]>([
    ['infinity', Infinity],
    ['no number', [NaN]],
    ['half a character', { a: '\ud83d' }],
    ['the other half', ['\ude00']],
    ['half a character in a name', { '\ud83d': 1 }],
  ])('is refused for %s', ([, value]) => {
    expect(() => canonicalJson(value)).toThrow('invalid-json')
  })

  const value = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small' },
      fc.constant(null),
      fc.boolean(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string({ unit: character }),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: character }), tie('json'), { maxKeys: 4 }),
    ),
  })).json

  test('is read as what was written, and is written the same again', () => {
    fc.assert(
      fc.property(value, (written) => {
        const text = canonicalJson(written)
        fc.pre(!text.includes('"__proto__"'))
        // JSON has one zero.
        expect(parseJson(text)).toEqual(JSON.parse(JSON.stringify(written)))
        expect(canonicalJson(parseJson(text))).toBe(text)
      }),
    )
  })

  test('does not depend on the order in which members were set', () => {
    const members = fc.uniqueArray(fc.tuple(fc.string(), value), { selector: ([name]) => name })
    fc.assert(
      fc.property(members, (entries) => {
        const forwards = canonicalJson(Object.fromEntries(entries))
        expect(canonicalJson(Object.fromEntries(entries.toReversed()))).toBe(forwards)
      }),
    )
  })
})

describe('a text that has two readings is refused', () => {
  test.for([
    ['duplicate-name', '{"a":1,"a":1}'],
    ['duplicate-name', '{"a":1,"\\u0061":2}'],
    ['duplicate-name', '{"x":{"a":1,"b":2,"a":3}}'],
    ['duplicate-name', '[{"a":{"b":1}},{"a":{"b":1},"a":2}]'],
    ['duplicate-name', '{"":1,"":2}'],
    ['duplicate-name', '{"a:":1,"b":":","a:":1}'],
    ['forbidden-name', '{"__proto__":1}'],
    ['forbidden-name', '{"a":[{"__proto__":{}}]}'],
    ['forbidden-name', '{"\\u005f_proto__":null}'],
    ['lone-surrogate', '"\\ud800"'],
    ['lone-surrogate', '["\\udc00\\ud800"]'],
    ['lone-surrogate', '"\ud800"'],
    ['lone-surrogate', '{"\\udfff":1}'],
    ['number', '1e999'],
    ['number', '[-1e400]'],
    ['syntax', ''],
    ['syntax', ' '],
    ['syntax', '{"a":1}x'],
    ['syntax', '{} {}'],
    ['syntax', '\ufeff{}'],
    ['syntax', '\u00a0{}'],
    ['syntax', '{"a":1,}'],
    ['syntax', '[1,]'],
    ['syntax', '{a:1}'],
    ['syntax', "{'a':1}"],
    ['syntax', '01'],
    ['syntax', '+1'],
    ['syntax', '.5'],
    ['syntax', '1.'],
    ['syntax', 'NaN'],
    ['syntax', '0x10'],
    ['syntax', '"\t"'],
    ['syntax', '"\\x41"'],
    ['syntax', '"\\'],
    ['syntax', '"'],
    ['syntax', '{"a":"'],
    ['syntax', '// no\n1'],
    ['syntax', ']'],
    ['syntax', '}{'],
  ] as const)('%s: %j', ([rule, text]) => {
    expect(verdict(text)).toBe(rule)
  })

  test.for([
    '{"a":1,"A":1}',
    '[{"a":1},{"a":1}]',
    '{"a":{"a":{"a":":"}}}',
    '{"a":"{\\"a\\":1,[:","b":"\\\\"}',
    '{"constructor":1,"toString":2,"proto":3,"__proto":4}',
    '"\\ud83d\\ude00"',
    ' \t\r\n{ "a" : [ 1 , 2 ] } ',
    'null',
  ])('allowed: %j', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text))
  })

  test.for(['[]', 'null', '1', '"a"', 'true'])('%s is no object', (text) => {
    expect(() => parseJsonObject(text)).toThrow('object-expected')
  })
})

describe('limits', () => {
  const { depth, membersPerObject, stringLength } = jsonLimits
  const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`
  const wide = (members: number): string =>
    JSON.stringify(Object.fromEntries(Array.from({ length: members }, (_, i) => [`m${i}`, i])))
  const long = (length: number): string => JSON.stringify('x'.repeat(length))

  test.for([
    ['ok', nested(depth - 1)],
    ['ok', nested(depth)],
    ['depth', nested(depth + 1)],
    ['ok', '{"a":'.repeat(depth) + '0' + '}'.repeat(depth)],
    ['depth', '{"a":'.repeat(depth + 1) + '0' + '}'.repeat(depth + 1)],
    ['ok', `[${'[],'.repeat(1_000)}0]`],
    ['ok', `"${'['.repeat(1_000)}"`],
    ['ok', wide(membersPerObject - 1)],
    ['ok', wide(membersPerObject)],
    ['members', wide(membersPerObject + 1)],
    ['ok', long(stringLength - 1)],
    ['ok', long(stringLength)],
    ['string-length', long(stringLength + 1)],
    ['string-length', `{${long(stringLength + 1)}:1}`],
  ] as const)('%s', ([rule, text]) => {
    expect(verdict(text)).toBe(rule)
  })

  test('are those of the caller', () => {
    expect(verdict('[[]]', { ...jsonLimits, depth: 1 })).toBe('depth')
    expect(verdict('{"a":1,"b":2}', { ...jsonLimits, membersPerObject: 1 })).toBe('members')
    expect(verdict('"ab"', { ...jsonLimits, stringLength: 1 })).toBe('string-length')
  })

  test.for([
    ['an open string full of escaped quotes', `"${'\\"'.repeat(500_000)}`, 'syntax'],
    ['an open string after many strings', `${'"a"'.repeat(300_000)}"`, 'syntax'],
    ['a million brackets', '['.repeat(1_000_000), 'depth'],
    ['a million closing brackets', ']'.repeat(1_000_000), 'syntax'],
    ['a million backslashes', `"${'\\'.repeat(1_000_000)}`, 'syntax'],
  ] as const)('the work grows no faster than the text: %s', ([, text, rule]) => {
    const started = performance.now()
    expect(verdict(text)).toBe(rule)
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

test('whatever the text, it is read as JSON.parse reads it or refused with a Problem', () => {
  const token = fc.constantFrom(
    ...Array.from('{}[]:,"\\ '),
    'true',
    '1',
    '-',
    '"a"',
    '\\u00',
    '\ud800',
    '__proto__',
  )
  const nearly = fc.array(token, { maxLength: 20 }).map((tokens) => tokens.join(''))
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string({ unit: character }), fc.json()), (text) => {
      if (verdict(text) === 'ok') expect(parseJson(text)).toEqual(JSON.parse(text))
    }),
    { numRuns: 1_000 },
  )
})

test('a name given twice is found in any text, however its strings are written', () => {
  /** Without strings, each colon announces one member. */
  const colons = (text: string): number =>
    text.replaceAll(/"(?:[^"\\]|\\.)*"/gs, '').split(':').length - 1
  const kept = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? Object.values(value).reduce(
          (count: number, inner) => count + kept(inner),
          Array.isArray(value) ? 0 : Object.keys(value).length,
        )
      : 0
  const name = fc.constantFrom('"a"', '"\\u0061"', '"a\\\\"', '"\\""', '":"', '"{"', '"\\\\\\""')
  const text = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.oneof(name, fc.constantFrom('1', 'null', '"', '\\', '"a\\"')),
      fc.array(tie('value'), { maxLength: 3 }).map((all) => `[${all.join()}]`),
      fc
        .array(fc.tuple(name, tie('value')), { maxLength: 3 })
        .map((all) => `{${all.map((one) => one.join(':')).join()}}`),
    ),
  })).value
  fc.assert(
    fc.property(text, (some) => {
      let parsed: unknown
      try {
        parsed = JSON.parse(some)
      } catch {
        expect(() => parseJson(some)).toThrow('invalid-json') // Not JSON for anybody.
        return
      }
      if (kept(parsed) === colons(some)) expect(parseJson(some)).toEqual(parsed)
      else expect(() => parseJson(some)).toThrow('duplicate-name')
    }),
    { numRuns: 400 },
  )
})

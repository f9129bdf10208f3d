import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toBase64url } from './base64url.ts'
import { jsonLimits, parseJsonObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { fromUtf8, sha256, utf8 } from './primitives.ts'
import { Problem } from './problem.ts'
import { readJws } from './jws.ts'
import {
  discloseOnly,
  disclosureDigest,
  disclosureDigests,
  joinSdJwt,
  makeDisclosure,
  sdAlgorithm,
  sdJwtLimits,
  splitSdJwt,
} from './sd-jwt.ts'
import { revealClaims } from './sd-jwt/claims.ts'

const salt = toBase64url(new Uint8Array(16).fill(7))
const items: Readonly<Record<string, Json>> = {
  name: '海口某某餐饮有限公司',
  capital: 500_000,
  scope: ['热食', { kind: '冷食' }],
  suspended: false,
  legalRepresentative: null,
}
const disclosures = Object.entries(items).map(([name, value]) =>
  makeDisclosure(name, value, randomBytes(16)),
)
const clear = { iss: 'urn:a', nbf: 1, status: { idx: 1 } }
const signed = { ...clear, _sd: disclosureDigests(disclosures), _sd_alg: sdAlgorithm }

function encode(value: unknown): string {
  return toBase64url(utf8(typeof value === 'string' ? value : JSON.stringify(value)))
}

/** Signatures are not the business of this file: any will do. */
function documentOf(payload: unknown, encoded: readonly string[] = []): string {
  return [`${encode({ alg: 'ES256' })}.${encode(payload)}.AAAA`, ...encoded, ''].join('~')
}

/** What was hidden and is disclosed, at the top. */
function read(document: string): ReadonlyMap<string, Json> {
  const { jwt, disclosures: sent } = splitSdJwt(document)
  const payload = parseJsonObject(fromUtf8(readJws(jwt).payload))
  const { claims } = revealClaims(payload, sent)
  const isHidden = ([name]: readonly [string, unknown]): boolean => !Object.hasOwn(payload, name)
  return new Map(Object.entries(claims as Readonly<Record<string, Json>>).filter(isHidden))
}

/** The rule a document is refused for, or `ok`; anything but a Problem is a defect. */
function verdict(document: string): string {
  try {
    read(document)
    return 'ok'
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    return String(thrown.detail['rule'] ?? thrown.code)
  }
}

/** A document whose issuer signed the digest of whatever stands here. */
function signedFor(encoded: string, payload: JsonObject = {}): string {
  const _sd = [toBase64url(sha256(utf8(encoded)))]
  return documentOf({ ...clear, _sd, _sd_alg: sdAlgorithm, ...payload }, [encoded])
}

const complete = documentOf(
  signed,
  disclosures.map(({ encoded }) => encoded),
)

test('the example of RFC 9901 §4.2.3 has the digest printed there', () => {
  // The encoding with white space is the issuer's own; it is hashed as it was sent.
  const encoded = 'WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0'
  const { disclosures: sent } = splitSdJwt(`a.b.c~${encoded}~`)
  expect(sent).toEqual([
    { salt: '_26bc4LT-ac6q2KI6cBW5es', name: 'family_name', value: 'Möbius', encoded },
  ])
  expect(sent.map((one) => disclosureDigest(one))).toEqual([
    'X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0',
  ])
})

test('what was hidden is read again, and joining undoes splitting', () => {
  expect(Object.fromEntries(read(complete))).toEqual(items)
  expect(joinSdJwt(splitSdJwt(complete))).toBe(complete)
  expect(read(documentOf(signed)).size).toBe(0)
})

test('digests are sorted, so their order tells nothing', () => {
  expect(disclosureDigests(disclosures)).toEqual(disclosureDigests(disclosures.toReversed()))
  expect(signed._sd).toEqual(signed._sd.toSorted())
})

describe('a presentation is refused for', () => {
  const [first = '', second = ''] = disclosures.map(({ encoded }) => encoded)
  const withoutEnd = complete.slice(0, -1)
  test.for([
    ['no final tilde', withoutEnd, 'key-binding-not-expected'],
    ['a key binding token', `${complete}a.b.c`, 'key-binding-not-expected'],
    ['no tilde at all', 'a.b.c', 'separator-missing'],
    ['nothing', '', 'separator-missing'],
    ['an empty disclosure', `${complete}~`, 'syntax'],
    ['an empty disclosure first', complete.replace('~', '~~'), 'syntax'],
    [
      'a disclosure nobody signed',
      documentOf(signed, [first, encode([salt, 'x', 1])]),
      'disclosure-not-signed',
    ],
    [
      'the same disclosure twice',
      documentOf(signed, [first, second, first]),
      'disclosure-repeated',
    ],
    ['a padded disclosure', documentOf(signed, [`${first}=`]), 'invalid-encoding'],
    ['white space around a disclosure', documentOf(signed, [` ${first}`]), 'invalid-encoding'],
    ['a newline at the end', `${complete}\n`, 'key-binding-not-expected'],
    [
      'a disclosure that is not UTF-8',
      documentOf(signed, [toBase64url(Uint8Array.of(0xff))]),
      'utf-8',
    ],
  ] as const)('%s', ([, document, rule]) => {
    expect(verdict(document)).toBe(rule)
  })
})

describe('a disclosure is refused although the issuer signed it:', () => {
  const long = 'x'.repeat(jsonLimits.stringLength + 1)
  test.for<readonly [string, unknown, string]>([
    ['an object', { salt, name: 'a', value: 1 }, 'disclosure-malformed'],
    ['for an array, of two elements', [salt, 'DE'], 'disclosure-of-element-for-claim'],
    ['of four elements', [salt, 'a', 1, 2], 'disclosure-malformed'],
    ['empty', [], 'disclosure-malformed'],
    ['null', null, 'disclosure-malformed'],
    ['a number for a salt', [7, 'a', 1], 'disclosure-malformed'],
    ['a name that is a number', [salt, 1, 1], 'disclosure-name'],
    ['the name _sd', [salt, '_sd', []], 'disclosure-name'],
    ['the name _sd_alg', [salt, '_sd_alg', 'sha-256'], 'disclosure-name'],
    ['the name of the array element', [salt, '...', 'x'], 'disclosure-name'],
    ['the name __proto__', [salt, '__proto__', { admin: true }], 'disclosure-name'],
    ['a claim in clear, overwritten', [salt, 'iss', 'urn:b'], 'disclosure-overwrites-claim'],
    ['the beginning, overwritten', [salt, 'nbf', 0], 'disclosure-overwrites-claim'],
    ['the status, overwritten', [salt, 'status', {}], 'disclosure-overwrites-claim'],
    ['of one element', [salt], 'disclosure-malformed'],
    ['digests inside that are no array', [salt, 'a', { _sd: 'x' }], 'digests-malformed'],
    ['a digest inside twice', [salt, 'a', [{ b: { _sd: ['x', 'x'] } }]], 'digest-repeated'],
    [
      'a digest inside, in two places',
      [salt, 'a', [{ _sd: ['x'] }, { '...': 'x' }]],
      'digest-repeated',
    ],
    ['an algorithm inside', [salt, 'a', { _sd_alg: 'sha-256' }], 'digest-algorithm-nested'],
    ['a member ... inside', [salt, 'a', { '...': 'x' }], 'forbidden-name'],
    [
      'an element with more than its digest',
      [salt, 'a', [{ '...': 'x', b: 1 }]],
      'hidden-element-malformed',
    ],
    ['an element whose digest is a number', [salt, 'a', [{ '...': 1 }]], 'digest-malformed'],
    ['a name twice inside', `["${salt}","a",{"b":1,"b":2}]`, 'duplicate-name'],
    ['half a character', `["${salt}","a","\\ud800"]`, 'lone-surrogate'],
    ['two values', `["${salt}","a",1]["${salt}","a",2]`, 'syntax'],
    ['a very long value', [salt, 'a', long], 'string-length'],
  ])('%s', ([, content, rule]) => {
    expect(verdict(signedFor(encode(content)))).toBe(rule)
  })

  test('two for one name', () => {
    const two = [encode([salt, 'a', 1]), encode([salt, 'a', 2])]
    const _sd = two.map((encoded) => toBase64url(sha256(utf8(encoded))))
    expect(verdict(documentOf({ _sd, _sd_alg: sdAlgorithm }, two))).toBe(
      'disclosure-overwrites-claim',
    )
  })

  test.for(['toString', 'constructor', 'hasOwnProperty', '_SD', ''])(
    'but %j is a name like any other',
    (name) => {
      expect(Object.fromEntries(read(signedFor(encode([salt, name, 1]))))).toEqual({ [name]: 1 })
    },
  )
})

describe('a payload is refused for', () => {
  const [digest = ''] = signed._sd
  test.for<readonly [string, JsonObject, string]>([
    ['a weak algorithm', { _sd_alg: 'sha-1' }, 'digest-algorithm'],
    ['an algorithm in capitals', { _sd_alg: 'SHA-256' }, 'digest-algorithm'],
    ['an algorithm that is null', { _sd_alg: null }, 'digest-algorithm'],
    ['an algorithm every object knows', { _sd_alg: 'toString' }, 'digest-algorithm'],
    ['a list of algorithms', { _sd_alg: ['sha-256'] }, 'digest-algorithm'],
    ['digests that are null', { _sd: null }, 'digests-malformed'],
    ['digests in an object', { _sd: { 0: digest } }, 'digests-malformed'],
    ['one digest without array', { _sd: digest }, 'digests-malformed'],
    ['a digest that is a number', { _sd: [1] }, 'digest-malformed'],
    ['a digest that is an array', { _sd: [[digest]] }, 'digest-malformed'],
    ['a digest twice', { _sd: [digest, digest] }, 'digest-repeated'],
    ['a digest in two objects', { status: { _sd: [digest] } }, 'digest-repeated'],
    ['a digest in an object and an array', { a: [[{ '...': digest }]] }, 'digest-repeated'],
    ['a hidden element outside an array', { '...': digest }, 'forbidden-name'],
    ['a hidden element for a member', { a: { '...': digest } }, 'forbidden-name'],
    ['an algorithm below the top', { a: { _sd_alg: 'sha-256' } }, 'digest-algorithm-nested'],
    ['an algorithm in an array', { a: [{ _sd_alg: 'sha-256' }] }, 'digest-algorithm-nested'],
  ])('%s', ([, change, rule]) => {
    expect(verdict(documentOf({ ...signed, ...change }))).toBe(rule)
  })

  test('digests twice', () => {
    const payload = JSON.stringify(signed).replace('{', '{"_sd":[],')
    expect(verdict(documentOf(payload))).toBe('duplicate-name')
  })
})

describe('limits', () => {
  const many = Array.from({ length: sdJwtLimits.disclosures + 1 }, (_, i) =>
    makeDisclosure(`item${i}`, i, randomBytes(16)),
  )
  const documentWith = (count: number): string => {
    const some = many.slice(0, count)
    const payload = { _sd: disclosureDigests(some), _sd_alg: sdAlgorithm }
    return joinSdJwt({ jwt: documentOf(payload).slice(0, -1), disclosures: some })
  }

  test.for([
    [sdJwtLimits.disclosures - 1, 'ok'],
    [sdJwtLimits.disclosures, 'ok'],
    [sdJwtLimits.disclosures + 1, 'disclosures'],
  ] as const)('%d disclosures: %s', ([count, rule]) => {
    expect(verdict(documentWith(count))).toBe(rule)
  })

  test.for([
    [sdJwtLimits.length, 'disclosures'],
    [sdJwtLimits.length + 1, 'length'],
  ] as const)('%d characters are judged by: %s', ([length, rule]) => {
    expect(verdict('~'.repeat(length))).toBe(rule)
  })

  test('an open string in a disclosure as long as a document may be costs little', () => {
    const started = performance.now()
    const bomb = toBase64url(utf8(`["${'\\"'.repeat(90_000)}`))
    expect(verdict(signedFor(bomb))).toBe('syntax')
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

describe('properties', () => {
  test('any subset of the disclosures, in any order, says just that', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(disclosures), (some) => {
        const document = documentOf(
          signed,
          some.map(({ encoded }) => encoded),
        )
        const names = some.map(({ name = '' }) => name)
        expect(Object.fromEntries(read(document))).toEqual(
          Object.fromEntries(names.map((name) => [name, items[name]])),
        )
        expect([...read(discloseOnly(complete, new Set(names))).keys()].sort()).toEqual(
          names.sort(),
        )
      }),
    )
  })

  test('disclosing less never changes what is signed, nor invents anything', () => {
    const { jwt } = splitSdJwt(complete)
    const fewer = discloseOnly(complete, new Set(['name', 'unheardOf']))
    expect(splitSdJwt(fewer).jwt).toBe(jwt)
    expect([...read(fewer).keys()]).toEqual(['name'])
    expect(() => discloseOnly(fewer.slice(0, -1), new Set())).toThrow('invalid-licence-document')
  })

  test('any changed, lost or added character is refused, or hides whole items', () => {
    const { jwt } = splitSdJwt(complete)
    const character = fc.constantFrom('A', 'z', '0', '_', '~', '.', '=', ' ', '\u0000', '證')
    const change = fc.record({
      at: fc.integer({ min: jwt.length, max: complete.length }),
      removed: fc.integer({ min: 0, max: 1 }),
      put: fc.oneof(fc.constant(''), character),
    })
    fc.assert(
      fc.property(change, ({ at, removed, put }) => {
        const changed = complete.slice(0, at) + put + complete.slice(at + removed)
        if (changed !== complete && verdict(changed) === 'ok') {
          expect(Object.entries(items)).toEqual(
            expect.arrayContaining([...read(changed).entries()]),
          )
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('no disclosure throws anything but a Problem', () => {
    const content = fc.oneof(fc.json(), fc.string(), fc.array(fc.jsonValue(), { maxLength: 4 }))
    fc.assert(
      fc.property(content, (value) => {
        verdict(signedFor(encode(value)))
      }),
    )
  })
})

/** Nested, recursive and array disclosures, all of them signed by an issuer that means no good. */
import { createHash, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../json.ts'
import { Problem } from '../problem.ts'
import { disclosureDigest, makeDisclosure, sdAlgorithms } from '../sd-jwt.ts'
import type { Disclosure, SdAlgorithm } from '../sd-jwt.ts'
import { claimLimits, revealClaims } from './claims.ts'

const hidden = (name: string | undefined, value: Json): Disclosure =>
  makeDisclosure(name, value, randomBytes(16))
const digest = (disclosure: Disclosure): string => disclosureDigest(disclosure)
const element = (disclosure: Disclosure): JsonObject => ({ '...': digest(disclosure) })

/** The claims, or the rule they are refused for. */
function revealed(payload: JsonObject, ...disclosures: readonly Disclosure[]): JsonObject | string {
  try {
    return revealClaims(payload, disclosures).claims
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    return String(thrown.detail['rule'])
  }
}

const street = hidden('street', '海府路59号')
const city = hidden('city', '海口')
const address = hidden('address', { country: 'CN', _sd: [street, city].map(digest) })
const [hot, cold] = [hidden(undefined, '热食'), hidden(undefined, { kind: '冷食' })]
const recursive: JsonObject = { iss: 'a', _sd: [digest(address)] }
const listed: JsonObject = { scope: ['酒水', element(hot), element(cold)] }

describe('what is disclosed takes its place', () => {
  test.for<readonly [string, JsonObject | string, JsonObject]>([
    ['nothing', revealed(recursive), { iss: 'a' }],
    [
      'an object with hidden members',
      revealed(recursive, address),
      { iss: 'a', address: { country: 'CN' } },
    ],
    [
      'all of it, in any order',
      revealed(recursive, city, street, address),
      { iss: 'a', address: { country: 'CN', city: '海口', street: '海府路59号' } },
    ],
    ['no element', revealed(listed), { scope: ['酒水'] }],
    ['the last element', revealed(listed, cold), { scope: ['酒水', { kind: '冷食' }] }],
    ['every element', revealed(listed, cold, hot), { scope: ['酒水', '热食', { kind: '冷食' }] }],
    ['decoys', revealed({ _sd: ['decoy', 'another'], a: [{ '...': 'third' }] }), { a: [] }],
    [
      'no digests at all',
      revealed({ a: { b: [null, false, 0, ''] } }),
      { a: { b: [null, false, 0, ''] } },
    ],
    ['an empty list of digests', revealed({ _sd: [], a: { _sd: [] } }), { a: {} }],
    [
      'the same name on another level',
      revealed({ a: { _sd: [digest(city)] }, city: 'x' }, city),
      { a: { city: '海口' }, city: 'x' },
    ],
  ])('%s', ([, actual, expected]) => {
    expect(actual).toEqual(expected)
  })

  test.for(Object.keys(sdAlgorithms) as SdAlgorithm[])('with %s', (_sd_alg) => {
    const expected = createHash(sdAlgorithms[_sd_alg]).update(city.encoded).digest('base64url')
    const payload = { _sd: [expected], _sd_alg }
    expect(revealed(payload, city)).toEqual({ city: '海口' })
    expect(
      revealed({ ...payload, _sd_alg: _sd_alg === 'sha-256' ? 'sha-512' : 'sha-256' }, city),
    ).toBe('disclosure-not-signed')
  })
})

describe('is refused', () => {
  const inside = (value: Json): Disclosure => hidden('a', value)
  const shown = (disclosure: Disclosure, ...more: readonly Disclosure[]) =>
    revealed({ _sd: [digest(disclosure)] }, disclosure, ...more)
  test.for<readonly [string, JsonObject | string, string]>([
    ['a part without what encloses it', revealed(recursive, city), 'disclosure-not-signed'],
    ['a disclosure twice', revealed(recursive, address, address), 'disclosure-repeated'],
    [
      'a claim for an element',
      revealed({ a: [element(city)] }, city),
      'disclosure-of-claim-for-element',
    ],
    [
      'an element for a claim',
      revealed({ _sd: [digest(hot)] }, hot),
      'disclosure-of-element-for-claim',
    ],
    [
      'a claim that is there',
      revealed({ _sd: [digest(city)], city: 'x' }, city),
      'disclosure-overwrites-claim',
    ],
    [
      'a claim that is there, further down',
      shown(inside({ city: 'x', _sd: [digest(city)] }), city),
      'disclosure-overwrites-claim',
    ],
    ['a digest twice in one list', revealed({ _sd: ['x', 'x'] }), 'digest-repeated'],
    ['a digest on two levels', revealed({ _sd: ['x'], a: { _sd: ['x'] } }), 'digest-repeated'],
    [
      'a digest for two elements',
      revealed({ a: [element(hot)], b: [element(hot)] }, hot),
      'digest-repeated',
    ],
    [
      'a digest outside and inside a disclosure',
      revealed({ _sd: [digest(city), digest(address)] }, address),
      'digest-repeated',
    ],
    [
      'a digest in two disclosures',
      revealed(
        {
          a: [element(hidden(undefined, 1))],
          _sd: [digest(address), 'y'],
          b: { _sd: [digest(street)] },
        },
        address,
      ),
      'digest-repeated',
    ],
    [
      'a hidden element with another member',
      revealed({ a: [{ '...': 'x', b: 1 }] }),
      'hidden-element-malformed',
    ],
    [
      'a hidden element with digests of its own',
      revealed({ a: [{ '...': 'x', _sd: [] }] }),
      'hidden-element-malformed',
    ],
    ['a digest that is an object', revealed({ _sd: [{ '...': 'x' }] }), 'digest-malformed'],
    ['a digest that is null', revealed({ _sd: [null] }), 'digest-malformed'],
    ['digests in words', revealed({ a: { _sd: 'x' } }), 'digests-malformed'],
    ['a member named ...', revealed({ a: [{ b: { '...': 'x' } }] }), 'forbidden-name'],
    [
      'an algorithm below the top',
      revealed({ a: { _sd_alg: 'sha-256' } }),
      'digest-algorithm-nested',
    ],
    [
      'an algorithm inside a disclosure',
      shown(inside({ _sd_alg: 'sha-256' })),
      'digest-algorithm-nested',
    ],
    ['a weak algorithm', revealed({ _sd_alg: 'sha-1' }), 'digest-algorithm'],
    ['an algorithm of another table', revealed({ _sd_alg: 'sha256' }), 'digest-algorithm'],
  ])('%s', ([, actual, expected]) => {
    expect(actual).toBe(expected)
  })
})

describe('limits', () => {
  /** Disclosures inside one another: each alone is shallow. */
  function chain(length: number): [JsonObject, Disclosure[]] {
    const disclosures: Disclosure[] = []
    let value: JsonObject = {}
    for (let i = 0; i < length; i += 1) {
      const disclosure = hidden('a', value)
      disclosures.push(disclosure)
      value = { _sd: [digest(disclosure)] }
    }
    return [value, disclosures]
  }

  test.for([
    [claimLimits.depth - 1, 'object'],
    [claimLimits.depth, 'object'],
    [claimLimits.depth + 1, 'string'],
  ] as const)('%d disclosures inside one another: %s', ([length, kind]) => {
    const [payload, disclosures] = chain(length)
    const answer = revealed(payload, ...disclosures)
    expect(typeof answer).toBe(kind)
    if (typeof answer === 'string') expect(answer).toBe('depth')
  })

  test.for([
    [claimLimits.digests, 'object'],
    [claimLimits.digests + 1, 'string'],
  ] as const)('%d digests: %s', ([count, kind]) => {
    const _sd = Array.from({ length: count }, (_, i) => `d${i}`)
    expect(typeof revealed({ _sd })).toBe(kind)
  })
})

test('any part of any value may be hidden, and all disclosed is what it was', () => {
  const value = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<Json>(null, true, 7, '海口', ''),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c', ''), tie('value'), { noNullPrototype: true }),
    ),
  })).value
  const object = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value, { noNullPrototype: true })
  fc.assert(
    fc.property(object, fc.infiniteStream(fc.boolean()), (original, coin) => {
      const disclosures: Disclosure[] = []
      const isHidden = (): boolean => coin.next().value === true
      const disguise = (inner: Json): Json => {
        if (Array.isArray(inner)) {
          return (inner as Json[]).map((one) => {
            if (!isHidden()) return disguise(one)
            const disclosure = hidden(undefined, disguise(one))
            disclosures.push(disclosure)
            return element(disclosure)
          })
        }
        if (typeof inner !== 'object' || inner === null) return inner
        const clear: Record<string, Json> = {}
        const _sd: string[] = []
        for (const [name, member] of Object.entries(inner as Record<string, Json>)) {
          if (!isHidden()) clear[name] = disguise(member)
          else {
            const disclosure = hidden(name, disguise(member))
            disclosures.push(disclosure)
            _sd.push(digest(disclosure))
          }
        }
        return { ...clear, _sd }
      }
      const disguised = disguise(original) as JsonObject
      expect(revealed(disguised, ...disclosures)).toEqual(original)
    }),
    { numRuns: 60 },
  )
})

import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { parseJsonObject } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { readJws, verifyJws } from '../jws.ts'
import { fromUtf8 } from '../primitives.ts'
import { Problem } from '../problem.ts'
import { credentialType, sdJwtLimits, splitSdJwt } from '../sd-jwt.ts'
import { revealClaims } from './claims.ts'
import type { ClaimPath } from './claims.ts'
import { issueSdJwt, presentSdJwt } from './issue.ts'

const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const claims = {
  ...{ iss: 'urn:a', vct: 'urn:b', name: '海口某某餐饮有限公司' },
  address: { country: 'CN', city: '海口', street: { name: '海府路', number: 59 } },
  scope: ['热食', '冷食', { kind: '酒水', licensed: true }],
}
const all: readonly ClaimPath[] = [
  ['name'],
  ['address'],
  ['address', 'street'],
  ['address', 'street', 'number'],
  ['scope', 0],
  ['scope', 2],
  ['scope', 2, 'licensed'],
]
const issued = issueSdJwt({ claims, disclose: all, key })

function payloadOf(sdJwt: string): JsonObject {
  return parseJsonObject(fromUtf8(readJws(splitSdJwt(sdJwt).jwt).payload))
}

function shown(sdJwt: string): JsonObject {
  return revealClaims(payloadOf(sdJwt), splitSdJwt(sdJwt).disclosures).claims
}

function rule(work: () => unknown): unknown {
  try {
    return work()
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    return thrown.detail['rule']
  }
}

test('what is issued is signed as a credential, and all disclosed is all that was said', () => {
  const verdict = verifyJws(splitSdJwt(issued).jwt, createPublicKey(key), { typ: credentialType })
  expect(verdict.ok).toBe(true)
  expect(shown(issued)).toEqual(claims)
})

test('nothing that may be withheld can be read without its disclosure', () => {
  expect(shown(presentSdJwt(issued, []))).toEqual({ iss: 'urn:a', vct: 'urn:b', scope: ['冷食'] })
  expect(fromUtf8(readJws(splitSdJwt(issued).jwt).payload)).not.toMatch(
    /餐饮|海府路|热食|酒水|licensed/,
  )
})

describe('a presentation shows', () => {
  test.for<readonly [string, readonly ClaimPath[], JsonObject]>([
    ['a claim', [['name']], { name: claims.name, scope: ['冷食'] }],
    [
      'an object without its hidden parts',
      [['address']],
      { address: { country: 'CN', city: '海口' }, scope: ['冷食'] },
    ],
    [
      'a part with what encloses it',
      [['address', 'street', 'number']],
      { address: claims.address, scope: ['冷食'] },
    ],
    [
      'the last element, whole',
      [['scope', 2, 'licensed']],
      { scope: ['冷食', claims.scope[2] ?? null] },
    ],
    ['nothing for a path that leads nowhere', [['address2'], ['scope', 9]], { scope: ['冷食'] }],
  ])('%s', ([, paths, expected]) => {
    expect(shown(presentSdJwt(issued, paths))).toEqual({ iss: 'urn:a', vct: 'urn:b', ...expected })
  })

  test('less of less', () => {
    const less = presentSdJwt(issued, [['name'], ['scope', 2]])
    expect(shown(presentSdJwt(less, [['scope', 2]]))).toEqual({
      ...{ iss: 'urn:a', vct: 'urn:b' },
      scope: ['冷食', { kind: '酒水' }],
    })
  })
})

test('decoys look like digests and mean nothing', () => {
  const sdJwt = issueSdJwt({ claims, disclose: [['name']], key, decoys: 3, algorithm: 'sha-512' })
  const digests = payloadOf(sdJwt)['_sd'] as readonly string[]
  expect(new Set(digests).size).toBe(4)
  expect(new Set(digests.map(({ length }) => length))).toEqual(new Set([86]))
  expect(digests).toEqual(digests.toSorted())
  expect(shown(sdJwt)).toEqual(claims)
})

describe('is not issued', () => {
  const issue = (change: JsonObject, disclose: readonly ClaimPath[] = []) =>
    rule(() => issueSdJwt({ claims: { ...claims, ...change }, disclose, key }))
  const many = Array.from({ length: sdJwtLimits.disclosures + 1 }, (_, i) => `c${i}`)
  test.for<readonly [string, unknown, string]>([
    ['with digests of its own', issue({ _sd: [] }), 'forbidden-name'],
    ['with digests further down', issue({ a: [{ b: { _sd: [] } }] }), 'forbidden-name'],
    ['with an element that looks hidden', issue({ a: [{ '...': 'x' }] }), 'forbidden-name'],
    ['with an algorithm of its own', issue({ _sd_alg: 'sha-256' }), 'forbidden-name'],
    ['hiding what is not there', issue({}, [['unheardOf']]), 'no-such-claim'],
    ['hiding what every object has', issue({}, [['toString']]), 'no-such-claim'],
    ['hiding a part of a text', issue({}, [['name', 0]]), 'no-such-claim'],
    ['hiding an element that is not there', issue({}, [['scope', 3]]), 'no-such-claim'],
    ['hiding everything at once', issue({}, [[]]), 'no-such-claim'],
    ['hiding a thing twice', issue({}, [['name'], ['name']]), 'no-such-claim'],
    ['hiding its type', issue({}, [['vct']]), 'hidden-claim'],
    ['hiding part of its status', issue({ status: { a: 1 } }, [['status', 'a']]), 'hidden-claim'],
    [
      'in more parts than a reader takes',
      issue(
        Object.fromEntries(many.map((name) => [name, 1])),
        many.map((name) => [name]),
      ),
      'disclosures',
    ],
  ])('%s', ([, actual, expected]) => {
    expect(actual).toBe(expected)
  })
})

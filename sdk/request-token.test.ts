import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toBase64url } from './base64url.ts'
import { signJws } from './jws.ts'
import { utf8 } from './primitives.ts'
import {
  bodyHash,
  claimedKeyId,
  requestTokenLimits,
  signRequestToken,
  verifyRequestToken,
} from './request-token.ts'
import type { RequestClaims } from './request-token.ts'

const department = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const edwards = generateKeyPairSync('ed25519')
const now = 1_795_000_000
const at = new Date(now * 1000)
const request = { method: 'POST', path: '/graphql', body: utf8('{"query":"{ grants { code } }"}') }
const expected = { audience: 'exchange.test', request, at }
const claims: RequestClaims = {
  iss: 'meilanMarket',
  sub: 'officer-7',
  aud: 'exchange.test',
  iat: now,
  exp: now + requestTokenLimits.lifetimeSeconds,
  jti: toBase64url(new Uint8Array(16).fill(7)),
  htm: 'POST',
  htu: '/graphql',
  bh: bodyHash(request.body),
  purpose: { item: 'foodBusinessPermitNew', case: 'ML-2026-000017' },
}

/** A token with whatever payload, rightly signed: the signature is never the reason. */
function signed(payload: unknown, header: Readonly<Record<string, string>> = {}): string {
  return signJws({
    header: { kid: 'k1', typ: 'request+jwt', ...header },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    key: department.privateKey,
  })
}

function verdict(token: string, change: Partial<typeof expected> = {}): string {
  const answer = verifyRequestToken(token, department.publicKey, { ...expected, ...change })
  return answer.ok ? 'ok' : answer.code
}

test('a token says what was signed', () => {
  const token = signRequestToken(claims, department.privateKey, 'k1')
  expect(claimedKeyId(token)).toBe('k1')
  const answer = verifyRequestToken(token, department.publicKey, expected)
  expect(answer).toEqual({ ok: true, claims })
})

test('the hash of no body is that of nothing', () => {
  expect(bodyHash(new Uint8Array(0))).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU')
  const get = { method: 'GET', path: '/vault/imports/1', body: new Uint8Array(0) }
  const forGet = { ...claims, htm: 'GET', htu: get.path, bh: bodyHash(get.body) }
  expect(verdict(signed(forGet), { request: get })).toBe('ok')
})

describe('each claim is required, and of its kind:', () => {
  const wrong: readonly unknown[] = [
    undefined,
    null,
    '',
    0.5,
    true,
    [],
    {},
    1.5,
    'a\u0000b',
    'a\nb',
  ]
  const long = 'x'.repeat(requestTokenLimits.textLength + 1)
  test.for(Object.keys(claims))('%s', (name) => {
    for (const value of [...wrong, long]) {
      if (name === 'purpose' && value === undefined) continue
      expect(verdict(signed({ ...claims, [name]: value })), JSON.stringify(value)).not.toBe('ok')
    }
  })

  test.for<readonly [string, Partial<Record<keyof RequestClaims, unknown>>, string]>([
    ['the exchange next door', { aud: 'exchange.other' }, 'wrong-audience'],
    ['two audiences', { aud: ['exchange.test', 'exchange.other'] }, 'claims-malformed'],
    ['another method', { htm: 'GET' }, 'other-request'],
    ['the method in small letters', { htm: 'post' }, 'other-request'],
    ['another path', { htu: '/vault/licences' }, 'other-request'],
    ['a path with a slash more', { htu: '/graphql/' }, 'other-request'],
    ['an address for a path', { htu: 'https://exchange.test/graphql' }, 'other-request'],
    ['another body', { bh: bodyHash(utf8('{}')) }, 'other-body'],
    ['no body', { bh: bodyHash(utf8('')) }, 'other-body'],
    ['a hash with padding', { bh: `${claims.bh}=` }, 'other-body'],
    ['a time in words', { exp: '2026-11-18T00:00:00Z' }, 'claims-malformed'],
    ['a time in fractions', { iat: now + 0.5 }, 'claims-malformed'],
    ['a time beyond integers', { exp: 2 ** 53 }, 'claims-malformed'],
    ['an id of 126 bits', { jti: 'A'.repeat(21) }, 'claims-malformed'],
    ['an id with spaces', { jti: 'A'.repeat(21) + ' ' }, 'claims-malformed'],
    ['an id of the longest', { jti: 'A'.repeat(128) }, 'ok'],
    ['an id one too long', { jti: 'A'.repeat(129) }, 'claims-malformed'],
    ['the longest officer', { sub: 'x'.repeat(128) }, 'ok'],
    ['no purpose', { purpose: undefined }, 'ok'],
    ['a purpose with its clause', { purpose: { item: 'i', case: 'c', basis: 'b' } }, 'ok'],
    ['a purpose without case', { purpose: { item: 'i' } }, 'claims-malformed'],
    ['a purpose without item', { purpose: { case: 'c' } }, 'claims-malformed'],
    [
      'a purpose with more',
      { purpose: { item: 'i', case: 'c', urgent: true } },
      'claims-malformed',
    ],
    ['a purpose with an empty case', { purpose: { item: 'i', case: '' } }, 'claims-malformed'],
    [
      'a purpose with a basis that is null',
      { purpose: { item: 'i', case: 'c', basis: null } },
      'claims-malformed',
    ],
    ['a list of purposes', { purpose: [{ item: 'i', case: 'c' }] }, 'claims-malformed'],
  ])('%s: %j', ([, change, code]) => {
    expect(verdict(signed({ ...claims, ...change }))).toBe(code)
  })
})

describe('limits.md A3.1', () => {
  const text = JSON.stringify(claims)
  const bytes = (payload: Uint8Array): string =>
    signJws({ header: { kid: 'k1', typ: 'request+jwt' }, payload, key: department.privateKey })
  const changed = (change: Partial<Record<keyof RequestClaims, unknown>>): string =>
    signed({ ...claims, ...change })
  const raw = (name: keyof RequestClaims, value: string): string =>
    signed(text.replace(`"${name}":${JSON.stringify(claims[name])}`, `"${name}":${value}`))

  test.for<readonly [string, string, string]>([
    ['35 not UTF-8', bytes(Buffer.concat([utf8(text), Uint8Array.of(0xff)])), 'claims-malformed'],
    ['35 a byte order mark', signed(`\ufeff${text}`), 'claims-malformed'],
    ['35 a lone surrogate', raw('sub', '"\\ud800"'), 'claims-malformed'],
    ['36 a claim twice', signed(text.replace('{', '{"sub":"officer-8",')), 'claims-malformed'],
    ['37 1e400', raw('exp', '1e400'), 'claims-malformed'],
    ['37 -0', raw('iat', '-0'), 'lifetime'],
    ['37 2^53 + 1', raw('exp', '9007199254740993'), 'claims-malformed'],
    ['38 10,000 deep', signed('['.repeat(10_000) + ']'.repeat(10_000)), 'claims-malformed'],
    ['40 a licence', signed(claims, { typ: 'dc+sd-jwt' }), 'wrong-typ'],
    ['42 exp past', changed({ iat: now - 60, exp: now }), 'expired'],
    ['42 exp a text', changed({ exp: String(claims.exp) }), 'claims-malformed'],
    ['42 exp a float', changed({ exp: claims.exp + 0.5 }), 'claims-malformed'],
    ['42 exp 1e18', raw('exp', '1e18'), 'claims-malformed'],
    ['42 exp far', changed({ exp: now + 86_400 }), 'lifetime'],
    ['42 exp missing', changed({ exp: undefined }), 'claims-malformed'],
    ['42 iat future', changed({ iat: now + 61, exp: now + 90 }), 'from-future'],
    ['42 iat a text', changed({ iat: String(now) }), 'claims-malformed'],
    ['43 wrong aud', changed({ aud: 'exchange.other' }), 'wrong-audience'],
    ['43 aud of the test environment', changed({ aud: 'exchange.test.example' }), 'wrong-audience'],
    ['43 aud missing', changed({ aud: undefined }), 'claims-malformed'],
    ['43 iss missing', changed({ iss: undefined }), 'claims-malformed'],
  ])('%s: %s', ([, token, code]) => {
    expect(verdict(token)).toBe(code)
  })
})

describe('a token lives a minute', () => {
  const { lifetimeSeconds: life, clockSkewSeconds: skew } = requestTokenLimits
  test.for([
    ['as long as may be', 0, life, 'ok'],
    ['a second less', 0, life - 1, 'ok'],
    ['a second more', 0, life + 1, 'lifetime'],
    ['a year', 0, 31_536_000, 'lifetime'],
    ['no time at all', 0, 0, 'lifetime'],
    ['backwards', 0, -1, 'lifetime'],
    ['its last second', 1 - life, 1, 'ok'],
    ['a second too late', -life, 0, 'expired'],
    ['long ago', -1_000, life - 1_000, 'expired'],
    ['as far ahead as a clock may be', skew, skew + life, 'ok'],
    ['a second further ahead', skew + 1, skew + life, 'from-future'],
  ] as const)('%s: from %d to %d is %s', ([, from, until, code]) => {
    expect(verdict(signed({ ...claims, iat: now + from, exp: now + until }))).toBe(code)
  })

  test('milliseconds do not shorten or lengthen it', () => {
    const last = new Date((claims.exp - 1) * 1000 + 999)
    expect(verdict(signed(claims), { at: last })).toBe('ok')
    expect(verdict(signed(claims), { at: new Date(claims.exp * 1000) })).toBe('expired')
  })

  test('at no time at all it is not accepted', () => {
    expect(verdict(signed(claims), { at: new Date(NaN) })).not.toBe('ok')
  })
})

describe('a token is refused', () => {
  test.for([
    ['of another type', signed(claims, { typ: 'receipt+jwt' }), 'wrong-typ'],
    ['with a key of its own', signed(claims, { jwk: 'k' }), 'header-not-allowed'],
    ['with certificates', signed(claims, { x5c: 'c' }), 'header-not-allowed'],
    ['of another key', signRequestToken(claims, stranger.privateKey, 'k1'), 'signature-invalid'],
    [
      'of another kind of key',
      signRequestToken(claims, edwards.privateKey, 'k1'),
      'algorithm-mismatch',
    ],
    ['with claims that are no object', signed('[]'), 'claims-malformed'],
    ['with claims that are no JSON', signed('iss=meilanMarket'), 'claims-malformed'],
    [
      'with an issuer twice',
      signed(JSON.stringify(claims).replace('{', '{"iss":"haikouPolice",')),
      'claims-malformed',
    ],
    ['with nothing', '', 'token-malformed'],
  ] as const)('%s', ([, token, code]) => {
    expect(verdict(token)).toBe(code)
  })

  test('for any other request than its own', () => {
    const token = signed(claims)
    expect(verdict(token, { request: { ...request, method: 'PUT' } })).toBe('other-request')
    expect(verdict(token, { request: { ...request, path: '/GraphQL' } })).toBe('other-request')
    expect(verdict(token, { request: { ...request, body: utf8('') } })).toBe('other-body')
    expect(verdict(token, { audience: '' })).toBe('wrong-audience')
  })

  test('without key id when the key is looked for', () => {
    const token = signJws({ header: {}, payload: '{}', key: department.privateKey })
    expect(() => claimedKeyId(token)).toThrow('invalid-request-token')
    expect(() => claimedKeyId('a.b')).toThrow('invalid-token')
  })

  test('when any one character is another one', () => {
    const token = signed(claims)
    const character = fc.constantFrom('A', 'b', '9', '_', '-', '.', '=', ' ')
    fc.assert(
      fc.property(fc.nat(token.length - 1), character, (place, put) => {
        const changed = `${token.slice(0, place)}${put}${token.slice(place + 1)}`
        if (changed !== token) expect(verdict(changed)).not.toBe('ok')
      }),
      { numRuns: 300 },
    )
  })

  test('with any change to its claims that is not a change of nothing', () => {
    const name = fc.constantFrom(...Object.keys(claims).filter((one) => one !== 'purpose'))
    fc.assert(
      fc.property(name, fc.jsonValue(), (changed, value) => {
        const code = verdict(signed({ ...claims, [changed]: value }))
        const isFree = ['iss', 'sub', 'jti', 'iat', 'exp'].includes(changed)
        if (code === 'ok' && !isFree) expect(value).toBe(claims[changed as keyof RequestClaims])
      }),
    )
  })
})

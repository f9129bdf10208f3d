import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { CompactSign, compactVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { toBase64url } from './base64url.ts'
import type { JsonObject } from './json.ts'
import { headerLimits } from './jws/header.ts'
import type { VerificationKeys } from './jws/key.ts'
import { jwsLimits, readJws, signJws, verifyJws } from './jws.ts'
import { utf8 } from './primitives.ts'
import { Problem } from './problem.ts'

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const edwards = generateKeyPairSync('ed25519')
const typ = 'request+jwt'
const payload = '{"iss":"haikouPolice"}'
const good = signJws({ header: { kid: 'k1', typ }, payload, key: pair.privateKey })
const [goodHeader = '', goodPayload = '', goodSignature = ''] = good.split('.')

/** A token whose header is exactly this text, rightly signed: the signature is never the reason. */
function withHeader(header: string, body: string | Uint8Array = payload): string {
  const bytes = typeof body === 'string' ? utf8(body) : body
  const signed = `${toBase64url(utf8(header))}.${toBase64url(bytes)}`
  const key = { key: pair.privateKey, dsaEncoding: 'ieee-p1363' } as const
  return `${signed}.${toBase64url(sign('sha256', utf8(signed), key))}`
}

function verdict(token: string): string {
  const answer = verifyJws(token, pair.publicKey, { typ })
  return answer.ok ? 'ok' : answer.code
}

describe('jose as an independent oracle', () => {
  test.for([
    ['ES256', pair],
    ['EdDSA', edwards],
  ] as const)('%s: what jose signs we verify, and the reverse', async ([alg, keys]) => {
    const theirs = await new CompactSign(utf8(payload))
      .setProtectedHeader({ alg, kid: 'k1', typ })
      .sign(keys.privateKey)
    const answer = verifyJws(theirs, keys.publicKey, { typ })
    expect(answer.ok && Buffer.from(answer.payload).toString()).toBe(payload)

    const ours = signJws({ header: { kid: 'k1', typ }, payload, key: keys.privateKey })
    const read = await compactVerify(ours, keys.publicKey, { algorithms: [alg] })
    expect(read.protectedHeader).toEqual({ alg, kid: 'k1', typ })
    expect(Buffer.from(read.payload).toString()).toBe(payload)
  })

  // Not the last character: jose accepts a respelled signature, we do not (see the table below).
  test('a token with any one character changed is refused by both', async () => {
    const characters = fc.constantFrom('A', '9', '_', '-', '.', '=', ' ', 'e')
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 2), characters, async (at, character) => {
        const token = `${good.slice(0, at)}${character}${good.slice(at + 1)}`
        if (token === good) return
        expect(verdict(token)).not.toBe('ok')
        await expect(compactVerify(token, pair.publicKey)).rejects.toThrow()
      }),
    )
  })
})

describe('a token has one spelling', () => {
  test('the good token is accepted, and alg stands first', () => {
    expect(verdict(good)).toBe('ok')
    expect(Buffer.from(goodHeader, 'base64url').toString()).toMatch(/^\{"alg":"ES256",/)
  })

  const der = toBase64url(sign('sha256', utf8(`${goodHeader}.${goodPayload}`), pair.privateKey))
  test.for([
    ['nothing', ''],
    ['two parts', `${goodHeader}.${goodPayload}`],
    ['four parts', `${good}.AAAA`],
    ['five parts', `${good}.AAAA.AAAA`],
    ['an empty header', `.${goodPayload}.${goodSignature}`],
    ['an empty signature', `${goodHeader}.${goodPayload}.`],
    ['a trailing newline', `${good}\n`],
    ['a leading space', ` ${good}`],
    ['a space inside', `${goodHeader}. ${goodPayload}.${goodSignature}`],
    ['padding', `${good}==`],
    ['the base64 alphabet', `${goodHeader}.${goodPayload}+.${goodSignature}`],
    ['non-zero trailing bits', respellLast(good)],
    ['an impossible length', `${goodHeader}A.${goodPayload}.${goodSignature}`],
    ['the JSON serialization', '{"payload":"e30","signatures":[]}'],
  ] as const)('%s is malformed', ([, token]) => {
    expect(verdict(token)).toBe('token-malformed')
  })

  test.for([
    ['64 zero bytes', toBase64url(new Uint8Array(64))],
    ['r = 0', toBase64url(new Uint8Array(64).fill(1, 32))],
    ['s = 0', toBase64url(new Uint8Array(64).fill(1, 0, 32))],
    ['values beyond the order', toBase64url(new Uint8Array(64).fill(255))],
    ['a DER signature', der],
    ['one byte less', goodSignature.slice(0, 84)],
    ['the signature of another payload', withHeader('{}').split('.')[2] ?? ''],
  ] as const)('a signature of %s is invalid', ([, signature]) => {
    expect(verdict(`${goodHeader}.${goodPayload}.${signature}`)).toBe('signature-invalid')
  })

  test('a payload may be empty, when nothing is what was signed, and is never taken away', () => {
    const nothing = signJws({ header: { typ }, payload: '', key: pair.privateKey })
    const [head = '', empty, sealed = ''] = nothing.split('.')
    expect(empty).toBe('')
    const form = { protected: head, payload: '', signature: sealed }
    for (const token of [nothing, form]) {
      const answer = verifyJws(token, pair.publicKey, { typ })
      expect(answer.ok && answer.payload).toHaveLength(0)
    }
    expect(verdict(`${goodHeader}..${goodSignature}`)).toBe('signature-invalid')
  })
})

describe('the header cannot choose', () => {
  test.for([
    ['none', '{"alg":"none","typ":"request+jwt"}', 'algorithm-mismatch'],
    ['NoNe', '{"alg":"NoNe","typ":"request+jwt"}', 'algorithm-mismatch'],
    ['an empty name', '{"alg":"","typ":"request+jwt"}', 'algorithm-mismatch'],
    ['no name', '{"typ":"request+jwt"}', 'algorithm-mismatch'],
    ['a number', '{"alg":256,"typ":"request+jwt"}', 'algorithm-mismatch'],
    ['a list', '{"alg":["ES256"],"typ":"request+jwt"}', 'algorithm-mismatch'],
    ['HS256', '{"alg":"HS256","typ":"request+jwt"}', 'algorithm-mismatch'],
    ['ES256K', '{"alg":"ES256K","typ":"request+jwt"}', 'algorithm-mismatch'],
    ['EdDSA for an EC key', '{"alg":"EdDSA","typ":"request+jwt"}', 'algorithm-mismatch'],
  ] as const)('alg as %s is refused', ([, header, code]) => {
    expect(verdict(withHeader(header))).toBe(code)
  })

  test.for([
    ['jwk', '{"kty":"EC"}'],
    ['jku', '"https://example.org/keys"'],
    ['x5u', '"https://example.org/chain"'],
    ['x5c', '["AAAA"]'],
    ['x5t#S256', '"AAAA"'],
    ['crit', '[]'],
    ['crit', '["alg"]'],
    ['b64', 'false'],
    ['zip', '"DEF"'],
    ['iat', '1'],
    ['unheardOf', '1'],
  ] as const)('%s is not allowed by default', ([name, value]) => {
    const header = `{"alg":"ES256","typ":"${typ}","${name}":${value}}`
    expect(verdict(withHeader(header))).toBe('header-not-allowed')
  })

  test.for(['jwk', 'jku', 'x5u', 'crit', 'b64', 'zip'])('%s is not allowed ever', (name) => {
    const token = withHeader(`{"alg":"ES256","typ":"${typ}","${name}":[]}`)
    const headerAllowed = ['alg', 'typ', name]
    const answer = verifyJws(token, pair.publicKey, { typ, headerAllowed })
    expect(answer).toEqual({ ok: false, code: 'header-not-allowed' })
  })

  test("a licence's header may say more, because its reader says so", () => {
    const header = { kid: 'k1', typ: 'dc+sd-jwt', iat: 1, 'x5t#S256': 'AA', x5c: ['AA'] }
    const token = signJws({ header, payload, key: pair.privateKey })
    const headerAllowed = ['alg', 'typ', 'kid', 'iat', 'x5t#S256', 'x5c']
    const answer = verifyJws(token, pair.publicKey, { typ: 'dc+sd-jwt', headerAllowed })
    expect(answer.ok && answer.header).toEqual({ alg: 'ES256', ...header })
  })

  test.for([
    ['of another use', '"receipt+jwt"'],
    ['in other letters', '"Request+JWT"'],
    ['with a prefix', '"application/request+jwt"'],
    ['a list', '["request+jwt"]'],
  ] as const)('a typ %s is refused', ([, value]) => {
    expect(verdict(withHeader(`{"alg":"ES256","typ":${value}}`))).toBe('wrong-typ')
  })

  test.for([
    ['a number', '7'],
    ['empty', '""'],
    ['too long', JSON.stringify('k'.repeat(headerLimits.kidLength + 1))],
  ] as const)('a kid that is %s is refused', ([, value]) => {
    const header = `{"alg":"ES256","typ":"${typ}","kid":${value}}`
    expect(verdict(withHeader(header))).toBe('header-not-allowed')
  })

  test.for([
    ['duplicate alg', '{"alg":"ES256","alg":"none","typ":"request+jwt"}'],
    ['duplicate kid', '{"alg":"ES256","kid":"a","kid":"b","typ":"request+jwt"}'],
    ['an escaped duplicate', '{"alg":"ES256","\\u0061lg":"none","typ":"request+jwt"}'],
    ['a list', '[]'],
    ['text', '"ES256"'],
    ['a byte order mark', '\ufeff{"alg":"ES256","typ":"request+jwt"}'],
    ['two values', '{"alg":"ES256","typ":"request+jwt"}{}'],
    ['deep nesting', `{"alg":${'['.repeat(100)}${']'.repeat(100)}}`],
    ['__proto__', '{"__proto__":{"alg":"ES256"}}'],
  ] as const)('a header with %s is malformed', ([, header]) => {
    expect(verdict(withHeader(header))).toBe('token-malformed')
  })

  test('a header that is not UTF-8 is malformed', () => {
    const token = `${toBase64url(Uint8Array.of(0x22, 0xff, 0x22))}.${goodPayload}.${goodSignature}`
    expect(verdict(token)).toBe('token-malformed')
  })
})

describe('size limits', () => {
  test('the token, at the limit and one beyond', () => {
    const room = jwsLimits.tokenLength - goodHeader.length - goodSignature.length - 2
    const largest = signJws({
      header: { kid: 'k1', typ },
      payload: 'x'.repeat(Math.floor((room * 3) / 4)),
      key: pair.privateKey,
    })
    expect(largest.length).toBeGreaterThan(jwsLimits.tokenLength - 4)
    expect(verdict(largest)).toBe('ok')
    expect(verdict(`${largest}${'A'.repeat(jwsLimits.tokenLength - largest.length + 1)}`)).toBe(
      'token-too-large',
    )
  })

  test('the header, at the limit and one beyond', () => {
    const bare = JSON.stringify({ alg: 'ES256', typ, x5c: '' }).length
    const expected = { typ, headerAllowed: ['alg', 'typ', 'x5c'] }
    for (const [excess, ok] of [
      [-1, true],
      [0, true],
      [1, false],
    ] as const) {
      const x5c = 'A'.repeat(jwsLimits.headerBytes - bare + excess)
      const token = signJws({ header: { typ, x5c }, payload, key: pair.privateKey })
      expect(verifyJws(token, pair.publicKey, expected).ok).toBe(ok)
    }
  })
})

describe('a token that is not of ours', () => {
  const plain = (header: JsonObject): string => signJws({ header, payload, key: pair.privateKey })

  test('may have any type, or none, when none is demanded', () => {
    for (const header of [{}, { typ: 'JWT' }, { typ: 7 }]) {
      expect(verifyJws(plain(header), pair.publicKey).ok).toBe(true)
    }
  })

  test('may say what we do not know, when the caller lets it', () => {
    const header = { cty: 'x', x5t: 'y', 'urn:mine': { z: 1 } }
    const answer = verifyJws(plain(header), pair.publicKey, { headerAllowed: 'any' })
    expect(answer.ok && answer.header).toEqual({ alg: 'ES256', ...header })
  })

  test.for(['jwk', 'jku', 'x5u', 'zip', 'b64', 'crit'])(
    'may not say %s, whoever lets it',
    (name) => {
      const answer = verifyJws(plain({ [name]: {} }), pair.publicKey, { headerAllowed: 'any' })
      expect(answer).toEqual({ ok: false, code: 'header-not-allowed' })
    },
  )

  test.for([
    ['understood', { crit: ['exp'], exp: 1 }, ['exp'], true],
    ['not understood', { crit: ['exp'], exp: 1 }, [], false],
    ['one of two not understood', { crit: ['exp', 'sub'], exp: 1, sub: '' }, ['exp'], false],
    ['understood, but absent', { crit: ['exp'] }, ['exp'], false],
    ['named twice', { crit: ['exp', 'exp'], exp: 1 }, ['exp'], false],
    ['no list', { crit: 'exp', exp: 1 }, ['exp'], false],
    ['not called critical', { exp: 1 }, ['exp'], false],
    ['a registered one', { crit: ['kid'], kid: 'k1' }, ['kid'], false],
    ['a key', { crit: ['jwk'], jwk: {} }, ['jwk'], false],
    ['itself', { crit: ['crit'] }, ['crit'], false],
    ['a property every object has', { crit: ['toString'] }, ['toString'], false],
  ] as const)('with a critical extension %s', ([, header, criticalUnderstood, ok]) => {
    expect(verifyJws(plain(header), pair.publicKey, { criticalUnderstood }).ok).toBe(ok)
  })

  test('has a payload that is not encoded only when that is critical and understood', () => {
    const unencoded = (header: string, text: string): string => {
      const head = toBase64url(utf8(header))
      const key = { key: pair.privateKey, dsaEncoding: 'ieee-p1363' } as const
      return `${head}.${text}.${toBase64url(sign('sha256', utf8(`${head}.${text}`), key))}`
    }
    const critical = '{"alg":"ES256","b64":false,"crit":["b64"]}'
    const token = unencoded(critical, '{"a": 1}')
    const answer = verifyJws(token, pair.publicKey, { criticalUnderstood: ['b64'] })
    expect(answer.ok && Buffer.from(answer.payload).toString()).toBe('{"a": 1}')
    expect(verifyJws(token, pair.publicKey).ok).toBe(false)
    for (const header of [
      '{"alg":"ES256","b64":false}',
      '{"alg":"ES256","b64":0,"crit":["b64"]}',
      '{"alg":"ES256","b64":"false","crit":["b64"]}',
    ]) {
      const wrong = unencoded(header, 'e30')
      expect(verifyJws(wrong, pair.publicKey, { criticalUnderstood: ['b64'] }).ok).toBe(false)
    }
  })
})

describe('the flattened form', () => {
  const whole = { payload: goodPayload, protected: goodHeader, signature: goodSignature }
  const verified = (token: JsonObject, unprotectedAllowed?: readonly string[]): string => {
    const answer = verifyJws(token, pair.publicKey, {
      ...{ typ, ...(unprotectedAllowed && { unprotectedAllowed }) },
    })
    return answer.ok ? 'ok' : answer.code
  }

  test('says what the compact one says', () => {
    expect(verifyJws(whole, pair.publicKey, { typ })).toEqual(
      verifyJws(good, pair.publicKey, { typ }),
    )
  })

  test.for<readonly [string, JsonObject]>([
    ['without payload', { ...whole, payload: undefined }],
    ['without signature', { ...whole, signature: undefined }],
    ['without protected header', { ...whole, protected: undefined }],
    ['with signatures', { ...whole, signatures: [whole] }],
    ['of the general form', { payload: goodPayload, signatures: [whole] }],
    ['with another member', { ...whole, proof: '' }],
    ['with an unprotected header', { ...whole, header: { kid: 'k2' } }],
    ['with an unprotected header that is a list', { ...whole, header: [] }],
    ['with padding', { ...whole, payload: `${goodPayload}=` }],
    ['with nothing', {}],
    ['null', null as unknown as JsonObject],
    ['a number', 7 as unknown as JsonObject],
  ])('%s is malformed', ([, token]) => {
    expect(verified(token)).toBe('token-malformed')
  })

  test('may carry beside it what the caller allows, but no parameter twice', () => {
    const header = { etsiU: [] }
    expect(verified({ ...whole, header }, ['etsiU'])).toBe('ok')
    expect(verified({ ...whole, header: { kid: 'k1' } }, ['kid'])).toBe('token-malformed')
  })

  test('is as small as the compact one', () => {
    const payload = 'A'.repeat(jwsLimits.tokenLength)
    expect(verified({ ...whole, payload })).toBe('token-too-large')
  })
})

describe('of several keys, the one the token means', () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
  const named = (key: KeyObject, kid?: string): JsonObject => ({
    ...(key.export({ format: 'jwk' }) as JsonObject),
    ...(kid !== undefined && { kid }),
  })
  const unnamed = signJws({ header: { typ }, payload, key: pair.privateKey })
  const own = named(pair.publicKey, 'k1')

  test.for<readonly [string, string, VerificationKeys, string]>([
    ['a key alone', good, pair.publicKey, 'ok'],
    ['a JWK of that name', good, own, 'ok'],
    ['a JWK without name', good, named(pair.publicKey), 'ok'],
    ['a JWK of another name', good, named(pair.publicKey, 'k2'), 'unknown-key'],
    ['a JWK, and a token without name', unnamed, own, 'ok'],
    ['a list', good, [named(other, 'k2'), own], 'ok'],
    ['a JWK set', good, { keys: [named(other, 'k2'), own] }, 'ok'],
    [
      'a map',
      good,
      new Map([
        ['k2', other],
        ['k1', pair.publicKey],
      ]),
      'ok',
    ],
    ['nothing', good, [], 'unknown-key'],
    ['a list without that name', good, [named(other, 'k2')], 'unknown-key'],
    ['a map without that name', good, new Map([['k2', pair.publicKey]]), 'unknown-key'],
    ['a list with that name twice', good, [named(other, 'k1'), own], 'unknown-key'],
    ['the name of another key', good, [named(other, 'k1'), pair.publicKey], 'signature-invalid'],
    ['two keys without names', good, [other, pair.publicKey], 'unknown-key'],
    ['one key, and a token without name', unnamed, [own], 'ok'],
    ['one of two has no name either', unnamed, [named(other, 'k2'), pair.publicKey], 'ok'],
    ['two keys, and a token without name', unnamed, [own, named(other, 'k2')], 'unknown-key'],
    ['two nameless, and a token without name', unnamed, [pair.publicKey, other], 'unknown-key'],
    ['a set with what is no key', good, { keys: [7, own] }, 'ok'],
    ['no key, in its other spellings', good, null as unknown as VerificationKeys, 'unknown-key'],
    ['no key at all', good, undefined as unknown as VerificationKeys, 'unknown-key'],
    ['a list of nothing', good, [null, undefined] as unknown as VerificationKeys, 'unknown-key'],
    ['a set of nothing', good, { keys: [null] }, 'unknown-key'],
    ['a text that is no PEM', good, 'PEM', 'key-not-usable'],
    ['a set that is too large', good, Array<JsonObject>(1_001).fill(own), 'key-not-usable'],
  ])('%s', ([, token, keys, code]) => {
    const answer = verifyJws(token, keys, { typ })
    expect(answer.ok ? 'ok' : answer.code).toBe(code)
  })
})

test('any byte changed is refused', () => {
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
      const changed = Buffer.from(good)
      changed[at] = byte
      const token = changed.toString('latin1')
      expect(verdict(token) === 'ok').toBe(token === good)
    }),
    { numRuns: 300 },
  )
})

test('verifying throws nothing at all, whatever it is given', () => {
  const token = fc.oneof(fc.string(), fc.dictionary(fc.string(), fc.jsonValue()))
  const keys = fc.oneof(
    fc.constant(pair.publicKey),
    fc.dictionary(fc.constantFrom('kty', 'crv', 'x', 'y', 'n', 'e', 'keys'), fc.jsonValue()),
  )
  fc.assert(
    fc.property(token, keys, (given, key) => {
      expect(verifyJws(given as JsonObject, key as VerificationKeys).ok).toBe(false)
      expect(verifyJws(good, key as VerificationKeys).ok).toBe(key === pair.publicKey)
    }),
  )
})

test('reading throws nothing but Problem', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}$/))
  fc.assert(
    fc.property(text, (token) => {
      try {
        readJws(token)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Problem)
      }
    }),
  )
})

/** The same signature bytes with the unused bits of the last character set. */
function respellLast(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(token.slice(-1))
  return token.slice(0, -1) + alphabet.charAt(last + 1)
}

test('a header belongs to nobody: what follows with the same one is read as it was written', () => {
  const token = withHeader(`{"alg":"ES256","typ":"${typ}","x5c":["one"]}`)
  const { header } = readJws(token)
  expect(() => Object.assign(header, { alg: 'none' })).toThrow(TypeError)
  expect(() => (header['x5c'] as string[]).push('two')).toThrow(TypeError)
  expect(readJws(token).header).toEqual({ alg: 'ES256', typ, x5c: ['one'] })
})

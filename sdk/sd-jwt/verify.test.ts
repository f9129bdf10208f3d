import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../json.ts'
import { signJws } from '../jws.ts'
import { digestText } from '../primitives.ts'
import { credentialType } from '../sd-jwt.ts'
import { issueSdJwt, presentSdJwt } from './issue.ts'
import { bindSdJwt } from './key-binding.ts'
import { verifySdJwt } from './verify.ts'
import type { SdJwtQuestion } from './verify.ts'

const at = new Date('2026-06-01T12:00:00Z')
const seconds = at.getTime() / 1000
const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const holder = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const stranger = generateKeyPairSync('ed25519')
const jwk = holder.publicKey.export({ format: 'jwk' }) as JsonObject
const claims = {
  iss: 'urn:a',
  vct: 'urn:b',
  exp: seconds + 1,
  name: '海口',
  scope: ['热食', '冷食'],
}
const issued = (change: JsonObject = {}, key = issuer.privateKey): string =>
  issueSdJwt({
    claims: { ...claims, cnf: { jwk }, ...change },
    disclose: [['name'], ['scope', 0]],
    key,
  })
const sdJwt = issued()
const asked = { audience: 'urn:verifier', nonce: 'n-1' }
const required: SdJwtQuestion['keyBinding'] = { ...asked, presence: 'required' }
const bound = bindSdJwt(sdJwt, { ...asked, key: holder.privateKey, at })

/** `ok`, or why not. */
function outcome(document: string, question: Partial<SdJwtQuestion> = {}): string {
  const verdict = verifySdJwt(document, issuer.publicKey, { at, ...question })
  return verdict.ok ? 'ok' : verdict.code
}

describe('is true', () => {
  test('and says what was disclosed, and nothing of the hiding', () => {
    const verdict = verifySdJwt(presentSdJwt(sdJwt, [['scope', 0]]), issuer.publicKey, { at })
    const { iss, vct, exp, scope } = claims
    expect(verdict).toEqual({
      ok: true,
      header: { alg: 'ES256', typ: credentialType },
      payload: { iss, vct, exp, scope, cnf: { jwk } },
    })
  })

  test('with its holder', () => {
    const verdict = verifySdJwt(bound, issuer.publicKey, { at, keyBinding: required })
    expect(verdict.ok && verdict.keyBinding).toEqual({ ...asked, issuedAt: at })
  })

  test('of another type that the caller names, and then needs no vct', () => {
    const plain = issueSdJwt({
      claims: { sub: 'x' },
      disclose: [['sub']],
      key: issuer.privateKey,
      header: { typ: 'example+sd-jwt' },
    })
    expect(outcome(plain, { typ: 'example+sd-jwt' })).toBe('ok')
    expect(outcome(plain)).toBe('wrong-typ')
  })

  test('when it is no credential, with an end that could have been withheld', () => {
    const header = { typ: 'x' }
    const plain = issueSdJwt({ claims, disclose: [['exp']], key: issuer.privateKey, header })
    expect(outcome(plain, { typ: 'x' })).toBe('ok')
    expect(outcome(plain, { typ: 'x', at: new Date((seconds + 1) * 1000) })).toBe('expired')
  })
})

describe('is refused', () => {
  test.for<readonly [string, string, string]>([
    ['without vct', issued({ vct: null }), 'vct'],
    ['with an empty vct', issued({ vct: '' }), 'vct'],
  ])('%s', ([, document, code]) => {
    expect(outcome(document)).toBe(code)
  })

  test('at a time that is none', () => {
    expect(outcome(sdJwt, { at: new Date(NaN) })).toBe('expired')
  })
})

test('a holder may name the one key that is meant', () => {
  const said = {
    ...{ iat: seconds, aud: asked.audience, nonce: asked.nonce },
    sd_hash: digestText(sdJwt),
  }
  const header = { typ: 'kb+jwt', kid: 'k1' }
  const named = signJws({ header, payload: JSON.stringify(said), key: holder.privateKey })
  expect(outcome(sdJwt + named, { keyBinding: required })).toBe('ok')
})

describe('as flattened JSON', () => {
  function flattened(document: string, change: object = {}, unprotected: object = {}): string {
    const [jwt = '', ...disclosures] = document.split('~')
    const [signedHeader, payload, signature] = jwt.split('.')
    const kb_jwt = disclosures.pop()
    const header = { disclosures, ...(kb_jwt ? { kb_jwt } : {}), ...unprotected }
    return JSON.stringify({ payload, protected: signedHeader, signature, header, ...change })
  }
  test.for<readonly [string, string, string]>([
    ['with its holder', flattened(bound), 'ok'],
    ['with a member more', flattened(bound, { signatures: [] }), 'form'],
    ['with a header more', flattened(bound, {}, { x5c: [] }), 'form'],
    ['with a name of its key, which is a hint', flattened(bound, {}, { kid: 'x' }), 'ok'],
    ['with a name of its key that is none', flattened(bound, {}, { kid: 7 }), 'form'],
    [
      'without header, so without the holder',
      flattened(bound, { header: undefined }),
      'key-binding-missing',
    ],
    ['with two disclosures in one', flattened(bound, {}, { disclosures: ['a~b'] }), 'form'],
    ['with a disclosure that is none', flattened(bound, {}, { disclosures: [1] }), 'form'],
    ['with a part that is two', flattened(bound, { payload: 'a.b' }), 'form'],
    ['with a member twice', flattened(bound).replace('{', '{"payload":"x",'), 'duplicate-name'],
    [
      'with fewer disclosures than the holder signed for',
      flattened(bound, {}, { disclosures: [] }),
      'key-binding-of-other',
    ],
  ])('%s', ([, document, code]) => {
    expect(outcome(document, { keyBinding: required })).toBe(code)
  })
})

describe('as general JSON', () => {
  const [jwt = '', ...disclosures] = sdJwt.split('~').slice(0, -1)
  const [signedHeader, payload = '', signature] = jwt.split('.')
  const first = { protected: signedHeader, signature, header: { disclosures, kid: 'a' } }
  /** The same payload under another key. */
  const signedBy = (key: KeyObject, header: object): JsonObject => {
    const made = signJws({
      ...{ header: { typ: credentialType }, payload: Buffer.from(payload, 'base64url'), key },
    })
    const [protectedHeader = '', , second = ''] = made.split('.')
    return { protected: protectedHeader, signature: second, header: { ...header } }
  }
  const second = signedBy(stranger.privateKey, { kid: 'b' })
  const keys = new Map([
    ['a', issuer.publicKey],
    ['b', stranger.publicKey],
  ])
  test.for<readonly [string, object, string]>([
    ['with one signature', { signatures: [first] }, 'ok'],
    ['with two', { signatures: [first, second] }, 'ok'],
    [
      'with two names for one key',
      { signatures: [first, { ...second, header: { kid: 'a' } }] },
      'algorithm-mismatch',
    ],
    [
      'with a signature of nobody',
      { signatures: [first, signedBy(holder.privateKey, { kid: 'c' })] },
      'unknown-key',
    ],
    [
      'with a false signature',
      { signatures: [first, signedBy(holder.privateKey, { kid: 'a' })] },
      'signature-invalid',
    ],
    [
      'with a first signature that is false',
      { signatures: [{ ...signedBy(holder.privateKey, {}), header: first.header }, second] },
      'signature-invalid',
    ],
    [
      'with disclosures in the second',
      { signatures: [first, signedBy(stranger.privateKey, { kid: 'b', disclosures })] },
      'form',
    ],
    ['with no signature', { signatures: [] }, 'form'],
    ['with signatures that are none', { signatures: [first, 7] }, 'form'],
    ['with a list of lists', { signatures: [[first]] }, 'form'],
    ['with one signature outside', { signatures: [second], ...first }, 'form'],
    ['with a member more', { signatures: [{ ...first, payload }] }, 'form'],
    [
      'with more signatures than anybody needs',
      { signatures: [first, ...Array<object>(10).fill(second)] },
      'form',
    ],
  ])('%s', ([, signatures, code]) => {
    const verdict = verifySdJwt(JSON.stringify({ payload, ...signatures }), keys, { at })
    expect(verdict.ok ? 'ok' : verdict.code).toBe(code)
  })

  test('a name is signed or not, and never both', () => {
    const named = issueSdJwt({ claims, disclose: [], key: issuer.privateKey, header: { kid: 'a' } })
    const [head, body, sealed] = named.slice(0, -1).split('.')
    const form = { payload: body, protected: head, signature: sealed }
    const text = (header: object): string => JSON.stringify({ ...form, header })
    expect(verifySdJwt(text({ disclosures: [] }), keys, { at }).ok).toBe(true)
    expect(verifySdJwt(text({ disclosures: [], kid: 'a' }), keys, { at })).toEqual({
      ...{ ok: false, code: 'form' },
    })
  })
})

describe('of strangers', () => {
  const foreign = (header: JsonObject, change: JsonObject = {}): string =>
    issueSdJwt({
      ...{ claims: { ...claims, ...change }, disclose: [['name']] },
      ...{ key: issuer.privateKey, header },
    })
  test.for<readonly [string, string, Partial<SdJwtQuestion>, string]>([
    ['any type, when none is asked for', foreign({ typ: 'JWT' }), { typ: null }, 'ok'],
    ['a credential, when no type is asked for', sdJwt, { typ: null }, 'ok'],
    ['a credential without vct then', foreign({}, { vct: '' }), { typ: null }, 'vct'],
    ['a credential by its older name', foreign({ typ: 'vc+sd-jwt' }), { typ: 'vc+sd-jwt' }, 'ok'],
    ['and without vct', foreign({ typ: 'vc+sd-jwt' }, { vct: '' }), { typ: 'vc+sd-jwt' }, 'vct'],
    ['a header of theirs', foreign({ vctm: [] }), {}, 'header-not-allowed'],
    ['a header of theirs, allowed', foreign({ vctm: [] }), { headerAllowed: 'any' }, 'ok'],
    [
      'a header that brings a key',
      foreign({ jwk }),
      { headerAllowed: 'any' },
      'header-not-allowed',
    ],
    [
      'a kid that is a number',
      foreign({ kid: 42 }),
      { headerAllowed: 'any' },
      'header-not-allowed',
    ],
  ])('%s', ([, document, question, code]) => {
    expect(outcome(document, question)).toBe(code)
  })
})

test('every changed byte is refused', () => {
  const bits = fc.record({
    index: fc.nat(bound.length - 1),
    flip: fc.integer({ min: 1, max: 127 }),
  })
  fc.assert(
    fc.property(bits, ({ index, flip }) => {
      const put = String.fromCharCode(bound.charCodeAt(index) ^ flip)
      const changed = bound.slice(0, index) + put + bound.slice(index + 1)
      expect(outcome(changed, { keyBinding: required })).not.toBe('ok')
    }),
    { numRuns: 200 },
  )
})

test('any text at all gets an answer', () => {
  const text = fc.array(
    fc.constantFrom('~', '.', 'e30', 'AAAA', 'WyJ', '{', '}', '"header":', '海'),
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        text.map((parts) => parts.join('')),
        fc.json(),
      ),
      (some) => {
        expect(outcome(some)).not.toBe('ok')
      },
    ),
  )
})

test('the key may be a JWK', () => {
  const key = createPublicKey(issuer.privateKey).export({ format: 'jwk' }) as JsonObject
  expect(verifySdJwt(sdJwt, key, { at }).ok).toBe(true)
})

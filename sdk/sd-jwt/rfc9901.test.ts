/** What RFC 9901 §7.1 and §7.3 demand of a verifier, step by step, under the numbers of the steps. */
import { createHash, createHmac, generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { toBase64url } from '../base64url.ts'
import type { Json, JsonObject } from '../json.ts'
import { signJws } from '../jws.ts'
import { digestText, utf8 } from '../primitives.ts'
import { credentialType, disclosureDigest, makeDisclosure } from '../sd-jwt.ts'
import type { Disclosure } from '../sd-jwt.ts'
import { bindSdJwt, keyBindingLimits } from './key-binding.ts'
import { verifySdJwt } from './verify.ts'
import type { SdJwtQuestion } from './verify.ts'

const at = new Date('2026-06-01T12:00:00Z')
const seconds = at.getTime() / 1000
const issuer = generateKeyPairSync('ed25519')
const holder = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ed25519')
const jwk = holder.publicKey.export({ format: 'jwk' }) as JsonObject
const plainType = 'example+sd-jwt'

const hidden = (name: string | undefined, value: Json): Disclosure =>
  makeDisclosure(name, value, randomBytes(16))
const digest = (one: Disclosure | string): string =>
  typeof one === 'string' ? digestText(one) : disclosureDigest(one)
const element = (one: Disclosure | string): JsonObject => ({ '...': digest(one) })
/** The disclosure of this content, whether it is one or not. */
const spelled = (content: string): string => toBase64url(utf8(content))

function jwt(payload: JsonObject, header: JsonObject = {}, key = issuer.privateKey): string {
  return signJws({ header: { typ: plainType, ...header }, payload: JSON.stringify(payload), key })
}

/** Signed by the issuer, with what is disclosed of it. */
function sdJwt(payload: JsonObject, ...shown: readonly (Disclosure | string)[]): string {
  const disclosures = shown.map((one) => (typeof one === 'string' ? one : one.encoded))
  return [jwt(payload), ...disclosures, ''].join('~')
}

function verdictOf(document: string, question: Partial<SdJwtQuestion> = {}) {
  return verifySdJwt(document, issuer.publicKey, { at, typ: plainType, ...question })
}

/** The claims, or why not. */
function answer(document: string, question?: Partial<SdJwtQuestion>): JsonObject | string {
  const verdict = verdictOf(document, question)
  return verdict.ok ? verdict.payload : verdict.code
}

/** Of an issuer who signed this digest, whatever is behind it. */
const claim = (content: string): string =>
  sdJwt({ _sd: [digest(spelled(content))] }, spelled(content))
const item = (content: string): string =>
  sdJwt({ a: [element(spelled(content))] }, spelled(content))

const city = hidden('city', '海口')
const street = hidden('street', '海府路59号')
const address = hidden('address', { _sd: [digest(city), digest(street)] })
const [hot, cold] = [hidden(undefined, '热食'), hidden(undefined, null)]
const respelt = spelled(JSON.stringify(['salt', 'city', '海口'], null, 1))
const secret = issuer.publicKey.export({ format: 'pem', type: 'spki' })

describe('§7.1', () => {
  test.for<readonly [string, string, JsonObject]>([
    ['2.d no _sd_alg is sha-256', sdJwt({ _sd: [digest(city)] }, city), { city: '海口' }],
    [
      '2.d sha-512',
      sdJwt(
        {
          _sd: [createHash('sha512').update(city.encoded).digest('base64url')],
          _sd_alg: 'sha-512',
        },
        city,
      ),
      { city: '海口' },
    ],
    [
      '3.a the digest is over what was sent, however it is spelt',
      sdJwt({ _sd: [digest(respelt)] }, respelt),
      { city: '海口' },
    ],
    ['3.b.i no digest at all', sdJwt({ _sd: [] }), {}],
    ['3.c.i digests of nothing', sdJwt({ _sd: ['x'], a: [{ '...': 'y' }] }), { a: [] }],
    ['3.c.ii.4 on its level', sdJwt({ b: { _sd: [digest(city)] } }, city), { b: { city: '海口' } }],
    [
      '3.c.ii.5 inside what was disclosed',
      sdJwt({ _sd: [digest(address)] }, street, address),
      { address: { street: '海府路59号' } },
    ],
    [
      '3.c.iii.2 in its place',
      sdJwt({ a: [1, element(hot), element(cold), 2] }, cold, hot),
      { a: [1, '热食', null, 2] },
    ],
    [
      '3.c.iii.3 an element inside an element',
      nested([element(hot), element(cold)], hot),
      { a: [['热食']] },
    ],
    ['3.d elements nobody disclosed are gone', sdJwt({ a: [1, element(hot)] }), { a: [1] }],
    [
      '3.e what is left of an object is {}',
      sdJwt({ b: { _sd: ['x'] }, a: [{ _sd: ['y'] }] }),
      { b: {}, a: [{}] },
    ],
    ['3.f nor is _sd_alg there', sdJwt({ _sd_alg: 'sha-256', c: 1 }), { c: 1 }],
    ['6 in its time', sdJwt({ nbf: seconds, iat: seconds, exp: seconds + 1 }), lasting()],
  ])('%s', ([, document, claims]) => {
    expect(answer(document)).toEqual(claims)
  })

  function nested(value: Json, ...shown: readonly Disclosure[]): string {
    const outer = hidden(undefined, value)
    return sdJwt({ a: [element(outer)] }, outer, ...shown)
  }
  function lasting(): JsonObject {
    return { nbf: seconds, iat: seconds, exp: seconds + 1 }
  }

  const good = jwt({ _sd: [digest(city)] })
  const [head = '', body = '', signature = ''] = good.split('.')
  const headed = (header: object): string => {
    const signed = `${spelled(JSON.stringify({ typ: plainType, ...header }))}.${body}`
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}~`
  }
  test.for<readonly [string, string, string]>([
    ['1 without a tilde', good, 'separator-missing'],
    ['1 without the last tilde', `${good}~${city.encoded}`, 'key-binding-not-expected'],
    ['1 with an empty disclosure', `${good}~~`, 'syntax'],
    ['1 with white space', `${good}~${city.encoded}~\n`, 'key-binding-not-expected'],
    ['1 with a disclosure in padding', `${good}~${city.encoded}=~`, 'invalid-encoding'],
    ['1 with a disclosure in base64', `${good}~+/+/~`, 'invalid-encoding'],
    ['2.a by nobody', `${spelled('{"alg":"none"}')}.${body}.~`, 'token-malformed'],
    ['2.a by nobody, with a signature', headed({ alg: 'none' }), 'algorithm-mismatch'],
    ['2.a by a key that is no secret', headed({ alg: 'HS256' }), 'algorithm-mismatch'],
    ['2.b of other claims', `${head}.${spelled('{}')}.${signature}~`, 'signature-invalid'],
    ['2.b of somebody else', `${jwt({}, {}, stranger.privateKey)}~`, 'signature-invalid'],
    ['2.c with a key of its own', `${jwt({}, { jwk })}~`, 'header-not-allowed'],
    ['2.c with a key by address', `${jwt({}, { jku: 'https://a.test' })}~`, 'header-not-allowed'],
    ['2.d with a weak hash', sdJwt({ _sd_alg: 'sha-1' }), 'digest-algorithm'],
    ['2.d with a hash nobody knows', sdJwt({ _sd_alg: 'SHA-256' }), 'digest-algorithm'],
    ['2.d with a hash that is a number', sdJwt({ _sd_alg: 256 }), 'digest-algorithm'],
    ['2.d with no hash', sdJwt({ _sd_alg: null }), 'digest-algorithm'],
    [
      '2.d with a hash below the top',
      sdJwt({ a: { _sd_alg: 'sha-256' } }),
      'digest-algorithm-nested',
    ],
    [
      '3.a with the same claim, spelt otherwise',
      sdJwt({ _sd: [digest(respelt)] }, spelled('["salt","city","海口"]')),
      'disclosure-not-signed',
    ],
    [
      '3.a with a digest in padding',
      sdJwt({ _sd: [`${digest(city)}=`] }, city),
      'disclosure-not-signed',
    ],
    ['3.b.i with digests that are a text', sdJwt({ _sd: digest(city) }, city), 'digests-malformed'],
    ['3.b.i with digests that are none', sdJwt({ _sd: null }), 'digests-malformed'],
    ['3.b.i with a digest that is a number', sdJwt({ _sd: [1] }), 'digest-malformed'],
    ['3.b.ii with a digest that is a list', sdJwt({ a: [{ '...': ['x'] }] }), 'digest-malformed'],
    [
      '3.b.ii with something beside the digest',
      sdJwt({ a: [{ ...element(hot), b: 1 }] }, hot),
      'hidden-element-malformed',
    ],
    ['3.b.ii with an element outside lists', sdJwt({ a: element(hot) }, hot), 'forbidden-name'],
    [
      '3.c.ii.1 with an element for a claim',
      sdJwt({ _sd: [digest(hot)] }, hot),
      'disclosure-of-element-for-claim',
    ],
    ['3.c.ii.1 with four parts', claim('["s","a",1,2]'), 'disclosure-malformed'],
    ['3.c.ii.1 with one part', claim('["s"]'), 'disclosure-malformed'],
    ['3.c.ii.1 with no list', claim('{"s":1}'), 'disclosure-malformed'],
    ['3.c.ii.1 with a text', claim('"s"'), 'disclosure-malformed'],
    ['3.c.ii.1 with a salt that is a number', claim('[1,"a",2]'), 'disclosure-malformed'],
    ['3.c.ii.1 with a name that is a number', claim('["s",1,2]'), 'disclosure-name'],
    ['3.c.ii.1 with a name twice inside', claim('["s","a",{"b":1,"b":2}]'), 'duplicate-name'],
    ['3.c.ii.2 of the name _sd', claim('["s","_sd",["x"]]'), 'disclosure-name'],
    ['3.c.ii.2 of the name ...', claim('["s","...","x"]'), 'disclosure-name'],
    ['3.c.ii.2 of the name _sd, in escapes', claim('["s","\\u005fsd",[]]'), 'disclosure-name'],
    [
      '3.c.ii.3 over a claim',
      sdJwt({ _sd: [digest(city)], city: 1 }, city),
      'disclosure-overwrites-claim',
    ],
    ['3.c.ii.3 over another', twins(), 'disclosure-overwrites-claim'],
    [
      '3.c.ii.3 over a claim inside what was disclosed',
      inside({ city: 1, _sd: [digest(city)] }, city),
      'disclosure-overwrites-claim',
    ],
    ['3.c.ii.5 with ... inside what was disclosed', inside({ '...': 'x' }), 'forbidden-name'],
    [
      '3.c.iii.1 with a claim for an element',
      sdJwt({ a: [element(city)] }, city),
      'disclosure-of-claim-for-element',
    ],
    ['3.c.iii.1 with one part', item('["s"]'), 'disclosure-malformed'],
    ['4 a digest twice in a list', sdJwt({ _sd: ['x', 'x'] }), 'digest-repeated'],
    ['4 a digest on two levels', sdJwt({ _sd: ['x'], a: { _sd: ['x'] } }), 'digest-repeated'],
    [
      '4 a digest for two elements',
      sdJwt({ a: [element(hot), element(hot)] }, hot),
      'digest-repeated',
    ],
    [
      '4 a digest for a claim and an element',
      sdJwt({ _sd: ['x'], a: [{ '...': 'x' }] }),
      'digest-repeated',
    ],
    [
      '4 a digest again inside a disclosure',
      sdJwt({ _sd: [digest(address), digest(city)] }, address),
      'digest-repeated',
    ],
    ['5 nobody signed for', sdJwt({ _sd: ['x'] }, city), 'disclosure-not-signed'],
    ['5 shown twice', sdJwt({ _sd: [digest(city)] }, city, city), 'disclosure-repeated'],
    [
      '5 without what encloses it',
      sdJwt({ _sd: [digest(address)] }, city),
      'disclosure-not-signed',
    ],
    ['5 with one salt for two claims', salted('a', 'b'), 'salt-repeated'],
    ['5 with one salt for two elements', salted(), 'salt-repeated'],
    ['6 ended', sdJwt({ exp: seconds }), 'expired'],
    ['6 ended, which was disclosed', disclosing('exp', seconds), 'expired'],
    ['6 not begun', sdJwt({ nbf: seconds + 1 }), 'not-yet-valid'],
    ['6 made in the future', sdJwt({ iat: seconds + 61 }), 'not-yet-valid'],
    ['6 with an end in words', sdJwt({ exp: '2030-01-01' }), 'time'],
    ['6 with a beginning that is none', sdJwt({ nbf: null }), 'time'],
    ['6 for somebody else', sdJwt({ aud: 'urn:other' }), 'audience'],
    ['6 for somebody else, which was disclosed', disclosing('aud', ['urn:other']), 'audience'],
    ['6 for nobody', sdJwt({ aud: [] }), 'audience'],
  ])('%s', ([, document, code]) => {
    expect(answer(document)).toBe(code)
  })

  function twins(): string {
    const other = hidden('city', '三亚')
    return sdJwt({ _sd: [digest(city), digest(other)] }, city, other)
  }
  /** Two claims of these names, or two elements, under the same salt. */
  function salted(first?: string, second?: string): string {
    const salt = randomBytes(16)
    const both = [makeDisclosure(first, 1, salt), makeDisclosure(second, 2, salt)]
    const hides = first === undefined ? { a: both.map(element) } : { _sd: both.map(digest) }
    return sdJwt(hides, ...both)
  }
  function inside(value: Json, ...shown: readonly Disclosure[]): string {
    return disclosing('a', value, ...shown)
  }
  function disclosing(name: string, value: Json, ...shown: readonly Disclosure[]): string {
    const outer = hidden(name, value)
    return sdJwt({ _sd: [digest(outer)] }, outer, ...shown)
  }

  test.for<readonly [Json, string | undefined, boolean]>([
    ['urn:us', 'urn:us', true],
    [['urn:other', 'urn:us'], 'urn:us', true],
    ['urn:us', undefined, false],
    ['urn:us/', 'urn:us', false],
    [{ 'urn:us': 1 }, 'urn:us', false],
    [null, undefined, false],
  ])('6 for %j, and asks %j: %j', ([aud, audience, isForUs]) => {
    const verdict = verdictOf(sdJwt({ aud }), audience === undefined ? {} : { audience })
    expect(verdict.ok).toBe(isForUs)
  })

  test.for(['iss', 'nbf', 'exp', 'cnf', 'vct', 'vct#integrity', 'status'])(
    '6 a credential whose %s could be withheld',
    (name) => {
      const value = name === 'exp' ? seconds + 1 : name === 'nbf' ? seconds : 'x'
      const shown = hidden(name, value)
      const payload = { ...(name !== 'vct' && { vct: 'urn:b' }), _sd: [digest(shown)] }
      const document = `${jwt(payload, { typ: credentialType })}~${shown.encoded}~`
      expect(answer(document, { typ: credentialType })).toBe('hidden-claim')
    },
  )
})

describe('§7.3', () => {
  const asked = { audience: 'urn:verifier', nonce: 'n-1' }
  const keyBinding = { ...asked, presence: 'required' } as const
  const held = (cnf: Json): string => sdJwt({ cnf, _sd: [digest(city)] }, city)
  const document = held({ jwk })
  const bound = (over = document): string =>
    bindSdJwt(over, { ...asked, key: holder.privateKey, at })
  const binding = (change: object, header: JsonObject = { typ: 'kb+jwt' }): string => {
    const said = {
      ...{ iat: seconds, aud: asked.audience, nonce: asked.nonce },
      ...{ sd_hash: digestText(document), ...change },
    }
    return document + signJws({ header, payload: JSON.stringify(said), key: holder.privateKey })
  }
  const [token = ''] = bound().split('~').slice(-1)
  const [, said = '', signature = ''] = token.split('.')

  test('5 a holder who did all of it', () => {
    expect(answer(bound(), { keyBinding })).toEqual({ cnf: { jwk }, city: '海口' })
  })

  test.for([1 - keyBindingLimits.age, -keyBindingLimits.age, 59, keyBindingLimits.clockSkew])(
    '5.e %d seconds from now',
    (difference) => {
      expect(typeof answer(binding({ iat: seconds + difference }), { keyBinding })).toBe('object')
    },
  )

  test.for<readonly [string, string, string]>([
    ['2 is missing', document, 'key-binding-missing'],
    ['3 is noise', `${document}noise`, 'key-binding-token-malformed'],
    ['3 is of two', `${bound()}~${token}`, 'invalid-encoding'],
    ['4 of a document nobody signed', bound(forged()), 'signature-invalid'],
    ['5.a whom the issuer does not name', bound(sdJwt({})), 'holder-key'],
    ['5.a with a key by address', bound(held({ jku: 'https://a.test' })), 'holder-key'],
    ['5.a with a key by name', bound(held({ kid: 'x' })), 'holder-key'],
    ['5.a with two keys', bound(held({ jwk, kid: 'x' })), 'holder-key'],
    ['5.a with a set of keys', bound(held({ jwk: { keys: [jwk] } })), 'holder-key'],
    [
      '5.a with a shared secret',
      bound(held({ jwk: { kty: 'oct', k: 'AAAA' } })),
      'key-binding-key-not-usable',
    ],
    [
      '5.a with the private half of the key',
      bound(held({ jwk: { ...jwk, d: 'AAAA' } })),
      'key-binding-key-not-usable',
    ],
    ['5.b signed by nobody', `${document}${unsigned()}`, 'key-binding-algorithm-mismatch'],
    [
      '5.b with a key of its own',
      binding({}, { typ: 'kb+jwt', jwk }),
      'key-binding-header-not-allowed',
    ],
    [
      '5.c is somebody else',
      bindSdJwt(document, { ...asked, key: stranger.privateKey, at }),
      'key-binding-signature-invalid',
    ],
    ['5.d by a token of another type', binding({}, { typ: 'JWT' }), 'key-binding-wrong-typ'],
    ['5.d by a token of no type', binding({}, {}), 'key-binding-wrong-typ'],
    ['5.e too long ago', binding({ iat: seconds - keyBindingLimits.age - 1 }), 'key-binding-time'],
    [
      '5.e in the future',
      binding({ iat: seconds + keyBindingLimits.clockSkew + 1 }),
      'key-binding-time',
    ],
    ['5.e at no time', binding({ iat: undefined }), 'key-binding-time'],
    ['5.e at a time in words', binding({ iat: `${seconds}` }), 'key-binding-time'],
    ['5.f for another audience', binding({ aud: 'urn:other' }), 'key-binding-audience'],
    ['5.f for several audiences', binding({ aud: [asked.audience] }), 'key-binding-audience'],
    ['5.f for another nonce', binding({ nonce: 'n-2' }), 'key-binding-nonce'],
    ['5.f for no nonce', binding({ nonce: undefined }), 'key-binding-nonce'],
    ['5.g over nothing', binding({ sd_hash: undefined }), 'key-binding-of-other'],
    [
      '5.g over the token alone',
      binding({ sd_hash: digestText(document.split('~', 1).join()) }),
      'key-binding-of-other',
    ],
    [
      '5.g over what has one tilde more',
      binding({ sd_hash: digestText(`${document}~`) }),
      'key-binding-of-other',
    ],
    [
      '5.g showing less than was signed for',
      document.replace(`${city.encoded}~`, '') + token,
      'key-binding-of-other',
    ],
    ['5.h by a token that has ended', binding({ exp: seconds }), 'key-binding-time'],
    ['5.h by a token that has not begun', binding({ nbf: seconds + 1 }), 'key-binding-time'],
    ['5.h by a token that ends in words', binding({ exp: 'never' }), 'key-binding-time'],
    ['5.h by a token that is a list', `${document}${list()}`, 'object-expected'],
  ])('%s', ([, presented, code]) => {
    expect(answer(presented, { keyBinding })).toBe(code)
  })

  function forged(): string {
    return `${jwt({ cnf: { jwk } }, {}, stranger.privateKey)}~`
  }
  function unsigned(): string {
    return `${spelled('{"alg":"none","typ":"kb+jwt"}')}.${said}.${signature}`
  }
  function list(): string {
    return signJws({ header: { typ: 'kb+jwt' }, payload: '[]', key: holder.privateKey })
  }

  test('1 whether one is needed is not for the document to say', () => {
    expect(answer(bound())).toBe('key-binding-not-expected')
    expect(answer(document, { keyBinding })).toBe('key-binding-missing')
    const optional = { ...asked, presence: 'optional' } as const
    expect(typeof answer(document, { keyBinding: optional })).toBe('object')
    expect(answer(binding({ nonce: 'n-2' }), { keyBinding: optional })).toBe('key-binding-nonce')
  })
})

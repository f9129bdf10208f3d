import { generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromBase64url, toBase64url } from '../base64url.ts'
import { readJwk } from './jwk.ts'
import type { JsonObject } from '../json.ts'
import { Problem } from '../problem.ts'

const jwkOf = (key: KeyObject): JsonObject => key.export({ format: 'jwk' }) as JsonObject
const ec = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).publicKey
const p256 = jwkOf(ec('P-256'))
const edwards = jwkOf(generateKeyPairSync('ed25519').publicKey)
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsa = jwkOf(pair.publicKey)
const sm2Point = ec('SM2').export({ format: 'der', type: 'spki' }).subarray(-64)
const sm2 = {
  ...{ kty: 'EC', crv: 'SM2' },
  ...{ x: toBase64url(sm2Point.subarray(0, 32)), y: toBase64url(sm2Point.subarray(32)) },
}

describe('a public key', () => {
  test.for<readonly [string, JsonObject]>([
    ['P-256', p256],
    ['P-384', jwkOf(ec('P-384'))],
    ['P-521', jwkOf(ec('P-521'))],
    ['SM2', sm2],
    ['Ed25519', edwards],
    ['RSA', rsa],
    [
      'with everything that may be said of it',
      { ...p256, use: 'sig', key_ops: ['verify'], alg: 'ES256', kid: 'k', ext: true },
    ],
    ['with a member nobody knows', { ...p256, nbf: 1 }],
  ])('%s is read', ([, jwk]) => {
    expect(readJwk(jwk).key.type).toBe('public')
  })

  test('says what it is bound to', () => {
    const read = readJwk({ ...rsa, alg: 'PS256', kid: 'k1' })
    expect(read).toMatchObject({ algorithm: 'PS256' })
    expect(readJwk(rsa).algorithm).toBeUndefined()
  })
})

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const respelled = (text: unknown): string => `${textOf(text)}=`
const zero = toBase64url(new Uint8Array(32))
const number = (hex: string): string => toBase64url(Buffer.from(hex, 'hex'))
const longer = (text: unknown): string =>
  toBase64url(Buffer.concat([Uint8Array.of(0), fromBase64url(textOf(text))]))
const evenModulus = Uint8Array.from(fromBase64url(textOf(rsa['n'])))
evenModulus[255] = (evenModulus[255] ?? 0) & 0xfe

describe('refused is', () => {
  test.for<readonly [string, JsonObject]>([
    ['nothing', {}],
    ['a type nobody knows', { ...p256, kty: 'XY' }],
    ['a type in other letters', { ...p256, kty: 'ec' }],
    ['a property every object has', { ...p256, kty: 'toString' }],
    ['a shared secret', { kty: 'oct', k: zero }],
    ['a key with its private half', { ...p256, d: zero }],
    ['an RSA key with a prime', { ...rsa, p: 'AQAB' }],
    ['a key for encrypting', { ...p256, use: 'enc' }],
    ['a use in other letters', { ...p256, use: 'SIG' }],
    ['a key that signs only', { ...p256, key_ops: ['sign'] }],
    ['a key without operation', { ...p256, key_ops: [] }],
    ['an operation twice', { ...p256, key_ops: ['verify', 'verify'] }],
    ['operations that are no list', { ...p256, key_ops: 'verify' }],
    ['an algorithm of another curve', { ...p256, alg: 'ES384' }],
    ['an algorithm of another type', { ...p256, alg: 'RS256' }],
    ['an algorithm for encrypting', { ...p256, alg: 'ECDH-ES' }],
    ['none', { ...p256, alg: 'none' }],
    ['an id that is a number', { ...p256, kid: 7 }],
    ['an ext that is a text', { ...p256, ext: 'true' }],
    ['a curve that is not ours', { ...p256, crv: 'secp256k1' }],
    ['another curve than its point', { ...p256, crv: 'P-384' }],
    ['a curve in other letters', { ...p256, crv: 'p-256' }],
    ['a point of another curve', { ...p256, crv: 'SM2' }],
    ['a point of SM2 on P-256', { ...sm2, crv: 'P-256' }],
    ['a point beside the curve', { ...p256, y: p256['x'] }],
    ['a point of SM2 beside the curve', { ...sm2, y: sm2.x }],
    ['the point 0, 0', { ...p256, x: zero, y: zero }],
    ['a point without y', { kty: 'EC', crv: 'P-256', x: p256['x'] }],
    ['a coordinate with padding', { ...p256, x: respelled(p256['x']) }],
    ['a coordinate with a zero more', { ...p256, x: longer(p256['x']) }],
    ['X25519', { ...edwards, crv: 'X25519' }],
    ['Ed448', jwkOf(generateKeyPairSync('ed448').publicKey)],
    ['an Ed25519 key of 31 bytes', { ...edwards, x: toBase64url(new Uint8Array(31)) }],
    ['RSA of 1024 bits', jwkOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)],
    ['RSA of 2047 bits', { ...rsa, n: number(`7f${'ff'.repeat(255)}`) }],
    ['RSA beyond 8192 bits', { ...rsa, n: number('ff'.repeat(1025)) }],
    ['an even modulus', { ...rsa, n: toBase64url(evenModulus) }],
    ['a modulus with a zero before it', { ...rsa, n: longer(rsa['n']) }],
    ['no modulus', { kty: 'RSA', e: 'AQAB' }],
    ['exponent 0', { ...rsa, e: number('00') }],
    ['exponent 1', { ...rsa, e: number('01') }],
    ['exponent 2', { ...rsa, e: number('02') }],
    ['an even exponent', { ...rsa, e: number('010000') }],
    ['exponent 2^33 + 1', { ...rsa, e: number('0200000001') }],
    ['exponent 2^64 + 1', { ...rsa, e: number('010000000000000001') }],
    ['an exponent with a zero before it', { ...rsa, e: number('00010001') }],
    ['an exponent that is a number', { ...rsa, e: 65_537 }],
  ])('%s', ([, jwk]) => {
    expect(() => readJwk(jwk)).toThrow(Problem)
  })

  test('whatever is no key, with a Problem', () => {
    const members = ['kty', 'crv', 'x', 'y', 'n', 'e', 'alg', 'use', 'key_ops', 'kid']
    const types = fc.constantFrom('EC', 'RSA', 'OKP', 'P-256', 'Ed25519', 'AQAB')
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...members), fc.oneof(types, fc.jsonValue())),
        (jwk) => {
          expect(() => readJwk(jwk as JsonObject)).toThrow(Problem)
        },
      ),
    )
  })
})

import { createSecretKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { algorithmOf, signBytes, verifyBytes, verifyCertificateSignature } from './algorithm.ts'
import { utf8 } from './primitives.ts'

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const k256 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
const ed25519 = generateKeyPairSync('ed25519')
const ed448 = generateKeyPairSync('ed448')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const message = utf8('one message')

describe('the key decides the algorithm', () => {
  test.for([
    ['EC P-256', p256, 'ES256'],
    ['Ed25519', ed25519, 'EdDSA'],
  ] as const)('%s is used with its one algorithm', ([, pair, expected]) => {
    expect(algorithmOf(pair.publicKey)).toBe(expected)
    expect(algorithmOf(pair.privateKey)).toBe(expected)
  })

  test.for([
    ['EC P-384', p384.publicKey],
    ['secp256k1', k256.publicKey],
    ['Ed448', ed448.publicKey],
    ['RSA', rsa.publicKey],
    ['a shared secret', createSecretKey(Buffer.alloc(32))],
  ] as const)('%s signs no token', ([, key]) => {
    expect(() => algorithmOf(key)).toThrow('unsupported-key')
  })
})

describe('signatures over bytes', () => {
  test.for([
    ['ES256', p256],
    ['EdDSA', ed25519],
  ] as const)('%s verifies what it signed, and 64 bytes long', ([name, pair]) => {
    const signature = signBytes(name, pair.privateKey, message)
    expect(signature).toHaveLength(64)
    expect(verifyBytes(name, pair.publicKey, message, signature)).toBe(true)
    expect(verifyBytes(name, pair.publicKey, utf8('another'), signature)).toBe(false)
    expect(verifyBytes(name, pair.publicKey, message, signature.subarray(1))).toBe(false)
    expect(verifyBytes(name, pair.publicKey, message, new Uint8Array(64))).toBe(false)
    expect(verifyBytes(name, pair.publicKey, message, new Uint8Array(0))).toBe(false)
  })

  test('a key of another algorithm neither signs nor verifies', () => {
    const signature = signBytes('ES256', p256.privateKey, message)
    expect(verifyBytes('EdDSA', p256.publicKey, message, signature)).toBe(false)
    expect(verifyBytes('ES256', ed25519.publicKey, message, signature)).toBe(false)
    expect(verifyBytes('ES256', rsa.publicKey, message, signature)).toBe(false)
    expect(() => signBytes('ES256', ed25519.privateKey, message)).toThrow('unsupported-key')
  })
})

describe('signatures of certificates', () => {
  test.for([
    ['an unknown algorithm', '1.2.840.10045.4.1', p256.publicKey],
    ['a key of another kind', '1.3.101.112', p256.publicKey],
    ['an RSA algorithm over an EC key', '1.2.840.113549.1.1.11', p256.publicKey],
    ['a property every object has', 'constructor', p256.publicKey],
    ['noise', '1.2.840.10045.4.3.2', p256.publicKey],
  ] as const)('%s is refused', ([, oid, key]) => {
    expect(verifyCertificateSignature(oid, key, message, new Uint8Array(70))).toBe(false)
  })
})

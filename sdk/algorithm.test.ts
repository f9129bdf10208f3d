import { constants, createSecretKey, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  algorithmOf,
  algorithms,
  certificateAlgorithms,
  isKeyFor,
  isSoundKey,
  keyKind,
  signBytes,
  verifyBytes,
  verifyCertificateSignature,
} from './algorithm.ts'
import type { AlgorithmName } from './algorithm.ts'
import { utf8 } from './primitives.ts'

const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
const rsaKey = (modulusLength: number, publicExponent = 65_537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent })
const pairs = {
  'P-256': ec('P-256'),
  'P-384': ec('P-384'),
  'P-521': ec('P-521'),
  secp256k1: ec('secp256k1'),
  SM2: ec('SM2'),
  Ed25519: generateKeyPairSync('ed25519'),
  Ed448: generateKeyPairSync('ed448'),
  X25519: generateKeyPairSync('x25519'),
  RSA: rsaKey(2048),
  'RSA with e = 3': rsaKey(2048, 3),
  'RSA of 1024 bits': rsaKey(1024),
  'RSA for PSS with SHA-256': generateKeyPairSync('rsa-pss', {
    ...{ modulusLength: 2048, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256' },
  }),
}
const message = utf8('one message')
const names = Object.keys(algorithms) as AlgorithmName[]

test('which key is used with which algorithm', () => {
  const table = Object.entries(pairs).map(([name, { publicKey }]) => [
    name,
    names.filter((algorithm) => isKeyFor(algorithm, publicKey)).join(' '),
  ])
  const rsa = 'RS256 RS384 RS512 PS256 PS384 PS512'
  expect(Object.fromEntries(table)).toEqual({
    'P-256': 'ES256',
    'P-384': 'ES384',
    'P-521': 'ES512',
    secp256k1: '',
    SM2: 'SGD_SM3_SM2',
    Ed25519: 'EdDSA Ed25519',
    Ed448: '',
    X25519: '',
    RSA: rsa,
    'RSA with e = 3': rsa,
    'RSA of 1024 bits': '',
    'RSA for PSS with SHA-256': 'PS256 PS384 PS512',
  })
  for (const { publicKey } of Object.values(pairs)) {
    expect(isSoundKey(publicKey)).toBe(names.some((name) => isKeyFor(name, publicKey)))
  }
})

describe('the key decides the algorithm', () => {
  test.for([
    ['P-256', 'ES256'],
    ['P-384', 'ES384'],
    ['P-521', 'ES512'],
    ['SM2', 'SGD_SM3_SM2'],
    ['Ed25519', 'EdDSA'],
  ] as const)('%s signs %s only', ([name, expected]) => {
    const { publicKey, privateKey } = pairs[name]
    expect(algorithmOf(publicKey)).toBe(expected)
    expect(algorithmOf(privateKey)).toBe(expected)
    const signature = signBytes(expected, privateKey, message)
    expect(signature).toHaveLength(algorithms[expected].signatureLength)
    for (const other of names) {
      const isOwn = isKeyFor(other, publicKey)
      expect(verifyBytes(other, publicKey, message, signature)).toBe(isOwn)
      if (!isOwn) expect(() => signBytes(other, privateKey, message)).toThrow('unsupported-key')
    }
    expect(verifyBytes(expected, publicKey, utf8('another'), signature)).toBe(false)
    expect(verifyBytes(expected, publicKey, message, signature.subarray(1))).toBe(false)
    expect(verifyBytes(expected, publicKey, message, Buffer.concat([signature, message]))).toBe(
      false,
    )
    expect(verifyBytes(expected, publicKey, message, new Uint8Array(signature.length))).toBe(false)
    expect(verifyBytes(expected, publicKey, message, new Uint8Array(0))).toBe(false)
  })

  test.for(['secp256k1', 'Ed448', 'X25519', 'RSA'] as const)('%s signs nothing', (name) => {
    expect(() => algorithmOf(pairs[name].privateKey)).toThrow('unsupported-key')
  })

  test('a shared secret neither signs nor verifies', () => {
    const secret = createSecretKey(Buffer.alloc(32))
    expect(() => algorithmOf(secret)).toThrow('unsupported-key')
    for (const name of names) {
      expect(verifyBytes(name, secret, message, new Uint8Array(64))).toBe(false)
    }
    expect(keyKind(secret)).toBe('secret')
  })
})

describe('r‖s as OpenSSL reads it', () => {
  /** One whose number begins so, at this place. */
  const beginning = (name: 'P-256' | 'P-521', place: number, byte: number): Uint8Array => {
    const algorithm = algorithmOf(pairs[name].publicKey)
    for (let tries = 0; tries < 10_000; tries += 1) {
      const signature = signBytes(algorithm, pairs[name].privateKey, message)
      if (signature[place] === byte) return signature
    }
    throw new Error('not in a lifetime')
  }

  test.for([
    ['P-256', 'r', 0, 0],
    ['P-256', 's', 32, 0],
    ['P-256', 'r', 0, 0x7f],
    ['P-256', 's', 32, 0x80],
    ['P-521', 'r', 0, 0],
    ['P-521', 's', 66, 1],
  ] as const)('%s, %s from byte %d begins with %d', ([name, , place, byte]) => {
    const { publicKey } = pairs[name]
    const signature = beginning(name, place, byte)
    expect(verifyBytes(algorithmOf(publicKey), publicKey, message, signature)).toBe(true)
  })

  const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'
  const [zero, one] = ['00'.repeat(32), `${'00'.repeat(31)}01`]
  test.for([
    [zero, zero],
    [zero, one],
    [one, zero],
    [one, one],
    [order, one],
    [one, order],
    ['ff'.repeat(32), 'ff'.repeat(32)],
  ])('numbers that nobody worked out verify nothing: %s, %s', (numbers) => {
    const { publicKey } = pairs['P-256']
    const signature = Buffer.from(numbers.join(''), 'hex')
    expect(verifyBytes('ES256', publicKey, message, signature)).toBe(false)
  })
})

describe('signatures of RSA', () => {
  const { PKCS1, PSS } = {
    PKCS1: { padding: constants.RSA_PKCS1_PADDING },
    PSS: { padding: constants.RSA_PKCS1_PSS_PADDING },
  }
  const made = (key: KeyObject, hash: string, how: { padding: number; saltLength?: number }) =>
    sign(hash, message, { key, ...how })
  const { publicKey, privateKey } = pairs.RSA

  test.for([
    ['RS256', 'sha256', PKCS1],
    ['RS384', 'sha384', PKCS1],
    ['RS512', 'sha512', PKCS1],
    ['PS256', 'sha256', { ...PSS, saltLength: 32 }],
    ['PS384', 'sha384', { ...PSS, saltLength: 48 }],
    ['PS512', 'sha512', { ...PSS, saltLength: 64 }],
  ] as const)('%s is one of six, and none passes for another', ([name, hash, how]) => {
    const signature = made(privateKey, hash, how)
    for (const other of names) {
      expect(verifyBytes(other, publicKey, message, signature)).toBe(other === name)
    }
    expect(verifyBytes(name, publicKey, message, signature.subarray(1))).toBe(false)
  })

  test('a signature of PSS has the length of the modulus, also when it begins with a zero', () => {
    let signature = made(privateKey, 'sha256', { ...PSS, saltLength: 32 })
    while (signature[0] !== 0) signature = made(privateKey, 'sha256', { ...PSS, saltLength: 32 })
    expect(verifyBytes('PS256', publicKey, message, signature)).toBe(true)
    expect(verifyBytes('PS256', publicKey, message, signature.subarray(1))).toBe(false)
    const longer = Buffer.concat([new Uint8Array(1), signature])
    expect(verifyBytes('PS256', publicKey, message, longer)).toBe(false)
  })

  test.for([0, 20, 31, 33, 222])('a salt of %d bytes is not that of PS256', (saltLength) => {
    const signature = made(privateKey, 'sha256', { ...PSS, saltLength })
    expect(verifyBytes('PS256', publicKey, message, signature)).toBe(false)
  })

  test('a weak key verifies nothing, right as the signature may be', () => {
    const weak = pairs['RSA of 1024 bits']
    const signature = made(weak.privateKey, 'sha256', PKCS1)
    expect(verifyBytes('RS256', weak.publicKey, message, signature)).toBe(false)
    const oid = '1.2.840.113549.1.1.11'
    expect(verifyCertificateSignature(oid, weak.publicKey, message, signature)).toBe(false)
  })

  test('a key bound to one hash is not used with another', () => {
    const bound = pairs['RSA for PSS with SHA-256']
    const signature = made(bound.privateKey, 'sha256', { ...PSS, saltLength: 32 })
    expect(verifyBytes('PS256', bound.publicKey, message, signature)).toBe(true)
    expect(verifyBytes('PS512', bound.publicKey, message, signature)).toBe(false)
    expect(verifyBytes('RS256', bound.publicKey, message, signature)).toBe(false)
  })
})

describe('signatures of certificates', () => {
  const p256 = pairs['P-256']

  test('every algorithm has a key that is used with it', () => {
    for (const { keys } of Object.values(certificateAlgorithms)) expect(keys).not.toEqual([])
  })

  test('ECDSA is verified with each curve and hash, as DER', () => {
    for (const name of ['P-256', 'P-384', 'P-521'] as const) {
      const { publicKey, privateKey } = pairs[name]
      const signature = sign('sha384', message, privateKey)
      const verified = (oid: string): boolean =>
        verifyCertificateSignature(oid, publicKey, message, signature)
      expect(verified('1.2.840.10045.4.3.3')).toBe(true)
      expect(verified('1.2.840.10045.4.3.2')).toBe(false)
    }
    const plain = signBytes('ES256', p256.privateKey, message)
    expect(verifyCertificateSignature('1.2.840.10045.4.3.2', p256.publicKey, message, plain)).toBe(
      false,
    )
  })

  test.for([
    ['SHA-1 with ECDSA', '1.2.840.10045.4.1', p256.publicKey],
    ['SHA-1 with RSA', '1.2.840.113549.1.1.5', pairs.RSA.publicKey],
    ['a key of another kind', '1.3.101.112', p256.publicKey],
    ['an RSA algorithm over an EC key', '1.2.840.113549.1.1.11', p256.publicKey],
    ['ECDSA over an SM2 key', '1.2.840.10045.4.3.2', pairs.SM2.publicKey],
    ['SM2 over a P-256 key', '1.2.156.10197.1.501', p256.publicKey],
    ['PSS without its parameters', '1.2.840.113549.1.1.10', pairs.RSA.publicKey],
    ['a property every object has', 'constructor', p256.publicKey],
    ['noise', '1.2.840.10045.4.3.2', p256.publicKey],
    ['noise for SM2', '1.2.156.10197.1.501', pairs.SM2.publicKey],
  ] as const)('%s is refused', ([, oid, key]) => {
    expect(verifyCertificateSignature(oid, key, message, new Uint8Array(70))).toBe(false)
  })
})

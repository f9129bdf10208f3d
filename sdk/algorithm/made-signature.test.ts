/**
 * Signatures nobody should take, of the classes that Wycheproof has: ECDSA in other encodings than DER
 * and with numbers out of range, Ed25519 with an S too large, RSA with a padding of one's own. Each is
 * made from a right one, or with the private key, so that only the rule named refuses it.
 */
import { constants, createHash, generateKeyPairSync, privateEncrypt, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { verifyBytes, verifyCertificateSignature } from '../algorithm.ts'
import { derOfPlainSignature, plainSignatureOfDer } from './plain.ts'

const message = Buffer.from('a message')
const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
const bytesOf = (value: bigint, length: number): Buffer =>
  hex(value.toString(16).padStart(length * 2, '0'))

const curves = {
  'P-256': ['1.2.840.10045.4.3.2', 'sha256', 32, 'ES256'],
  'P-384': ['1.2.840.10045.4.3.3', 'sha384', 48, 'ES384'],
  'P-521': ['1.2.840.10045.4.3.4', 'sha512', 66, 'ES512'],
} as const
const orders: Readonly<Record<keyof typeof curves, bigint>> = {
  'P-256': 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  'P-384':
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  'P-521': BigInt(
    `0x1${'f'.repeat(65)}a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`,
  ),
}

/** Type, length and content, where nobody has to be right. */
const tlv = (tag: number, content: Uint8Array, length = lengthOf(content)): Buffer =>
  Buffer.concat([Buffer.of(tag), length, content])
const lengthOf = ({ length }: Uint8Array): Buffer =>
  length < 0x80 ? Buffer.of(length) : Buffer.of(0x81, length)
const integerOf = (value: bigint): Buffer => {
  const digits = value.toString(16)
  const even = hex(digits.padStart(digits.length + (digits.length % 2), '0'))
  return tlv(2, (even[0] ?? 0) < 0x80 ? even : Buffer.concat([Buffer.of(0), even]))
}
const pair = (r: Uint8Array, s: Uint8Array, ...more: Uint8Array[]): Buffer =>
  tlv(0x30, Buffer.concat([r, s, ...more]))

describe.for(Object.keys(curves) as (keyof typeof curves)[])('ECDSA on %s', (namedCurve) => {
  const [oid, hash, size, name] = curves[namedCurve]
  const n = orders[namedCurve]
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
  const right = sign(hash, message, privateKey)
  const plain = plainSignatureOfDer(right, size * 2)
  const [r, s] = [numberOf(plain.subarray(0, size)), numberOf(plain.subarray(size))]
  const [rInteger, sInteger] = [integerOf(r), integerOf(s)]
  const inside = Buffer.concat([rInteger, sInteger])
  const holds = (signature: Uint8Array): boolean =>
    verifyCertificateSignature(oid, publicKey, message, signature)

  test('the right one holds, and so does its mirror', () => {
    const mirror = pair(rInteger, integerOf(n - s))
    expect([right, pair(rInteger, sInteger), mirror].map(holds)).toEqual([true, true, true])
  })

  const padded = (integer: Uint8Array): Buffer =>
    tlv(2, Buffer.concat([Buffer.of(0), integer.subarray(2)]))
  test.for<readonly [string, Uint8Array]>([
    ['a longer length of the sequence', tlv(0x30, inside, Buffer.of(0x82, 0, inside.length))],
    ['an indefinite length', Buffer.concat([hex('3080'), inside, hex('0000')])],
    [
      'a longer length of r',
      pair(tlv(2, rInteger.subarray(2), Buffer.of(0x81, rInteger[1] ?? 0)), sInteger),
    ],
    ['a zero before r', pair(padded(rInteger), sInteger)],
    ['a zero before s', pair(rInteger, padded(sInteger))],
    ['a byte behind', Buffer.concat([right, Buffer.of(0)])],
    ['a byte behind s', tlv(0x30, Buffer.concat([inside, Buffer.of(0)]))],
    ['a third number', pair(rInteger, sInteger, integerOf(1n))],
    ['a null behind', pair(rInteger, sInteger, hex('0500'))],
    ['a SET', tlv(0x31, inside)],
    ['r alone', tlv(0x30, rInteger)],
    ['nothing', new Uint8Array()],
    ['an empty sequence', hex('3000')],
    ['empty numbers', hex('300402000200')],
    ['the octets of r and s', plain],
    ['cut', right.subarray(0, -1)],
    ['r and s in each other’s place', pair(sInteger, rInteger)],
    ['r = 0', pair(integerOf(0n), sInteger)],
    ['s = 0', pair(rInteger, integerOf(0n))],
    ['both 0', pair(integerOf(0n), integerOf(0n))],
    ['both 1', pair(integerOf(1n), integerOf(1n))],
    ['r + n', pair(integerOf(r + n), sInteger)],
    ['s + n', pair(rInteger, integerOf(s + n))],
    ['r = n, s = n', pair(integerOf(n), integerOf(n))],
    ['r = n − 1', pair(integerOf(n - 1n), sInteger)],
    ['r + 2^256', pair(integerOf(r + 2n ** 256n), sInteger)],
    ['r below 0', pair(tlv(2, bytesOf(2n ** BigInt(size * 8) - r, size)), sInteger)],
    ['r as a BIT STRING', pair(tlv(3, rInteger.subarray(2)), sInteger)],
    ['infinity for r', pair(hex('090140'), sInteger)],
  ])('%s', ([, signature]) => {
    expect(holds(signature)).toBe(false)
  })

  test('and in a token only r and s of their whole length', () => {
    const inToken = (signature: Uint8Array): boolean =>
      verifyBytes(name, publicKey, message, signature)
    expect(inToken(plain)).toBe(true)
    expect(derOfPlainSignature(plain)).toEqual(new Uint8Array(right))
    const wrong = [
      right,
      Buffer.concat([Buffer.of(0), bytesOf(r, size), Buffer.of(0), bytesOf(s, size)]),
      Buffer.concat([plain, Buffer.of(0, 0)]),
      Buffer.concat([bytesOf(n, size), bytesOf(s, size)]),
      Buffer.concat([bytesOf(r, size), bytesOf(n, size)]),
      new Uint8Array(size * 2),
      plain.subarray(1),
    ]
    expect(wrong.map(inToken)).toEqual(wrong.map(() => false))
  })
})

describe('Ed25519', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const right = sign(null, message, privateKey)
  const l = 2n ** 252n + 27742317777372353535851937790883648493n
  const littleEndian = (value: bigint): Buffer => bytesOf(value, 32).reverse()
  const s = numberOf(Buffer.from(right.subarray(32)).reverse())
  const withS = (value: bigint): Buffer =>
    Buffer.concat([right.subarray(0, 32), littleEndian(value)])
  const holds = (signature: Uint8Array): boolean[] => [
    verifyBytes('EdDSA', publicKey, message, signature),
    verifyCertificateSignature('1.3.101.112', publicKey, message, signature),
  ]

  test.for<readonly [string, Uint8Array, boolean]>([
    ['the right one', right, true],
    ['S the same', withS(s), true],
    ['S + L', withS(s + l), false],
    ['S + 2 L', withS(s + 2n * l), false],
    ['S + 8 L', withS(s + 8n * l), false],
    ['S with its highest bit', withS(s + 2n ** 255n), false],
    ['S = 0', withS(0n), false],
    ['S = L', withS(l), false],
    ['R = 0', Buffer.concat([new Uint8Array(32), right.subarray(32)]), false],
    ['R of order 1', Buffer.concat([littleEndian(1n), right.subarray(32)]), false],
    [
      'R that is no point',
      Buffer.concat([littleEndian(2n ** 255n - 1n), right.subarray(32)]),
      false,
    ],
    ['a byte more', Buffer.concat([right, Buffer.of(0)]), false],
    ['a byte less', right.subarray(0, 63), false],
    ['nothing', new Uint8Array(), false],
    ['zeros', new Uint8Array(64), false],
  ])('%s', ([, signature, expected]) => {
    expect(holds(signature)).toEqual([expected, expected])
  })
})

describe.for([3, 65_537])('RSA with exponent %d', (publicExponent) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicExponent,
  })
  const digest = createHash('sha256').update(message).digest()
  const sha256 = hex('0609608648016503040201')
  const info = (algorithm: Uint8Array, value: Uint8Array = digest): Buffer =>
    tlv(0x30, Buffer.concat([algorithm, tlv(4, value)]))
  const usual = info(tlv(0x30, Buffer.concat([sha256, hex('0500')])))
  const ones = (content: Uint8Array, more = 0): Buffer =>
    Buffer.alloc(256 - 3 - content.length - more, 0xff)
  const block = (content: Uint8Array, start = '0001'): Buffer =>
    Buffer.concat([hex(start), ones(content), Buffer.of(0), content])
  const raw = (key: KeyObject, padded: Uint8Array): Uint8Array =>
    privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, padded)
  const right = raw(privateKey, block(usual))
  const holds = (signature: Uint8Array): boolean[] => [
    verifyBytes('RS256', publicKey, message, signature),
    verifyCertificateSignature('1.2.840.113549.1.1.11', publicKey, message, signature),
  ]

  const middle = block(usual)
  middle[100] = 0
  const made: readonly (readonly [string, Uint8Array])[] = [
    ['no NULL', block(info(tlv(0x30, sha256)))],
    ['two NULLs', block(info(tlv(0x30, Buffer.concat([sha256, hex('05000500')]))))],
    ['a number for NULL', block(info(tlv(0x30, Buffer.concat([sha256, hex('020100')]))))],
    ['a longer length', block(tlv(0x30, usual.subarray(2), Buffer.of(0x81, usual.length - 2)))],
    ['an indefinite length', block(Buffer.concat([hex('3080'), usual.subarray(2), hex('0000')]))],
    ['SHA-1 by name', block(info(hex('300906052b0e03021a0500'), digest.subarray(0, 20)))],
    ['SHA-512 by name', block(info(hex('300d06096086480165030402030500')))],
    ['the digest alone', block(digest)],
    ['no digest', block(info(tlv(0x30, Buffer.concat([sha256, hex('0500')])), Buffer.alloc(0)))],
    ['bytes behind', block(Buffer.concat([usual, Buffer.of(0)]))],
    ['type 0', block(usual, '0000')],
    ['type 2', block(usual, '0002')],
    ['type 3', block(usual, '0003')],
    ['a zero in the ones', middle],
    [
      'few ones and bytes behind',
      Buffer.concat([hex('0001ffffffffffffffff00'), usual, Buffer.alloc(245 - usual.length, 7)]),
    ],
    ['no ones', Buffer.concat([hex('000100'), usual, Buffer.alloc(253 - usual.length)])],
  ]

  test('the right one holds', () => {
    expect(holds(right)).toEqual([true, true])
    expect(sign('sha256', message, privateKey)).toEqual(Buffer.from(right))
  })

  test.for(made)('%s', ([, padded]) => {
    expect(holds(raw(privateKey, padded))).toEqual([false, false])
  })

  test('in another length or beyond the modulus', () => {
    const modulus = numberOf(Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url'))
    const beyond = numberOf(right) + modulus
    const wrong = [
      Buffer.concat([Buffer.of(0), right]),
      Buffer.concat([right, Buffer.of(0)]),
      right.subarray(1),
      bytesOf(beyond, beyond >> 2048n === 0n ? 256 : 257),
      new Uint8Array(256),
      bytesOf(1n, 256),
      new Uint8Array(),
    ]
    for (const signature of wrong) expect(holds(signature)).toEqual([false, false])
  })
})

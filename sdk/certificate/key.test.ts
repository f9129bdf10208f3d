import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { der, sequence } from '../../certs-dev/der-writer.ts'
import { isSoundKey, keyKind } from '../algorithm.ts'
import { namedCurves } from '../algorithm/named-curve.ts'
import { readDer, tags } from '../der.ts'
import { Problem } from '../problem.ts'
import { keyObjectOf, readPublicKey } from './key.ts'

function spkiOf(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' })
}

const ecKey = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).publicKey

test.for<readonly [string, KeyObject]>([
  ...['P-256', 'P-384', 'P-521', 'SM2', 'secp256k1', 'brainpoolP256r1'].map(
    (curve) => [curve, ecKey(curve)] as const,
  ),
  ['Ed25519', generateKeyPairSync('ed25519').publicKey],
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey],
  ['RSA of 1024 bits', generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey],
])('what the bytes of a key say is what OpenSSL says of it: %s', ([, made]) => {
  const key = readPublicKey(readDer(spkiOf(made)))
  expect(key).toMatchObject({ kind: keyKind(made), isSound: isSoundKey(made) })
  expect(spkiOf(keyObjectOf(key))).toEqual(spkiOf(made))
})

describe.for(Object.values(namedCurves))('a point of $kind', ({ kind, bytes, p, b }) => {
  const spki = spkiOf(ecKey(kind.slice('ec '.length)))
  const real = spki.subarray(-2 * bytes)
  const [x, y] = [real.subarray(0, bytes), real.subarray(bytes)].map(numberOf) as [bigint, bigint]
  // All four are 3 modulo 4, and b is a square or not: OpenSSL says which.
  const root = power(b, (p + 1n) / 4n, p)

  test.for<readonly [string, Uint8Array]>([
    ['as it was made', plain(x, y)],
    ['on the other side', plain(x, p - y)],
    ['with x one off', plain(x + 1n, y)],
    ['with y one off', plain(x, y - 1n)],
    ['with x and y changed over', plain(y, x)],
    ['with x = 0', plain(0n, root)],
    ['with x = p', plain(p, root)],
    ['with x and y = 0', plain(0n, 0n)],
    ['with y = p', plain(x, p)],
    [
      'with x and y as large as their bytes',
      new Uint8Array(2 * bytes + 1).fill(0xff).fill(4, 0, 1),
    ],
    ['with a byte less', plain(x, y).subarray(0, -1)],
    ['with a byte more', Buffer.concat([plain(x, y), Uint8Array.of(0)])],
  ])('%s is one exactly when OpenSSL makes a key of it', ([, point]) => {
    const given = withPoint(spki, point)
    expect(isRead(given)).toBe(isMade(given))
  })

  test.for<readonly [string, Uint8Array]>([
    ['in hybrid form', Buffer.concat([Uint8Array.of(6 + Number(y & 1n)), real])],
    ['in short form', Buffer.concat([Uint8Array.of(2 + Number(y & 1n)), real.subarray(0, bytes)])],
    ['at infinity', Uint8Array.of(0)],
    ['without a byte', new Uint8Array(0)],
  ])('%s is none, whatever OpenSSL says', ([, point]) => {
    expect(isRead(withPoint(spki, point))).toBe(false)
  })

  test('is found to be one or none: both happen above', () => {
    expect([isRead(spki), isRead(withPoint(spki, plain(x + 1n, y)))]).toEqual([true, false])
  })

  function plain(left: bigint, right: bigint): Buffer {
    const hex = [left, right].map((number) => number.toString(16).padStart(2 * bytes, '0'))
    return Buffer.from(`04${hex.join('')}`, 'hex')
  }
})

function isRead(spki: Uint8Array): boolean {
  try {
    return readPublicKey(readDer(spki)).kind !== ''
  } catch (thrown) {
    if (thrown instanceof Problem) return false
    throw thrown
  }
}

function isMade(spki: Buffer): boolean {
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' }).type === 'public'
  } catch {
    return false
  }
}

/** Another BIT STRING behind the same algorithm. */
function withPoint(spki: Uint8Array, point: Uint8Array): Buffer {
  const [algorithm] = readDer(spki).children
  if (!algorithm) throw new Error('a key without an algorithm')
  return Buffer.from(sequence(algorithm.bytes, der(tags.bitString, Uint8Array.of(0), point)))
}

function numberOf(digits: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(digits).toString('hex')}`)
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

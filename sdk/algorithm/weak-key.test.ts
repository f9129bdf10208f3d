import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isSoundKey, verifyBytes } from '../algorithm.ts'
import { utf8 } from '../primitives.ts'

const p = 2n ** 255n - 19n
/** The y of a point of order 8, the lowest byte first, as it is published everywhere. */
const spelled = '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'
const eighth = BigInt(`0x${Buffer.from(spelled, 'hex').reverse().toString('hex')}`)

function edwards(y: bigint, sign = 0): KeyObject {
  const point = Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse()
  point[31] = (point[31] ?? 0) | (sign << 7)
  const x = point.toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

describe('a point of Ed25519', () => {
  test.for<readonly [string, bigint, number?]>([
    ['of order 1', 1n],
    ['of order 1, with a sign', 1n, 1],
    ['of order 2', p - 1n],
    ['of order 4', 0n],
    ['of order 4, with a sign', 0n, 1],
    ['of order 8', eighth],
    ['of order 8, with a sign', eighth, 1],
    ['of order 8, the other way', p - eighth],
    ['of order 8, the other way, with a sign', p - eighth, 1],
    ['of order 1 in another spelling', p + 1n],
    ['of order 4 in another spelling', p],
    ['in another spelling', p + 3n],
  ])('%s is no key, and nothing is signed with it', ([, y, sign]) => {
    const key = edwards(y, sign)
    expect(isSoundKey(key)).toBe(false)
    // R = B and S = 1 fit every message to which such a key adds nothing.
    const forged = Buffer.from(`58${'66'.repeat(31)}01${'00'.repeat(31)}`, 'hex')
    for (let i = 0; i < 32; i += 1) {
      expect(verifyBytes('EdDSA', key, utf8(`message ${i}`), forged)).toBe(false)
    }
  })

  test('of an honest signer is a key', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    expect([isSoundKey(publicKey), isSoundKey(privateKey)]).toEqual([true, true])
  })
})

describe('a modulus of RSA', () => {
  // No signer is needed to see what a modulus is: the product of these primes times anything, plus a
  // power of 65537, is what the broken generator makes.
  const primes = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157, 2]
  const product = primes.reduce((all, prime) => all * BigInt(prime), 1n)
  const rsa = (modulus: bigint): KeyObject => {
    const n = Buffer.from(modulus.toString(16), 'hex').toString('base64url')
    return createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' })
  }
  const large = (2n ** 2047n / product + 1n) * product

  test.for([0, 1, 2, 77])('that is 65537 to the power of %d, as it were, is no key', (power) => {
    expect(isSoundKey(rsa(large + 65_537n ** BigInt(power)))).toBe(false)
  })

  test.for([3n, 2n ** 40n + 1n])('that is something else modulo one of them is a key', (rest) => {
    expect(isSoundKey(rsa(large + rest))).toBe(true)
  })
})

/**
 * The curves whose points are judged by us (NIST SP 800-186 §3.2.1, GB/T 32918.5-2017), as OpenSSL does
 * when it makes a key: an uncompressed point, both coordinates below p, on the curve. The number of
 * points of each is prime, so every point but infinity, which has no such form, is of full order.
 * y² = x³ − 3x + b on all of them. Only public values come here.
 */
import { toText } from '../primitives.ts'
import { b as sm2B, p as sm2P } from '../sm2/curve.ts'

export interface NamedCurve {
  /** As `keyKind` says. */
  readonly kind: string
  /** Of a coordinate. */
  readonly bytes: number
  readonly p: bigint
  readonly b: bigint
}

export const sm2Curve: NamedCurve = { kind: 'ec SM2', bytes: 32, p: sm2P, b: sm2B }

/** By object identifier. */
export const namedCurves: Readonly<Record<string, NamedCurve>> = {
  '1.2.840.10045.3.1.7': {
    kind: 'ec prime256v1',
    bytes: 32,
    p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  },
  '1.3.132.0.34': {
    kind: 'ec secp384r1',
    bytes: 48,
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  },
  '1.3.132.0.35': {
    kind: 'ec secp521r1',
    bytes: 66,
    p: 2n ** 521n - 1n,
    b: 0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
  },
  '1.2.156.10197.1.301': sm2Curve,
}

/** @param point 0x04‖x‖y and nothing else */
export function isOnCurve({ bytes, p, b }: NamedCurve, point: Uint8Array): boolean {
  if (point.length !== 1 + 2 * bytes || point[0] !== 4) return false
  const digits = toText(point, 'hex')
  const x = BigInt(`0x${digits.slice(2, 2 + 2 * bytes)}`)
  const y = BigInt(`0x${digits.slice(2 + 2 * bytes)}`)
  return x < p && y < p && (y * y - x * x * x + 3n * x - b) % p === 0n
}

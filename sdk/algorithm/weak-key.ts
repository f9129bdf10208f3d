/**
 * Public keys that are well formed and prove nothing: RSA from the generator of broken chips, whose
 * moduli are powers of 65537 modulo every small prime (ROCA, CVE-2017-15361), and points of Ed25519
 * of small order, under which one signature fits many messages, or all (RFC 8032 does not refuse them,
 * and OpenSSL 3.0 accepts them).
 */
import { bitBytesOf, fieldsOf } from '../der-value.ts'
import { readDer, tags } from '../der.ts'
import { toText } from '../primitives.ts'
import { spkiOf } from '../primitives/key.ts'
import type { Key } from '../primitives/key.ts'

/** Modulo these the powers of 65537 are few; that all of them say so is chance once in 2^27. */
const telling = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157] as const
const generator = 65_537

const powers = new Map(telling.map((prime) => [BigInt(prime), powersModulo(prime)]))

function powersModulo(prime: number): ReadonlySet<bigint> {
  const found = new Set<bigint>()
  for (let power = 1; !found.has(BigInt(power)); power = (power * generator) % prime) {
    found.add(BigInt(power))
  }
  return found
}

const p = 2n ** 255n - 19n
/** The y of the points of order 8, and up to its sign the only one that is not a small number. */
const eighth = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n
const smallOrder: ReadonlySet<bigint> = new Set([0n, 1n, p - 1n, eighth, p - eighth])

/** @param key of a kind and a size that are right */
export function isWeak(key: Key): boolean {
  const type = key.asymmetricKeyType
  if (type === 'ed25519') return isWeakPoint(publicBytes(key))
  return (type === 'rsa' || type === 'rsa-pss') && isRoca(modulusIn(publicBytes(key)))
}

function isRoca(modulus: bigint): boolean {
  return [...powers].every(([prime, found]) => found.has(modulus % prime))
}

/** Of small order, or in a spelling of its own (RFC 8032 §5.1.3). */
function isWeakPoint(point: Uint8Array): boolean {
  const y = BigInt(`0x${toText(point.toReversed(), 'hex')}`) % 2n ** 255n
  return y >= p || smallOrder.has(y)
}

/** The bit string of SubjectPublicKeyInfo. */
function publicBytes(key: Key): Uint8Array {
  const fields = fieldsOf(readDer(spkiOf(key)))
  fields.next(tags.sequence)
  return bitBytesOf(fields.next())
}

function modulusIn(rsaPublicKey: Uint8Array): bigint {
  const { content } = fieldsOf(readDer(rsaPublicKey)).next(tags.integer)
  return BigInt(`0x${toText(content, 'hex')}`)
}

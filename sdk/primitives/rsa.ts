/**
 * Signatures of RSA verified (RFC 8017 §8.1.2, §8.2.2), for platforms that cannot do it at once. Of
 * public values only: nothing here hides how long it takes.
 */
import { digestLengths } from './digest.ts'
import type { DigestName } from './digest.ts'
import { concatBytes, digestOf, equalBytes, fromText, toText } from '../primitives.ts'

export interface RsaKey {
  readonly modulus: bigint
  readonly exponent: bigint
}

export interface RsaSigned {
  readonly hash: DigestName
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/** DigestInfo up to the digest (§9.2, note 1). */
const digestInfos: Readonly<Partial<Record<DigestName, string>>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
}

/** RSASSA-PKCS1-v1_5: what was signed can be written in one way only, so it is written and compared. */
export function verifyPkcs1(key: RsaKey, { hash, message, signature }: RsaSigned): boolean {
  const encoded = encodedIn(key, signature)
  const info = digestInfos[hash]
  if (!encoded || info === undefined) return false
  const end = concatBytes(Uint8Array.of(0), fromText(info, 'hex'), digestOf(hash, message))
  const expected = new Uint8Array(encoded.length).fill(0xff)
  expected.set([0, 1])
  expected.set(end, expected.length - end.length)
  return equalBytes(encoded, expected)
}

/** RSASSA-PSS with MGF1 of the same hash (§9.1.2). The modulus has whole bytes, as `algorithm.ts` asks. */
export function verifyPss(
  key: RsaKey,
  { hash, message, signature }: RsaSigned,
  saltLength: number,
): boolean {
  const encoded = encodedIn(key, signature)
  const maskedLength = signature.length - digestLengths[hash] - 1
  if (!encoded || maskedLength < saltLength + 1 || encoded.at(-1) !== 0xbc) return false
  const digest = encoded.subarray(maskedLength, -1)
  const mask = maskOf(digest, maskedLength, hash)
  const clear = encoded.subarray(0, maskedLength).map((byte, i) => byte ^ (mask[i] ?? 0))
  // Of the bits of the modulus one is left out, so the first bit of the encoding says nothing.
  if ((encoded[0] ?? 0) >= 0x80) return false
  clear[0] = (clear[0] ?? 0) & 0x7f
  const saltAt = maskedLength - saltLength
  const isPadded = clear.subarray(0, saltAt).every((byte, i) => byte === (i < saltAt - 1 ? 0 : 1))
  const salted = concatBytes(new Uint8Array(8), digestOf(hash, message), clear.subarray(saltAt))
  return isPadded && equalBytes(digest, digestOf(hash, salted))
}

/** MGF1 (§B.2.1). */
function maskOf(seed: Uint8Array, length: number, hash: DigestName): Uint8Array {
  const count = Math.ceil(length / digestLengths[hash])
  const parts = Array.from({ length: count }, (_, i) =>
    digestOf(hash, concatBytes(seed, Uint8Array.of(0, 0, i >> 8, i & 0xff))),
  )
  return concatBytes(...parts).subarray(0, length)
}

/** RSAVP1 (§5.2.2): the signature to the power of the exponent, in as many bytes as the modulus has. */
function encodedIn({ modulus, exponent }: RsaKey, signature: Uint8Array): Uint8Array | undefined {
  const length = Math.ceil(modulus.toString(16).length / 2)
  const number = signature.length === length ? BigInt(`0x${toText(signature, 'hex')}`) : modulus
  if (number >= modulus) return undefined
  let power = 1n
  for (const bit of exponent.toString(2)) {
    power = (power * power) % modulus
    if (bit === '1') power = (power * number) % modulus
  }
  return fromText(power.toString(16).padStart(2 * length, '0'), 'hex')
}

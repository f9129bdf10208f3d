/**
 * The hash and comparison primitives everything in the sdk is built from, in one place so that a
 * browser twin can take its seat. Signatures are in `algorithm.ts`.
 */
import { createHmac, createSecretKey, hash, timingSafeEqual } from 'node:crypto'
import { Problem } from './problem.ts'

/** SHA-256 of the concatenation of the parts (FIPS 180-4): 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  const message = only && parts.length === 1 ? only : Buffer.concat(parts)
  // Through a string, because Node takes three times as long to make a buffer around a digest.
  return Buffer.from(sha256Characters(message), 'latin1')
}

/** The same as 32 characters, one for each byte. */
export function sha256Characters(message: Uint8Array): string {
  return hash('sha256', message, 'binary')
}

/** The digest of a text or of bytes as a text in base64url, without a copy of either in between. */
export function digestText(
  message: string | Uint8Array,
  algorithm: 'sha256' | 'sha384' | 'sha512' = 'sha256',
): string {
  return hash(algorithm, message, 'base64url')
}

/** The hash functions of evidence (FIPS 180-4, GB/T 32905), and how many bytes each gives. */
export const digestLengths = { sha256: 32, sha384: 48, sha512: 64, sm3: 32 } as const
export type DigestName = keyof typeof digestLengths

export function digestOf(name: DigestName, bytes: Uint8Array): Uint8Array {
  return hash(name, bytes, 'buffer')
}

/** SHA-1, which protects nothing any more: OCSP names issuers and keys by it (RFC 6960 §4.1.1). */
export function sha1(message: Uint8Array): Uint8Array {
  return hash('sha1', message, 'buffer')
}

/** HMAC-SHA-256 (RFC 2104): 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  // Bytes in place of a key object cost five times the HMAC itself: Node looks for a key inside them.
  return createHmac('sha256', createSecretKey(key)).update(message).digest()
}

/** Equality that takes the same time wherever the first difference stands. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

export function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8')
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @throws Problem invalid-encoding when the bytes are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new Problem('invalid-encoding', { rule: 'utf-8' }, { cause })
  }
}

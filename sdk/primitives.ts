/**
 * What the platform does with bytes: hashes, comparisons, random numbers, and bytes as text. Together
 * with `primitives/key.ts` and `compression.ts` the only part of the pure sdk that knows Node; in a
 * browser `primitives.browser.ts` takes its seat, with the same names.
 */
import { createHmac, createSecretKey, hash, randomFillSync, timingSafeEqual } from 'node:crypto'
import type { DigestName } from './primitives/digest.ts'

/** SHA-256 of the concatenation of the parts (FIPS 180-4): 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  const message = only && parts.length === 1 ? only : concatBytes(...parts)
  // Through a string, because Node takes three times as long to make a buffer around a digest.
  return fromText(sha256Characters(message), 'latin1')
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

export function digestOf(name: DigestName, bytes: Uint8Array): Uint8Array {
  return hash(name, bytes, 'buffer')
}

/** SHA-1, which protects nothing any more: OCSP names issuers and keys by it (RFC 6960 §4.1.1). */
export function sha1(message: Uint8Array): Uint8Array {
  return hash('sha1', message, 'buffer')
}

/** HMAC-SHA-256 (RFC 2104): 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return keyedSha256(key)(message)
}

/** The same for many messages under one key. */
export function keyedSha256(key: Uint8Array): (message: Uint8Array) => Uint8Array {
  // Bytes in place of a key object cost five times the HMAC itself: Node looks for a key inside them.
  const object = createSecretKey(key)
  return (message) => createHmac('sha256', object).update(message).digest()
}

export function randomBytes(length: number): Uint8Array {
  return randomFillSync(new Uint8Array(length))
}

/** Equality that takes the same time wherever the first difference stands. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** Below zero when `a` comes first, byte by byte, and above when `b` does. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b)
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}

/** Where these characters of ASCII stand first, from this place on; −1 when they do not. */
export function indexOfText(bytes: Uint8Array, text: string, from = 0): number {
  return bufferOf(bytes).indexOf(text, from, 'latin1')
}

/** Base64 with padding and base64url without (RFC 4648 §4, §5); of Latin-1 a character for each byte. */
export type TextForm = 'hex' | 'base64' | 'base64url' | 'latin1'

export function toText(
  bytes: Uint8Array,
  form: TextForm,
  from = 0,
  to: number = bytes.length,
): string {
  return bufferOf(bytes).toString(form, from, to)
}

/** What is not of this form becomes some bytes or other: whoever minds asks for their text again. */
export function fromText(text: string, form: TextForm): Uint8Array {
  return Buffer.from(text, form)
}

/** Writes a byte for each of these characters. @param bytes as `readily` gives them, or it takes longer */
export function writeLatin1(bytes: Uint8Array, text: string, at: number): void {
  bufferOf(bytes).write(text, at, 'latin1')
}

/** The same bytes, not copied, as the platform turns them into text without any preparation. */
export function readily(bytes: Uint8Array): Uint8Array {
  return bufferOf(bytes)
}

function bufferOf(bytes: Uint8Array): Buffer {
  if (bytes instanceof Buffer) return bytes
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8')
}

export { fromUtf8 } from './primitives/utf8.ts'

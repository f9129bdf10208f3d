/** Base64url without padding (RFC 4648 §5), where each sequence of bytes has exactly one spelling. */
import { Problem } from './problem.ts'

export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

/**
 * The bytes of a canonical spelling. Padding, white space, foreign characters and non-zero trailing
 * bits are refused, so a signed string cannot be respelled.
 * @throws Problem invalid-encoding
 */
export function fromBase64url(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) throw new Problem('invalid-encoding')
  return bytes
}

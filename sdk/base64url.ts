/** Base64url without padding (RFC 4648 §5) and base64 with (§4), where all bytes have one spelling. */
import { fromText, toText } from './primitives.ts'
import { Problem } from './problem.ts'

export function toBase64url(bytes: Uint8Array): string {
  return toText(bytes, 'base64url')
}

/**
 * The bytes of a canonical spelling. Padding, white space, foreign characters and non-zero trailing
 * bits are refused, so a signed string cannot be respelled.
 * @throws Problem invalid-encoding
 */
export function fromBase64url(text: string): Uint8Array {
  const bytes = fromText(text, 'base64url')
  if (toText(bytes, 'base64url') !== text) throw new Problem('invalid-encoding')
  return bytes
}

export function toBase64(bytes: Uint8Array): string {
  return toText(bytes, 'base64')
}

/** The bytes of a canonical spelling, or undefined. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = fromText(text, 'base64')
  return toText(bytes, 'base64') === text ? bytes : undefined
}

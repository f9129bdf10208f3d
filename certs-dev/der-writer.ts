/** Writes DER (ITU-T X.690): the few types that extensions and key stores need by hand. */
import { tags } from '../sdk/der.ts'

export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents)
  return Buffer.concat([Uint8Array.of(tag), lengthOf(content.length), content])
}

export function sequence(...contents: readonly Uint8Array[]): Uint8Array {
  return der(tags.sequence, ...contents)
}

/** A number from 0 to 2^31 - 1. */
export function integer(value: number): Uint8Array {
  const bytes = bigEndian(value)
  return der(tags.integer, (bytes[0] ?? 0) < 0x80 ? bytes : Uint8Array.of(0, ...bytes))
}

/** A number of any size, above zero, from its bytes. */
export function unsigned(bytes: Uint8Array): Uint8Array {
  const digits = bytes.subarray(bytes.findIndex((byte) => byte !== 0))
  return der(tags.integer, (digits[0] ?? 0) < 0x80 ? digits : Uint8Array.of(0, ...digits))
}

export function octets(bytes: Uint8Array): Uint8Array {
  return der(tags.octetString, bytes)
}

export function oid(text: string): Uint8Array {
  const [first = 0n, second = 0n, ...rest] = text.split('.').map(BigInt)
  return der(tags.oid, ...[first * 40n + second, ...rest].map(base128))
}

function base128(arc: bigint): Uint8Array {
  const bytes = [Number(arc & 0x7fn)]
  for (let left = arc >> 7n; left > 0n; left >>= 7n) bytes.unshift(Number(left & 0x7fn) | 0x80)
  return Uint8Array.from(bytes)
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  const bytes = bigEndian(length)
  return Uint8Array.of(0x80 | bytes.length, ...bytes)
}

function bigEndian(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  const start = bytes.findIndex((byte) => byte !== 0)
  return bytes.subarray(start === -1 ? 3 : start)
}

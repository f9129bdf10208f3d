/** The twin of `primitives.ts` in a browser: the same names over @noble/hashes and the language. */
import { hmac } from '@noble/hashes/hmac.js'
import { sha1 as sha1OfNoble } from '@noble/hashes/legacy.js'
import { sha256 as sha256OfNoble, sha384, sha512 } from '@noble/hashes/sha2.js'
import type { DigestName } from './primitives/digest.ts'
import { sm3 } from './primitives/sm3.ts'
import type { TextForm } from './primitives.ts'

const digests: Readonly<Record<DigestName, (message: Uint8Array) => Uint8Array>> = {
  sha256: sha256OfNoble,
  sha384,
  sha512,
  sm3,
}

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return sha256OfNoble(concatBytes(...parts))
}

export function sha256Characters(message: Uint8Array): string {
  return toText(sha256OfNoble(message), 'latin1')
}

export function digestText(
  message: string | Uint8Array,
  algorithm: 'sha256' | 'sha384' | 'sha512' = 'sha256',
): string {
  const bytes = typeof message === 'string' ? utf8(message) : message
  return toText(digestOf(algorithm, bytes), 'base64url')
}

export function digestOf(name: DigestName, bytes: Uint8Array): Uint8Array {
  return digests[name](bytes)
}

export function sha1(message: Uint8Array): Uint8Array {
  return sha1OfNoble(message)
}

export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return keyedSha256(key)(message)
}

export function keyedSha256(key: Uint8Array): (message: Uint8Array) => Uint8Array {
  return (message) => hmac(sha256OfNoble, key, message)
}

export function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length))
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  return a.reduce((differences, byte, i) => differences | (byte ^ (b[i] ?? 0)), 0) === 0
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i])
  return at === -1 || at >= b.length ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? 0)
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export function indexOfText(bytes: Uint8Array, text: string, from = 0): number {
  const sought = fromText(text, 'latin1')
  const [first = 0] = sought
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (sought.every((byte, i) => bytes[at + i] === byte)) return at
  }
  return -1
}

export function toText(
  bytes: Uint8Array,
  form: TextForm,
  from = 0,
  to: number = bytes.length,
): string {
  return writers[form](bytes.subarray(from, to))
}

const writers: Readonly<Record<TextForm, (bytes: Uint8Array) => string>> = {
  hex: (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''),
  latin1: characters,
  base64: (bytes) => btoa(characters(bytes)),
  base64url: (bytes) =>
    btoa(characters(bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
}

/** No engine takes any number of arguments. */
const charactersAtOnce = 8_192

function characters(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += charactersAtOnce) {
    text += String.fromCharCode(...bytes.subarray(at, at + charactersAtOnce))
  }
  return text
}

export function fromText(text: string, form: TextForm): Uint8Array {
  return readers[form](text)
}

const readers: Readonly<Record<TextForm, (text: string) => Uint8Array>> = {
  hex: (text) => Uint8Array.from(text.match(/../g) ?? [], (digits) => parseInt(digits, 16)),
  latin1: (text) => Uint8Array.from(text, (character) => character.charCodeAt(0)),
  base64: decoded,
  base64url: (text) => decoded(text.replaceAll('-', '+').replaceAll('_', '/')),
}

function decoded(base64: string): Uint8Array {
  try {
    return fromText(atob(base64), 'latin1')
  } catch {
    return new Uint8Array(0) // Whoever minds asks for its text again, which is another one.
  }
}

export function writeLatin1(bytes: Uint8Array, text: string, at: number): void {
  bytes.set(fromText(text, 'latin1'), at)
}

export function readily(bytes: Uint8Array): Uint8Array {
  return bytes
}

const encoder = new TextEncoder()

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

export { fromUtf8 } from './primitives/utf8.ts'

/**
 * The contract of whoever keeps the key-encryption keys (a cryptographic module, a remote service, files
 * in development), and the local one. Data keys are wrapped for storage and never stored bare. What is
 * wrapped begins with the id of the key that did it, so one key can follow another; only the very first
 * key of an installation has no id, nor has what it wrapped.
 */
import { randomBytes } from 'node:crypto'
import { equalBytes, hmacSha256, utf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import { decrypt, encrypt, sealedLength } from './cipher.ts'

export interface KeyWrapper {
  /** @param context binds the wrapped key to its place; unwrapping with another one fails. */
  readonly wrap: (key: Uint8Array, context: string) => Promise<Uint8Array>
  readonly unwrap: (wrapped: Uint8Array, context: string) => Promise<Uint8Array>
}

export interface WrappingKey {
  /** Hexadecimal; empty for the one key without an id. */
  readonly id: string
  readonly key: Uint8Array
}

export interface WrappingKeys {
  /** The one that wraps. */
  readonly active: WrappingKey
  /** Those that only unwrap: earlier ones, and the next one before its turn. */
  readonly others: readonly WrappingKey[]
}

const keyLength = 32
const idLength = 6

/** How wrapped keys tell who wrapped them: those of this length are without an id. */
export const wrappedForm = { idLength, bareLength: sealedLength(keyLength) } as const

/** @param refresh looks for keys that came since. */
export function localKeyWrapper(
  keys: () => WrappingKeys,
  refresh: () => Promise<unknown> = () => Promise.resolve(),
): KeyWrapper {
  const find = (id: string): WrappingKey | undefined => {
    const { active, others } = keys()
    return [active, ...others].find((one) => one.id === id)
  }
  return {
    wrap: (key, context) => {
      const { active } = keys()
      const wrapped = encrypt(active.key, key, placeOf(context))
      return Promise.resolve(Buffer.concat([Buffer.from(active.id, 'hex'), wrapped]))
    },
    unwrap: async (wrapped, context) => {
      const id = wrappedBy(wrapped)
      if (!find(id)) await refresh()
      const known = find(id)
      if (!known) throw new Problem('unknown-wrapping-key', { id: id || 'first' })
      return decrypt(known.key, wrapped.subarray(id.length / 2), placeOf(context))
    },
  }
}

/** A key as its file holds it: the bytes alone, or behind their id. @throws Problem invalid-key-store */
export function readWrappingKey(bytes: Uint8Array, file: string): WrappingKey {
  if (bytes.length === keyLength) return { id: '', key: bytes }
  const key = bytes.subarray(idLength)
  const isWhole = key.length === keyLength && equalBytes(keyId(key), bytes.subarray(0, idLength))
  if (!isWhole) throw new Problem('invalid-key-store', { file, rule: 'wrapping-key' })
  return { id: Buffer.from(keyId(key)).toString('hex'), key }
}

/** A fresh one, as it is to be kept in its file. */
export function makeWrappingKey(): Uint8Array {
  const key = randomBytes(keyLength)
  return Buffer.concat([keyId(key), key])
}

/** The id follows from the key and tells nothing of it, so no file can give a key the name of another. */
export function keyId(key: Uint8Array): Uint8Array {
  return hmacSha256(key, utf8('zhengtong key id')).subarray(0, idLength)
}

function wrappedBy(wrapped: Uint8Array): string {
  if (wrapped.length === wrappedForm.bareLength) return ''
  return Buffer.from(wrapped.subarray(0, idLength)).toString('hex')
}

function placeOf(context: string): string {
  return `key:${context}`
}

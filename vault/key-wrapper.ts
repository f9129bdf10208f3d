/**
 * The contract of whoever keeps the key-encryption key (a cryptographic module, a remote service, a
 * file in development), and the local one. Data keys are wrapped for storage and never stored bare.
 */
import { decrypt, encrypt } from './cipher.ts'

export interface KeyWrapper {
  /** @param context binds the wrapped key to its place; unwrapping with another one fails. */
  readonly wrap: (key: Uint8Array, context: string) => Promise<Uint8Array>
  readonly unwrap: (wrapped: Uint8Array, context: string) => Promise<Uint8Array>
}

/** @param keyEncryptionKey 32 bytes, from outside the database. */
export function localKeyWrapper(keyEncryptionKey: Uint8Array): KeyWrapper {
  return {
    wrap: (key, context) => Promise.resolve(encrypt(keyEncryptionKey, key, `key:${context}`)),
    unwrap: (wrapped, context) =>
      Promise.resolve(decrypt(keyEncryptionKey, wrapped, `key:${context}`)),
  }
}

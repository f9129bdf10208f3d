/**
 * Encryption at rest: AES-256-GCM (NIST SP 800-38D), a fresh key for each licence, the place of the
 * data as associated data, so that a ciphertext moved to another row no longer opens.
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
import { utf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'

const algorithm = 'aes-256-gcm'
const nonceLength = 12
const tagLength = 16

const drawnAtOnce = 8_192
let drawn = randomBytes(drawnAtOnce)
let used = 0

/** Random bytes that nobody else is given; a draw of its own for each would cost as much as a hundred. */
export function freshBytes(count: number): Uint8Array {
  if (used + count > drawn.length) {
    drawn = randomBytes(Math.max(drawnAtOnce, count))
    used = 0
  }
  used += count
  return drawn.subarray(used - count, used)
}

export function newDataKey(): Uint8Array {
  return freshBytes(32)
}

/** Of what so many bytes become. */
export function sealedLength(plainLength: number): number {
  return nonceLength + tagLength + plainLength
}

/** nonce ‖ tag ‖ ciphertext. Node is three times as fast when it need not ask what a key is. */
export function encrypt(key: Uint8Array, plain: Uint8Array, place: string): Uint8Array {
  const nonce = freshBytes(nonceLength)
  const cipher = createCipheriv(algorithm, createSecretKey(key), nonce, {
    authTagLength: tagLength,
  })
  cipher.setAAD(utf8(place))
  const body = [cipher.update(plain), cipher.final()]
  return Buffer.concat([nonce, cipher.getAuthTag(), ...body])
}

/** @throws Problem stored-data-damaged when the bytes, the key or the place are not the original. */
export function decrypt(key: Uint8Array, sealed: Uint8Array, place: string): Uint8Array {
  try {
    const nonce = sealed.subarray(0, nonceLength)
    const decipher = createDecipheriv(algorithm, createSecretKey(key), nonce, {
      authTagLength: tagLength,
    })
    decipher.setAAD(utf8(place))
    decipher.setAuthTag(sealed.subarray(nonceLength, nonceLength + tagLength))
    return Buffer.concat([
      decipher.update(sealed.subarray(nonceLength + tagLength)),
      decipher.final(),
    ])
  } catch (cause) {
    throw new Problem('stored-data-damaged', {}, { cause })
  }
}

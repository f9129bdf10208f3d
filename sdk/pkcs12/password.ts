/**
 * What the password of a key store opens: the MAC over it (RFC 7292 §B) and what is encrypted in it,
 * the old way (§C) or by PBES2 (RFC 8018 §6.2). The file says how often to hash for each of them, so
 * all of them together draw on one number.
 */
import { createDecipheriv, createHmac, hash as digest, pbkdf2Sync } from 'node:crypto'
import forge from 'node-forge'
import { concatBytes, equalBytes } from '../primitives.ts'
import { Problem } from '../problem.ts'

type Hash = 'sha1' | 'sha256' | 'sha384' | 'sha512'

export interface Salted {
  readonly salt: Uint8Array
  readonly iterations: number
}

interface Legacy extends Salted {
  readonly cipher: 'des-ede3-cbc' | 'rc2-40-cbc'
}

interface Modern extends Salted {
  readonly hash: Hash
  readonly cipher: 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | 'des-ede3-cbc'
  readonly iv: Uint8Array
}

export type Encryption = Legacy | Modern

export interface Password {
  readonly isMacOf: (
    content: Uint8Array,
    mac: Salted & { readonly hash: Hash; readonly value: Uint8Array },
  ) => boolean
  readonly decrypt: (content: Uint8Array, encryption: Encryption) => Uint8Array
}

/** What is derived from one password (RFC 7292 §B.3). */
const purposes = { key: 1, iv: 2, mac: 3 } as const

const sizes = {
  sha1: { digest: 20, block: 64 },
  sha256: { digest: 32, block: 64 },
  sha384: { digest: 48, block: 128 },
  sha512: { digest: 64, block: 128 },
} as const satisfies Record<Hash, unknown>

const keyBytes = {
  ...{ 'aes-128-cbc': 16, 'aes-192-cbc': 24, 'aes-256-cbc': 32, 'des-ede3-cbc': 24 },
  'rc2-40-cbc': 5,
} as const
const rc2Bits = 40
const legacyIvBytes = 8

/** @throws Problem too-many-iterations, before the first of them, by what is returned */
export function createPassword(text: string, limit: number): Password {
  let left = limit
  const spend = (iterations: number, times: number): void => {
    left -= iterations * times
    if (left < 0) throw new Problem('too-many-iterations', { limit })
  }
  const derive = (
    purpose: keyof typeof purposes,
    length: number,
    { hash, salt, iterations }: Salted & { readonly hash: Hash },
  ): Uint8Array => {
    spend(iterations, Math.ceil(length / sizes[hash].digest))
    const { block } = sizes[hash]
    const diversifier = new Uint8Array(block).fill(purposes[purpose])
    const input = concatBytes(filled(salt, block), filled(wide(text), block))
    return stretched(length, { hash, diversifier, input, iterations })
  }
  return {
    isMacOf: (content, { value, ...mac }) => {
      const key = derive('mac', sizes[mac.hash].digest, mac)
      return equalBytes(value, createHmac(mac.hash, key).update(content).digest())
    },
    decrypt: (content, encryption) => {
      const { cipher, salt, iterations } = encryption
      const length = keyBytes[cipher]
      if ('iv' in encryption) {
        const { hash, iv } = encryption
        spend(iterations, 1)
        return decipher(content, cipher, pbkdf2Sync(text, salt, iterations, length, hash), iv)
      }
      const from = { hash: 'sha1', salt, iterations } as const
      return decipher(
        ...([content, cipher, derive('key', length, from)] as const),
        derive('iv', legacyIvBytes, from),
      )
    },
  }
}

/** Two bytes for each character, with a zero at the end (RFC 7292 §B.1). */
function wide(text: string): Uint8Array {
  return Buffer.from(`${text}\0`, 'utf16le').swap16()
}

/** Repeated until it fills blocks. */
function filled(bytes: Uint8Array, block: number): Uint8Array {
  const length = Math.ceil(bytes.length / block) * block
  return Uint8Array.from({ length }, (_, i) => bytes[i % bytes.length] ?? 0)
}

interface Stretch {
  readonly hash: Hash
  readonly diversifier: Uint8Array
  /** Salt and password, in whole blocks; changed from one digest to the next. */
  readonly input: Uint8Array
  readonly iterations: number
}

/** RFC 7292 §B.2, steps 5 to 8. */
function stretched(length: number, { hash, diversifier, input, iterations }: Stretch): Uint8Array {
  const { block } = sizes[hash]
  const out: Uint8Array[] = []
  while (out.length * sizes[hash].digest < length) {
    let last = digest(hash, concatBytes(diversifier, input), 'buffer')
    for (let i = 1; i < iterations; i += 1) last = digest(hash, last, 'buffer')
    const addend = filled(last, block).subarray(0, block)
    for (let at = 0; at < input.length; at += block)
      increase(input.subarray(at, at + block), addend)
    out.push(last)
  }
  return concatBytes(...out).subarray(0, length)
}

/** Adds to a number of whole bytes, and one more; what is carried out of it is dropped. */
function increase(number: Uint8Array, addend: Uint8Array): void {
  let carry = 1
  for (let i = number.length - 1; i >= 0; i -= 1) {
    carry += (number[i] ?? 0) + (addend[i] ?? 0)
    number[i] = carry & 0xff
    carry >>= 8
  }
}

function decipher(
  content: Uint8Array,
  name: Encryption['cipher'],
  key: Uint8Array,
  iv: Uint8Array,
): Uint8Array {
  if (name === 'rc2-40-cbc') return decipherRc2(content, key, iv)
  const cipher = createDecipheriv(name, key, iv)
  return concatBytes(cipher.update(content), cipher.final())
}

/** OpenSSL has put it away; certificates of old stores are hidden by it. */
function decipherRc2(content: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString('binary')
  const cipher = forge.rc2.createDecryptionCipher(binary(key), rc2Bits)
  cipher.start(binary(iv))
  cipher.update(forge.util.createBuffer(binary(content)))
  if (!cipher.finish()) throw new RangeError('the padding of RC2 is wrong')
  return Buffer.from(cipher.output.getBytes(), 'binary')
}

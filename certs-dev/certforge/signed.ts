/**
 * Whatever is signed in ASN.1: what it says, the algorithm and the signature (RFC 5280 §4.1.1), with a
 * key of any kind our trees are made of.
 */
import { sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { keyKind } from '../../sdk/algorithm.ts'
import { tags } from '../../sdk/der.ts'
import { der, oid, sequence } from '../der-writer.ts'
import { sm2Algorithm, sm2SignatureOf } from '../sm2.ts'

interface Algorithm {
  readonly der: Uint8Array
  readonly sign: (key: KeyObject, content: Uint8Array) => Uint8Array
}

const usual = (type: string, hash: string | null, ...parameters: Uint8Array[]): Algorithm => ({
  der: sequence(oid(type), ...parameters),
  sign: (key, content) => sign(hash, content, key),
})

const algorithms: Readonly<Record<string, Algorithm>> = {
  'ec prime256v1': usual('1.2.840.10045.4.3.2', 'sha256'),
  'ec secp384r1': usual('1.2.840.10045.4.3.3', 'sha384'),
  'ec secp521r1': usual('1.2.840.10045.4.3.4', 'sha512'),
  'ec secp256k1': usual('1.2.840.10045.4.3.2', 'sha256'),
  ed25519: usual('1.3.101.112', null),
  rsa: usual('1.2.840.113549.1.1.11', 'sha256', der(tags.null)),
  'ec SM2': { der: sm2Algorithm, sign: sm2SignatureOf },
}

function algorithmFor(key: KeyObject): Algorithm {
  const kind = key.asymmetricKeyType === 'rsa' ? 'rsa' : keyKind(key)
  const algorithm = algorithms[kind]
  if (!algorithm) throw new RangeError(`no signing algorithm for ${kind}`)
  return algorithm
}

/** The AlgorithmIdentifier of what a key signs. */
export function algorithmDer(key: KeyObject): Uint8Array {
  return algorithmFor(key).der
}

export function signatureDer(key: KeyObject, content: Uint8Array): Uint8Array {
  return bitString(algorithmFor(key).sign(key, content))
}

/** Of whole bytes. */
export function bitString(bytes: Uint8Array): Uint8Array {
  return der(tags.bitString, Uint8Array.of(0), bytes)
}

/** SEQUENCE { what is signed, algorithm, BIT STRING }, and what else stands at the end. */
export function signed(
  key: KeyObject,
  content: (algorithm: Uint8Array) => Uint8Array,
  ...more: readonly Uint8Array[]
): Uint8Array {
  const algorithm = algorithmDer(key)
  const tbs = content(algorithm)
  return sequence(tbs, algorithm, signatureDer(key, tbs), ...more)
}

/**
 * Whatever is signed in ASN.1: what it says, the algorithm and the signature (RFC 5280 §4.1.1), with a
 * key of any kind our trees are made of.
 */
import { constants, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { keyKind } from '../../sdk/algorithm.ts'
import { contextTag } from '../../sdk/der-value.ts'
import { tags } from '../../sdk/der.ts'
import { der, integer, oid, sequence } from '../der-writer.ts'
import { sm2Algorithm, sm2SignatureOf } from '../sm2.ts'

interface Algorithm {
  readonly der: Uint8Array
  readonly sign: (key: KeyObject, content: Uint8Array) => Uint8Array
}

const usual = (type: string, hash: string | null, ...parameters: Uint8Array[]): Algorithm => ({
  der: sequence(oid(type), ...parameters),
  sign: (key, content) => sign(hash, content, key),
})

const sha256 = sequence(oid('2.16.840.1.101.3.4.2.1'), der(tags.null))

/** RSASSA-PSS with SHA-256 in both places and 32 bytes of salt (RFC 4055 §3.1). */
const pssParameters = sequence(
  der(contextTag(0, 'constructed'), sha256),
  der(contextTag(1, 'constructed'), sequence(oid('1.2.840.113549.1.1.8'), sha256)),
  der(contextTag(2, 'constructed'), integer(32)),
)

const algorithms: Readonly<Record<string, Algorithm>> = {
  'ec prime256v1': usual('1.2.840.10045.4.3.2', 'sha256'),
  'ec secp384r1': usual('1.2.840.10045.4.3.3', 'sha384'),
  'ec secp521r1': usual('1.2.840.10045.4.3.4', 'sha512'),
  'ec secp256k1': usual('1.2.840.10045.4.3.2', 'sha256'),
  ed25519: usual('1.3.101.112', null),
  rsa: usual('1.2.840.113549.1.1.11', 'sha256', der(tags.null)),
  'rsa-pss': {
    der: sequence(oid('1.2.840.113549.1.1.10'), pssParameters),
    sign: (key, content) =>
      sign('sha256', content, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  },
  'ec SM2': { der: sm2Algorithm, sign: sm2SignatureOf },
}

function algorithmFor(key: KeyObject): Algorithm {
  const { asymmetricKeyType: type } = key
  const kind = type?.startsWith('rsa') ? type : keyKind(key)
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

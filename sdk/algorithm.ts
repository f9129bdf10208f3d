/**
 * The signature algorithms we know, as two closed tables: what a token may name (RFC 7518 §3.4,
 * RFC 8037 §3.1) and what a certificate or CRL may name (RFC 5758, RFC 8410, RFC 4055). What is not
 * written here is refused. The key decides the algorithm; a token's header can only agree with it.
 */
import { sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { Problem } from './problem.ts'

/** What tokens, licences and checkpoints are signed with, by JWS name. */
export const algorithms = {
  ES256: { hash: 'sha256', signatureLength: 64 },
  EdDSA: { hash: null, signatureLength: 64 },
} as const

export type AlgorithmName = keyof typeof algorithms

/** One table from a kind of key to the one algorithm it is used with. */
const algorithmByKey: Readonly<Record<string, AlgorithmName>> = {
  'ec prime256v1': 'ES256',
  ed25519: 'EdDSA',
}

interface CertificateAlgorithm {
  readonly hash: string | null
  readonly keyType: string
  /** RSA algorithm identifiers carry NULL (RFC 4055 §5), the others nothing (RFC 5758 §3.2). */
  readonly parameters: 'absent' | 'null'
}

/** What certificates and CRLs may be signed with, by object identifier. */
export const certificateAlgorithms: Readonly<Record<string, CertificateAlgorithm>> = {
  '1.2.840.10045.4.3.2': { hash: 'sha256', keyType: 'ec', parameters: 'absent' },
  '1.2.840.10045.4.3.3': { hash: 'sha384', keyType: 'ec', parameters: 'absent' },
  '1.3.101.112': { hash: null, keyType: 'ed25519', parameters: 'absent' },
  '1.2.840.113549.1.1.11': { hash: 'sha256', keyType: 'rsa', parameters: 'null' },
}

/**
 * The algorithm a public or private key is used with.
 * @throws Problem unsupported-key
 */
export function algorithmOf(key: KeyObject): AlgorithmName {
  const name = algorithmByKey[keyKind(key)]
  if (!name) throw new Problem('unsupported-key', { key: keyKind(key) })
  return name
}

/** For example `ec prime256v1`, `ed25519`, `rsa 2048`, `secret`. */
export function keyKind(key: KeyObject): string {
  const details = key.asymmetricKeyDetails
  const size = details?.namedCurve ?? details?.modulusLength
  const type = key.asymmetricKeyType ?? key.type
  return size === undefined ? type : `${type} ${size}`
}

/** ES256 gives r‖s, 64 bytes (RFC 7518 §3.4), never DER. */
export function signBytes(
  algorithm: AlgorithmName,
  privateKey: KeyObject,
  message: Uint8Array,
): Uint8Array {
  if (algorithmOf(privateKey) !== algorithm) {
    throw new Problem('unsupported-key', { key: keyKind(privateKey) })
  }
  return sign(algorithms[algorithm].hash, message, { key: privateKey, dsaEncoding: 'ieee-p1363' })
}

/** False for every signature that is not exactly right, a key of another algorithm included. */
export function verifyBytes(
  algorithm: AlgorithmName,
  publicKey: KeyObject,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const { hash, signatureLength } = algorithms[algorithm]
  if (algorithmByKey[keyKind(publicKey)] !== algorithm) return false
  if (signature.length !== signatureLength) return false
  return verify(hash, message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
}

/** The signature of a certificate or CRL; ECDSA signatures are DER there (RFC 3279 §2.2.3). */
export function verifyCertificateSignature(
  algorithmOid: string,
  publicKey: KeyObject,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const algorithm = certificateAlgorithms[algorithmOid]
  if (!algorithm || algorithm.keyType !== publicKey.asymmetricKeyType) return false
  return verify(algorithm.hash, message, { key: publicKey, dsaEncoding: 'der' }, signature)
}

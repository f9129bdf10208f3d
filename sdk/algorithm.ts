/**
 * The one table of signature algorithms: what a token may name (RFC 7518 §3, RFC 8037 §3.1, RFC 9864
 * §2.2; `SGD_SM3_SM2` is the name in GM/T 0125), and what a certificate, CRL, OCSP response or time-stamp
 * may name (RFC 5758, RFC 8410, RFC 4055, GM/T 0015). What is not written here is refused: SHA-1, MD5,
 * DSA, shared secrets, secp256k1. The key decides the algorithm; a header can only agree with it.
 */
import { derOfPlainSignature, plainSignatureOfDer, readPlainSignature } from './algorithm/plain.ts'
import { isWeak } from './algorithm/weak-key.ts'
import { sign, verify } from './primitives/key.ts'
import type { Key } from './primitives/key.ts'
import { Problem } from './problem.ts'
import { isSm2, signSm2, verifySm2 } from './sm2.ts'

export const rsaLimits = {
  modulusBitsMin: 2_048,
  /** Verifying costs the square of it, and the sender of a certificate chooses. */
  modulusBitsMax: 8_192,
  exponentMin: 3n,
  exponentBitsMax: 33,
} as const

type Scheme = 'ecdsa' | 'eddsa' | 'pkcs1' | 'pss' | 'sm2'

export interface Algorithm {
  readonly scheme: Scheme
  readonly hash: string | null
  /** The kinds of keys it is used with, as `soundKind` names them. */
  readonly keys: readonly string[]
  /** Of RSASSA-PSS, in bytes. */
  readonly saltLength?: number
  /** Of a token's signature, where the algorithm fixes it. */
  readonly signatureLength?: number
}

const ed25519 = { scheme: 'eddsa', hash: null, keys: ['ed25519'], signatureLength: 64 } as const
const sm2 = { scheme: 'sm2', hash: 'sm3', keys: ['ec SM2'], signatureLength: 64 } as const
const pkcs1 = { scheme: 'pkcs1', keys: ['rsa'] } as const
const pss = { scheme: 'pss', keys: ['rsa', 'rsa-pss'] } as const
const curves = ['ec prime256v1', 'ec secp384r1', 'ec secp521r1'] as const
const ecdsa = { scheme: 'ecdsa', keys: curves } as const

/** What tokens, licences and checkpoints are signed with, by JWS name. */
export const algorithms = {
  ES256: { scheme: 'ecdsa', hash: 'sha256', keys: ['ec prime256v1'], signatureLength: 64 },
  ES384: { scheme: 'ecdsa', hash: 'sha384', keys: ['ec secp384r1'], signatureLength: 96 },
  ES512: { scheme: 'ecdsa', hash: 'sha512', keys: ['ec secp521r1'], signatureLength: 132 },
  EdDSA: ed25519,
  Ed25519: ed25519,
  SGD_SM3_SM2: sm2,
  RS256: { ...pkcs1, hash: 'sha256' },
  RS384: { ...pkcs1, hash: 'sha384' },
  RS512: { ...pkcs1, hash: 'sha512' },
  PS256: { ...pss, hash: 'sha256', saltLength: 32 },
  PS384: { ...pss, hash: 'sha384', saltLength: 48 },
  PS512: { ...pss, hash: 'sha512', saltLength: 64 },
} as const satisfies Readonly<Record<string, Algorithm>>

export type AlgorithmName = keyof typeof algorithms

/** One table from a kind of key to the one algorithm we sign with; RSA keys only verify. */
const signingAlgorithms: Readonly<Record<string, AlgorithmName>> = {
  'ec prime256v1': 'ES256',
  'ec secp384r1': 'ES384',
  'ec secp521r1': 'ES512',
  'ec SM2': 'SGD_SM3_SM2',
  ed25519: 'EdDSA',
}

/**
 * What certificates and everything else in ASN.1 may be signed with, by object identifier; PSS, whose
 * identifier leaves the rest to its parameters, also by hash and length of the salt: the hash's own,
 * or the 20 bytes that stand for no word about it (RFC 4055 §3.1). See `certificate-algorithm.ts`.
 */
export const certificateAlgorithms: Readonly<Record<string, Algorithm>> = {
  '1.2.840.10045.4.3.2': { ...ecdsa, hash: 'sha256' },
  '1.2.840.10045.4.3.3': { ...ecdsa, hash: 'sha384' },
  '1.2.840.10045.4.3.4': { ...ecdsa, hash: 'sha512' },
  '1.3.101.112': ed25519,
  '1.2.840.113549.1.1.11': { ...pkcs1, hash: 'sha256' },
  '1.2.840.113549.1.1.12': { ...pkcs1, hash: 'sha384' },
  '1.2.840.113549.1.1.13': { ...pkcs1, hash: 'sha512' },
  '1.2.840.113549.1.1.10 sha256 20': { ...pss, hash: 'sha256', saltLength: 20 },
  '1.2.840.113549.1.1.10 sha256 32': { ...pss, hash: 'sha256', saltLength: 32 },
  '1.2.840.113549.1.1.10 sha384 20': { ...pss, hash: 'sha384', saltLength: 20 },
  '1.2.840.113549.1.1.10 sha384 48': { ...pss, hash: 'sha384', saltLength: 48 },
  '1.2.840.113549.1.1.10 sha512 20': { ...pss, hash: 'sha512', saltLength: 20 },
  '1.2.840.113549.1.1.10 sha512 64': { ...pss, hash: 'sha512', saltLength: 64 },
  '1.2.156.10197.1.501': sm2,
}

/**
 * The algorithm a private key signs with, and so the one expected of its public key.
 * @throws Problem unsupported-key
 */
export function algorithmOf(key: Key): AlgorithmName {
  const name = signingAlgorithms[keyKind(key)]
  if (!name) throw new Problem('unsupported-key', { key: keyKind(key) })
  return name
}

/** Whether signatures of this algorithm can be verified with this key. */
export function isKeyFor(name: AlgorithmName, key: Key): boolean {
  return fits(algorithms[name], key)
}

/** Asking Node what kind a key is costs a tenth of a signature; it stays what it is. */
const kinds = new WeakMap<Key, string>()

/** For example `ec prime256v1`, `ec SM2`, `ed25519`, `rsa 2048`, `secret`. */
export function keyKind(key: Key): string {
  const kind = kinds.get(key) ?? readKind(key)
  kinds.set(key, kind)
  return kind
}

function readKind(key: Key): string {
  // Node has no name for keys on the curve of SM2, unless it made them itself.
  if (isSm2(key)) return 'ec SM2'
  const details = key.asymmetricKeyDetails
  const size = details?.namedCurve ?? details?.modulusLength
  const type = key.asymmetricKeyType ?? key.type
  return size === undefined ? type : `${type} ${size}`
}

/** Whether a key is of a kind and strength that some algorithm here is used with. */
export function isSoundKey(key: Key): boolean {
  return usedKinds.has(soundKind(key))
}

const usedKinds: ReadonlySet<string> = new Set(
  Object.values(algorithms).flatMap(({ keys }: Algorithm) => keys),
)

/** As `kinds`: how strong a key is costs as much to ask. */
const soundKinds = new WeakMap<Key, string>()

function soundKind(key: Key): string {
  const kind = soundKinds.get(key) ?? readSoundKind(key)
  soundKinds.set(key, kind)
  return kind
}

/** The kind of a key as the table has it: RSA without its size, when that is in bounds. */
function readSoundKind(key: Key): string {
  const type = key.asymmetricKeyType
  const isRsa = type === 'rsa' || type === 'rsa-pss'
  const isSound = !isRsa || isSoundRsa(key.asymmetricKeyDetails ?? {})
  return isSound && !isWeak(key) ? (isRsa ? type : keyKind(key)) : `weak ${keyKind(key)}`
}

function isSoundRsa({ modulusLength = 0, publicExponent = 0n }: RsaDetails): boolean {
  return (
    modulusLength >= rsaLimits.modulusBitsMin &&
    modulusLength <= rsaLimits.modulusBitsMax &&
    modulusLength % 8 === 0 &&
    publicExponent >= rsaLimits.exponentMin &&
    publicExponent % 2n === 1n &&
    publicExponent >> BigInt(rsaLimits.exponentBitsMax) === 0n
  )
}

type RsaDetails = Pick<NonNullable<Key['asymmetricKeyDetails']>, 'modulusLength' | 'publicExponent'>

function fits({ keys }: Algorithm, key: Key): boolean {
  return keys.includes(soundKind(key))
}

/** ECDSA and SM2 give r‖s (RFC 7518 §3.4), never DER. */
export function signBytes(name: AlgorithmName, privateKey: Key, message: Uint8Array): Uint8Array {
  if (algorithmOf(privateKey) !== name) {
    throw new Problem('unsupported-key', { key: keyKind(privateKey) })
  }
  const { scheme, hash, signatureLength = 0 }: Algorithm = algorithms[name]
  if (scheme === 'sm2') return signSm2(privateKey, message)
  const signature = sign({ hash, key: privateKey, message })
  return scheme === 'ecdsa' ? plainSignatureOfDer(signature, signatureLength) : signature
}

/** False for every signature that is not exactly right, a key of another algorithm included. */
export function verifyBytes(
  name: AlgorithmName,
  publicKey: Key,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const algorithm: Algorithm = algorithms[name]
  const { scheme, signatureLength = signature.length } = algorithm
  if (signature.length !== signatureLength || !fits(algorithm, publicKey)) return false
  if (scheme === 'sm2') return verifySm2(publicKey, message, signature)
  const der = scheme === 'ecdsa' ? derOfPlainSignature(signature) : signature
  return der !== undefined && holds(algorithm, publicKey, message, der)
}

/**
 * A signature in ASN.1 surroundings, where those of ECDSA and SM2 are DER (RFC 3279 §2.2.3).
 * @param algorithm a name in `certificateAlgorithms`
 */
export function verifyCertificateSignature(
  algorithm: string,
  publicKey: Key,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!Object.hasOwn(certificateAlgorithms, algorithm)) return false
  const known = certificateAlgorithms[algorithm]
  if (!known || !fits(known, publicKey)) return false
  if (known.scheme !== 'sm2') return holds(known, publicKey, message, signature)
  const plain = readPlainSignature(signature, sm2.signatureLength)
  return plain !== undefined && verifySm2(publicKey, message, plain)
}

function holds(
  { scheme, hash, saltLength }: Algorithm,
  key: Key,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  // RFC 8017 §8.1.2 step 1: of PSS, OpenSSL lets pass what has lost a zero in front.
  const isPss = scheme === 'pss' && saltLength !== undefined
  if (isPss && (signature.length !== modulusBytes(key) || !isWithinBounds(key, hash, saltLength))) {
    return false
  }
  try {
    return verify({ hash, key, message, signature, saltLength })
  } catch {
    return false // OpenSSL throws at keys it will not use so, such as PSS keys bound to another hash.
  }
}

/** RFC 4055 §3.1, §3.3: a key of PSS can be bound to one hash, also of the mask, and a least salt. */
function isWithinBounds(key: Key, hash: string | null, saltLength: number): boolean {
  if (key.asymmetricKeyType !== 'rsa-pss') return true
  const {
    hashAlgorithm = hash,
    mgf1HashAlgorithm = hash,
    ...least
  } = key.asymmetricKeyDetails ?? {}
  const isSame = hashAlgorithm === hash && mgf1HashAlgorithm === hash
  return isSame && saltLength >= (least.saltLength ?? 0)
}

function modulusBytes(key: Key): number {
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
}

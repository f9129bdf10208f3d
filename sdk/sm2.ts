/**
 * SM2 signatures with SM3 over the standard identity (GB/T 32918.2-2016, GM/T 0009-2012 §10). Node can
 * verify SM2 with an empty identity only, so the sum of points is ours (`sm2-curve.ts`); keys, digests
 * and the multiplication with what must stay secret are OpenSSL's. Signing still reduces secrets in
 * BigInt, which takes telling time: it is for development and tests, while production keys stay in a
 * cryptographic module behind `Signer` (docs/decisions/0033).
 */
import { isOnCurve, sm2Curve } from './algorithm/named-curve.ts'
import { concatBytes, digestOf, equalBytes, fromText, toText } from './primitives.ts'
import { keyOfSpki, pkcs8Of, randomSm2, spkiOf } from './primitives/key.ts'
import type { Key } from './primitives/key.ts'
import { Problem } from './problem.ts'
import { a, b, generator, invert, mod, n, tableOf, xOfSum } from './sm2/curve.ts'
import type { Point, Table } from './sm2/curve.ts'

/** Of a signer who has agreed on no other (GM/T 0009-2012 §10). */
const standardIdentity = fromText('1234567812345678', 'latin1')
/** SubjectPublicKeyInfo up to the uncompressed point: id-ecPublicKey over 1.2.156.10197.1.301. */
const spkiPrefix = fromText('3059301306072a8648ce3d020106082a811ccf5501822d034200', 'hex')
/** PKCS #8 up to the scalar. */
const pkcs8Prefix = fromText(
  '308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420',
  'hex',
)
const pointLength = 65
const scalarLength = 32

const limits = {
  /** Keys of which anything is remembered; a table takes about 400 KB. */
  keys: 64,
  /** Signatures of a key until its table is worth making, which costs as much as thirty of them. */
  meetings: 8,
  /** A random number is no good once in 2^255 times. */
  tries: 4,
} as const

/** Whether this is a public or private key on the curve of SM2. */
export function isSm2(key: Key): boolean {
  return sm2Point(key) !== undefined
}

/** 0x04‖x‖y of a key on this curve, undefined for any other. */
export function sm2Point(key: Key): Uint8Array | undefined {
  // Node has no name for the type of these keys, unless it made them itself.
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  const isOther = type !== undefined && details?.namedCurve !== 'SM2'
  return key.type === 'secret' || isOther ? undefined : pointOf(key)
}

/** @param point 0x04‖x‖y @throws Problem unsupported-key for a point that is not on the curve */
export function sm2PublicKey(point: Uint8Array): Key {
  if (!isOnCurve(sm2Curve, point)) throw new Problem('unsupported-key', { key: 'ec SM2' })
  return keyOfSpki(concatBytes(spkiPrefix, point))
}

/** @param signature r‖s, 64 bytes. False for everything that is not exactly right. */
export function verifySm2(key: Key, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 2 * scalarLength) return false
  const r = numberOf(signature.subarray(0, scalarLength))
  const s = numberOf(signature.subarray(scalarLength))
  const t = (r + s) % n
  const signer = signerOf(key)
  if (!isScalar(r) || !isScalar(s) || t === 0n || !signer) return false
  const x = xOfSum(s, t, multiplesOf(signer))
  return x !== undefined && (digest(signer, message) + x) % n === r
}

function isScalar(number: bigint): boolean {
  return number > 0n && number < n
}

/**
 * @returns r‖s, 64 bytes
 * @throws Problem unsupported-key
 */
export function signSm2(key: Key, message: Uint8Array): Uint8Array {
  const signer = signerOf(key)
  if (!signer || key.type !== 'private') throw new Problem('unsupported-key', { key: 'ec SM2' })
  const d = scalarIn(key)
  const e = digest(signer, message)
  for (let tries = 0; tries < limits.tries; tries += 1) {
    const { scalar, point } = randomSm2()
    const [x, k] = [numberOf(point.subarray(1, 1 + scalarLength)), numberOf(scalar)]
    const r = (e + x) % n
    const s = mod(invert(1n + d, n) * mod(k - r * d, n), n)
    if (r !== 0n && r + k !== n && s !== 0n) return concatBytes(bytesOf(r), bytesOf(s))
  }
  throw new Error('the random numbers are not random')
}

interface Signer {
  readonly point: Point
  readonly identity: Uint8Array
  meetings: number
  table?: Table
}

/** What is worth remembering of a key: nothing of it depends on who remembers, or when. */
const signers = new Map<string, Signer>()
const points = new WeakMap<Key, Uint8Array>()

function signerOf(key: Key): Signer | undefined {
  const point = sm2Point(key)
  if (!point) return undefined
  const name = toText(point, 'latin1')
  const signer = signers.get(name) ?? newSigner(point)
  signers.delete(name) // The one met longest ago stands first, and is the one to go.
  signers.set(name, signer)
  for (const oldest of signers.keys()) {
    if (signers.size <= limits.keys) break
    signers.delete(oldest)
  }
  return signer
}

function newSigner(point: Uint8Array): Signer {
  return { point: coordinates(point), identity: identityHash(point), meetings: 0 }
}

/** The table of a key that is met often, the point of one that is met seldom. */
function multiplesOf(signer: Signer): Point | Table {
  signer.meetings += 1
  if (signer.meetings > limits.meetings) signer.table ??= tableOf(signer.point)
  return signer.table ?? signer.point
}

/** The uncompressed point, 65 bytes. OpenSSL has checked that it lies on the curve. */
function pointOf(key: Key): Uint8Array | undefined {
  const known = points.get(key)
  if (known) return known
  const spki = spkiOf(key)
  const point = spki.subarray(spkiPrefix.length)
  const isSm2Key =
    equalBytes(spki.subarray(0, spkiPrefix.length), spkiPrefix) &&
    point.length === pointLength &&
    point[0] === 4
  if (!isSm2Key) return undefined
  points.set(key, point)
  return point
}

function scalarIn(key: Key): bigint {
  const pkcs8 = pkcs8Of(key)
  const from = pkcs8Prefix.length
  if (!equalBytes(pkcs8.subarray(0, from), pkcs8Prefix)) {
    throw new Problem('unsupported-key', { key: 'ec SM2' })
  }
  return numberOf(pkcs8.subarray(from, from + scalarLength))
}

/** Z of GB/T 32918.2 §5.5: what binds a signature to the identity, the curve and the key. */
function identityHash(point: Uint8Array): Uint8Array {
  const bits = 8 * standardIdentity.length
  return sm3(
    Uint8Array.of(bits >> 8, bits & 0xff),
    standardIdentity,
    ...[a, b, generator.x, generator.y].map(bytesOf),
    point.subarray(1),
  )
}

function digest({ identity }: Signer, message: Uint8Array): bigint {
  return numberOf(sm3(identity, message))
}

function sm3(...parts: readonly Uint8Array[]): Uint8Array {
  return digestOf('sm3', concatBytes(...parts))
}

function coordinates(point: Uint8Array): Point {
  const middle = 1 + scalarLength
  return { x: numberOf(point.subarray(1, middle)), y: numberOf(point.subarray(middle)) }
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${toText(bytes, 'hex')}`)
}

function bytesOf(number: bigint): Uint8Array {
  return fromText(number.toString(16).padStart(2 * scalarLength, '0'), 'hex')
}

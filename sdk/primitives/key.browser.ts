/**
 * The twin of `key.ts` in a browser: the same names over @noble/curves, for public keys only. Nothing is
 * signed here, and no private key is read: arithmetic in JavaScript tells how long it takes.
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { isOnCurve, namedCurves } from '../algorithm/named-curve.ts'
import { readPlainSignature } from '../algorithm/plain.ts'
import { fromBase64url, toBase64url } from '../base64url.ts'
import { pssOid, readPssParameters } from '../certificate/pss.ts'
import { bitBytesOf, fieldsOf, oidOf } from '../der-value.ts'
import type { Fields } from '../der-value.ts'
import { readDer, tags } from '../der.ts'
import type { Json, JsonObject } from '../json.ts'
import { concatBytes, digestOf, equalBytes, fromText, toText } from '../primitives.ts'
import { Problem } from '../problem.ts'
import type { DigestName } from './digest.ts'
import type { Verifying as VerifyingByNode } from './key.ts'
import { verifyPkcs1, verifyPss } from './rsa.ts'

/** As far as the sdk looks into a key of Node. */
export interface Key {
  readonly type: 'public'
  readonly asymmetricKeyType: 'ec' | 'ed25519' | 'rsa' | 'rsa-pss'
  readonly asymmetricKeyDetails: Details
}

interface Details {
  readonly namedCurve?: string
  readonly modulusLength?: number
  readonly publicExponent?: bigint
  readonly hashAlgorithm?: string
  readonly mgf1HashAlgorithm?: string
  readonly saltLength?: number
}

type Verifying = Omit<VerifyingByNode, 'hash' | 'key'> & { readonly hash: DigestName | null }

interface Known {
  readonly spki: Uint8Array
  readonly jwk: JsonObject
  readonly verify: (asked: Verifying) => boolean
}

/** What a key is, which nobody can say of an object that was not made here. */
const known = new WeakMap<Key, Known>()

export function isKey(value: unknown): value is Key {
  return typeof value === 'object' && value !== null && known.has(value as Key) // A map asks no type.
}

function knownOf(key: Key): Known {
  return known.get(key) ?? refuse('key')
}

type Read = Omit<Known, 'spki'> & Pick<Key, 'asymmetricKeyType' | 'asymmetricKeyDetails'>

export function keyOfSpki(spki: Uint8Array): Key {
  const fields = fieldsOf(readDer(spki))
  const algorithm = fieldsOf(fields.next())
  const bytes = bitBytesOf(fields.next())
  fields.end()
  const oid = oidOf(algorithm.next())
  const read = Object.hasOwn(readers, oid) ? readers[oid] : undefined
  const { jwk, verify: verifyWith, ...kind } = read ? read(bytes, algorithm) : refuse('key')
  const key = { type: 'public', ...kind } as const
  known.set(key, { spki: new Uint8Array(spki), jwk, verify: verifyWith })
  return key
}

const ecOid = '1.2.840.10045.2.1'
const readers: Readonly<Record<string, (key: Uint8Array, parameters: Fields) => Read>> = {
  [ecOid]: readPoint,
  '1.2.840.113549.1.1.1': (key) => readRsa(key, { asymmetricKeyType: 'rsa', bound: {} }),
  [pssOid]: (key, parameters) => {
    const bound = parameters.optional(tags.sequence)
    const [hash = '', salt] = bound ? readPssParameters(bound).split(' ') : []
    const details = { hashAlgorithm: hash, mgf1HashAlgorithm: hash, saltLength: Number(salt) }
    return readRsa(key, { asymmetricKeyType: 'rsa-pss', bound: bound ? details : {} })
  },
  '1.3.101.112': readEdwards,
}

const verifiers = { prime256v1: p256, secp384r1: p384, secp521r1: p521 } as const
const jwkCurves: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
  SM2: 'SM2',
}

function readPoint(point: Uint8Array, parameters: Fields): Read {
  const curve = namedCurves[oidOf(parameters.next())]
  if (!curve || !isOnCurve(curve, point)) refuse('point')
  const namedCurve = curve.kind.slice('ec '.length)
  const [x, y] = [point.subarray(1, 1 + curve.bytes), point.subarray(1 + curve.bytes)]
  const crv = jwkCurves[namedCurve] ?? refuse('point')
  return {
    ...{ asymmetricKeyType: 'ec', asymmetricKeyDetails: { namedCurve } },
    jwk: { kty: 'EC', crv, x: toBase64url(x), y: toBase64url(y) },
    // SM2 is verified in `sm2.ts`, whatever the platform.
    verify: ({ hash, message, signature }) => {
      const plain = readPlainSignature(signature, 2 * curve.bytes)
      if (!plain || !hash || !isVerified(namedCurve)) return false
      const options = { prehash: false, lowS: false, format: 'compact' } as const
      return verifiers[namedCurve].verify(plain, digestOf(hash, message), point, options)
    },
  }
}

function isVerified(curve: string): curve is keyof typeof verifiers {
  return Object.hasOwn(verifiers, curve)
}

function readEdwards(point: Uint8Array): Read {
  if (point.length !== edwardsBytes) refuse('point')
  return {
    ...{ asymmetricKeyType: 'ed25519', asymmetricKeyDetails: {} },
    jwk: { kty: 'OKP', crv: 'Ed25519', x: toBase64url(point) },
    verify: ({ hash, message, signature }) =>
      hash === null && verifyEdwards(point, message, signature),
  }
}

const edwardsBytes = 32

/**
 * RFC 8032 §5.1.7 as OpenSSL reads it: R is compared byte by byte and without the cofactor. The library's
 * own `verify` takes the equation with it, and so signatures that others refuse.
 */
function verifyEdwards(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const [r, s] = [signature.subarray(0, edwardsBytes), signature.subarray(edwardsBytes)]
  const { Point } = ed25519
  const order = Point.Fn.ORDER
  const scalar = littleEndian(s)
  if (s.length !== edwardsBytes || scalar >= order) return false
  const challenge = littleEndian(digestOf('sha512', concatBytes(r, key, message))) % order
  try {
    const signer = Point.fromBytes(key)
    const sum = Point.BASE.multiplyUnsafe(scalar).subtract(signer.multiplyUnsafe(challenge))
    return equalBytes(sum.toBytes(), r)
  } catch {
    return false // The library throws an error of its own for what is no point.
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x0${toText(bytes.toReversed(), 'hex')}`)
}

function readRsa(
  bytes: Uint8Array,
  { asymmetricKeyType, bound }: Pick<Key, 'asymmetricKeyType'> & { readonly bound: Details },
): Read {
  const fields = fieldsOf(readDer(bytes))
  const [n, e] = [positiveOf(fields), positiveOf(fields)]
  fields.end()
  const [modulus, exponent] = [n, e].map((digits) => BigInt(`0x${toText(digits, 'hex')}`))
  if (modulus === undefined || exponent === undefined) refuse('key')
  const key = { modulus, exponent }
  const details = { modulusLength: modulus.toString(2).length, publicExponent: exponent }
  return {
    ...{ asymmetricKeyType, asymmetricKeyDetails: { ...details, ...bound } },
    jwk: { kty: 'RSA', n: toBase64url(n), e: toBase64url(e) },
    verify: ({ hash, saltLength, ...signed }) => {
      if (!hash) return false
      const asked = { hash, ...signed }
      return saltLength === undefined ? verifyPkcs1(key, asked) : verifyPss(key, asked, saltLength)
    },
  }
}

/** The bytes of a number above zero, without the zero in front of it. */
function positiveOf(fields: Fields): Uint8Array {
  const { content } = fields.next(tags.integer)
  if ((content[0] ?? 0) >= 0x80) refuse('key')
  const digits = content[0] === 0 ? content.subarray(1) : content
  return digits.length > 0 ? digits : refuse('key')
}

export function spkiOf(key: Key): Uint8Array {
  return knownOf(key).spki
}

export function jwkOf(key: Key): JsonObject {
  return knownOf(key).jwk
}

export function publicHalf(key: Key): Key {
  return key
}

/** SubjectPublicKeyInfo up to the key, for each curve; of RSA everything is written. */
const spkiHeads: Readonly<Record<string, string>> = {
  'P-256': '3059301306072a8648ce3d020106082a8648ce3d030107034200',
  'P-384': '3076301006072a8648ce3d020106052b81040022036200',
  'P-521': '30819b301006072a8648ce3d020106052b8104002303818600',
  Ed25519: '302a300506032b6570032100',
}
const rsaAlgorithm = fromText('300d06092a864886f70d0101010500', 'hex')

export function keyOfJwk({ kty, crv, x, y, n, e }: JsonObject): Key {
  if (kty === 'RSA') {
    const numbers = [n, e].map((digits) => integer(bytesOf(digits)))
    const key = der(tags.bitString, Uint8Array.of(0), der(tags.sequence, ...numbers))
    return keyOfSpki(der(tags.sequence, rsaAlgorithm, key))
  }
  const head = fromText((typeof crv === 'string' && spkiHeads[crv]) || refuse('crv'), 'hex')
  if (kty === 'OKP') return keyOfSpki(concatBytes(head, bytesOf(x)))
  return keyOfSpki(concatBytes(head, Uint8Array.of(4), bytesOf(x), bytesOf(y)))
}

function bytesOf(value: Json | undefined): Uint8Array {
  return typeof value === 'string' ? fromBase64url(value) : refuse('key')
}

function integer(digits: Uint8Array): Uint8Array {
  const sign = new Uint8Array((digits[0] ?? 0) < 0x80 ? 0 : 1)
  return der(tags.integer, sign, digits)
}

function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts)
  const { length } = content
  const long = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return concatBytes(Uint8Array.of(tag, ...(length < 0x80 ? [length] : long)), content)
}

export function verify({ key, ...asked }: Verifying & { readonly key: Key }): boolean {
  return knownOf(key).verify(asked)
}

export function sign(): never {
  refuse('sign')
}

export function pkcs8Of(): never {
  refuse('sign')
}

export function randomSm2(): never {
  refuse('sign')
}

function refuse(rule: string): never {
  throw new Problem('unsupported-key', { key: 'browser', rule })
}

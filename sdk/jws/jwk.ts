/**
 * Public keys for verifying as JSON (RFC 7517, RFC 7518 §6, RFC 8037 §2), read strictly: the curve and
 * its point, canonical numbers, and `use`, `key_ops` and `alg` that let the key verify. A shared secret
 * or the private half of a key has no place where a public key belongs, and is refused. Members that
 * RFC 7517 does not know are ignored as its §4 asks; nothing that is named by an address is fetched.
 */
import { algorithms, isKeyFor, isSoundKey, rsaLimits } from '../algorithm.ts'
import type { AlgorithmName } from '../algorithm.ts'
import { fromBase64url, toBase64url } from '../base64url.ts'
import type { Json, JsonObject } from '../json.ts'
import { headerLimits } from './header.ts'
import { concatBytes } from '../primitives.ts'
import { jwkOf, keyOfJwk } from '../primitives/key.ts'
import type { Key } from '../primitives/key.ts'
import { Problem } from '../problem.ts'
import { sm2Point, sm2PublicKey } from '../sm2.ts'

export interface VerificationKey {
  readonly key: Key
  readonly kid?: string
  /** The one algorithm this key is bound to, when its `alg` names one. */
  readonly algorithm?: AlgorithmName
}

/** @throws Problem unsupported-key */
export function readJwk(jwk: JsonObject): VerificationKey {
  const broken = Object.entries(memberRules).find(([name, isRight]) => !isRight(jwk[name]))
  if (broken) refuse(broken[0])
  const kty = jwk['kty']
  const read = typeof kty === 'string' && Object.hasOwn(keyTypes, kty) && keyTypes[kty]
  const key = read ? read(jwk) : refuse('kty')
  if (!isSoundKey(key)) refuse('strength')
  const { kid, alg } = jwk
  if (isAlgorithm(alg) && !isKeyFor(alg, key)) refuse('alg')
  return {
    key,
    ...(typeof kid === 'string' && { kid }),
    ...(isAlgorithm(alg) && { algorithm: alg }),
  }
}

/** The members that say which key it is; of SM2 too, which Node does not write. */
export function publicJwk(key: Key): JsonObject {
  const point = sm2Point(key)
  if (!point) return jwkOf(key)
  const [x, y] = [toBase64url(point.subarray(1, 33)), toBase64url(point.subarray(33))]
  return { kty: 'EC', crv: 'SM2', x, y }
}

export function isAlgorithm(name: Json | undefined): name is AlgorithmName {
  return typeof name === 'string' && Object.hasOwn(algorithms, name)
}

const absent = (value: Json | undefined): boolean => value === undefined

/** What holds for a key of any type (RFC 7517 §4, RFC 7518 §6.2.2, §6.3.2, §6.4). */
const memberRules: Readonly<Record<string, (value: Json | undefined) => boolean>> = {
  use: (value) => value === undefined || value === 'sig',
  key_ops: (value) => value === undefined || letsVerify(value),
  alg: (value) => value === undefined || isAlgorithm(value),
  kid: (value) =>
    value === undefined || (typeof value === 'string' && value.length <= headerLimits.kidLength),
  ext: (value) => value === undefined || typeof value === 'boolean',
  ...Object.fromEntries(
    ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map((secret) => [secret, absent]),
  ),
}

function letsVerify(operations: Json): boolean {
  if (!Array.isArray(operations)) return false
  const areNames = operations.every((one) => typeof one === 'string')
  const areDistinct = new Set(operations).size === operations.length
  return areNames && areDistinct && operations.includes('verify')
}

const keyTypes: Readonly<Record<string, (jwk: JsonObject) => Key>> = {
  EC: ellipticKey,
  OKP: edwardsKey,
  RSA: rsaKey,
}

/** Bytes of a coordinate. `SM2` is nobody's registered name, but the one in use. */
const curves: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66, SM2: 32 }

function ellipticKey({ crv, x, y }: JsonObject): Key {
  const length = typeof crv === 'string' && Object.hasOwn(curves, crv) ? curves[crv] : undefined
  if (typeof crv !== 'string' || length === undefined) refuse('crv')
  const [xBytes, yBytes] = [bytesOf(x, 'x'), bytesOf(y, 'y')]
  if (xBytes.length !== length || yBytes.length !== length) refuse('point')
  if (crv === 'SM2') return sm2PublicKey(concatBytes(Uint8Array.of(4), xBytes, yBytes))
  return keyFrom({ kty: 'EC', crv, x, y })
}

function edwardsKey({ crv, x }: JsonObject): Key {
  if (crv !== 'Ed25519') refuse('crv')
  if (bytesOf(x, 'x').length !== 32) refuse('point')
  return keyFrom({ kty: 'OKP', crv, x })
}

function rsaKey({ n, e }: JsonObject): Key {
  const [modulus, exponent] = [bytesOf(n, 'n'), bytesOf(e, 'e')]
  const isTooLarge =
    modulus.length * 8 > rsaLimits.modulusBitsMax ||
    (exponent.length - 1) * 8 > rsaLimits.exponentBitsMax
  // RFC 7518 §6.3.1.1: no octets more than the number takes; and a product of odd primes is odd.
  const isProper = modulus[0] !== 0 && exponent[0] !== 0 && ((modulus.at(-1) ?? 0) & 1) === 1
  if (isTooLarge || !isProper) refuse('strength')
  return keyFrom({ kty: 'RSA', n, e })
}

function bytesOf(value: Json | undefined, rule: string): Uint8Array {
  if (typeof value !== 'string' || value === '') refuse(rule)
  return fromBase64url(value)
}

/** OpenSSL checks that the point lies on its curve. */
function keyFrom(jwk: JsonObject): Key {
  try {
    return keyOfJwk(jwk)
  } catch (cause) {
    throw new Problem('unsupported-key', { key: 'jwk', rule: 'point' }, { cause })
  }
}

function refuse(rule: string): never {
  throw new Problem('unsupported-key', { key: 'jwk', rule })
}

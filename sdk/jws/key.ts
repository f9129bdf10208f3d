/**
 * Which key a token is verified with (RFC 7515 §6): the caller brings one or several, and the token's
 * `kid` may say which of them, never bring another. No key is tried after another one has failed.
 */
import { isSoundKey } from '../algorithm.ts'
import { readJwk } from './jwk.ts'
import type { VerificationKey } from './jwk.ts'
import { keyObjectOf, readPublicKey } from '../certificate/key.ts'
import { readDer } from '../der.ts'
import { isBytes } from '../given.ts'
import type { Source } from '../given.ts'
import { isJsonObject } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { derOf } from '../pem.ts'
import { isKey } from '../primitives/key.ts'
import type { Key } from '../primitives/key.ts'
import { Problem } from '../problem.ts'

/** One key, several as a list or as a JWK set, or several by their id. */
export type VerificationKeys = OneKey | readonly OneKey[] | ReadonlyMap<string, OneKey>
/** A key object, a JWK, or a SubjectPublicKeyInfo (RFC 5280 §4.1) in DER or PEM. */
type OneKey = Key | JsonObject | Source

/** Among how many a token may choose. */
export const keySetLimit = 1_000

/** The key for a token with this `kid`, or without one; no key is meant when it could be several. */
export function chooseKey(
  keys: VerificationKeys,
  kid: string | undefined,
): VerificationKey | 'unknown-key' | 'key-not-usable' {
  if (isKey(keys)) return soundKey(keys)
  // Who has found no key may say so with what the types do not allow.
  const set = setOf(keys).filter(({ key }) => typeof key === 'string' || isJsonObject(key))
  if (set.length > keySetLimit) return 'key-not-usable'
  const isOnly = set.length === 1 && kid === undefined
  const [meant, another] = set.filter((one) => isOnly || one.kid === kid || one.isChosen)
  if (!meant || another) return 'unknown-key'
  try {
    return readKey(meant.key)
  } catch (thrown) {
    if (thrown instanceof Problem) return 'key-not-usable'
    throw thrown
  }
}

function readKey(key: OneKey): VerificationKey | 'key-not-usable' {
  if (isKey(key)) return soundKey(key)
  if (typeof key !== 'string' && !isBytes(key)) return readJwk(key)
  return soundKey(keyObjectOf(readPublicKey(readDer(derOf(key, 'PUBLIC KEY')))))
}

function soundKey(key: Key): VerificationKey | 'key-not-usable' {
  return isSoundKey(key) ? { key } : 'key-not-usable'
}

interface Candidate {
  readonly key: OneKey
  readonly kid: string | undefined
  /** It stands alone and bears no name: the caller has chosen it for whatever token comes. */
  readonly isChosen?: boolean
}

function setOf(keys: Exclude<VerificationKeys, Key>): readonly Candidate[] {
  if (isMap(keys)) return [...keys].map(([kid, key]) => ({ kid, key }))
  if (isList(keys)) return keys.map(candidate)
  const { keys: set } = isJsonObject(keys) ? keys : {}
  if (Array.isArray(set)) return (set as readonly JsonObject[]).map(candidate)
  const alone = candidate(keys)
  return [{ ...alone, isChosen: alone.kid === undefined }]
}

function isMap(keys: VerificationKeys): keys is ReadonlyMap<string, OneKey> {
  return keys instanceof Map
}

/** Array.isArray does not narrow to a read-only array. */
function isList(keys: VerificationKeys): keys is readonly OneKey[] {
  return Array.isArray(keys)
}

function candidate(key: OneKey): Candidate {
  const isNamed = !isKey(key) && !isBytes(key) && isJsonObject(key)
  const kid = isNamed ? key['kid'] : undefined
  return { key, kid: typeof kid === 'string' ? kid : undefined }
}

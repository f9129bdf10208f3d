/**
 * JSON Web Signatures (RFC 7515), compact or flattened, with one spelling for each token: signing,
 * reading, verifying. The key is the caller's, and fixes the algorithm; nothing in a header can bring
 * or name another one (`jws-key.ts`, `jws-header.ts`). What the payload means is the caller's business.
 */
import { algorithmOf, isKeyFor, signBytes, verifyBytes } from './algorithm.ts'
import type { AlgorithmName } from './algorithm.ts'
import { fromBase64url, toBase64url } from './base64url.ts'
import { isAlgorithm } from './jws/jwk.ts'
import type { VerificationKey } from './jws/jwk.ts'
import { isHeaderAllowed } from './jws/header.ts'
import type { HeaderExpectation } from './jws/header.ts'
import { chooseKey } from './jws/key.ts'
import type { VerificationKeys } from './jws/key.ts'
import { isJsonObject, parseJsonObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { anyOf, isLike, isOneOf, isText, listOf, look, optional } from './given.ts'
import type { Rule } from './given.ts'
import { fromUtf8, utf8 } from './primitives.ts'
import type { Key } from './primitives/key.ts'
import { Problem } from './problem.ts'

export const jwsLimits = { tokenLength: 65_536, headerBytes: 8_192 }
export type JwsLimits = Readonly<typeof jwsLimits>

export interface Jws {
  readonly header: JsonObject
  readonly payload: Uint8Array
  /** The ASCII bytes `header.payload` the signature is over. */
  readonly signingInput: Uint8Array
  readonly signature: Uint8Array
}

export type JwsRefusal =
  | 'question-malformed'
  | 'token-too-large'
  | 'token-malformed'
  | 'header-not-allowed'
  | 'unknown-key'
  | 'key-not-usable'
  | 'algorithm-mismatch'
  | 'wrong-typ'
  | 'signature-invalid'

export type JwsVerdict =
  | { readonly ok: true; readonly header: JsonObject; readonly payload: Uint8Array }
  | { readonly ok: false; readonly code: JwsRefusal }

export interface JwsExpectation extends HeaderExpectation {
  /** What may stand in the unprotected header of the flattened form; nobody has signed it. */
  readonly unprotectedAllowed?: readonly string[]
  /** Which key is meant when the header does not say, by whoever says so without having signed it. */
  readonly kid?: string | undefined
  /** Of tokens that may be larger than most. */
  readonly limits?: JwsLimits
}

/** Signs with the algorithm of the key; `alg` comes first in the header. */
export function signJws(token: {
  readonly header: JsonObject & { readonly alg?: never }
  readonly payload: Uint8Array | string
  readonly key: Key
}): string {
  const alg = algorithmOf(token.key)
  const header = utf8(JSON.stringify({ alg, ...token.header }))
  const payload = typeof token.payload === 'string' ? utf8(token.payload) : token.payload
  const signed = `${toBase64url(header)}.${toBase64url(payload)}`
  return `${signed}.${toBase64url(signBytes(alg, token.key, utf8(signed)))}`
}

/**
 * The parts of a compact token, unverified: canonical base64url, the header a strict JSON object.
 * @throws Problem invalid-token
 */
export function readJws(token: string, limits: JwsLimits = jwsLimits): Jws {
  if (token.length > limits.tokenLength) refuse('token-too-large')
  const parts = token.split('.', partsOfCompact + 1)
  const [protectedText, payload, signature] = parts
  // Only the payload may be empty (RFC 7515 §3): nothing is something that can be signed.
  const isWhole = protectedText && payload !== undefined && signature
  if (!isWhole || parts.length !== partsOfCompact) {
    return refuse('token-malformed')
  }
  const signed = token.slice(0, -1 - signature.length)
  const jws = readParts({ signed, protected: protectedText, payload, signature }, limits)
  const isReadable = jws.header['b64'] !== false || unencoded.test(payload)
  return isReadable ? jws : refuse('token-malformed')
}

/**
 * The answer to one question: did the holder of this key sign this token for this use? The flattened
 * form (RFC 7515 §7.2.2) comes as the object that a strict JSON reader made of it.
 */
export function verifyJws(
  token: string | JsonObject,
  keys: VerificationKeys,
  expected: JwsExpectation = {},
): JwsVerdict {
  const { question } = look(expected, expectationRules)
  if (!question) return { ok: false, code: 'question-malformed' }
  let jws: Jws
  try {
    jws =
      typeof token === 'string' ? readJws(token, question.limits) : readFlattened(token, question)
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    const tooLarge = thrown.detail['rule'] === 'token-too-large'
    return { ok: false, code: tooLarge ? 'token-too-large' : 'token-malformed' }
  }
  return judgeJws(jws, keys, question)
}

const isNames = optional(listOf(isText))
const expectationRules: Readonly<Record<keyof JwsExpectation, Rule>> = {
  typ: optional(isText),
  headerAllowed: anyOf(isNames, isOneOf('any')),
  criticalUnderstood: isNames,
  unprotectedAllowed: isNames,
  kid: optional(isText),
  limits: optional(
    isLike<JwsLimits>({ tokenLength: Number.isSafeInteger, headerBytes: Number.isSafeInteger }),
  ),
}

/** The same of a token that was read already. */
export function judgeJws(
  jws: Jws,
  keys: VerificationKeys,
  expected: JwsExpectation = {},
): JwsVerdict {
  const code = refusalOf(jws, keys, expected)
  return code ? { ok: false, code } : { ok: true, header: jws.header, payload: jws.payload }
}

function refusalOf(
  { header, signingInput, signature }: Jws,
  keys: VerificationKeys,
  expected: JwsExpectation,
): JwsRefusal | undefined {
  if (!isHeaderAllowed(header, expected)) return 'header-not-allowed'
  const { alg, kid = expected.kid, typ } = header
  const chosen = chooseKey(keys, typeof kid === 'string' ? kid : undefined)
  if (typeof chosen === 'string') return chosen
  if (!isFor(alg, chosen)) return 'algorithm-mismatch'
  if (expected.typ !== undefined && typ !== expected.typ) return 'wrong-typ'
  return verifyBytes(alg, chosen.key, signingInput, signature) ? undefined : 'signature-invalid'
}

/** The key knows which algorithm it is for; a header names the same, or it is refused. */
function isFor(alg: Json | undefined, { key, algorithm }: VerificationKey): alg is AlgorithmName {
  return isAlgorithm(alg) && (algorithm === undefined || algorithm === alg) && isKeyFor(alg, key)
}

const partsOfCompact = 3
/** A payload that is not encoded may be any ASCII but a period (RFC 7797 §5.2). */
const unencoded = /^[\x20-\x2d\x2f-\x7e]*$/

interface Parts {
  /** What the signature is over, when it stands in one piece. */
  readonly signed?: string
  readonly protected: string
  readonly payload: string
  readonly signature: string
}

const flattenedMembers: readonly string[] = ['payload', 'protected', 'header', 'signature']

/** One signature; nothing it does not cover but what the caller allows, and no name twice. */
function readFlattened(
  token: JsonObject,
  { unprotectedAllowed = [], limits = jwsLimits }: JwsExpectation,
): Jws {
  const { unprotected, ...parts } = partsOfFlattened(token)
  const length = parts.payload.length + parts.protected.length + parts.signature.length
  if (length > limits.tokenLength) refuse('token-too-large')
  const jws = readParts(parts, limits)
  const isAllowed = Object.keys(unprotected).every(
    (name) => unprotectedAllowed.includes(name) && !Object.hasOwn(jws.header, name),
  )
  return isAllowed ? jws : refuse('token-malformed')
}

function partsOfFlattened(token: JsonObject): Parts & { readonly unprotected: JsonObject } {
  if (!isJsonObject(token)) refuse('token-malformed')
  const { payload, protected: protectedText, signature, header: unprotected = {} } = token
  const isWhole =
    typeof payload === 'string' &&
    typeof protectedText === 'string' &&
    typeof signature === 'string' &&
    isJsonObject(unprotected) &&
    Object.keys(token).every((name) => flattenedMembers.includes(name))
  return isWhole
    ? { payload, protected: protectedText, signature, unprotected }
    : refuse('token-malformed')
}

/** The last one that was read, frozen: one signer's tokens often follow each other. */
let latest: { readonly text: string; readonly header: JsonObject } | undefined

function readHeader(text: string): JsonObject {
  if (latest?.text === text) return latest.header
  const header = parseJsonObject(fromUtf8(fromBase64url(text)))
  latest = { text, header: frozen(header) }
  return header
}

function frozen<T extends Json | undefined>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) frozen(part as Json)
  return Object.freeze(value)
}

function readParts(parts: Parts, limits: JwsLimits): Jws {
  if (parts.protected.length > Math.ceil((limits.headerBytes * 4) / 3)) refuse('token-too-large')
  try {
    const header = readHeader(parts.protected)
    return {
      header,
      payload: header['b64'] === false ? utf8(parts.payload) : fromBase64url(parts.payload),
      signingInput: utf8(parts.signed ?? `${parts.protected}.${parts.payload}`),
      signature: fromBase64url(parts.signature),
    }
  } catch (cause) {
    if (cause instanceof Problem) refuse('token-malformed', cause)
    throw cause
  }
}

function refuse(rule: JwsRefusal, cause?: Problem): never {
  throw new Problem('invalid-token', { rule }, { cause })
}

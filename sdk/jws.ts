/**
 * Compact JWS (RFC 7515) with one spelling for each token: signing, reading, verifying. The key is
 * chosen by the caller before the header is believed; nothing in a header can bring or name another
 * one. What the payload means is the caller's business.
 */
import type { KeyObject } from 'node:crypto'
import { algorithmOf, signBytes, verifyBytes } from './algorithm.ts'
import { fromBase64url, toBase64url } from './base64url.ts'
import { parseJsonObject } from './json.ts'
import type { JsonObject } from './json.ts'
import { fromUtf8, utf8 } from './primitives.ts'
import { Problem } from './problem.ts'

export const jwsLimits = { tokenLength: 65_536, headerBytes: 8_192, kidLength: 256 }
export type JwsLimits = Readonly<typeof jwsLimits>

/** Header parameters that would let the sender choose the key or change the rules. */
const neverAllowed: readonly string[] = ['jwk', 'jku', 'x5u', 'crit', 'b64', 'zip']
const allowedByDefault: readonly string[] = ['alg', 'kid', 'typ']
const threeParts = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

export interface Jws {
  readonly header: JsonObject
  readonly payload: Uint8Array
  /** The ASCII bytes `header.payload` the signature is over. */
  readonly signingInput: Uint8Array
  readonly signature: Uint8Array
}

export type JwsRefusal =
  | 'token-too-large'
  | 'token-malformed'
  | 'header-not-allowed'
  | 'algorithm-mismatch'
  | 'wrong-typ'
  | 'signature-invalid'

export type JwsVerdict =
  | { readonly ok: true; readonly header: JsonObject; readonly payload: Uint8Array }
  | { readonly ok: false; readonly code: JwsRefusal }

export interface JwsExpectation {
  readonly typ: string
  /** Every header parameter that may occur, `alg` and `typ` included. Default: alg, kid, typ. */
  readonly headerAllowed?: readonly string[]
}

/** Signs with the algorithm of the key; `alg` comes first in the header. */
export function signJws(token: {
  readonly header: JsonObject & { readonly alg?: never }
  readonly payload: Uint8Array | string
  readonly key: KeyObject
}): string {
  const alg = algorithmOf(token.key)
  const header = utf8(JSON.stringify({ alg, ...token.header }))
  const payload = typeof token.payload === 'string' ? utf8(token.payload) : token.payload
  const signed = `${toBase64url(header)}.${toBase64url(payload)}`
  return `${signed}.${toBase64url(signBytes(alg, token.key, utf8(signed)))}`
}

/**
 * The parts of a token, unverified: three canonical base64url parts, the header a strict JSON object.
 * @throws Problem invalid-token
 */
export function readJws(token: string, limits: JwsLimits = jwsLimits): Jws {
  if (token.length > limits.tokenLength) refuse('token-too-large')
  if (!threeParts.test(token)) refuse('token-malformed')
  const signedLength = token.lastIndexOf('.')
  const headerLength = token.indexOf('.')
  if (headerLength > Math.ceil((limits.headerBytes * 4) / 3)) refuse('token-too-large')
  try {
    return {
      header: parseJsonObject(fromUtf8(fromBase64url(token.slice(0, headerLength)))),
      payload: fromBase64url(token.slice(headerLength + 1, signedLength)),
      signingInput: utf8(token.slice(0, signedLength)),
      signature: fromBase64url(token.slice(signedLength + 1)),
    }
  } catch (cause) {
    if (cause instanceof Problem) refuse('token-malformed', cause)
    throw cause
  }
}

/** The answer to one question: did the holder of this key sign this token for this use? */
export function verifyJws(token: string, key: KeyObject, expected: JwsExpectation): JwsVerdict {
  let jws: Jws
  try {
    jws = readJws(token)
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    const tooLarge = thrown.detail['rule'] === 'token-too-large'
    return { ok: false, code: tooLarge ? 'token-too-large' : 'token-malformed' }
  }
  const code = headerRefusal(jws.header, algorithmOf(key), expected)
  if (code) return { ok: false, code }
  if (!verifyBytes(algorithmOf(key), key, jws.signingInput, jws.signature)) {
    return { ok: false, code: 'signature-invalid' }
  }
  return { ok: true, header: jws.header, payload: jws.payload }
}

function headerRefusal(
  header: JsonObject,
  algorithm: string,
  expected: JwsExpectation,
): JwsRefusal | undefined {
  const allowed = expected.headerAllowed ?? allowedByDefault
  const names = Object.keys(header)
  if (names.some((name) => neverAllowed.includes(name) || !allowed.includes(name))) {
    return 'header-not-allowed'
  }
  if (header['alg'] !== algorithm) return 'algorithm-mismatch'
  if (header['typ'] !== expected.typ) return 'wrong-typ'
  const kid = header['kid']
  if (kid !== undefined && !isKeyId(kid)) return 'header-not-allowed'
  return undefined
}

function isKeyId(kid: unknown): boolean {
  return typeof kid === 'string' && kid.length > 0 && kid.length <= jwsLimits.kidLength
}

function refuse(rule: JwsRefusal, cause?: Problem): never {
  throw new Problem('invalid-token', { rule }, { cause })
}

/**
 * The request token: login, integrity and non-repudiation of one request in one signed string
 * (`typ: request+jwt`). A token says who asks, for which case, and binds method, path and the exact
 * body; it lives at most a minute and is used once. Consuming it is the exchange's business.
 */
import { toBase64url } from './base64url.ts'
import { isJsonObject, parseJsonObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { readJws, signJws, verifyJws } from './jws.ts'
import { fromUtf8, sha256 } from './primitives.ts'
import type { Key } from './primitives/key.ts'
import { Problem } from './problem.ts'

export const requestTokenLimits = {
  lifetimeSeconds: 60,
  clockSkewSeconds: 60,
  jtiBytesMin: 16,
  textLength: 128,
} as const

/** Why something is asked: a service item and a case of it, and the clause relied on. */
export interface Purpose {
  readonly item: string
  readonly case: string
  readonly basis?: string
}

export interface RequestClaims {
  /** Department code. */
  readonly iss: string
  /** Officer id. */
  readonly sub: string
  /** Exchange id. */
  readonly aud: string
  readonly iat: number
  readonly exp: number
  readonly jti: string
  readonly htm: string
  readonly htu: string
  /** Base64url SHA-256 of the exact body; of nothing for GET. */
  readonly bh: string
  readonly purpose?: Purpose
}

export interface HttpRequest {
  readonly method: string
  /** Path without query. */
  readonly path: string
  readonly body: Uint8Array
}

export type RequestVerdict =
  | { readonly ok: true; readonly claims: RequestClaims }
  | { readonly ok: false; readonly code: string }

export function bodyHash(body: Uint8Array): string {
  return toBase64url(sha256(body))
}

export function signRequestToken(claims: RequestClaims, key: Key, kid: string): string {
  return signJws({
    header: { kid, typ: 'request+jwt' },
    payload: JSON.stringify(claims),
    key,
  })
}

/**
 * The key a token claims to be signed with, to look it up. Believe nothing else of it yet.
 * @throws Problem invalid-token, invalid-request-token
 */
export function claimedKeyId(token: string): string {
  const { kid } = readJws(token).header
  if (typeof kid !== 'string') throw new Problem('invalid-request-token', { rule: 'kid' })
  return kid
}

/** Whether the token is signed by this key, made for this exchange, this request and this minute. */
export function verifyRequestToken(
  token: string,
  key: Key,
  expected: { readonly audience: string; readonly request: HttpRequest; readonly at: Date },
): RequestVerdict {
  const jws = verifyJws(token, key, { typ: 'request+jwt' })
  if (!jws.ok) return jws
  let payload: JsonObject
  try {
    payload = parseJsonObject(fromUtf8(jws.payload))
  } catch (thrown) {
    if (thrown instanceof Problem) return { ok: false, code: 'claims-malformed' }
    throw thrown
  }
  if (!isRequestClaims(payload)) return { ok: false, code: 'claims-malformed' }
  const code = mismatch(payload, expected)
  return code ? { ok: false, code } : { ok: true, claims: payload }
}

function mismatch(
  claims: RequestClaims,
  { audience, request, at }: { audience: string; request: HttpRequest; at: Date },
): string | undefined {
  const now = Math.floor(at.getTime() / 1000)
  const { clockSkewSeconds, lifetimeSeconds } = requestTokenLimits
  if (claims.aud !== audience) return 'wrong-audience'
  if (claims.htm !== request.method || claims.htu !== request.path) return 'other-request'
  if (claims.bh !== bodyHash(request.body)) return 'other-body'
  if (claims.exp - claims.iat > lifetimeSeconds || claims.exp <= claims.iat) return 'lifetime'
  // Written so that a time that is no time is never inside.
  if (!(claims.iat <= now + clockSkewSeconds)) return 'from-future'
  return now < claims.exp ? undefined : 'expired'
}

const claimRules: Readonly<Record<keyof RequestClaims, (value: Json | undefined) => boolean>> = {
  iss: isName,
  sub: isName,
  aud: isName,
  iat: Number.isSafeInteger,
  exp: Number.isSafeInteger,
  jti: isUniqueId,
  htm: isName,
  htu: isName,
  bh: isName,
  purpose: (value) => value === undefined || isPurpose(value),
}

function isRequestClaims(payload: JsonObject): payload is JsonObject & RequestClaims {
  return Object.entries(claimRules).every(([name, isRight]) => isRight(payload[name]))
}

function isPurpose(value: Json): boolean {
  if (!isJsonObject(value)) return false
  const { item, case: number, basis, ...others } = value
  if (Object.keys(others).length > 0) return false
  return isName(item) && isName(number) && (basis === undefined || isName(basis))
}

/** Text that can be stored, shown and searched for: control characters are in no name. */
function isName(value: Json | undefined): value is string {
  return (
    typeof value === 'string' &&
    value.length <= requestTokenLimits.textLength &&
    /^[^\p{Cc}]+$/u.test(value)
  )
}

/** At least 128 random bits, written in characters that carry at most six bits each. */
function isUniqueId(value: Json | undefined): boolean {
  const lengthMin = Math.ceil((requestTokenLimits.jtiBytesMin * 8) / 6)
  return isName(value) && /^[A-Za-z0-9_-]+$/.test(value) && value.length >= lengthMin
}

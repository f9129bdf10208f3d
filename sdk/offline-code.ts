/**
 * The offline code of a licence: a signed minimal document that one QR symbol holds, read without a
 * network by whoever has the trust file. It says which licence, its state when the code was made, and
 * those items that are public; nothing personal. A compact JWS (typ `offline+jwt`), its three parts
 * as bytes in Base45 behind `ZT1:`, so that a symbol of version 20 with correction M holds it.
 */
import { fromBase45, toBase45 } from './base45.ts'
import { fromBase64url, toBase64url } from './base64url.ts'
import { writeInstant } from './instant.ts'
import { isJsonObject, parseJsonObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { signJws, verifyJws } from './jws.ts'
import { concatBytes, fromUtf8 } from './primitives.ts'
import type { Key } from './primitives/key.ts'
import { Problem } from './problem.ts'
import { clockSkewSeconds } from './status.ts'
import type { Trust } from './trust.ts'

/** What a symbol of version 20 with correction M holds. */
export const offlineCodeLength = 970
export const offlineCodePrefix = 'ZT1:'

export interface OfflineClaims {
  readonly licenceId: string
  /** When the code was made. */
  readonly state: string
  /** Seconds since 1970. */
  readonly iat: number
  readonly exp: number
  /** `documentDigest` of the licence. */
  readonly doc: string
  /** Items that the catalogue makes public. */
  readonly items: Readonly<Record<string, string>>
}

export interface OfflineVerdict {
  /** `unknown` when what the code says is over. */
  readonly verdict: 'valid' | 'invalid' | 'unknown'
  readonly at: string
  readonly reason?: string
  /** Rely on it only when the verdict is `valid`. */
  readonly code?: OfflineClaims
}

const typ = 'offline+jwt'
const lengthBytes = 2

/** @throws Problem invalid-copy when no symbol of version 20 would hold it */
export function signOfflineCode(
  claims: OfflineClaims,
  { key, kid }: { readonly key: Key; readonly kid: string },
): string {
  const token = signJws({ header: { kid, typ }, payload: JSON.stringify(claims), key })
  const [header = '', payload = '', signature = ''] = token.split('.')
  const parts = [header, payload].map(fromBase64url).map(withLength)
  const text = toBase45(concatBytes(...parts, fromBase64url(signature)))
  const code = `${offlineCodePrefix}${text}`
  if (code.length > offlineCodeLength) throw new Problem('invalid-copy', { rule: 'offline-code' })
  return code
}

function withLength(part: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(part.length >> 8, part.length & 0xff), part)
}

export function verifyOfflineCode(
  text: string,
  { trust, at }: { readonly trust: Pick<Trust, 'receiptKeys'>; readonly at: Date },
): OfflineVerdict {
  const time = writeInstant(at)
  const refused = (reason: string, verdict: 'invalid' | 'unknown' = 'invalid'): OfflineVerdict => ({
    ...{ verdict, at: time, reason },
  })
  const token = tokenIn(text)
  if (token === undefined) return refused('code-malformed')
  const jws = verifyJws(token, trust.receiptKeys, { typ })
  if (!jws.ok) return refused(jws.code)
  const code = claimsIn(jws.payload)
  if (!code) return refused('claims-malformed')
  const seconds = at.getTime() / 1000
  if (!(code.iat <= seconds + clockSkewSeconds)) return { ...refused('not-yet-valid'), code }
  if (!(seconds < code.exp)) return { ...refused('code-expired', 'unknown'), code }
  if (code.state !== 'valid') return { ...refused(code.state), code }
  return { verdict: 'valid', at: time, code }
}

/** The parts have one spelling each, so the token is the one that was signed. */
function tokenIn(text: string): string | undefined {
  if (!text.startsWith(offlineCodePrefix) || text.length > offlineCodeLength) return undefined
  let bytes: Uint8Array
  try {
    bytes = fromBase45(text.slice(offlineCodePrefix.length))
  } catch (thrown) {
    if (thrown instanceof Problem) return undefined
    throw thrown
  }
  const header = partAt(bytes, 0)
  const payload = header && partAt(bytes, lengthBytes + header.length)
  if (!payload) return undefined
  const signature = bytes.subarray(2 * lengthBytes + header.length + payload.length)
  return [header, payload, signature].map(toBase64url).join('.')
}

function partAt(bytes: Uint8Array, at: number): Uint8Array | undefined {
  const from = at + lengthBytes
  const [high = 0, low] = bytes.subarray(at, from)
  const to = from + (high << 8) + (low ?? Infinity)
  return to > bytes.length ? undefined : bytes.subarray(from, to)
}

const isText = (value: Json | undefined): boolean => typeof value === 'string'
const isTime = (value: Json | undefined): boolean => Number.isSafeInteger(value)

const claimRules: Readonly<Record<keyof OfflineClaims, (value: Json | undefined) => boolean>> = {
  licenceId: isText,
  state: isText,
  iat: isTime,
  exp: isTime,
  doc: isText,
  items: (value) => isJsonObject(value) && Object.values(value).every(isText),
}

function claimsIn(payload: Uint8Array): OfflineClaims | undefined {
  try {
    const claims: JsonObject = parseJsonObject(fromUtf8(payload))
    const isKnown = Object.keys(claims).every((name) => Object.hasOwn(claimRules, name))
    const isRight = Object.entries(claimRules).every(([name, is]) => is(claims[name]))
    return isKnown && isRight ? (claims as unknown as OfflineClaims) : undefined // Held to the rules.
  } catch (thrown) {
    if (thrown instanceof Problem) return undefined
    throw thrown
  }
}

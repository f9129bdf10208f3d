/**
 * Selective disclosure by RFC 9901, the flat form our licences use: one `_sd` array of salted
 * digests at the top level, one disclosure per claim. Nested and array disclosures are refused.
 * This file knows the mechanics; what the claims mean is in `licence.ts`.
 */
import { fromBase64url, toBase64url } from './base64url.ts'
import { parseJson } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { fromUtf8, sha256, utf8 } from './primitives.ts'
import { Problem } from './problem.ts'

export interface Disclosure {
  readonly name: string
  readonly value: Json
  /** The transmitted string, whose SHA-256 the issuer signed. */
  readonly encoded: string
}

export interface SdJwt {
  /** The issuer-signed JWS. */
  readonly jwt: string
  readonly disclosures: readonly Disclosure[]
}

export const sdJwtLimits = { length: 262_144, disclosures: 200, saltBytesMin: 16 } as const
export const sdAlgorithm = 'sha-256'

/** Names no disclosure may carry: they change how the rest is read (RFC 9901 §7.1), or what it is. */
const reservedNames: ReadonlySet<string> = new Set(['_sd', '_sd_alg', '...', '__proto__'])

/** @param salt at least 128 random bits, never used twice (RFC 9901 §9.3). */
export function makeDisclosure(name: string, value: Json, salt: Uint8Array): Disclosure {
  return {
    name,
    value,
    encoded: toBase64url(utf8(JSON.stringify([toBase64url(salt), name, value]))),
  }
}

export function disclosureDigest(disclosure: Disclosure): string {
  return toBase64url(sha256(utf8(disclosure.encoded)))
}

/** Sorted, so that the order tells nothing about the claims (RFC 9901 §4.2.4.1). */
export function disclosureDigests(disclosures: readonly Disclosure[]): string[] {
  return disclosures.map(disclosureDigest).sort()
}

export function joinSdJwt({ jwt, disclosures }: SdJwt): string {
  return [jwt, ...disclosures.map(({ encoded }) => encoded), ''].join('~')
}

/**
 * The parts of a presentation without key binding. Nothing is verified yet.
 * @throws Problem invalid-licence-document
 */
export function splitSdJwt(text: string): SdJwt {
  if (text.length > sdJwtLimits.length) refuse('length', sdJwtLimits.length)
  const [jwt = '', ...rest] = text.split('~')
  const last = rest.pop()
  if (last === undefined) refuse('separator-missing')
  if (last !== '') refuse('key-binding-not-expected')
  if (rest.length > sdJwtLimits.disclosures) refuse('disclosures', sdJwtLimits.disclosures)
  return { jwt, disclosures: rest.map(readDisclosure) }
}

/**
 * Sets each disclosure in the place its digest has in the signed payload. Every rule is a MUST of
 * RFC 9901 §7.1: a digest stands once, a disclosure is referenced once, no claim is overwritten.
 * @throws Problem invalid-licence-document
 */
export function disclosedClaims(
  payload: JsonObject,
  disclosures: readonly Disclosure[],
): ReadonlyMap<string, Json> {
  const unused = signedDigests(payload)
  const claims = new Map<string, Json>()
  for (const disclosure of disclosures) {
    if (!unused.delete(disclosureDigest(disclosure))) refuse('disclosure-not-signed')
    if (Object.hasOwn(payload, disclosure.name)) refuse('disclosure-overwrites-claim')
    if (claims.has(disclosure.name)) refuse('disclosure-repeated')
    claims.set(disclosure.name, disclosure.value)
  }
  return claims
}

/** The same document with only the named claims disclosed; the signature stays the issuer's. */
export function discloseOnly(document: string, names: ReadonlySet<string>): string {
  const { jwt, disclosures } = splitSdJwt(document)
  return joinSdJwt({ jwt, disclosures: disclosures.filter(({ name }) => names.has(name)) })
}

function signedDigests(payload: JsonObject): Set<string> {
  if (payload['_sd_alg'] !== sdAlgorithm) refuse('digest-algorithm')
  const { _sd: listed, ...others } = payload
  if (!Array.isArray(listed)) refuse('digests-missing')
  if (mentionsDigests(others)) refuse('nested-disclosure')
  const digests = new Set<string>()
  for (const digest of listed as readonly unknown[]) {
    if (typeof digest !== 'string') refuse('digest-malformed')
    if (digests.has(digest)) refuse('digest-repeated')
    digests.add(digest)
  }
  return digests
}

/** Whether a claim in clear hides further digests inside, which the flat form does not have. */
function mentionsDigests(value: Json | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Object.hasOwn(value, '_sd') || Object.hasOwn(value, '...')) return true
  return Object.values(value).some(mentionsDigests)
}

function readDisclosure(encoded: string): Disclosure {
  const parts = parseJson(fromUtf8(fromBase64url(encoded)))
  if (!Array.isArray(parts) || parts.length !== 3) refuse('disclosure-malformed')
  const [salt, name, value] = parts as Json[]
  if (typeof salt !== 'string' || fromBase64url(salt).length < sdJwtLimits.saltBytesMin) {
    refuse('salt-too-short')
  }
  if (typeof name !== 'string' || reservedNames.has(name)) refuse('disclosure-name')
  if (value === undefined || mentionsDigests(value)) refuse('nested-disclosure')
  return { name, value, encoded }
}

function refuse(rule: string, limit?: number): never {
  throw new Problem('invalid-licence-document', limit === undefined ? { rule } : { rule, limit })
}

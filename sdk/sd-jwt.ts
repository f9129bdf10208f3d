/**
 * The form of an SD-JWT (RFC 9901 §4): a signed token, disclosures behind it, and perhaps a token of
 * the holder at the end. Writing and reading the parts;
 * where a disclosure belongs is `sd-jwt-claims.ts`, whether all of it is true `sd-jwt-verify.ts`.
 */
import { fromBase64url, toBase64url } from './base64url.ts'
import { parseJson } from './json.ts'
import type { Json } from './json.ts'
import { digestText, fromUtf8, utf8 } from './primitives.ts'
import { Problem } from './problem.ts'

export interface Disclosure {
  readonly salt: string
  /** Absent when an element of an array is disclosed. */
  readonly name: string | undefined
  readonly value: Json
  /** The transmitted string, whose digest the issuer signed. */
  readonly encoded: string
}

export interface SdJwt {
  /** The issuer-signed JWS. */
  readonly jwt: string
  readonly disclosures: readonly Disclosure[]
}

export interface Presentation extends SdJwt {
  /** All but the holder's token: what that token speaks about. */
  readonly bound: string
  readonly keyBinding: string | undefined
}

export const sdJwtLimits = { length: 262_144, disclosures: 200 } as const

/** The `typ` of a verifiable credential in this form. */
export const credentialType = 'dc+sd-jwt'

/** What decides whether a credential holds (SD-JWT VC §3.2.2.2). */
const alwaysClear: readonly unknown[] = [
  ...['iss', 'nbf', 'exp', 'cnf', 'vct', 'vct#integrity', 'status'],
]

export function isNeverHidden(claim: unknown): boolean {
  return alwaysClear.includes(claim)
}

/** The digests of IANA's registry that are long enough (RFC 9901 §4.1.1), by their names there. */
export const sdAlgorithms = {
  'sha-256': 'sha256',
  'sha-384': 'sha384',
  'sha-512': 'sha512',
} as const
export type SdAlgorithm = keyof typeof sdAlgorithms
/** The one our documents use, and the one that is meant when a document says nothing. */
export const sdAlgorithm = 'sha-256' satisfies SdAlgorithm

/** Names no disclosure may carry: they change how the rest is read (RFC 9901 §7.1), or what it is. */
export const reservedNames: ReadonlySet<string> = new Set(['_sd', '_sd_alg', '...', '__proto__'])

/**
 * @param name undefined for an element of an array
 * @param salt at least 128 random bits, never used twice (RFC 9901 §9.3).
 */
export function makeDisclosure(
  name: string | undefined,
  value: Json,
  salt: Uint8Array,
): Disclosure {
  const text = toBase64url(salt)
  const content = name === undefined ? [text, value] : [text, name, value]
  return { salt: text, name, value, encoded: toBase64url(utf8(JSON.stringify(content))) }
}

export function disclosureDigest(
  { encoded }: Disclosure,
  algorithm: SdAlgorithm = sdAlgorithm,
): string {
  return digestText(encoded, sdAlgorithms[algorithm])
}

/** Sorted, so that the order tells nothing about the claims (RFC 9901 §4.2.4.1). */
export function disclosureDigests(disclosures: readonly Disclosure[]): string[] {
  return disclosures.map((disclosure) => disclosureDigest(disclosure)).sort()
}

export function joinSdJwt({ jwt, disclosures }: SdJwt): string {
  return [jwt, ...disclosures.map(({ encoded }) => encoded), ''].join('~')
}

/**
 * The parts of a presentation. Nothing is verified yet.
 * @throws Problem invalid-licence-document, invalid-encoding, invalid-json
 */
export function splitPresentation(text: string): Presentation {
  if (text.length > sdJwtLimits.length) refuse('length', sdJwtLimits.length)
  const [jwt = '', ...rest] = text.split('~', sdJwtLimits.disclosures + 3)
  const end = rest.pop()
  if (end === undefined) refuse('separator-missing')
  if (rest.length > sdJwtLimits.disclosures) refuse('disclosures', sdJwtLimits.disclosures)
  return {
    ...{ jwt, disclosures: rest.map(readDisclosure) },
    bound: end === '' ? text : text.slice(0, -end.length),
    keyBinding: end === '' ? undefined : end,
  }
}

/**
 * The parts of a presentation without key binding.
 * @throws Problem as `splitPresentation` does
 */
export function splitSdJwt(text: string): SdJwt {
  const { jwt, disclosures, keyBinding } = splitPresentation(text)
  if (keyBinding !== undefined) refuse('key-binding-not-expected')
  return { jwt, disclosures }
}

/** The same document with only the named claims disclosed; the signature stays the issuer's. */
export function discloseOnly(document: string, names: ReadonlySet<string>): string {
  const { jwt, disclosures } = splitSdJwt(document)
  const shown = disclosures.filter(({ name }) => name !== undefined && names.has(name))
  return joinSdJwt({ jwt, disclosures: shown })
}

function readDisclosure(encoded: string): Disclosure {
  const parts = parseJson(fromUtf8(fromBase64url(encoded)))
  if (!Array.isArray(parts) || parts.length < 2 || parts.length > 3) refuse('disclosure-malformed')
  const list = parts as readonly Json[] // Array.isArray does not narrow to Json.
  const [salt, value] = [list[0], list.at(-1)]
  const name = list.length === 2 ? undefined : list[1]
  if (typeof salt !== 'string' || value === undefined) refuse('disclosure-malformed')
  if (name !== undefined && (typeof name !== 'string' || reservedNames.has(name))) {
    refuse('disclosure-name')
  }
  return { salt, name, value, encoded }
}

function refuse(rule: string, limit?: number): never {
  throw new Problem('invalid-licence-document', limit === undefined ? { rule } : { rule, limit })
}

/**
 * Where disclosures belong: the processing of RFC 9901 §7.1 step 3 to 5, with each of its MUSTs. A
 * digest stands once in all that was signed, a disclosure belongs to one digest, no claim is
 * overwritten, and nothing that only organises the hiding is left in the answer.
 */
import { isJsonObject, jsonLimits } from '../json.ts'
import type { Json, JsonObject } from '../json.ts'
import { Problem } from '../problem.ts'
import { disclosureDigest, sdAlgorithm, sdAlgorithms } from '../sd-jwt.ts'
import type { Disclosure, SdAlgorithm } from '../sd-jwt.ts'

export const claimLimits = {
  /** Of the payload together with all that is disclosed inside it. */
  depth: jsonLimits.depth,
  digests: 2_000,
} as const

/** Names of members and places in arrays as the issuer signed them, from the top. */
export type ClaimPath = readonly (string | number)[]

export interface Revealed {
  /** The payload as the issuer wrote it, as far as it is disclosed. */
  readonly claims: JsonObject
  readonly algorithm: SdAlgorithm
  /** Where each disclosure belongs. */
  readonly paths: ReadonlyMap<Disclosure, ClaimPath>
}

interface Processing {
  readonly disclosures: readonly Disclosure[]
  readonly unused: Map<string, Disclosure>
  readonly seen: Set<string>
  readonly paths: Map<Disclosure, ClaimPath>
  readonly nesting: Nesting
}

/** Whether digests may stand below the top, in arrays included. */
type Nesting = 'allowed' | 'refused'

/** @throws Problem invalid-licence-document */
export function revealClaims(
  payload: JsonObject,
  disclosures: readonly Disclosure[],
  { nesting }: { readonly nesting: Nesting } = { nesting: 'allowed' },
): Revealed {
  const { _sd_alg: named = sdAlgorithm } = payload
  const algorithm = algorithmNamed(named)
  const unused = new Map<string, Disclosure>()
  for (const disclosure of disclosures)
    unused.set(disclosureDigest(disclosure, algorithm), disclosure)
  if (unused.size !== disclosures.length) refuse('disclosure-repeated')
  const processing: Processing = {
    ...{ disclosures, unused, nesting },
    ...{ seen: new Set(), paths: new Map() },
  }
  const claims = revealObject(payload, [], processing)
  if (unused.size > 0) refuse('disclosure-not-signed')
  // Whoever was shown one of the two could guess the other from its digest (RFC 9901 §9.3).
  const salts = new Set(disclosures.map(({ salt }) => salt))
  if (salts.size !== disclosures.length) refuse('salt-repeated')
  return { claims, algorithm, paths: processing.paths }
}

function algorithmNamed(name: Json): SdAlgorithm {
  const isKnown = typeof name === 'string' && Object.hasOwn(sdAlgorithms, name)
  return isKnown ? (name as SdAlgorithm) : refuse('digest-algorithm') // It is one of its names.
}

function reveal(value: Json, path: ClaimPath, processing: Processing): Json {
  if (path.length > claimLimits.depth) refuse('depth', claimLimits.depth)
  if (Array.isArray(value)) return revealArray(value as readonly Json[], path, processing)
  return isJsonObject(value) ? revealObject(value, path, processing) : value
}

function revealObject(object: JsonObject, path: ClaimPath, processing: Processing): JsonObject {
  const claims: Record<string, Json> = {}
  const member = (value: Json, name: string): void => {
    const isPlain = typeof value !== 'object'
    claims[name] = isPlain ? value : reveal(value, [...path, name], processing)
  }
  for (const name of Object.keys(object)) {
    if (name === '...') refuse('forbidden-name')
    if (name === '_sd_alg' && path.length > 0) refuse('digest-algorithm-nested')
    const value = object[name]
    if (value !== undefined && !organising.has(name)) member(value, name)
  }
  for (const disclosure of disclosuresOf(object['_sd'], path, processing)) {
    const { name, value } = disclosure
    if (name === undefined) refuse('disclosure-of-element-for-claim')
    if (Object.hasOwn(claims, name)) refuse('disclosure-overwrites-claim')
    processing.paths.set(disclosure, [...path, name])
    member(value, name)
  }
  return claims
}

/** Members that say how the others are hidden. */
const organising: ReadonlySet<string> = new Set(['_sd', '_sd_alg'])

/**
 * What stands behind the digests of one `_sd`, in the order of the disclosures: that of the digests is
 * another in each document, and so would be the shape of each object. Those nobody disclosed, decoys
 * included, are nothing.
 */
function disclosuresOf(
  digests: Json | undefined,
  path: ClaimPath,
  processing: Processing,
): readonly Disclosure[] {
  if (digests === undefined) return []
  if (path.length > 0) refuseNesting(processing)
  if (!Array.isArray(digests)) refuse('digests-malformed')
  const taken = new Set<Disclosure>()
  for (const digest of digests as readonly Json[]) {
    const disclosure = take(digest, processing)
    if (disclosure) taken.add(disclosure)
  }
  return taken.size > 1 ? processing.disclosures.filter((one) => taken.has(one)) : [...taken]
}

function revealArray(array: readonly Json[], path: ClaimPath, processing: Processing): Json[] {
  return array.flatMap((element, index) => {
    const place = [...path, index]
    if (!isJsonObject(element) || !Object.hasOwn(element, '...')) {
      return [reveal(element, place, processing)]
    }
    refuseNesting(processing)
    if (Object.keys(element).length !== 1) refuse('hidden-element-malformed')
    const disclosure = take(element['...'], processing)
    if (!disclosure) return []
    if (disclosure.name !== undefined) refuse('disclosure-of-claim-for-element')
    processing.paths.set(disclosure, place)
    return [reveal(disclosure.value, place, processing)]
  })
}

/** The disclosure a digest stands for, once. */
function take(digest: Json | undefined, { unused, seen }: Processing): Disclosure | undefined {
  if (typeof digest !== 'string') refuse('digest-malformed')
  const { size } = seen
  if (seen.add(digest).size === size) refuse('digest-repeated')
  if (size === claimLimits.digests) refuse('digests', claimLimits.digests)
  const disclosure = unused.get(digest)
  if (disclosure) unused.delete(digest)
  return disclosure
}

function refuseNesting({ nesting }: Processing): void {
  if (nesting === 'refused') refuse('nested-disclosure')
}

function refuse(rule: string, limit?: number): never {
  throw new Problem('invalid-licence-document', limit === undefined ? { rule } : { rule, limit })
}

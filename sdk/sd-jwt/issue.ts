/**
 * Making SD-JWTs and showing less of them (RFC 9901 §5, §6): what may be withheld is named by its
 * path, the innermost is hidden first, and decoys blur how much there is. Licences are drafted and
 * sealed in `licence-document.ts`, because their signer is not at hand as a key.
 */
import { toBase64url } from '../base64url.ts'
import { isJsonObject, parseJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../json.ts'
import { readJws, signJws } from '../jws.ts'
import { digestText, fromUtf8, randomBytes } from '../primitives.ts'
import type { Key } from '../primitives/key.ts'
import { Problem } from '../problem.ts'
import {
  credentialType,
  disclosureDigest,
  joinSdJwt,
  isNeverHidden,
  makeDisclosure,
  reservedNames,
  sdAlgorithm,
  sdAlgorithms,
  sdJwtLimits,
  splitSdJwt,
} from '../sd-jwt.ts'
import type { Disclosure, SdAlgorithm } from '../sd-jwt.ts'
import { revealClaims } from './claims.ts'
import type { ClaimPath } from './claims.ts'

const saltBytes = 16

export interface SdJwtIssue {
  readonly claims: JsonObject
  /** What the holder may withhold, each by its path: `['name']`, `['address', 'street']`, `['scope', 0]`. */
  readonly disclose: readonly ClaimPath[]
  readonly key: Key
  /** Beside `alg` and `typ`, which is `dc+sd-jwt` unless it says otherwise. */
  readonly header?: JsonObject & { readonly alg?: never }
  /** So many digests of nothing beside the true ones in each object that hides something. */
  readonly decoys?: number
  readonly algorithm?: SdAlgorithm
}

/**
 * Everything disclosed; the holder withholds with `presentSdJwt`.
 * @throws Problem invalid-licence-document, unsupported-key
 */
export function issueSdJwt({ claims, disclose, key, ...issue }: SdJwtIssue): string {
  refuseReserved(claims)
  const header = { typ: credentialType, ...issue.header }
  const isCredential = header.typ === credentialType
  if (isCredential && disclose.some(([name]) => isNeverHidden(name))) refuse('hidden-claim')
  const hiding: Hiding = {
    ...{ disclosures: [], algorithm: issue.algorithm ?? sdAlgorithm, decoys: issue.decoys ?? 0 },
  }
  let payload: JsonObject = claims
  // The innermost first: what hides it carries its digest then.
  const inwards = disclose.toSorted((a, b) => b.length - a.length)
  for (const path of inwards) payload = hideIn(payload, path, hiding) as JsonObject // An object stays one.
  const { disclosures, algorithm } = hiding
  if (disclosures.length > sdJwtLimits.disclosures) refuse('disclosures', sdJwtLimits.disclosures)
  const jwt = signJws({ header, payload: JSON.stringify({ ...payload, _sd_alg: algorithm }), key })
  return joinSdJwt({ jwt, disclosures })
}

/**
 * Shows what stands at these paths, and what encloses it; whatever else is hidden stays so.
 * @throws Problem invalid-licence-document
 */
export function presentSdJwt(sdJwt: string, shown: readonly ClaimPath[]): string {
  const { jwt, disclosures } = splitSdJwt(sdJwt)
  const { paths } = revealClaims(parseJsonObject(fromUtf8(readJws(jwt).payload)), disclosures)
  const encloses = (path: ClaimPath = []): boolean =>
    shown.some((wanted) => path.every((step, i) => step === wanted[i]))
  return joinSdJwt({
    jwt,
    disclosures: disclosures.filter((disclosure) => encloses(paths.get(disclosure))),
  })
}

interface Hiding {
  readonly disclosures: Disclosure[]
  readonly algorithm: SdAlgorithm
  readonly decoys: number
}

/** The value with its part at the path replaced by a digest. */
function hideIn(value: Json | undefined, path: ClaimPath, hiding: Hiding): Json {
  const [step, ...deeper] = path
  if (Array.isArray(value) && typeof step === 'number') {
    return hideElement(value as readonly Json[], { step, deeper }, hiding)
  }
  if (isJsonObject(value) && typeof step === 'string') {
    return hideMember(value, { step, deeper }, hiding)
  }
  return refuse('no-such-claim')
}

function hideElement(
  array: readonly Json[],
  { step, deeper }: { readonly step: number; readonly deeper: ClaimPath },
  hiding: Hiding,
): Json {
  const element = array[step]
  if (element === undefined) refuse('no-such-claim')
  const put =
    deeper.length > 0
      ? hideIn(element, deeper, hiding)
      : { '...': hide(undefined, element, hiding) }
  return array.with(step, put)
}

function hideMember(
  object: JsonObject,
  { step, deeper }: { readonly step: string; readonly deeper: ClaimPath },
  hiding: Hiding,
): Json {
  const { [step]: member, ...others } = object
  if (member === undefined || !Object.hasOwn(object, step)) refuse('no-such-claim')
  if (deeper.length > 0) return { ...object, [step]: hideIn(member, deeper, hiding) }
  const hidden = (others['_sd'] ?? decoyDigests(hiding)) as readonly string[] // We wrote it.
  return { ...others, _sd: [...hidden, hide(step, member, hiding)].sort() }
}

function hide(name: string | undefined, value: Json, hiding: Hiding): string {
  const disclosure = makeDisclosure(name, value, randomBytes(saltBytes))
  hiding.disclosures.push(disclosure)
  return disclosureDigest(disclosure, hiding.algorithm)
}

function decoyDigests({ decoys, algorithm }: Hiding): string[] {
  const noise = (): string => toBase64url(randomBytes(saltBytes))
  return Array.from({ length: decoys }, () => digestText(noise(), sdAlgorithms[algorithm]))
}

/** A claim of such a name would be read as part of the hiding (RFC 9901 §4.1). */
function refuseReserved(value: Json | undefined): void {
  if (typeof value !== 'object' || value === null) return
  if (Object.keys(value).some((name) => reservedNames.has(name))) refuse('forbidden-name')
  for (const inner of Object.values(value) as Json[]) refuseReserved(inner)
}

function refuse(rule: string, limit?: number): never {
  throw new Problem('invalid-licence-document', limit === undefined ? { rule } : { rule, limit })
}

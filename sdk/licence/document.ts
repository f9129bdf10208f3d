/**
 * The licence document: an SD-JWT whose header is at once the seal's certificate chain, and whose
 * data items are disclosures under one signature of the issuing authority. Drafting, sealing and
 * reading; whether a document is true is decided in `licence.ts`.
 */
import { toBase64url } from '../base64url.ts'
import type { AlgorithmName } from '../algorithm.ts'
import { readChain, writeChain } from '../certificate/chain.ts'
import { isJsonObject, parseJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../json.ts'
import { readJws } from '../jws.ts'
import type { Jws } from '../jws.ts'
import { digestText, fromUtf8, sha256, utf8 } from '../primitives.ts'
import { Problem } from '../problem.ts'
import {
  credentialType,
  disclosureDigests,
  joinSdJwt,
  makeDisclosure,
  sdAlgorithm,
  splitPresentation,
} from '../sd-jwt.ts'
import type { Disclosure, Presentation } from '../sd-jwt.ts'
import { revealClaims } from '../sd-jwt/claims.ts'
import { compactSdJwt } from '../sd-jwt/json-form.ts'

export const licenceType = credentialType
export const licenceHeaders = ['alg', 'typ', 'kid', 'iat', 'x5t#S256', 'x5c'] as const

/** What stands in clear under the signature; times are seconds since 1970. */
export interface LicenceClaims {
  /** URN of the licence type: `urn:zhengtong:licence-type:<21 characters>`. */
  readonly vct: string
  readonly licenceId: string
  /** URN of the issuing department, the same as in its seal certificate. */
  readonly iss: string
  readonly nbf: number
  /** Absent for a licence without term (长期). */
  readonly exp?: number
  readonly status: { readonly status_list: { readonly idx: number; readonly uri: string } }
  readonly typeVersion: string
  readonly supersedes?: string
  /** The holder's key, when the licence is bound to one (RFC 7800). */
  readonly cnf?: JsonObject
}

/** The bytes to be signed and the disclosures that belong to them; sealing adds nothing else. */
export interface LicenceDraft {
  readonly payload: string
  readonly disclosures: readonly Disclosure[]
}

/** A seal as the sdk sees it: a certificate chain, leaf first, and something that signs. */
export interface Seal {
  readonly algorithm: AlgorithmName
  readonly chain: readonly Uint8Array[]
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>
}

export interface LicenceDocument {
  readonly header: JsonObject
  readonly claims: LicenceClaims
  readonly items: ReadonlyMap<string, Json>
  /** When the seal was set, by the sealer's own clock. */
  readonly sealedAt: Date
  /** The seal's certificates in standard base64, the leaf first. */
  readonly x5c: readonly string[]
  readonly jwt: string
  /** With the token of the holder, if there is one; nobody has verified it. */
  readonly presentation: Presentation
  /** The same, read; nobody has verified it. */
  readonly jws: Jws
}

export function departmentUrn(code: string): string {
  return `urn:zhengtong:department:${code}`
}

export function licenceTypeUrn(typeCode: string): string {
  return `urn:zhengtong:licence-type:${typeCode}`
}

/** @param salt yields 16 fresh random bytes at each call. */
export function draftLicence(
  claims: LicenceClaims,
  items: Readonly<Record<string, Json>>,
  salt: () => Uint8Array,
): LicenceDraft {
  const disclosures = Object.entries(items).map(([name, value]) =>
    makeDisclosure(name, value, salt()),
  )
  const payload = { ...claims, _sd: disclosureDigests(disclosures), _sd_alg: sdAlgorithm }
  return { payload: JSON.stringify(payload), disclosures }
}

export async function sealLicence(draft: LicenceDraft, seal: Seal, at: Date): Promise<string> {
  const input = `${headerOf(seal, at)}.${toBase64url(utf8(draft.payload))}`
  const signature = await seal.sign(utf8(input))
  return joinSdJwt({ jwt: `${input}.${toBase64url(signature)}`, disclosures: draft.disclosures })
}

interface SealHeader {
  readonly alg: AlgorithmName
  readonly iat: number
  /** In base64url. */
  readonly text: string
}

/** The last one of each chain: what is sealed in the same second has the same. */
const headers = new WeakMap<Seal['chain'], SealHeader>()

function headerOf({ algorithm: alg, chain }: Seal, at: Date): string {
  const iat = Math.floor(at.getTime() / 1000)
  const last = headers.get(chain)
  if (last?.iat === iat && last.alg === alg) return last.text
  const [leaf] = chain
  if (!leaf) throw new Problem('invalid-licence-document', { rule: 'certificate-missing' })
  const thumbprint = toBase64url(sha256(leaf))
  const named = { alg, typ: licenceType, kid: thumbprint, iat, 'x5t#S256': thumbprint }
  const text = toBase64url(utf8(JSON.stringify({ ...named, x5c: writeChain(chain) })))
  headers.set(chain, { alg, iat, text })
  return text
}

/** What the log remembers of a document: SHA-256 of the issuer-signed part, up to the first tilde. */
export function documentDigest(document: string): string {
  return digestText(document.slice(0, document.indexOf('~')))
}

/**
 * Reads the form of a document, compact or flattened. No signature is verified here.
 * @param keyBinding whether a token of the holder may stand at its end
 * @param isKnownChain whether an `x5c` is one that was read before
 * @throws Problem invalid-licence-document, invalid-certificate, invalid-json, invalid-encoding,
 * invalid-token
 */
export function readLicence(
  document: string,
  keyBinding: 'forbidden' | 'allowed' = 'forbidden',
  isKnownChain: (x5c: Json | undefined) => boolean = () => false,
): LicenceDocument {
  const presentation = splitPresentation(compactSdJwt(document))
  if (keyBinding === 'forbidden' && presentation.keyBinding !== undefined) {
    refuse('key-binding-not-expected')
  }
  const { jwt, disclosures } = presentation
  const jws = readJws(jwt)
  const { header } = jws
  const claims = parseJsonObject(fromUtf8(jws.payload))
  const items = disclosedItems(claims, disclosures)
  // What is said of the licence itself stands in clear, or the holder could choose to leave it out.
  if (claimNames.some((name) => items.has(name))) refuse('hidden-claim')
  return {
    header,
    claims: readClaims(claims),
    items,
    sealedAt: readSealedAt(header),
    x5c: readX5c(header, isKnownChain),
    ...{ jwt, presentation, jws },
  }
}

/** 16 bytes or more in base64url. */
const longSalt = /^[\w-]{22,}$/

/**
 * All of them hidden, each by itself, right under the top, with salts that nobody guesses; what
 * RFC 9901 allows beyond that is refused.
 */
function disclosedItems(
  payload: JsonObject,
  disclosures: readonly Disclosure[],
): ReadonlyMap<string, Json> {
  if (payload['_sd_alg'] !== sdAlgorithm) refuse('digest-algorithm')
  if (disclosures.some(({ salt }) => !longSalt.test(salt))) refuse('salt-too-short')
  revealClaims(payload, disclosures, { nesting: 'refused' })
  const items = new Map<string, Json>()
  for (const { name = '', value } of disclosures) items.set(name, value)
  return items
}

function readSealedAt(header: JsonObject): Date {
  const { iat } = header
  if (!isTime(iat)) refuse('iat')
  return new Date(iat * 1000)
}

/** Whether they lead anywhere is another question; that they are written as they should be is form. */
function readX5c(
  header: JsonObject,
  isKnown: (x5c: Json | undefined) => boolean,
): readonly string[] {
  const x5c = header['x5c']
  if (!isKnown(x5c)) readChain(x5c)
  return x5c as readonly string[] // Or it could not have been read.
}

const latestTime = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000

const claimRules: Readonly<Record<string, (value: Json | undefined) => boolean>> = {
  vct: isText,
  licenceId: isText,
  iss: isText,
  nbf: isTime,
  exp: (value) => value === undefined || isTime(value),
  status: isStatus,
  typeVersion: isText,
  supersedes: (value) => value === undefined || isText(value),
  cnf: (value) => value === undefined || isJsonObject(value),
  _sd: Array.isArray,
  _sd_alg: isText,
}

const claimNames = Object.keys(claimRules)

/** Every claim is known and of its kind; a claim we do not know could change what is meant. */
function readClaims(claims: JsonObject): LicenceClaims {
  const isKnown = Object.keys(claims).every((name) => Object.hasOwn(claimRules, name))
  if (!isKnown) refuse('unknown-claim')
  const wrong = claimNames.find((name) => !claimRules[name]?.(claims[name]))
  if (wrong !== undefined) refuse(wrong)
  return claims as unknown as LicenceClaims // Each member was checked against its rule above.
}

/** A second way to say the status, or a member we do not know, could change what it is. */
function isStatus(status: Json | undefined): boolean {
  if (!isJsonObject(status) || Object.keys(status).length !== 1) return false
  const list = status['status_list']
  if (!isJsonObject(list) || Object.keys(list).length !== 2) return false
  return isCount(list['idx']) && isText(list['uri'])
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string'
}

/** Whole seconds that a date can hold: until the end of the year 9999. */
function isTime(value: Json | undefined): value is number {
  return isCount(value) && value <= latestTime
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function refuse(rule: string): never {
  throw new Problem('invalid-licence-document', { rule })
}

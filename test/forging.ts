/**
 * Licences, log entries, status lists and questions, right by default and wrong where a test says
 * so. Nothing is checked and everything is signed, as by an attacker who holds the key.
 */
import { randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { algorithmOf, signBytes } from '../sdk/algorithm.ts'
import { fromBase64url, toBase64url } from '../sdk/base64url.ts'
import { writeChain } from '../sdk/certificate/chain.ts'
import { signCheckpoint } from '../sdk/checkpoint.ts'
import { formatLicenceId } from '../sdk/identifier-licence.ts'
import { canonicalJson, parseJsonObject } from '../sdk/json.ts'
import type { Json } from '../sdk/json.ts'
import { verifyLicence } from '../sdk/licence.ts'
import type { IssueEvidence, LicenceQuestion, LicenceVerdict } from '../sdk/licence.ts'
import { departmentUrn, licenceTypeUrn } from '../sdk/licence/document.ts'
import type { LicenceClaims } from '../sdk/licence/document.ts'
import { checkTitles } from '../sdk/licence/verdict.ts'
import { inclusionProof, leafHash, rootOf } from '../sdk/merkle.ts'
import { fromUtf8, sha256, utf8 } from '../sdk/primitives.ts'
import { disclosureDigests, joinSdJwt, makeDisclosure, splitSdJwt } from '../sdk/sd-jwt.ts'
import { encodeLicenceStatuses, signStatusList } from '../sdk/status/signer.ts'
import type { LicenceStatus } from '../sdk/status/signer.ts'
import { exchange, issuingAt as at, market } from './issuing.ts'
import type { Issuing, Signer } from './issuing.ts'

export const minuteMs = 60_000
export const uri = `https://${exchange}/status-lists/0`
export const place = 4_711
export const type = {
  business: '11100000MB0143028R001',
  grantedLater: '11100000MB0143028R002',
  lostBefore: '11100000MB0143028R003',
  lostAfter: '11100000MB0143028R004',
  identity: '11100000000013127D001',
}
/** When licences are sealed and, a second later, logged. */
export const sealedAt = before(60 * minuteMs)
const from = new Date('2019-01-01T00:00:00Z')
export const types = {
  market: [
    { code: type.business, from },
    { code: type.grantedLater, from: before(30 * minuteMs) },
    { code: type.lostBefore, from, until: before(90 * minuteMs) },
    { code: type.lostAfter, from, until: before(30 * minuteMs) },
  ],
  police: [{ code: type.identity, from }],
}
export const items = { name: '海口某某餐饮有限公司', capital: 500_000, scope: ['热食', '冷食'] }

export function before(spanMs: number): Date {
  return new Date(at.getTime() - spanMs)
}

export function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000)
}

export function encoded(value: object): string {
  return toBase64url(utf8(JSON.stringify(value)))
}

export function licenceIdOf(typeCode: string, issuer = market.organisation): string {
  return formatLicenceId({ typeCode, issuer, serial: '2026A1', version: '001' })
}

export function claimsOf(typeCode = type.business): LicenceClaims {
  return {
    vct: licenceTypeUrn(typeCode),
    licenceId: licenceIdOf(typeCode),
    iss: departmentUrn('haikouMarket'),
    nbf: seconds(new Date('2020-03-01T00:00:00+08:00')),
    exp: seconds(new Date('2030-03-01T00:00:00+08:00')),
    status: { status_list: { idx: place, uri } },
    typeVersion: '1',
  }
}

/** Members in place of or beside the right ones; undefined leaves one out. */
export interface Sealing {
  readonly claims?: object
  readonly header?: object
  readonly items?: Readonly<Record<string, Json>>
  readonly signer?: Signer
  /** Signs in place of the signer's own key. */
  readonly key?: KeyObject
  readonly at?: Date
}

interface Logging {
  readonly at?: Date
  readonly entry?: object
  readonly origin?: string
  readonly key?: KeyObject
}

interface Listing {
  readonly status?: LicenceStatus
  readonly at?: Date
  readonly uri?: string
  readonly signer?: Signer
}

export interface Presented {
  readonly document?: string
  /** Undefined in it leaves a thing out. */
  readonly asked?: { readonly [name in keyof LicenceQuestion]?: LicenceQuestion[name] | undefined }
}

export interface Forge {
  /** A true licence. */
  readonly document: string
  readonly freshList: string
  readonly sealed: (sealing?: Sealing) => string
  /** The true licence with other contents under the old signature. */
  readonly edited: (change: Pick<Sealing, 'claims' | 'header'>) => string
  /** The proof that the log, or another one, took a document. */
  readonly logged: (document: string, logging?: Logging) => IssueEvidence
  readonly listOf: (listing: Listing) => string
  /** With everything right that is not said, the log entry of this very document included. */
  readonly verify: (presented: Presented) => LicenceVerdict
}

export function createForge(
  issuing: Pick<Issuing, 'trust' | 'logKey' | 'status' | 'marketSeal'>,
): Forge {
  const seal = (sealing: Sealing = {}): string => sealed(issuing.marketSeal, sealing)
  const log = (document: string, logging: Logging = {}): IssueEvidence =>
    logged(document, { key: issuing.logKey, ...logging })
  const listOf = (listing: Listing): string => listed(issuing.status, listing)
  const document = seal()
  const freshList = listOf({})
  const right = { trust: issuing.trust, at, status: freshList }
  return {
    ...{ document, freshList, sealed: seal, logged: log, listOf },
    edited: (change) => edited(document, change),
    verify: ({ document: presented = document, asked = {} }) => {
      const evidence = 'evidence' in asked ? asked.evidence : log(presented)
      const given = Object.entries({ ...right, ...asked, evidence })
      const question = Object.fromEntries(given.filter(([, value]) => value !== undefined))
      return verifyLicence(presented, question as unknown as LicenceQuestion) // As a caller may.
    },
  }
}

/** A path without end leaves nothing to hold the seal and its issuer against. */
export function pathBroken(reason: string, ...more: readonly string[]): string {
  const notReached = ['seal not-reached', 'issuer-authorised not-reached']
  return ['invalid', `certificate-path ${reason}`, ...notReached, ...more].join('; ')
}

export function malformed(reason: string): string {
  const others = Object.keys(checkTitles).slice(1)
  return ['invalid', `form ${reason}`, ...others.map((code) => `${code} not-reached`)].join('; ')
}

function sealed(seal: Signer, sealing: Sealing): string {
  const { signer = seal, key = signer.key, at: time = sealedAt } = sealing
  const disclosures = Object.entries(sealing.items ?? items).map(([name, value]) =>
    makeDisclosure(name, value, randomBytes(16)),
  )
  const thumbprint = toBase64url(sha256(...signer.chain.slice(0, 1)))
  const header = {
    ...{ alg: algorithmOf(key), typ: 'dc+sd-jwt', kid: thumbprint, iat: seconds(time) },
    ...{ 'x5t#S256': thumbprint, x5c: writeChain(signer.chain), ...sealing.header },
  }
  const payload = { ...claimsOf(), _sd: disclosureDigests(disclosures), _sd_alg: 'sha-256' }
  const input = `${encoded(header)}.${encoded({ ...payload, ...sealing.claims })}`
  const signature = signBytes(algorithmOf(key), key, utf8(input))
  return joinSdJwt({ jwt: `${input}.${toBase64url(signature)}`, disclosures })
}

function edited(document: string, change: Pick<Sealing, 'claims' | 'header'>): string {
  const { jwt, disclosures } = splitSdJwt(document)
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  const changed = (part: string, by: object = {}): string =>
    encoded({ ...parseJsonObject(fromUtf8(fromBase64url(part))), ...by })
  const parts = [changed(header, change.header), changed(payload, change.claims), signature]
  return joinSdJwt({ jwt: parts.join('.'), disclosures })
}

/** Place 3 of 7 entries. */
function logged(document: string, logging: Logging & { readonly key: KeyObject }): IssueEvidence {
  const { at: time = new Date(sealedAt.getTime() + 1_000), key } = logging
  const entry = utf8(
    canonicalJson({
      ...{ kind: 'licence-issued', at: time.toISOString(), recordedAt: time.toISOString() },
      ...{ document: toBase64url(sha256(utf8(document.split('~', 1).join()))), ...logging.entry },
    }),
  )
  const leaves = Array.from({ length: 7 }, (_, i) => leafHash(i === 3 ? entry : utf8(`entry ${i}`)))
  const tree = { origin: logging.origin ?? `${exchange}/log/2026`, size: leaves.length }
  const checkpoint = signCheckpoint({ ...tree, root: rootOf(leaves) }, key)
  return { entry, index: 3, proof: inclusionProof(leaves, 3), checkpoint, ...tree }
}

function listed(signer: Signer, listing: Listing): string {
  const statuses = encodeLicenceStatuses(new Map([[place, listing.status ?? 'valid']]))
  const list = { ...statuses, uri: listing.uri ?? uri, at: listing.at ?? at }
  return signStatusList(list, listing.signer ?? signer)
}

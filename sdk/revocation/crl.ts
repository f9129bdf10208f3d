/**
 * One certificate revocation list (RFC 5280 §5) as data: complete or delta, direct or indirect, of
 * everything or of a part. Reading it says nothing about whom it binds: that is `crl-statement.ts`.
 * A list with an extension that is critical and unknown is refused, as nobody knows what it means.
 */
import { readAuthorityKeyId } from '../certificate/extension.ts'
import { checkSameAlgorithm, readSigned } from '../certificate/read.ts'
import type { Signed } from '../certificate/read.ts'
import { readName, sameName } from '../certificate/name.ts'
import type { Name } from '../certificate/name.ts'
import { readDer, readDerIn, tags } from '../der.ts'
import type { DerNode } from '../der.ts'
import {
  contextTag,
  elementsOf,
  expectTag,
  fieldsOf,
  insideOf,
  serialOf,
  smallIntegerOf,
  timeOf,
} from '../der-value.ts'
import type { Fields } from '../der-value.ts'
import { readCertificateIssuer, readIssuingPoint } from './distribution-point.ts'
import type { IssuingPoint } from './distribution-point.ts'
import type { Source } from '../given.ts'
import { derOf } from '../pem.ts'
import { toText } from '../primitives.ts'
import { Problem } from '../problem.ts'
import { entryOids, readExtensionsBy, revocationOf } from './entry.ts'
import type { ExtensionRules, Revocation } from './entry.ts'

export const crlLimits = { bytes: 1_048_576, depth: 24, nodes: 300_000, entries: 20_000 }
/** RFC 5280 §5.2.3. */
const numberOctetsMax = 20
/** In an indirect list the same number may occur once for each issuer. */
const issuersOfSerialMax = 64

export interface Crl extends Signed {
  readonly readAs: 'crl'
  readonly issuer: Name
  readonly thisUpdate: Date
  /** That of this list when it does not say when the next one comes: it is fresh at no other time. */
  readonly nextUpdate: Date
  readonly authorityKeyId: Uint8Array | undefined
  /** Only lists of version 1 have none. */
  readonly number: bigint | undefined
  /** What a delta list adds to: the list of this number, or a later one. */
  readonly baseNumber: bigint | undefined
  readonly point: IssuingPoint | undefined
  /** By serial number, as in `Certificate`; several when an indirect list speaks for several issuers. */
  readonly entries: ReadonlyMap<string, readonly CrlEntry[]>
}

export interface CrlEntry extends Revocation {
  readonly serial: string
  /** Who issued the certificate. */
  readonly issuer: Name
}

const oids = {
  number: '2.5.29.20',
  deltaIndicator: '2.5.29.27',
  issuingPoint: '2.5.29.28',
  authorityKeyId: '2.5.29.35',
  freshest: '2.5.29.46',
} as const

const listRules: ExtensionRules = {
  [oids.number]: 'not-critical',
  [oids.deltaIndicator]: 'critical',
  [oids.issuingPoint]: 'critical',
  [oids.authorityKeyId]: 'either',
  [oids.freshest]: 'not-critical',
}

const entryRules: ExtensionRules = {
  [entryOids.reason]: 'either',
  [entryOids.invalidityDate]: 'either',
  [entryOids.certificateIssuer]: 'critical',
}

/** @throws Problem invalid-certificate */
export function parseCrl(given: Source): Crl {
  try {
    return readCrl(derOf(given, 'X509 CRL'))
  } catch (cause) {
    if (!(cause instanceof Problem) || cause.code === 'invalid-certificate') throw cause
    throw new Problem('invalid-certificate', cause.detail, { cause })
  }
}

/**
 * Whether a list is what our own PKI issues: it says everything its issuer has to say, and names the
 * key it was signed with.
 */
export function isPlainCrl(crl: Crl): boolean {
  const isWhole = crl.baseNumber === undefined && crl.point === undefined
  const isDescribed = crl.number !== undefined && crl.authorityKeyId !== undefined
  return isWhole && isDescribed && crl.thisUpdate < crl.nextUpdate
}

function readCrl(der: Uint8Array): Crl {
  const signed = readSigned(readDer(der, crlLimits))
  const fields = fieldsOf(signed.content)
  const version = fields.optional(tags.integer)
  if (version && smallIntegerOf(version, 1) !== 1) refuse('version')
  checkSameAlgorithm(fields.next(), signed)
  const issuer = readName(fields.next())
  const { thisUpdate, nextUpdate } = readUpdates(fields)
  const entries = fields.optional(tags.sequence)
  const extensions = version
    ? readListExtensions(insideOf(fields.next(contextTag(0, 'constructed'))))
    : undefined
  fields.end()
  const about = {
    ...{ issuer, isVersion1: !version, isDelta: extensions?.baseNumber !== undefined },
    isIndirect: extensions?.point?.isIndirect === true,
  }
  const { tbs, signatureAlgorithm, signature } = signed
  return {
    readAs: 'crl',
    ...{ der, tbs, signatureAlgorithm, signature },
    ...{ issuer, thisUpdate, nextUpdate },
    ...(extensions ?? nothingSaid),
    entries: entries ? readEntries(entries, about) : new Map(),
  }
}

function readUpdates(fields: Fields): { thisUpdate: Date; nextUpdate: Date } {
  const thisUpdate = timeOf(fields.next())
  const next = fields.optional(tags.utcTime) ?? fields.optional(tags.generalizedTime)
  const nextUpdate = next ? timeOf(next) : thisUpdate
  return nextUpdate < thisUpdate ? refuse('validity') : { thisUpdate, nextUpdate }
}

type ListExtensions = Pick<Crl, 'authorityKeyId' | 'number' | 'baseNumber' | 'point'>

const nothingSaid: ListExtensions = {
  ...{ authorityKeyId: undefined, number: undefined, baseNumber: undefined, point: undefined },
}

function readListExtensions(list: DerNode): ListExtensions {
  const extensions = readExtensionsBy(listRules, list)
  const read = <T>(oid: string, reader: (value: DerNode) => T): T | undefined => {
    const value = extensions.get(oid)
    return value && reader(readDerIn(value))
  }
  return {
    number: read(oids.number, numberOf) ?? refuse('crl-extension'),
    baseNumber: read(oids.deltaIndicator, numberOf),
    point: read(oids.issuingPoint, readIssuingPoint),
    authorityKeyId: read(oids.authorityKeyId, readAuthorityKeyId),
  }
}

function numberOf(node: DerNode): bigint {
  const { content } = expectTag(node, tags.integer)
  const isInRange = (content[0] ?? 0) < 0x80 && content.length <= numberOctetsMax
  return isInRange ? BigInt(`0x${toText(content, 'hex')}`) : refuse('crl-number')
}

interface ListAbout {
  readonly issuer: Name
  readonly isVersion1: boolean
  readonly isDelta: boolean
  readonly isIndirect: boolean
}

function readEntries(list: DerNode, about: ListAbout): Crl['entries'] {
  const entries = new Map<string, CrlEntry[]>()
  let { issuer } = about
  for (const node of elementsOf(list, crlLimits.entries)) {
    const entry = readEntry(node, { ...about, issuer })
    issuer = entry.issuer
    const others = entries.get(entry.serial) ?? []
    if (others.some((other) => sameName(other.issuer, issuer))) refuse('duplicate-serial')
    if (others.length === issuersOfSerialMax) refuse('too-many')
    entries.set(entry.serial, [...others, entry])
  }
  return entries
}

/** In an indirect list an entry speaks for the issuer of the one before it, or names another. */
function readEntry(node: DerNode, about: ListAbout): CrlEntry {
  const fields = fieldsOf(node)
  const serial = serialOf(fields.next())
  const revokedAt = timeOf(fields.next())
  const list = about.isVersion1 ? undefined : fields.optional(tags.sequence)
  fields.end()
  if (!list) return { serial, issuer: about.issuer, reason: 'unspecified', from: revokedAt }
  const extensions = readExtensionsBy(entryRules, list)
  const [reason, named] = [entryOids.reason, entryOids.certificateIssuer].map((oid) => {
    const value = extensions.get(oid)
    return value && readDerIn(value)
  })
  if (named && !about.isIndirect) refuse('crl-extension')
  const issuer = named ? readCertificateIssuer(named) : about.issuer
  const invalidityDate = extensions.get(entryOids.invalidityDate)
  const revocation = revocationOf(revokedAt, { reason, invalidityDate })
  if (revocation.reason === 'removeFromCRL' && !about.isDelta) refuse('reason')
  return { serial, issuer, ...revocation }
}

function refuse(rule: string): never {
  throw new Problem('invalid-certificate', { rule })
}

/**
 * One complete certificate revocation list, version 2 (RFC 5280 §5), as data. Delta lists, indirect
 * lists and lists of a part (issuingDistributionPoint) are refused: a list says everything its
 * issuer has to say, or it says nothing.
 */
import { readAuthorityKeyId, readExtension } from './certificate-extension.ts'
import type { RawExtension } from './certificate-extension.ts'
import { checkSameAlgorithm, readSigned } from './certificate.ts'
import type { Signed } from './certificate.ts'
import { readName } from './certificate-name.ts'
import type { Name } from './certificate-name.ts'
import { readDer, tags } from './der.ts'
import type { DerNode } from './der.ts'
import {
  contextTag,
  elementsOf,
  fieldsOf,
  generalizedTimeOf,
  insideOf,
  positiveHexOf,
  smallIntegerOf,
  timeOf,
} from './der-value.ts'
import { Problem } from './problem.ts'

export const crlLimits = {
  bytes: 1_048_576,
  depth: 24,
  nodes: 200_000,
  entries: 20_000,
  extensions: 16,
}

export interface Crl extends Signed {
  readonly issuer: Name
  readonly thisUpdate: Date
  readonly nextUpdate: Date
  readonly authorityKeyId: Uint8Array
  /** Serial number, in lower-case hexadecimal, to the moment from which not to trust it. */
  readonly revokedFrom: ReadonlyMap<string, Date>
}

const crlOids = {
  number: '2.5.29.20',
  deltaIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  authorityKeyId: '2.5.29.35',
} as const

const entryOids = { reason: '2.5.29.21', invalidityDate: '2.5.29.24' } as const

/** @throws Problem invalid-certificate */
export function parseCrl(der: Uint8Array): Crl {
  try {
    return readCrl(Uint8Array.from(der))
  } catch (cause) {
    if (!(cause instanceof Problem) || cause.code === 'invalid-certificate') throw cause
    throw new Problem('invalid-certificate', cause.detail, { cause })
  }
}

function readCrl(der: Uint8Array): Crl {
  const signed = readSigned(readDer(der, crlLimits))
  const fields = fieldsOf(signed.content)
  if (smallIntegerOf(fields.next(), 1) !== 1) refuse('version')
  checkSameAlgorithm(fields.next(), signed)
  const issuer = readName(fields.next())
  const thisUpdate = timeOf(fields.next())
  const nextUpdate = timeOf(fields.next())
  const entries = fields.optional(tags.sequence)
  const authorityKeyId = readCrlExtensions(insideOf(fields.next(contextTag(0, 'constructed'))))
  fields.end()
  if (nextUpdate < thisUpdate) refuse('validity')
  const { tbs, signatureAlgorithm, signature } = signed
  return {
    ...{ der, tbs, signatureAlgorithm, signature },
    ...{ issuer, thisUpdate, nextUpdate, authorityKeyId },
    revokedFrom: entries ? readEntries(entries) : new Map(),
  }
}

/** The authority key identifier, which RFC 5280 §5.2.1 requires. */
function readCrlExtensions(list: DerNode): Uint8Array {
  const extensions = readAll(list)
  for (const { oid, isCritical } of extensions.values()) {
    const isPartial = oid === crlOids.deltaIndicator || oid === crlOids.issuingDistributionPoint
    if (isPartial || isCritical) refuse('crl-extension')
  }
  const keyId = extensions.get(crlOids.authorityKeyId)
  if (!keyId || !extensions.has(crlOids.number)) refuse('crl-extension')
  return readAuthorityKeyId(readDer(keyId.value))
}

function readEntries(list: DerNode): ReadonlyMap<string, Date> {
  const revokedFrom = new Map<string, Date>()
  for (const entry of elementsOf(list, crlLimits.entries)) {
    const fields = fieldsOf(entry)
    const serial = positiveHexOf(fields.next())
    const revoked = timeOf(fields.next())
    const extensions = fields.optional(tags.sequence)
    fields.end()
    const invalid = extensions ? invalidityDate(extensions) : undefined
    if (revokedFrom.has(serial)) refuse('duplicate-serial')
    revokedFrom.set(serial, invalid && invalid < revoked ? invalid : revoked)
  }
  return revokedFrom
}

/**
 * The date from which the key is suspected (RFC 5280 §5.3.2): what it signed since then is not
 * trusted, although the revocation came later.
 */
function invalidityDate(list: DerNode): Date | undefined {
  const extensions = readAll(list)
  for (const { oid, isCritical } of extensions.values()) {
    if (isCritical && oid !== entryOids.reason && oid !== entryOids.invalidityDate) {
      refuse('crl-extension')
    }
  }
  const date = extensions.get(entryOids.invalidityDate)
  return date ? generalizedTimeOf(readDer(date.value)) : undefined
}

function readAll(list: DerNode): ReadonlyMap<string, RawExtension> {
  const extensions = elementsOf(list, crlLimits.extensions).map(readExtension)
  const byOid = new Map(extensions.map((extension) => [extension.oid, extension]))
  if (byOid.size !== extensions.length) refuse('duplicate-extension')
  return byOid
}

function refuse(rule: string): never {
  throw new Problem('invalid-certificate', { rule })
}

/**
 * The certificate extensions this platform understands (RFC 5280 §4.2.1), as a table of readers.
 * Whoever validates a path decides what they mean; everything else is reported by its number.
 */
import { readName } from './certificate-name.ts'
import type { Name } from './certificate-name.ts'
import { readDer, tags } from './der.ts'
import type { DerNode } from './der.ts'
import {
  contextTag,
  elementsOf,
  expectTag,
  fieldsOf,
  insideOf,
  namedBitsOf,
  oidOf,
  smallIntegerOf,
  trueOf,
} from './der-value.ts'
import { readDistributionPoints } from './distribution-point.ts'
import type { DistributionPoint } from './distribution-point.ts'
import { Problem } from './problem.ts'

export const extensionLimits = { extensions: 32, elements: 64, pathLength: 16, uriLength: 256 }

/** Names of the bits of keyUsage, in their order (RFC 5280 §4.2.1.3). */
const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const
export type KeyUsage = (typeof keyUsages)[number]

export interface Extensions {
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength?: number }
  readonly keyUsage?: ReadonlySet<KeyUsage>
  readonly extendedKeyUsage?: readonly string[]
  readonly subjectKeyId?: Uint8Array
  readonly authorityKeyId?: Uint8Array
  readonly subjectAltName?: AlternativeNames
  readonly nameConstraints?: NameConstraints
  readonly crlDistributionPoints?: readonly DistributionPoint[]
  readonly critical: ReadonlySet<string>
  /** Numbers of the extensions that are present and not read. */
  readonly unread: ReadonlySet<string>
}

export interface AlternativeNames {
  readonly uris: readonly string[]
  readonly directoryNames: readonly Name[]
  /** How many names of other kinds there are: we use none of them. */
  readonly others: number
}

export interface NameConstraints {
  readonly permitted: readonly Name[]
  /** Whether there is anything beyond permitted directory names, which we do not evaluate. */
  readonly beyond: boolean
}

export const extensionOids = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  policyMappings: '2.5.29.33',
  authorityKeyId: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
} as const

const readers: Readonly<Record<string, (value: DerNode) => Partial<Extensions>>> = {
  [extensionOids.subjectKeyId]: (value) => ({ subjectKeyId: readKeyId(value) }),
  [extensionOids.keyUsage]: (value) => ({ keyUsage: readKeyUsage(value) }),
  [extensionOids.subjectAltName]: (value) => ({ subjectAltName: readAlternativeNames(value) }),
  [extensionOids.basicConstraints]: (value) => ({ basicConstraints: readBasicConstraints(value) }),
  [extensionOids.nameConstraints]: (value) => ({ nameConstraints: readNameConstraints(value) }),
  [extensionOids.crlDistributionPoints]: (value) => ({
    crlDistributionPoints: readDistributionPoints(value),
  }),
  [extensionOids.authorityKeyId]: (value) => ({ authorityKeyId: readAuthorityKeyId(value) }),
  [extensionOids.extendedKeyUsage]: (value) => ({
    extendedKeyUsage: elementsOf(value, extensionLimits.elements).map(oidOf),
  }),
}

/**
 * Each extension occurs at most once (RFC 5280 §4.2).
 * @throws Problem invalid-certificate, invalid-der
 */
export function readExtensions(list: DerNode): Extensions {
  const critical = new Set<string>()
  const unread = new Set<string>()
  const seen = new Set<string>()
  let extensions: Partial<Extensions> = {}
  for (const node of elementsOf(list, extensionLimits.extensions)) {
    const { oid, isCritical, value } = readExtension(node)
    if (seen.has(oid)) throw new Problem('invalid-certificate', { rule: 'duplicate-extension' })
    seen.add(oid)
    if (isCritical) critical.add(oid)
    const reader = readers[oid]
    if (reader) extensions = { ...extensions, ...reader(readDer(value)) }
    else unread.add(oid)
  }
  return { ...extensions, critical, unread }
}

export interface RawExtension {
  readonly oid: string
  readonly isCritical: boolean
  /** The DER inside the OCTET STRING. */
  readonly value: Uint8Array
}

/** One Extension of a certificate, a CRL or a CRL entry (RFC 5280 §4.1, §5.1). */
export function readExtension(node: DerNode): RawExtension {
  const fields = fieldsOf(node)
  const oid = oidOf(fields.next(tags.oid))
  const critical = fields.optional(tags.boolean)
  const isCritical = critical !== undefined && trueOf(critical)
  const value = fields.next(tags.octetString).content
  fields.end()
  return { oid, isCritical, value }
}

/** RFC 5280 §4.2.1.1, with the key identifier only: the pair of issuer and serial is not used. */
export function readAuthorityKeyId(value: DerNode): Uint8Array {
  const fields = fieldsOf(value)
  const keyId = fields.next(contextTag(0, 'primitive')).content
  fields.end()
  return checkedKeyId(keyId)
}

function readKeyId(value: DerNode): Uint8Array {
  return checkedKeyId(expectTag(value, tags.octetString).content)
}

function checkedKeyId(keyId: Uint8Array): Uint8Array {
  if (keyId.length === 0 || keyId.length > 64) {
    throw new Problem('invalid-certificate', { rule: 'key-identifier' })
  }
  return keyId
}

function readKeyUsage(value: DerNode): ReadonlySet<KeyUsage> {
  const usages = new Set<KeyUsage>()
  for (const bit of namedBitsOf(value)) {
    const usage = keyUsages[bit]
    if (!usage) throw new Problem('invalid-certificate', { rule: 'key-usage' })
    usages.add(usage)
  }
  return usages
}

function readBasicConstraints(value: DerNode): { ca: boolean; pathLength?: number } {
  const fields = fieldsOf(value)
  const ca = fields.optional(tags.boolean)
  const length = fields.optional(tags.integer)
  fields.end()
  if (!ca) {
    if (length) throw new Problem('invalid-certificate', { rule: 'path-length-without-ca' })
    return { ca: false }
  }
  trueOf(ca)
  if (!length) return { ca: true }
  return { ca: true, pathLength: smallIntegerOf(length, extensionLimits.pathLength) }
}

const generalNames = {
  uri: contextTag(6, 'primitive'),
  directoryName: contextTag(4, 'constructed'),
} as const

function readAlternativeNames(value: DerNode): AlternativeNames {
  const uris: string[] = []
  const directoryNames: Name[] = []
  const names = elementsOf(value, extensionLimits.elements)
  for (const name of names) {
    if (name.tag === generalNames.uri) uris.push(readUri(name))
    if (name.tag === generalNames.directoryName) directoryNames.push(readName(insideOf(name)))
  }
  return { uris, directoryNames, others: names.length - uris.length - directoryNames.length }
}

function readUri({ content }: DerNode): string {
  const uri = Buffer.from(content).toString('latin1')
  if (uri.length > extensionLimits.uriLength || !/^[\x21-\x7e]+$/.test(uri)) {
    throw new Problem('invalid-certificate', { rule: 'uri' })
  }
  return uri
}

/** RFC 5280 §4.2.1.10; minimum and maximum are not allowed to occur there. */
function readNameConstraints(value: DerNode): NameConstraints {
  const fields = fieldsOf(value)
  const permitted = fields.optional(contextTag(0, 'constructed'))?.children ?? []
  const excluded = fields.optional(contextTag(1, 'constructed'))
  fields.end()
  const bases = permitted.slice(0, extensionLimits.elements).map((subtree) => {
    const subtreeFields = fieldsOf(subtree)
    const base = subtreeFields.next()
    subtreeFields.end()
    return base
  })
  const directoryNames = bases.filter((base) => base.tag === generalNames.directoryName)
  const isComplete = directoryNames.length === permitted.length && permitted.length > 0
  return {
    permitted: directoryNames.map((base) => readName(insideOf(base))),
    beyond: excluded !== undefined || !isComplete,
  }
}

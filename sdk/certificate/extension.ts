/**
 * The certificate extensions this platform understands (RFC 5280 §4.2), as a table of readers.
 * Whoever validates a path decides what they mean; everything else is reported by its number. What
 * policies look like is in `certificate-policy-extension.ts`.
 */
import { readGeneralName, readSubtreeBase } from './general-name.ts'
import type { GeneralName } from './general-name.ts'
import {
  readInhibitAnyPolicy,
  readPolicies,
  readPolicyConstraints,
  readPolicyMappings,
} from './policy-extension.ts'
import type { PolicyConstraints, PolicyMapping } from './policy-extension.ts'
import { readDerIn, tags } from '../der.ts'
import type { DerNode } from '../der.ts'
import {
  contextTag,
  elementsOf,
  expectTag,
  fieldsOf,
  namedBitsOf,
  oidOf,
  smallIntegerOf,
  trueOf,
} from '../der-value.ts'
import { readDistributionPoints } from '../revocation/distribution-point.ts'
import type { DistributionPoint } from '../revocation/distribution-point.ts'
import { Problem } from '../problem.ts'

export const extensionLimits = { extensions: 32, elements: 64, names: 1_000, pathLength: 255 }

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

/** All of them have all members, so that whoever looks at one finds it at the same place in each. */
export interface Extensions {
  readonly basicConstraints: BasicConstraints | undefined
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined
  readonly extendedKeyUsage: readonly string[] | undefined
  readonly subjectKeyId: Uint8Array | undefined
  readonly authorityKeyId: Uint8Array | undefined
  /** Whether the authority's certificate is named beside its key, by issuer and number. */
  readonly namesAuthority: boolean | undefined
  readonly subjectAltName: readonly GeneralName[] | undefined
  readonly nameConstraints: NameConstraints | undefined
  readonly crlDistributionPoints: readonly DistributionPoint[] | undefined
  readonly policies: ReadonlySet<string> | undefined
  readonly policyMappings: readonly PolicyMapping[] | undefined
  readonly policyConstraints: PolicyConstraints | undefined
  readonly inhibitAnyPolicy: number | undefined
  readonly critical: ReadonlySet<string>
  /** The extensions that are present and not read: their numbers, and the DER they hold. */
  readonly unread: ReadonlyMap<string, Uint8Array>
}

interface BasicConstraints {
  readonly ca: boolean
  readonly pathLength?: number
}

/** RFC 5280 §4.2.1.10: bases of subtrees. */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[]
  readonly excluded: readonly GeneralName[]
}

export const extensionOids = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  policies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyId: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  /** RFC 6960 §4.2.2.2.1: its authority may say that a responder's certificate need not be checked. */
  ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',
} as const

type Reading = { -readonly [Name in keyof Extensions]: Extensions[Name] }

const readers: Readonly<Record<string, (value: DerNode, read: Reading) => void>> = {
  [extensionOids.subjectKeyId]: (value, read) => {
    read.subjectKeyId = readKeyId(value)
  },
  [extensionOids.keyUsage]: (value, read) => {
    read.keyUsage = readKeyUsage(value)
  },
  [extensionOids.subjectAltName]: (value, read) => {
    read.subjectAltName = elementsOf(value, extensionLimits.names).map(readGeneralName)
  },
  [extensionOids.basicConstraints]: (value, read) => {
    read.basicConstraints = readBasicConstraints(value)
  },
  [extensionOids.nameConstraints]: (value, read) => {
    read.nameConstraints = readNameConstraints(value)
  },
  [extensionOids.crlDistributionPoints]: (value, read) => {
    read.crlDistributionPoints = readDistributionPoints(value)
  },
  [extensionOids.policies]: (value, read) => {
    read.policies = readPolicies(value)
  },
  [extensionOids.policyMappings]: (value, read) => {
    read.policyMappings = readPolicyMappings(value)
  },
  [extensionOids.authorityKeyId]: (value, read) => {
    read.authorityKeyId = readAuthorityKeyId(value)
    read.namesAuthority = value.children.length > 1
  },
  [extensionOids.policyConstraints]: (value, read) => {
    read.policyConstraints = readPolicyConstraints(value)
  },
  [extensionOids.extendedKeyUsage]: (value, read) => {
    read.extendedKeyUsage = elementsOf(value, extensionLimits.elements).map(oidOf)
  },
  [extensionOids.inhibitAnyPolicy]: (value, read) => {
    read.inhibitAnyPolicy = readInhibitAnyPolicy(value)
  },
  [extensionOids.authorityInfoAccess]: checkInfoAccess,
}

/** What a certificate before version 3 says: nothing. */
export const noExtensions: Extensions = {
  ...{ basicConstraints: undefined, keyUsage: undefined, extendedKeyUsage: undefined },
  ...{ subjectKeyId: undefined, authorityKeyId: undefined, namesAuthority: undefined },
  ...{ subjectAltName: undefined, nameConstraints: undefined, crlDistributionPoints: undefined },
  ...{ policies: undefined, policyMappings: undefined, policyConstraints: undefined },
  ...{ inhibitAnyPolicy: undefined, critical: new Set(), unread: new Map() },
}

/**
 * Each extension occurs at most once (RFC 5280 §4.2).
 * @throws Problem invalid-certificate, invalid-der
 */
export function readExtensions(list: DerNode): Extensions {
  const critical = new Set<string>()
  const seen: string[] = []
  const read: Reading = { ...noExtensions, critical }
  for (const node of elementsOf(list, extensionLimits.extensions)) {
    const { oid, isCritical, value } = readExtension(node)
    if (seen.includes(oid)) refuse('duplicate-extension')
    seen.push(oid)
    if (isCritical) critical.add(oid)
    const reader = readers[oid]
    if (reader) reader(readDerIn(value), read)
    else read.unread = new Map([...read.unread, [oid, value.content]])
  }
  return read
}

export interface RawExtension {
  readonly oid: string
  readonly isCritical: boolean
  /** The OCTET STRING that holds the DER. */
  readonly value: DerNode
}

/** One Extension of a certificate, a CRL or a CRL entry (RFC 5280 §4.1, §5.1). */
export function readExtension(node: DerNode): RawExtension {
  const fields = fieldsOf(node)
  const oid = oidOf(fields.next(tags.oid))
  const critical = fields.optional(tags.boolean)
  const isCritical = critical !== undefined && trueOf(critical)
  const value = fields.next(tags.octetString)
  fields.end()
  return { oid, isCritical, value }
}

/** RFC 5280 §4.2.1.1: the key identifier must be there; issuer and serial come together or not at all. */
export function readAuthorityKeyId(value: DerNode): Uint8Array {
  const fields = fieldsOf(value)
  const keyId = fields.next(contextTag(0, 'primitive')).content
  const issuer = fields.optional(contextTag(1, 'constructed'))
  if (issuer) fields.next(contextTag(2, 'primitive'))
  fields.end()
  return checkedKeyId(keyId)
}

function readKeyId(value: DerNode): Uint8Array {
  return checkedKeyId(expectTag(value, tags.octetString).content)
}

function checkedKeyId(keyId: Uint8Array): Uint8Array {
  if (keyId.length === 0 || keyId.length > 64) refuse('key-identifier')
  return keyId
}

function readKeyUsage(value: DerNode): ReadonlySet<KeyUsage> {
  const usages = new Set<KeyUsage>()
  for (const bit of namedBitsOf(value)) usages.add(keyUsages[bit] ?? refuse('key-usage'))
  return usages
}

function readBasicConstraints(value: DerNode): BasicConstraints {
  const fields = fieldsOf(value)
  const ca = fields.optional(tags.boolean)
  const length = fields.optional(tags.integer)
  fields.end()
  if (!ca) return length ? refuse('path-length-without-ca') : { ca: false }
  trueOf(ca)
  if (!length) return { ca: true }
  return { ca: true, pathLength: smallIntegerOf(length, extensionLimits.pathLength) }
}

/** Says at least something (RFC 5280 §4.2.1.10); minimum and maximum are not allowed to occur. */
function readNameConstraints(value: DerNode): NameConstraints {
  const fields = fieldsOf(value)
  const permitted = fields.optional(contextTag(0, 'constructed'))
  const excluded = fields.optional(contextTag(1, 'constructed'))
  fields.end()
  if (!permitted && !excluded) refuse('empty')
  return { permitted: readSubtrees(permitted), excluded: readSubtrees(excluded) }
}

function readSubtrees(list: DerNode | undefined): readonly GeneralName[] {
  if (!list) return []
  if (list.children.length === 0) refuse('empty')
  if (list.children.length > extensionLimits.names) refuse('too-many')
  return list.children.map((subtree) => {
    const fields = fieldsOf(subtree)
    const base = readSubtreeBase(fields.next())
    fields.end()
    return base
  })
}

/** Where to ask is never asked; but what is malformed is refused (RFC 5280 §4.2.2.1). */
function checkInfoAccess(value: DerNode): void {
  for (const description of elementsOf(value, extensionLimits.elements)) {
    const fields = fieldsOf(description)
    oidOf(fields.next(tags.oid))
    readGeneralName(fields.next())
    fields.end()
  }
}

function refuse(rule: string): never {
  throw new Problem('invalid-certificate', { rule })
}

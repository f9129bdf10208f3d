/**
 * What RFC 5280 asks of each certificate on a path, as tables of checks: the algorithm of §6.1, and
 * the rules of §4 that every conforming authority keeps (its MUSTs). An anchor is judged like any
 * other authority, with its dates, constraints and extensions: §6.1.1 would believe its name and key
 * alone, but whoever limited a root meant the limit. Checks may only refuse.
 */
import { mayBeUsedFor } from './check.ts'
import type { Asked, Check, Checks, Link, PathFailure } from './check.ts'
import { extensionOids } from './extension.ts'
import type { KeyUsage } from './extension.ts'
import { comparisonsOf, isAllowed, namesOf } from './name-constraints.ts'
import { isEmpty } from './name.ts'
import { isSelfIssued, zeroSerial } from './read.ts'
import { namesPeer } from './peer-name.ts'
import { equalBytes } from '../primitives.ts'
import { anyPurposeOid, tlsPurposeOid } from './purpose-oid.ts'
import { hostsOfSubject } from './common-name.ts'
import { trades } from './trade.ts'

const always: readonly Check[] = [
  isCurrent,
  keyIsStrong,
  criticalsAreUnderstood,
  criticalityIsRight,
  numberIsRight,
  endIsRight,
  isNamed,
  issuerKeyIsNamed,
]

export const rfc5280: Checks = {
  authority: [
    isCa,
    ...always,
    maySignCertificates,
    pathIsShortEnough,
    mayIssueForPurpose,
    hasKeyId,
    ...trades.authority,
    namesAreWithin,
  ],
  leaf: [...always, isNoFalseAuthority, isUsedForPurpose, isForPeer, ...trades.leaf],
}

/** Written so that a time that is no time is never inside; both ends belong to it. */
function isCurrent({ certificate }: Link, { at }: Asked): PathFailure | undefined {
  const time = at.getTime()
  if (!(certificate.notBefore.getTime() <= time)) return 'certificate-not-yet-valid'
  return time <= certificate.notAfter.getTime() ? undefined : 'certificate-expired'
}

function keyIsStrong({ certificate: { key } }: Link): PathFailure | undefined {
  return key.isSound ? undefined : 'weak-key'
}

const evaluated: ReadonlySet<string> = new Set([
  extensionOids.basicConstraints,
  extensionOids.keyUsage,
  extensionOids.extendedKeyUsage,
  extensionOids.subjectAltName,
  extensionOids.nameConstraints,
  extensionOids.policies,
  extensionOids.policyMappings,
  extensionOids.policyConstraints,
  extensionOids.inhibitAnyPolicy,
  extensionOids.crlDistributionPoints,
  extensionOids.ocspNoCheck,
])

/** §6.1.4 (o), §6.1.5 (f). */
function criticalsAreUnderstood({ certificate: { extensions } }: Link): PathFailure | undefined {
  const { critical } = extensions
  const areUnderstood = [...critical].every(
    (oid) => evaluated.has(oid) || neverCritical.includes(oid),
  )
  return areUnderstood ? undefined : 'unknown-critical-extension'
}

/** §4.2.1.1, §4.2.1.2, §4.2.2.1. */
const neverCritical: readonly string[] = [
  extensionOids.authorityKeyId,
  extensionOids.subjectKeyId,
  extensionOids.authorityInfoAccess,
]

/** §4.2.1.10, §4.2.1.11, §4.2.1.14. */
const alwaysCritical = ['nameConstraints', 'policyConstraints', 'inhibitAnyPolicy'] as const

function criticalityIsRight({ certificate: { extensions } }: Link): PathFailure | undefined {
  const { critical } = extensions
  const isRight =
    !neverCritical.some((oid) => critical.has(oid)) &&
    alwaysCritical.every(
      (kind) => extensions[kind] === undefined || critical.has(extensionOids[kind]),
    )
  return isRight ? undefined : 'wrong-criticality'
}

/**
 * §4.1.2.2: a number below zero is borne with in what an authority issued to others, and no further;
 * zero, which many roots have, in what is trusted anyway.
 */
function numberIsRight({ certificate, index, isAnchor }: Link): PathFailure | undefined {
  const { serial } = certificate
  const isBelow = serial.startsWith('-') && (index > 0 || isAnchor)
  return isBelow || (serial === zeroSerial && !isAnchor) ? 'certificate-form' : undefined
}

/** §4.1.2.5: only in what is trusted anyway is an end before 2050 borne with in the form of later ones. */
function endIsRight({ certificate, isAnchor }: Link): PathFailure | undefined {
  return certificate.hasOddEnd && !isAnchor ? 'certificate-form' : undefined
}

/** §4.1.2.6: an authority has a name; another's names may all be alternative ones, then critical. */
function isNamed({ certificate: { subject, extensions } }: Link): PathFailure | undefined {
  if (!isEmpty(subject)) return undefined
  const isNamedBeside =
    extensions.subjectAltName !== undefined &&
    extensions.critical.has(extensionOids.subjectAltName) &&
    extensions.basicConstraints?.ca !== true
  return isNamedBeside ? undefined : 'certificate-form'
}

/** §4.2.1.1: only who issues for itself can leave out which key it was. */
function issuerKeyIsNamed({ certificate }: Link): PathFailure | undefined {
  const isNamed = certificate.extensions.authorityKeyId ?? isSelfIssued(certificate)
  return isNamed ? undefined : 'key-identifier'
}

/** §6.1.4 (k); the constraints of a root, which nobody sees but us, must be critical too. */
function isCa({ certificate: { version, extensions }, isAnchor }: Link): PathFailure | undefined {
  const isCritical = extensions.critical.has(extensionOids.basicConstraints)
  const isAuthority = version === 3 && extensions.basicConstraints?.ca === true
  return isAuthority && (isCritical || !isAnchor) ? undefined : 'not-a-ca'
}

/** §6.1.4 (n). */
function maySignCertificates({ certificate }: Link): PathFailure | undefined {
  return mayBeUsedFor(certificate, 'keyCertSign') ? undefined : 'key-usage'
}

/** §6.1.4 (l)–(m): authorities that issued to themselves are not counted. */
function pathIsShortEnough({ certificate, below }: Link): PathFailure | undefined {
  const { pathLength } = certificate.extensions.basicConstraints ?? {}
  if (pathLength === undefined) return undefined
  const count = below.slice(1).filter((authority) => !isSelfIssued(authority)).length
  return count <= pathLength ? undefined : 'path-too-long'
}

/** An authority that lists purposes issues for those only. */
function mayIssueForPurpose(
  { certificate: { extensions } }: Link,
  { purpose }: Asked,
): PathFailure | undefined {
  return isPurpose(extensions.extendedKeyUsage, purpose) ? undefined : 'wrong-purpose'
}

function isPurpose(listed: readonly string[] | undefined, purpose: string | undefined): boolean {
  if (!listed || purpose === undefined) return true
  return listed.includes(purpose) || listed.includes(anyPurposeOid)
}

/** §4.2.1.2; one that issued for itself can name no other key than its own. */
function hasKeyId({ certificate, isAnchor }: Link): PathFailure | undefined {
  const { subjectKeyId, authorityKeyId } = certificate.extensions
  if (!subjectKeyId) return 'key-identifier'
  const isOwn = isAnchor && isSelfIssued(certificate)
  const isRight = !isOwn || !authorityKeyId || equalBytes(authorityKeyId, subjectKeyId)
  return isRight ? undefined : 'key-identifier'
}

/**
 * §6.1.3 (b)–(c): every certificate below, but for authorities that issued to themselves. Whoever asks
 * for no peer may be one that goes by common names.
 */
function namesAreWithin({ certificate, below }: Link, asked: Asked): PathFailure | undefined {
  const constraints = certificate.extensions.nameConstraints
  if (!constraints) return undefined
  const [leaf] = below
  const names = [
    ...below.filter((issued, i) => i === 0 || !isSelfIssued(issued)).flatMap(namesOf),
    ...(leaf && asked.dnsName === undefined ? hostsOfSubject(leaf) : []),
  ]
  if (!asked.mayCompare(comparisonsOf(constraints, names))) return 'too-many-names'
  const areWithin = names.every((name) => isAllowed(constraints, name))
  return areWithin ? undefined : 'name-outside-constraints'
}

/** What only an authority may say: §4.2.1.3, §4.2.1.10. Of an authority at the end §6.1.5 asks nothing. */
function isNoFalseAuthority({ certificate }: Link): PathFailure | undefined {
  const { basicConstraints, nameConstraints, keyUsage } = certificate.extensions
  if (basicConstraints?.ca === true) return undefined
  if (nameConstraints) return 'not-a-leaf'
  return keyUsage?.has('keyCertSign') === true ? 'key-usage' : undefined
}

/** The uses of a key that go with a purpose (§4.2.1.12); any one of them will do. */
const consistent: Readonly<Record<string, readonly KeyUsage[]>> = {
  [tlsPurposeOid.server]: ['digitalSignature', 'keyEncipherment', 'keyAgreement'],
  [tlsPurposeOid.client]: ['digitalSignature', 'keyAgreement'],
}

/** When a certificate lists both purposes and uses, what it is used for must be among both. */
function isUsedForPurpose({ certificate }: Link, { purpose }: Asked): PathFailure | undefined {
  const { extendedKeyUsage } = certificate.extensions
  if (!isPurpose(extendedKeyUsage, purpose)) return 'wrong-purpose'
  const uses = extendedKeyUsage && purpose !== undefined ? consistent[purpose] : undefined
  const isUsable = uses?.some((use) => mayBeUsedFor(certificate, use)) ?? true
  return isUsable ? undefined : 'key-usage'
}

function isForPeer({ certificate }: Link, { dnsName }: Asked): PathFailure | undefined {
  if (dnsName === undefined) return undefined
  const names = certificate.extensions.subjectAltName ?? []
  return namesPeer(dnsName, names) ? undefined : 'wrong-host'
}

/**
 * The profile of our own PKI: what `certificate-rfc5280.ts` leaves open and our authorities never do
 * is refused. Names are spelled the same everywhere, byte for byte; the only constraints on names are
 * permitted directory names; policies steer nothing; a department's authority speaks for it alone.
 */
import type { Asked, Check, Checks, Link, PathFailure } from './check.ts'
import { extensionOids } from './extension.ts'
import type { NameConstraints } from './extension.ts'
import { keyObjectOf } from './key.ts'
import { namesOf } from './name-constraints.ts'
import { isEmpty } from './name.ts'
import type { Name } from './name.ts'
import { zeroSerial } from './read.ts'
import { rfc5280 } from './rfc5280.ts'
import { equalBytes } from '../primitives.ts'

const always: readonly Check[] = [keyIsOurs, extensionsAreOurs, formIsOurs]

export const strict: Checks = {
  authority: [
    isCriticallyCa,
    issuerIsSpelledOut,
    ...always,
    ...rfc5280.authority,
    mustSignCertificates,
    pathIsShortEnough,
    mayIssueForPurpose,
    namesAreSpelledWithin,
    departmentIsKept,
  ],
  leaf: [isLeaf, ...always, signsOnly, hasPurpose, ...rfc5280.leaf],
}

/** The name and the key identifier that were named as the issuer's, exactly. */
function issuerIsSpelledOut({ certificate, below }: Link): PathFailure | undefined {
  const issued = below.at(-1)
  const { subjectKeyId } = certificate.extensions
  const authorityKeyId = issued?.extensions.authorityKeyId
  if (!issued || !equalBytes(issued.issuer.der, certificate.subject.der)) return 'untrusted-root'
  const isSame =
    subjectKeyId !== undefined &&
    authorityKeyId !== undefined &&
    equalBytes(authorityKeyId, subjectKeyId)
  return isSame ? undefined : 'key-identifier'
}

const ourKeys: ReadonlySet<string> = new Set([
  'ec prime256v1',
  'ec secp384r1',
  'ed25519',
  'ec SM2',
  'rsa 2048',
  'rsa 3072',
  'rsa 4096',
])
const rsaExponent = 65_537n

function keyIsOurs({ certificate: { key } }: Link): PathFailure | undefined {
  const isUsual =
    !key.kind.startsWith('rsa ') ||
    keyObjectOf(key).asymmetricKeyDetails?.publicExponent === rsaExponent
  return ourKeys.has(key.kind) && isUsual ? undefined : 'weak-key'
}

const evaluated: ReadonlySet<string> = new Set([
  extensionOids.basicConstraints,
  extensionOids.keyUsage,
  extensionOids.extendedKeyUsage,
  extensionOids.subjectAltName,
  extensionOids.nameConstraints,
])

/** What steers policies changes what a path means, critical or not, and ours has none of it. */
function extensionsAreOurs({ certificate: { extensions } }: Link): PathFailure | undefined {
  const { critical, nameConstraints, policyMappings, policyConstraints } = extensions
  const isUnknown =
    [...critical].some((oid) => !evaluated.has(oid)) ||
    policyMappings !== undefined ||
    policyConstraints !== undefined ||
    extensions.inhibitAnyPolicy !== undefined ||
    (nameConstraints !== undefined && !permitsDirectoryNamesOnly(nameConstraints))
  return isUnknown ? 'unknown-critical-extension' : undefined
}

function permitsDirectoryNamesOnly({ permitted, excluded }: NameConstraints): boolean {
  return excluded.length === 0 && permitted.every(({ form }) => form === 'directory')
}

/** Odd things that RFC 5280 lets pass for the sake of old certificates. */
function formIsOurs({ certificate }: Link): PathFailure | undefined {
  const { version, serial, hasUniqueId, hasOddDate, issuer, subject, extensions } = certificate
  const isOurs =
    version === 3 &&
    !serial.startsWith('-') &&
    serial !== zeroSerial &&
    !hasUniqueId &&
    !hasOddDate &&
    !isEmpty(subject) &&
    [issuer, subject].every(({ isPlain }) => isPlain) &&
    !extensions.critical.has(extensionOids.subjectAltName)
  return isOurs ? undefined : 'certificate-form'
}

function isCriticallyCa({ certificate: { extensions } }: Link): PathFailure | undefined {
  const isCritical = extensions.critical.has(extensionOids.basicConstraints)
  return isCritical && extensions.basicConstraints?.ca === true ? undefined : 'not-a-ca'
}

/** Counting authorities that issued to themselves too. */
function pathIsShortEnough({ certificate, index }: Link): PathFailure | undefined {
  const authoritiesBelow = index - 1
  const allowed = certificate.extensions.basicConstraints?.pathLength ?? authoritiesBelow
  return authoritiesBelow <= allowed ? undefined : 'path-too-long'
}

function mustSignCertificates({ certificate: { extensions } }: Link): PathFailure | undefined {
  const isCritical = extensions.critical.has(extensionOids.keyUsage)
  return isCritical && extensions.keyUsage?.has('keyCertSign') === true ? undefined : 'key-usage'
}

/** "Any purpose" is not one of ours. */
function mayIssueForPurpose(
  { certificate: { extensions } }: Link,
  { purpose }: Asked,
): PathFailure | undefined {
  const listed = extensions.extendedKeyUsage
  if (!listed || purpose === undefined) return undefined
  return listed.includes(purpose) ? undefined : 'wrong-purpose'
}

/** Every directory name below begins with the bytes of a permitted one. */
function namesAreSpelledWithin({ certificate, below }: Link): PathFailure | undefined {
  const { nameConstraints } = certificate.extensions
  if (!nameConstraints) return undefined
  const areWithin = below
    .flatMap((issued) => namesOf(issued))
    .every(
      (name) =>
        name.form !== 'directory' ||
        nameConstraints.permitted.some(
          (base) => base.form === 'directory' && isSpelledWithin(name.name, base.name),
        ),
    )
  return areWithin ? undefined : 'name-outside-constraints'
}

function isSpelledWithin(name: Name, base: Name): boolean {
  return base.parts.every((part, i) => name.parts[i] === part)
}

/**
 * Name constraints of X.509 cannot bind a urn, so the profile does: what a department's CA issues
 * names that department and no other.
 */
function departmentIsKept({ certificate, below }: Link): PathFailure | undefined {
  const { departmentCode } = certificate
  const isKept =
    departmentCode === undefined ||
    below.every((issued) => issued.departmentCode === departmentCode)
  return isKept ? undefined : 'name-outside-constraints'
}

function isLeaf({ certificate: { extensions } }: Link): PathFailure | undefined {
  const isCa = extensions.basicConstraints?.ca === true || extensions.nameConstraints !== undefined
  return isCa ? 'not-a-leaf' : undefined
}

/** A leaf signs data, and nothing but data. */
function signsOnly({ certificate: { extensions } }: Link): PathFailure | undefined {
  const usages = [...(extensions.keyUsage ?? [])]
  const signs =
    extensions.critical.has(extensionOids.keyUsage) &&
    usages.includes('digitalSignature') &&
    usages.every((usage) => usage === 'digitalSignature' || usage === 'nonRepudiation')
  return signs ? undefined : 'key-usage'
}

/** The one purpose that was asked for, and no other beside it. */
function hasPurpose(
  { certificate: { extensions } }: Link,
  { purpose }: Asked,
): PathFailure | undefined {
  if (purpose === undefined) return undefined
  const [only, another] = extensions.extendedKeyUsage ?? []
  return only === purpose && another === undefined ? undefined : 'wrong-purpose'
}

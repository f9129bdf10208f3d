/**
 * The strict profile, as a list of checks over one candidate path from a leaf to an anchor, whose
 * signatures hold already (RFC 5280 §6.1, tightened). Checks may only refuse, and what they do not
 * understand they refuse. Names are compared by their encodings; policies are not evaluated.
 */
import { keyKind } from './algorithm.ts'
import { extensionOids } from './certificate-extension.ts'
import { isWithin } from './certificate-name.ts'
import type { Certificate } from './certificate.ts'

export const pathFailures = [
  'certificate-malformed',
  'chain-too-complex',
  'untrusted-root',
  'key-identifier',
  'signature-invalid',
  'weak-key',
  'certificate-not-yet-valid',
  'certificate-expired',
  'unknown-critical-extension',
  'not-a-ca',
  'not-a-leaf',
  'path-too-long',
  'key-usage',
  'wrong-purpose',
  'name-outside-constraints',
  'certificate-revoked',
  'revocation-unknown',
] as const

export type PathFailure = (typeof pathFailures)[number]

/** Where on the path a certificate stands: 0 is the leaf, the last one is the anchor. */
interface Link {
  readonly certificate: Certificate
  readonly index: number
  /** The certificates nearer to the leaf, the leaf first. */
  readonly below: readonly Certificate[]
}

export interface Asked {
  readonly at: Date
  readonly purpose: string | undefined
}

type Check = (link: Link, asked: Asked) => PathFailure | undefined

const everyCertificate: readonly Check[] = [isCurrent, keyIsStrong, extensionsAreUnderstood]

const caCertificate: readonly Check[] = [
  isCa,
  pathIsShortEnough,
  maySignCertificates,
  mayIssueForPurpose,
  namesAreWithin,
  departmentIsKept,
]

const leafCertificate: readonly Check[] = [isLeaf, signsOnly, hasPurpose]

export interface Finding {
  readonly code: PathFailure
  readonly certificate: Certificate
}

/** The first failure, from the anchor down to the leaf; undefined when all checks pass. */
export function checkPath(path: readonly Certificate[], asked: Asked): Finding | undefined {
  const links = path.map((certificate, index) => ({
    ...{ certificate, index, below: path.slice(0, index) },
  }))
  for (const link of links.toReversed()) {
    const own = link.index === 0 ? leafCertificate : caCertificate
    for (const check of [...everyCertificate, ...own]) {
      const code = check(link, asked)
      if (code) return { code, certificate: link.certificate }
    }
  }
  return undefined
}

/** Written so that a time that is no time is never inside. */
function isCurrent({ certificate }: Link, { at }: Asked): PathFailure | undefined {
  if (!(certificate.notBefore <= at)) return 'certificate-not-yet-valid'
  return at <= certificate.notAfter ? undefined : 'certificate-expired'
}

const strongKeys: ReadonlySet<string> = new Set([
  'ec prime256v1',
  'ec secp384r1',
  'ec SM2',
  'ed25519',
  'rsa 2048',
  'rsa 3072',
  'rsa 4096',
])
const rsaExponent = 65_537n

function keyIsStrong({ certificate: { publicKey } }: Link): PathFailure | undefined {
  const exponent = publicKey.asymmetricKeyDetails?.publicExponent ?? rsaExponent
  return strongKeys.has(keyKind(publicKey)) && exponent === rsaExponent ? undefined : 'weak-key'
}

const evaluated: ReadonlySet<string> = new Set([
  extensionOids.basicConstraints,
  extensionOids.keyUsage,
  extensionOids.extendedKeyUsage,
  extensionOids.subjectAltName,
  extensionOids.nameConstraints,
])
/** They change what a path means, critical or not, and we do not evaluate them. */
const neverEvaluated: readonly string[] = [
  extensionOids.policyMappings,
  extensionOids.policyConstraints,
  extensionOids.inhibitAnyPolicy,
]

function extensionsAreUnderstood({ certificate }: Link): PathFailure | undefined {
  const { critical, unread, nameConstraints } = certificate.extensions
  const isUnknown =
    [...critical].some((oid) => !evaluated.has(oid)) ||
    neverEvaluated.some((oid) => unread.has(oid)) ||
    nameConstraints?.beyond === true
  return isUnknown ? 'unknown-critical-extension' : undefined
}

function isCa({ certificate: { extensions } }: Link): PathFailure | undefined {
  const isCritical = extensions.critical.has(extensionOids.basicConstraints)
  return isCritical && extensions.basicConstraints?.ca === true ? undefined : 'not-a-ca'
}

/** RFC 5280 §4.2.1.9, counting self-issued certificates too. */
function pathIsShortEnough({ certificate, index }: Link): PathFailure | undefined {
  const casBelow = index - 1
  const allowed = certificate.extensions.basicConstraints?.pathLength ?? casBelow
  return casBelow <= allowed ? undefined : 'path-too-long'
}

function maySignCertificates({ certificate: { extensions } }: Link): PathFailure | undefined {
  const isCritical = extensions.critical.has(extensionOids.keyUsage)
  return isCritical && extensions.keyUsage?.has('keyCertSign') === true ? undefined : 'key-usage'
}

/** A CA that lists purposes issues for those only. */
function mayIssueForPurpose(
  { certificate: { extensions } }: Link,
  { purpose }: Asked,
): PathFailure | undefined {
  const listed = extensions.extendedKeyUsage
  if (!listed || purpose === undefined) return undefined
  return listed.includes(purpose) ? undefined : 'wrong-purpose'
}

/** RFC 5280 §4.2.1.10 for directory names: every name below lies in a permitted subtree. */
function namesAreWithin({ certificate, below }: Link): PathFailure | undefined {
  const constraints = certificate.extensions.nameConstraints
  if (!constraints) return undefined
  const isCritical = certificate.extensions.critical.has(extensionOids.nameConstraints)
  const areWithin = below
    .flatMap(({ subject, extensions }) => [
      subject,
      ...(extensions.subjectAltName?.directoryNames ?? []),
    ])
    .every((name) => constraints.permitted.some((base) => isWithin(name, base)))
  return isCritical && areWithin ? undefined : 'name-outside-constraints'
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

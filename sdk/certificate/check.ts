/**
 * What a check of one certificate on a path is: its place, what was asked, and the reasons for which
 * a path can be refused. The checks themselves are two tables: `certificate-rfc5280.ts` for every
 * path, `certificate-strict.ts` for those of our own PKI besides.
 */
import type { Certificate } from './read.ts'
import type { KeyUsage } from './extension.ts'

export const pathFailures = [
  'question-malformed',
  'certificate-malformed',
  'unknown-purpose',
  'chain-too-complex',
  'too-many-signatures',
  'too-many-paths',
  'too-many-names',
  'untrusted-root',
  'path-too-deep',
  'key-identifier',
  'signature-algorithm',
  'signature-invalid',
  'weak-key',
  'certificate-not-yet-valid',
  'certificate-expired',
  'certificate-form',
  'unknown-critical-extension',
  'wrong-criticality',
  'not-a-ca',
  'not-a-leaf',
  'path-too-long',
  'key-usage',
  'wrong-purpose',
  'wrong-host',
  'name-outside-constraints',
  'policy',
  'certificate-revoked',
  'revocation-unknown',
] as const

export type PathFailure = (typeof pathFailures)[number]

/** Where on the path a certificate stands: 0 is the leaf. */
export interface Link {
  readonly certificate: Certificate
  readonly index: number
  /** The certificates nearer to the leaf, the leaf first. */
  readonly below: readonly Certificate[]
  readonly isAnchor: boolean
}

export interface Asked {
  readonly at: Date
  /** An object identifier. */
  readonly purpose: string | undefined
  /** A host name or an IP address. */
  readonly dnsName: string | undefined
  /** False when the question has cost more comparisons of names than any may. */
  readonly mayCompare: (count: number) => boolean
}

export type Check = (link: Link, asked: Asked) => PathFailure | undefined

/** The checks of each certificate above the leaf, and those of the leaf, in their order. */
export interface Checks {
  readonly authority: readonly Check[]
  readonly leaf: readonly Check[]
}

export interface Finding {
  readonly code: PathFailure
  readonly certificate: Certificate
}

/** The first failure; undefined when all checks pass. */
export function checkLink(checks: Checks, link: Link, asked: Asked): Finding | undefined {
  for (const check of link.index === 0 ? checks.leaf : checks.authority) {
    const code = check(link, asked)
    if (code) return { code, certificate: link.certificate }
  }
  return undefined
}

/** Whether a key usage extension, when there is one, allows this. */
export function mayBeUsedFor({ extensions }: Certificate, usage: KeyUsage): boolean {
  return extensions.keyUsage?.has(usage) ?? true
}

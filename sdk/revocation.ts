/**
 * Whether the certificates of a path are revoked, from signed CRLs (RFC 5280 §6.3). A list counts
 * when the issuer of the certificate signed it itself; fresh lists say "not revoked", and even a
 * stale one says "revoked".
 */
import { extensionOids } from './certificate-extension.ts'
import type { Finding } from './certificate-check.ts'
import { sameName } from './certificate-name.ts'
import type { Certificate, Signed } from './certificate.ts'
import type { Crl } from './crl.ts'
import { equalBytes } from './primitives.ts'

export interface RevocationQuestion {
  readonly crls: readonly Crl[]
  /** The moment that is judged: only what was revoked by then is revoked. */
  readonly at: Date
  /** The moment at which the lists must be fresh. */
  readonly freshAt: Date
  /** Whether a certificate without a fresh list is refused. */
  readonly required: boolean
  readonly isSignedBy: (signed: Signed, issuer: Certificate) => boolean
}

export function checkRevocation(
  path: readonly Certificate[],
  question: RevocationQuestion,
): Finding | undefined {
  for (const [index, certificate] of path.entries()) {
    const issuer = path[index + 1]
    if (!issuer) return undefined
    const lists = question.crls.filter((crl) => isListOf(crl, issuer, question))
    const revokedFrom = lists.map((crl) => crl.revokedFrom.get(certificate.serial))
    if (revokedFrom.some((from) => from !== undefined && from <= question.at)) {
      return { code: 'certificate-revoked', certificate }
    }
    if (question.required && !lists.some((crl) => isFresh(crl, question.freshAt))) {
      return { code: 'revocation-unknown', certificate }
    }
  }
  return undefined
}

function isListOf(crl: Crl, issuer: Certificate, { isSignedBy }: RevocationQuestion): boolean {
  const { keyUsage, critical, subjectKeyId } = issuer.extensions
  return (
    sameName(crl.issuer, issuer.subject) &&
    subjectKeyId !== undefined &&
    equalBytes(crl.authorityKeyId, subjectKeyId) &&
    critical.has(extensionOids.keyUsage) &&
    keyUsage?.has('cRLSign') === true &&
    isSignedBy(crl, issuer)
  )
}

function isFresh(crl: Crl, at: Date): boolean {
  return crl.thisUpdate <= at && at <= crl.nextUpdate
}

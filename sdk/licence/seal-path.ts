/**
 * Whether a seal was good when it was set (RFC 5280 §6, at the proven time): its path in the strict
 * profile, and revocation as it is known at the time of the verdict, or, when nobody publishes lists
 * of an ended CA any more, as it was known when the evidence was archived.
 */
import type { CertificateChain } from '../certificate/chain.ts'
import { validatePath } from '../certificate/path.ts'
import type { PathQuestion, PathVerdict } from '../certificate/path.ts'
import { purposeOid } from '../certificate/purpose-oid.ts'

export interface SealQuestion {
  readonly anchors: PathQuestion['anchors']
  readonly crls: NonNullable<PathQuestion['crls']>
  readonly ocsp?: NonNullable<PathQuestion['ocsp']>
  readonly sealedAt: Date
  readonly at: Date
  readonly archivedAt?: Date | undefined
}

export function validateSealPath(chain: CertificateChain, question: SealQuestion): PathVerdict {
  const { anchors, crls, ocsp = [], sealedAt, at, archivedAt } = question
  const ask = (revocationAt: Date): PathVerdict =>
    validatePath({
      ...{ ...chain, anchors, crls, ocsp, at: sealedAt, revocationAt },
      ...{ profile: 'strict', purpose: purposeOid.seal, requireRevocation: true },
    })
  const today = ask(at)
  if (today.ok || today.code !== 'revocation-unknown' || !archivedAt) return today
  const then = ask(archivedAt)
  // While its CAs live they publish lists, and what an old one does not say is not known.
  const isOver = then.ok && then.path.slice(1).some(({ notAfter }) => !(at <= notAfter))
  return isOver ? then : today
}

/**
 * Whose connection it is: the certificate a client has shown in the handshake, judged by our own
 * validator at the time of each request, so that one that was revoked or has expired since ends there.
 * The handshake has proven the possession of its key and nothing else.
 */
import { validatePath } from '../../sdk/certificate/path.ts'
import { pathFailures } from '../../sdk/certificate/check.ts'
import type { Certificate } from '../../sdk/certificate.ts'
import type { Crl } from '../../sdk/revocation/crl.ts'
import { tlsPurposeOid } from '../../sdk/certificate/purpose-oid.ts'

export type ClientVerdict =
  | { readonly ok: true; readonly department: string }
  | { readonly ok: false; readonly reason: string }

/** Every reason there is. */
export const clientCertificateReasons = [
  ...['no-client-certificate', 'certificate-names-nobody'],
  ...pathFailures,
] as const

/** Every CA of the path must have a fresh list among the `crls`. */
export function checkClient(
  chain: readonly Uint8Array[],
  trusted: { readonly anchors: readonly Certificate[]; readonly crls: readonly Crl[] },
  at: Date,
): ClientVerdict {
  const [leaf, ...intermediates] = chain
  if (!leaf) return { ok: false, reason: 'no-client-certificate' }
  const verdict = validatePath({
    ...{ leaf, intermediates, ...trusted, at, requireRevocation: true },
    ...{ profile: 'strict', purpose: tlsPurposeOid.client },
  })
  if (!verdict.ok) return { ok: false, reason: verdict.code }
  const department = verdict.path[0]?.departmentCode
  return department === undefined
    ? { ok: false, reason: 'certificate-names-nobody' }
    : { ok: true, department }
}

/**
 * What the Baseline Requirements of the CA/Browser Forum ask of certificates for TLS servers, where RFC
 * 5280 leaves it open: for whoever asks for a server by its name, and for nobody else.
 */
import type { Asked, Check, Checks, Link, PathFailure } from './check.ts'
import { extensionOids } from './extension.ts'
import { isEmpty } from './name.ts'
import { foreignToTls, tlsPurposeOid } from './purpose-oid.ts'
import { isSelfIssued } from './read.ts'

export const web: Checks = {
  authority: [rootIsPlain].map(forServers),
  leaf: [namesStandOnce, purposesBelong].map(forServers),
}

function forServers(check: (link: Link) => PathFailure | undefined): Check {
  return (link: Link, { purpose, dnsName }: Asked) =>
    dnsName !== undefined && purpose === tlsPurposeOid.server ? check(link) : undefined
}

/** BR §7.1.2.1: a root names itself by its key alone, and no purpose. */
function rootIsPlain({ certificate, isAnchor }: Link): PathFailure | undefined {
  const { namesAuthority, extendedKeyUsage } = certificate.extensions
  if (!isAnchor || !isSelfIssued(certificate)) return undefined
  if (namesAuthority === true) return 'key-identifier'
  return extendedKeyUsage ? 'wrong-purpose' : undefined
}

/** BR §7.1.2.7.12: alternative names are critical exactly when there is no subject. */
function namesStandOnce({ certificate: { subject, extensions } }: Link): PathFailure | undefined {
  const isCritical = extensions.critical.has(extensionOids.subjectAltName)
  return isCritical && !isEmpty(subject) ? 'wrong-criticality' : undefined
}

/** BR §7.1.2.7.10. */
function purposesBelong({ certificate: { extensions } }: Link): PathFailure | undefined {
  const isForeign = extensions.extendedKeyUsage?.some((oid) => foreignToTls.includes(oid)) === true
  return isForeign ? 'wrong-purpose' : undefined
}

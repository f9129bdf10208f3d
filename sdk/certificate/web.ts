/**
 * What the Baseline Requirements of the CA/Browser Forum ask of certificates for TLS servers, where RFC
 * 5280 leaves it open: for whoever asks for a server by its name, or for a mailbox, and for nobody else.
 */
import { mayBeUsedFor } from './check.ts'
import type { Asked, Check, Checks, Link, PathFailure } from './check.ts'
import { extensionOids } from './extension.ts'
import { isEmpty } from './name.ts'
import { isMailbox } from './host-name.ts'
import { foreignToTls, mailPurposeOid, tlsPurposeOid } from './purpose-oid.ts'
import { isSelfIssued } from './read.ts'

export const web: Checks = {
  authority: [rootIsPlain].map(forServers),
  leaf: [namesStandOnce, purposesBelong, signsAsAuthority].map(forServers),
}

/** What the S/MIME Baseline Requirements ask besides: for whoever asks for a mailbox, and its purpose. */
export const mail: Checks = {
  authority: [signsLists].map(forMail),
  leaf: [namesStandOnce, saysItsUse].map(forMail),
}

function forMail(check: (link: Link) => PathFailure | undefined): Check {
  return (link, { purpose, dnsName }) =>
    dnsName !== undefined && purpose === mailPurposeOid && isMailbox(dnsName)
      ? check(link)
      : undefined
}

/** S/MIME BR §7.1.2.2 (e), of authorities between root and leaf. */
function signsLists({ certificate: { extensions }, isAnchor }: Link): PathFailure | undefined {
  return isAnchor || extensions.keyUsage?.has('cRLSign') === true ? undefined : 'key-usage'
}

/** S/MIME BR §7.1.2.3 (e). */
function saysItsUse({ certificate: { extensions } }: Link): PathFailure | undefined {
  return extensions.keyUsage ? undefined : 'key-usage'
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

/** BR §7.1.2.7.12, S/MIME BR §7.1.2.3 (h): alternative names are critical exactly when there is no subject. */
function namesStandOnce({ certificate: { subject, extensions } }: Link): PathFailure | undefined {
  const isCritical = extensions.critical.has(extensionOids.subjectAltName)
  return isCritical && !isEmpty(subject) ? 'wrong-criticality' : undefined
}

/** BR §7.1.2.7.8: who serves is no authority; one that could be is borne with, as an operator of its own. */
function signsAsAuthority({ certificate }: Link): PathFailure | undefined {
  if (certificate.extensions.basicConstraints?.ca !== true) return undefined
  const signs = (['keyCertSign', 'cRLSign'] as const).some((use) => mayBeUsedFor(certificate, use))
  return signs ? undefined : 'key-usage'
}

/** BR §7.1.2.7.10. */
function purposesBelong({ certificate: { extensions } }: Link): PathFailure | undefined {
  const isForeign = extensions.extendedKeyUsage?.some((oid) => foreignToTls.includes(oid)) === true
  return isForeign ? 'wrong-purpose' : undefined
}

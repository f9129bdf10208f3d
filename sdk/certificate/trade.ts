/**
 * What the rules of a trade ask where RFC 5280 leaves it open, of whoever asks for that trade and of
 * nobody else: the Baseline Requirements of the CA/Browser Forum for servers, asked for by name, for
 * mailboxes, and for who signs programs; and RFC 3161 for who says what time it is.
 */
import { mayBeUsedFor } from './check.ts'
import type { Asked, Check, Checks, Link, PathFailure } from './check.ts'
import { repeatsItsNames } from './common-name.ts'
import { extensionOids } from './extension.ts'
import type { KeyUsage } from './extension.ts'
import { isEmpty } from './name.ts'
import { isHostName, isMailbox, wildcardParent } from './host-name.ts'
import { parseIpAddress } from './ip-address.ts'
import {
  codePurposeOid,
  foreignToCode,
  foreignToMail,
  foreignToTls,
  mailPurposeOid,
  timeStampingOid,
  tlsPurposeOid,
} from './purpose-oid.ts'
import { isSelfIssued } from './read.ts'

type Rule = (link: Link) => PathFailure | undefined

const authorityUses: readonly KeyUsage[] = ['keyCertSign', 'cRLSign']

type Question = Partial<Pick<Asked, 'dnsName' | 'purpose'>>

/** Whose certificates nobody but their own authority may speak of. */
export function asksForServer({ dnsName, purpose }: Question): boolean {
  return dnsName !== undefined && purpose === tlsPurposeOid.server
}

const servers = asksForServer
const mailboxes = ({ dnsName, purpose }: Question): boolean =>
  dnsName !== undefined && purpose === mailPurposeOid && isMailbox(dnsName)
const programs = ({ purpose }: Question): boolean => purpose === codePurposeOid
const times = ({ purpose }: Question): boolean => purpose === timeStampingOid

export const trades: Checks = {
  authority: [
    ...only(servers, rootIsPlain),
    ...only(mailboxes, rootIsPlain, signsLists, hasNone(foreignToMail)),
  ],
  leaf: [
    ...only(servers, namesStandOnce, namesAreHosts, purposesAreNotCritical),
    ...only(servers, hasNone(foreignToTls), signsAsAuthority, commonNameIsCopied),
    ...only(mailboxes, namesStandOnce, saysItsUse, saysItsPurposes, hasNone(foreignToMail)),
    ...only(programs, saysItsPurposes, hasNone(foreignToCode), signsCritically),
    ...only(times, isForTimesOnly, signsDataOnly),
  ],
}

function only(trade: (asked: Question) => boolean, ...rules: readonly Rule[]): readonly Check[] {
  return rules.map((rule) => (link, asked) => (trade(asked) ? rule(link) : undefined))
}

/** BR §7.1.2.1, S/MIME BR §7.1.2.1: a root names itself by its key alone, and no purpose. */
function rootIsPlain({ certificate, isAnchor }: Link): PathFailure | undefined {
  const { namesAuthority, extendedKeyUsage } = certificate.extensions
  if (!isAnchor || !isSelfIssued(certificate)) return undefined
  if (namesAuthority === true) return 'key-identifier'
  return extendedKeyUsage ? 'wrong-purpose' : undefined
}

/** S/MIME BR §7.1.2.2 (e), of authorities between root and leaf. */
function signsLists({ certificate: { extensions }, isAnchor }: Link): PathFailure | undefined {
  return isAnchor || extensions.keyUsage?.has('cRLSign') === true ? undefined : 'key-usage'
}

/** BR §7.1.2.7.12, S/MIME BR §7.1.2.3 (h): alternative names are critical exactly when there is no subject. */
function namesStandOnce({ certificate: { subject, extensions } }: Link): PathFailure | undefined {
  const isCritical = extensions.critical.has(extensionOids.subjectAltName)
  return isCritical && !isEmpty(subject) ? 'wrong-criticality' : undefined
}

/** BR §7.1.2.7.12: in preferred name syntax (RFC 1034 §3.5), so without underscore, and no address. */
function namesAreHosts({ certificate: { extensions } }: Link): PathFailure | undefined {
  const areHosts = extensions.subjectAltName?.every((name) => {
    if (name.form !== 'dns') return true
    const host = wildcardParent(name.text) ?? name.text
    return isHostName(host) && !host.includes('_') && !parseIpAddress(host)
  })
  return areHosts === false ? 'certificate-form' : undefined
}

/** BR §7.1.2.7.6. */
function purposesAreNotCritical({ certificate: { extensions } }: Link): PathFailure | undefined {
  return extensions.critical.has(extensionOids.extendedKeyUsage) ? 'wrong-criticality' : undefined
}

/** BR §7.1.4.3. */
function commonNameIsCopied({ certificate }: Link): PathFailure | undefined {
  return repeatsItsNames(certificate) ? undefined : 'certificate-form'
}

/** BR §7.1.2.7.8: who serves is no authority; one that could be is borne with, as an operator of its own. */
function signsAsAuthority({ certificate }: Link): PathFailure | undefined {
  if (certificate.extensions.basicConstraints?.ca !== true) return undefined
  const signs = authorityUses.some((use) => mayBeUsedFor(certificate, use))
  return signs ? undefined : 'key-usage'
}

/** S/MIME BR §7.1.2.3 (e). */
function saysItsUse({ certificate: { extensions } }: Link): PathFailure | undefined {
  return extensions.keyUsage ? undefined : 'key-usage'
}

/** S/MIME BR §7.1.2.3 (f), Code Signing BR §7.1.2.3 (f). */
function saysItsPurposes({ certificate: { extensions } }: Link): PathFailure | undefined {
  return extensions.extendedKeyUsage ? undefined : 'wrong-purpose'
}

/** BR §7.1.2.7.10, S/MIME BR §7.1.2.2 (g), §7.1.2.3 (f), Code Signing BR §7.1.2.3 (f). */
function hasNone(foreign: readonly string[]): Rule {
  return ({ certificate: { extensions } }) =>
    extensions.extendedKeyUsage?.some((oid) => foreign.includes(oid)) === true
      ? 'wrong-purpose'
      : undefined
}

/** RFC 3161 §2.3: the one purpose, and critical. */
function isForTimesOnly({ certificate: { extensions } }: Link): PathFailure | undefined {
  const [only, another] = extensions.extendedKeyUsage ?? []
  if (only !== timeStampingOid || another !== undefined) return 'wrong-purpose'
  const isCritical = extensions.critical.has(extensionOids.extendedKeyUsage)
  return isCritical ? undefined : 'wrong-criticality'
}

/** Code Signing BR §7.1.2.3 (e). */
function signsCritically(link: Link): PathFailure | undefined {
  const { critical, keyUsage } = link.certificate.extensions
  const isSaid = keyUsage?.has('digitalSignature') === true && critical.has(extensionOids.keyUsage)
  return isSaid ? signsDataOnly(link) : 'key-usage'
}

function signsDataOnly({ certificate: { extensions } }: Link): PathFailure | undefined {
  return authorityUses.some((use) => extensions.keyUsage?.has(use) === true)
    ? 'key-usage'
    : undefined
}

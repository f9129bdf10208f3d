/**
 * From a leaf to an anchor we trust (RFC 5280 §6): reads what came along, has a path looked for
 * (`certificate-search.ts`) and each part of it judged by the profile. Nothing is fetched, and
 * the cost is bounded (`certificate-budget.ts`).
 */
import { createBudget } from './budget.ts'
import type { Budget } from './budget.ts'
import { checkLink } from './check.ts'
import type { Asked, Checks, Finding, PathFailure } from './check.ts'
import { anyPolicy, checkPolicies } from './policy.ts'
import type { PolicyQuestion } from './policy.ts'
import { rfc5280 } from './rfc5280.ts'
import { createSignatureCheck, findPath } from './search.ts'
import type { SearchQuestion, SignatureCheck } from './search.ts'
import { strict } from './strict.ts'
import { asksForServer } from './trade.ts'
import { parseCertificate } from './read.ts'
import type { Certificate } from './read.ts'
import type { Crl } from '../revocation/crl.ts'
import type { OcspResponse } from '../revocation/ocsp.ts'
import {
  anyOf,
  isExactly,
  isMoment,
  isOneOf,
  isSource,
  isText,
  isTruth,
  listOf,
  look,
  momentOf,
  optional,
  readAll,
} from '../given.ts'
import type { Moment, Rule, Source } from '../given.ts'
import { extendedKeyUsageOf } from './purpose-oid.ts'
import { isMailbox } from './host-name.ts'
import { checkRevocation, readSources } from '../revocation.ts'

export const pathLimits = {
  /** Of our own PKI: from the leaf to the certificate the anchor signed. */
  certificates: 4,
  /** Of everybody else's. */
  foreignCertificates: 12,
  intermediates: 200,
  anchors: 200,
  /** One for each authority: every department has its own. */
  crls: 1_000,
  ocsp: 100,
} as const

interface Profile {
  readonly checks: Checks
  readonly lengthMax: number
  /** Whether a leaf is trusted that is itself among the anchors. */
  readonly trustsLeaves: boolean
  /** What a moment is rounded down to: certificates count in whole seconds, the last one included. */
  readonly tickMs: number
  /** Whether no lists and no responses, handed in, ask as much as some. */
  readonly takesNoneForSome: boolean
}

const profiles = {
  /** Of our own PKI. */
  strict: {
    ...{ checks: strict, lengthMax: pathLimits.certificates, trustsLeaves: false, tickMs: 1 },
    takesNoneForSome: true,
  },
  /** Of any authority that keeps the standard. */
  rfc5280: {
    checks: rfc5280,
    lengthMax: pathLimits.foreignCertificates,
    trustsLeaves: true,
    tickMs: 1_000,
    takesNoneForSome: false,
  },
} as const satisfies Record<string, Profile>

export interface PathQuestion {
  /** A certificate is DER, PEM with one block, or what `parseCertificate` made of it. */
  readonly leaf: Source | Certificate
  /** In any order; what is malformed or leads nowhere among them is passed over. */
  readonly intermediates?: readonly (Source | Certificate)[]
  readonly anchors: readonly (Source | Certificate)[]
  /** The moment that is judged. */
  readonly at: Moment
  readonly profile: keyof typeof profiles
  /**
   * What the leaf is to be used for: an extended key usage, by number or by its usual name. Who asks
   * for a host and does not say, asks for a TLS server.
   */
  readonly purpose?: string
  /** The host name, IP address or mailbox the leaf must speak for. */
  readonly dnsName?: string
  /**
   * How many authorities may stand between the leaf and the anchor, counted as path lengths are (RFC
   * 5280 §4.2.1.9); never more than the profile allows.
   */
  readonly maxDepth?: number
  /** Lists and responses that cannot be read count as if they were not there. */
  readonly crls?: readonly (Source | Crl)[]
  readonly ocsp?: readonly (Source | OcspResponse)[]
  /**
   * Refuse when nothing fresh covers a certificate. Default: yes, as soon as `crls` or `ocsp` is given,
   * which of everybody else's PKI means that there is something in it.
   */
  readonly requireRevocation?: boolean
  /** The moment at which they must be fresh, when that is not `at`: today, for a seal of the past. */
  readonly revocationAt?: Moment
  /**
   * A bare list demands that one of these policies holds, and nothing when it names the one that stands
   * for any; the other form is RFC 5280 §6.1.1.
   */
  readonly policies?: readonly string[] | PolicyQuestion
}

export type PathVerdict =
  | { readonly ok: true; readonly path: readonly Certificate[] }
  | { readonly ok: false; readonly code: PathFailure; readonly detail: string }

const isCertificate = isSource('certificate')
const isPolicyQuestion = isExactly<PolicyQuestion>({
  acceptable: optional(listOf(isText)),
  requireExplicit: optional(isTruth),
  inhibitMapping: optional(isTruth),
  inhibitAny: optional(isTruth),
})

const rules: Readonly<Record<keyof PathQuestion, Rule>> = {
  leaf: isCertificate,
  intermediates: optional(listOf(isCertificate)),
  anchors: listOf(isCertificate),
  at: isMoment,
  profile: isOneOf(...Object.keys(profiles)),
  purpose: optional(isText),
  dnsName: optional(isText),
  maxDepth: optional((value) => Number.isSafeInteger(value) && Number(value) >= 0),
  crls: optional(listOf(isSource('crl'))),
  ocsp: optional(listOf(isSource('ocsp'))),
  requireRevocation: optional(isTruth),
  revocationAt: optional(isMoment),
  policies: optional(anyOf(listOf(isText), isPolicyQuestion)),
}

/** The path from the leaf to the anchor, both included, or why there is none. */
export function validatePath(question: PathQuestion): PathVerdict {
  return judgePath(question, createBudget())
}

/** The same for whoever wants to know afterwards what it cost. */
export function judgePath(given: PathQuestion, budget: Budget): PathVerdict {
  const { question, wrong } = look(given, rules)
  if (!question) return { ok: false, code: 'question-malformed', detail: wrong }
  const purpose = purposeOf(question)
  if (purpose === 'unknown') return refused('unknown-purpose')
  if (isTooMuch(question)) return refused('chain-too-complex')
  const leaf = readAll([question.leaf], parseCertificate).whole[0]
  if (!leaf) return refused('certificate-malformed')
  const { tickMs } = profiles[question.profile]
  const at = roundDown(question.at, tickMs)
  const freshAt = roundDown(question.revocationAt ?? question.at, tickMs)
  const verdict = search({ ...question, at, freshAt, purpose, leaf }, budget)
  // An exhausted search has seen signatures as false that may be true: nothing it says holds.
  const exhausted = budget.exhausted()
  return exhausted === undefined ? verdict : refused(exhausted, leaf)
}

function purposeOf({ purpose, dnsName }: PathQuestion): string | undefined {
  const isHost = dnsName !== undefined && !isMailbox(dnsName)
  return extendedKeyUsageOf(purpose ?? (isHost ? 'serverAuth' : undefined))
}

function roundDown(time: Moment, tickMs: number): Date {
  return new Date(Math.floor(momentOf(time).getTime() / tickMs) * tickMs)
}

function isTooMuch({ intermediates = [], anchors, crls = [], ocsp = [] }: PathQuestion): boolean {
  const given = { intermediates, anchors, crls, ocsp }
  return (['intermediates', 'anchors', 'crls', 'ocsp'] as const).some(
    (kind) => given[kind].length > pathLimits[kind],
  )
}

type ReadQuestion = Omit<PathQuestion, 'leaf' | 'at' | 'purpose' | 'revocationAt'> & {
  readonly leaf: Certificate
  readonly at: Date
  readonly freshAt: Date
  readonly purpose: string | undefined
}

/** What was read, and how every certificate of it is judged. */
interface Bench {
  readonly question: ReadQuestion
  readonly profile: Profile
  readonly anchors: readonly Certificate[]
  readonly intermediates: readonly Certificate[]
  readonly budget: Budget
  readonly isSignedBy: SignatureCheck
}

function search(question: ReadQuestion, budget: Budget): PathVerdict {
  const { leaf, at, purpose, dnsName } = question
  const profile: Profile = profiles[question.profile]
  const anchors = readAll(question.anchors, parseCertificate)
  const known = new Set(anchors.whole.map(({ fingerprint }) => fingerprint))
  const isTrusted = profile.trustsLeaves && known.has(leaf.fingerprint)
  const read = readAll(question.intermediates ?? [], parseCertificate)
  const bench: Bench = {
    ...{ question, profile, budget, anchors: anchors.whole },
    intermediates: read.whole.filter(({ fingerprint }) => isNew(known, fingerprint)),
    isSignedBy: createSignatureCheck(budget),
  }
  const asked = { at, purpose, dnsName }
  const checkPath = pathCheck(bench)
  const found = findPath({ ...searchOf(bench, asked), leaf, isTrusted, checkPath })
  if (found.path) return { ok: true, path: found.path }
  const { code, certificate } = found.finding
  const isUnread = code === 'untrusted-root' && (anchors.isBroken || read.isBroken)
  return refused(isUnread ? 'certificate-malformed' : code, certificate)
}

function searchOf(
  { question, profile, anchors, intermediates, budget, isSignedBy }: Bench,
  asked: Omit<Asked, 'mayCompare'>,
): Omit<SearchQuestion, 'leaf' | 'isTrusted' | 'checkPath'> {
  const mayCompare = (count: number): boolean => budget.spend('names', count)
  return {
    ...{ anchors, intermediates, at: asked.at, budget, isSignedBy },
    ...{ lengthMax: profile.lengthMax, depthMax: question.maxDepth ?? Infinity },
    checkLink: (link) => checkLink(profile.checks, link, { ...asked, mayCompare }),
  }
}

function isNew(known: Set<string>, fingerprint: string): boolean {
  const before = known.size
  return known.add(fingerprint).size > before
}

/** What is left when the signatures of a path hold: its policies, and whether it was revoked. */
function pathCheck(bench: Bench): (path: readonly Certificate[]) => Finding | undefined {
  const { question, intermediates, isSignedBy } = bench
  const { leaf, at, freshAt, profile, crls, ocsp, requireRevocation, policies } = question
  const sources = readSources(question)
  const { takesNoneForSome } = bench.profile
  const isGiven = (list: readonly unknown[] | undefined): boolean =>
    list !== undefined && (takesNoneForSome || list.length > 0)
  const later = searchOf(bench, { at: freshAt, purpose: undefined, dnsName: undefined })
  const policyQuestion = isList(policies)
    ? { acceptable: policies, requireExplicit: !policies.includes(anyPolicy) }
    : (policies ?? {})
  return (path) => {
    const code = checkPolicies(path, policyQuestion)
    if (code) return { code, certificate: leaf }
    return checkRevocation(path, {
      ...{ profile, ...sources, at, freshAt, isSignedBy, certificates: intermediates },
      ownListsOnly: asksForServer(question),
      required: requireRevocation ?? [crls, ocsp].some(isGiven),
      findPath: (other, anchor) =>
        findPath({
          ...{ ...later, leaf: other, anchors: [anchor], isTrusted: false },
          checkPath: () => undefined,
        }).path,
      holds: (other) => !findingOf(other, later.checkLink),
    })
  }
}

/** What is wrong with a path whose signatures hold. */
function findingOf(
  path: readonly Certificate[],
  check: SearchQuestion['checkLink'],
): Finding | undefined {
  for (const [index, certificate] of path.entries()) {
    const isAnchor = index === path.length - 1
    const finding = check({ certificate, index, below: path.slice(0, index), isAnchor })
    if (finding) return finding
  }
  return undefined
}

function isList(policies: PathQuestion['policies']): policies is readonly string[] {
  return Array.isArray(policies)
}

function refused(code: PathFailure, certificate?: Certificate): PathVerdict {
  return { ok: false, code, detail: certificate?.subject.text ?? '' }
}

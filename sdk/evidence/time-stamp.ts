/**
 * Whether a time-stamp token (RFC 3161, RFC 5816) proves that some bytes existed at its time. A token
 * is believed as long as the certificate of its authority (TSA) lives; beyond that a later token over
 * it must speak, see `evidence-time.ts`. Nothing is asked of a TSA here.
 */
import { extensionOids } from '../certificate/extension.ts'
import type { KeyUsage } from '../certificate/extension.ts'
import { sameName } from '../certificate/name.ts'
import { validatePath } from '../certificate/path.ts'
import type { PathQuestion, PathVerdict } from '../certificate/path.ts'
import { parseCertificate } from '../certificate/read.ts'
import type { Certificate } from '../certificate/read.ts'
import { isSignedBy, isSignerOf } from './cms.ts'
import { isBytes, isMoment, isText, listOf, look, momentOf, optional } from '../given.ts'
import type { Moment, Rule } from '../given.ts'
import { digestOf, equalBytes, sha1 } from '../primitives.ts'
import { problemFrom } from '../problem.ts'
import { timeStampingOid } from '../certificate/purpose-oid.ts'
import { readTimeStamp, timeStampLimits } from './time-stamp-token.ts'
import type { CertificateId, Imprint, TimeStamp } from './time-stamp-token.ts'

export interface TimeStampQuestion {
  /** The bytes that were stamped, not their hash. */
  readonly data: Uint8Array
  readonly anchors: PathQuestion['anchors']
  /** Until when the token must have kept its force: now, or the time of the token that covers it. */
  readonly at: Moment
  /** Certificates beside those in the token. */
  readonly certificates?: readonly Uint8Array[]
  readonly crls?: NonNullable<PathQuestion['crls']>
  readonly ocsp?: NonNullable<PathQuestion['ocsp']>
  readonly requireRevocation?: boolean
  /** The moment at which the lists must be fresh, when that is not `at`. */
  readonly revocationAt?: Moment
  /** Policies of TSAs that are good enough; any one when left out. */
  readonly policies?: readonly string[]
  /** What was sent along with the request: lower-case hexadecimal of the INTEGER's content. */
  readonly nonce?: string
  /** `strict`, our own PKI, unless said otherwise. */
  readonly profile?: PathQuestion['profile']
}

type PathRefusal = Extract<PathVerdict, { ok: false }>['code']

export type TimeStampRefusal =
  | PathRefusal
  | 'time-stamp-malformed'
  | 'imprint-mismatch'
  | 'policy-not-accepted'
  | 'nonce-mismatch'
  | 'time-stamp-from-future'
  | 'authority-unknown'
  | 'authority-name'
  | 'purpose-not-critical'
  | 'authority-of-department'
  | 'certificate-not-listed'

export type TimeStampVerdict =
  | {
      readonly ok: true
      readonly timeStamp: TimeStamp
      /** When the bytes existed at the latest: the time said and its inaccuracy. */
      readonly provenAt: Date
      /** The path of the TSA, its own certificate first, the anchor last. */
      readonly path: readonly Certificate[]
    }
  | { readonly ok: false; readonly code: TimeStampRefusal; readonly detail: string }

/** What is not here is asked of the path. */
const rules = {
  ...{ data: isBytes, at: isMoment, anchors: Array.isArray },
  certificates: optional(listOf(isBytes)),
  policies: optional(listOf(isText)),
  nonce: optional(isText),
} as const satisfies Readonly<Partial<Record<keyof TimeStampQuestion, Rule>>>

export function verifyTimeStamp(token: Uint8Array, given: TimeStampQuestion): TimeStampVerdict {
  const { question, wrong } = look(given, rules)
  if (!question) return refused('question-malformed', wrong)
  try {
    const bySha1 = question.profile === 'rfc5280' ? 'allowed' : 'refused'
    const timeStamp = readTimeStamp(token, bySha1)
    const code = contentRefusal(timeStamp, question)
    return code ? refused(code) : verifySigner(timeStamp, question)
  } catch (thrown) {
    const problem = problemFrom(thrown)
    if (problem.code === 'internal') throw thrown
    return refused('time-stamp-malformed', String(problem.detail['rule'] ?? problem.code))
  }
}

/** What the token says, held against what was asked; nothing of it is believed yet. */
function contentRefusal(
  { imprint, policy, nonce, from }: TimeStamp,
  question: TimeStampQuestion,
): TimeStampRefusal | undefined {
  if (!isImprintOf(imprint, question.data)) return 'imprint-mismatch'
  if (question.policies?.includes(policy) === false) return 'policy-not-accepted'
  if (question.nonce !== undefined && nonce !== question.nonce) return 'nonce-mismatch'
  const latest = momentOf(question.at).getTime() + timeStampLimits.futureSeconds * 1000
  // Written so that a time that is no time is never in the past.
  return from.getTime() <= latest ? undefined : 'time-stamp-from-future'
}

export function isImprintOf({ digest, hash }: Imprint | CertificateId, bytes: Uint8Array): boolean {
  return equalBytes(hash, digest === 'sha1' ? sha1(bytes) : digestOf(digest, bytes))
}

function verifySigner(timeStamp: TimeStamp, question: TimeStampQuestion): TimeStampVerdict {
  const { signed, signingCertificates, authority } = timeStamp
  const [id] = signingCertificates
  const candidates = [...signed.certificates, ...(question.certificates ?? [])]
  const der = candidates.find((candidate) => id && isImprintOf(id, candidate))
  if (!id || !der) return refused('authority-unknown')
  const leaf = parseCertificate(der)
  if (!isMeant(id, leaf) || !isSignerOf(signed, leaf)) return refused('authority-unknown')
  if (!isSignedBy(signed, leaf)) return refused('signature-invalid')
  if (authority && !namesOf(leaf).some((name) => sameName(name, authority))) {
    return refused('authority-name')
  }
  const code = authorityRefusal(leaf)
  if (code) return refused(code, leaf.subject.text)
  const intermediates = candidates.filter((candidate) => candidate !== der)
  return verifyPath(timeStamp, question, { leaf, intermediates })
}

/** RFC 5035 §4, §5.4: what an id says besides the hash has to be true as well. */
function isMeant(id: CertificateId, { der, issuer, serial }: Certificate): boolean {
  const { issuerSerial: said } = id
  const isSo = said === undefined || (said.serial === serial && sameName(said.issuer, issuer))
  return isSo && isImprintOf(id, der)
}

function namesOf({ subject, extensions }: Certificate): readonly Certificate['subject'][] {
  const others = extensions.subjectAltName ?? []
  return [subject, ...others.flatMap((name) => (name.form === 'directory' ? [name.name] : []))]
}

/**
 * RFC 3161 §2.3: time-stamping is the one purpose, and critical. No department may vouch for its own
 * time; a CA of a department can only issue in that department's name.
 */
function authorityRefusal({
  extensions,
  departmentCode,
}: Certificate): TimeStampRefusal | undefined {
  const [only, another] = extensions.extendedKeyUsage ?? []
  if (only !== timeStampingOid || another !== undefined) return 'wrong-purpose'
  if (!extensions.critical.has(extensionOids.extendedKeyUsage)) return 'purpose-not-critical'
  if (departmentCode !== undefined) return 'authority-of-department'
  const usages = [...(extensions.keyUsage ?? signing)]
  return usages.every((usage) => signing.has(usage)) ? undefined : 'key-usage'
}

/** All that a key of a TSA may be for. A foreign one may leave it unsaid, ours must not (`strict.ts`). */
const signing: ReadonlySet<KeyUsage> = new Set(['digitalSignature', 'nonRepudiation'])

/**
 * Good at its own time and all the way to `at`: what is valid at the later moment and had begun at the
 * earlier one was valid at both. A TSA that was revoked meanwhile may have lost its key before.
 */
function verifyPath(
  timeStamp: TimeStamp,
  question: TimeStampQuestion,
  { leaf, intermediates }: { leaf: Certificate; intermediates: readonly Uint8Array[] },
): TimeStampVerdict {
  const { anchors, at, crls, ocsp, requireRevocation, revocationAt } = question
  const verdict = validatePath({
    ...{ leaf, intermediates, anchors, at },
    ...{ profile: question.profile ?? 'strict', purpose: timeStampingOid },
    ...(crls && { crls }),
    ...(ocsp && { ocsp }),
    ...(requireRevocation !== undefined && { requireRevocation }),
    ...(revocationAt && { revocationAt }),
  })
  if (!verdict.ok) return verdict
  const { path } = verdict
  const late = path.find(({ notBefore }) => !(notBefore <= timeStamp.from))
  if (late) return refused('certificate-not-yet-valid', late.subject.text)
  // RFC 5035 §5.4: beyond the first, the list limits which certificates may stand on the path.
  const listed = timeStamp.signingCertificates
  const isListed = (one: Certificate): boolean => listed.some((id) => isMeant(id, one))
  if (listed.length > 1 && !path.slice(0, -1).every(isListed)) {
    return refused('certificate-not-listed')
  }
  return { ok: true, timeStamp, provenAt: timeStamp.until, path }
}

function refused(code: TimeStampRefusal, detail = ''): TimeStampVerdict {
  return { ok: false, code, detail }
}

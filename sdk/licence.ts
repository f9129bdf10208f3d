/**
 * Whether a licence document is true, decided offline: from the document, the caller's own trust,
 * a signed status list and the proof that the log knew the document. The answer is a verdict with
 * every check in order; nothing is fetched and nothing in the document is believed before its check.
 */
import { readChain } from './certificate/chain.ts'
import type { Certificate } from './certificate/read.ts'
import { parseLicenceId } from './identifier-licence.ts'
import { readInstant, writeInstant } from './instant.ts'
import { parseJsonObject } from './json.ts'
import { judgeJws } from './jws.ts'
import {
  departmentUrn,
  licenceHeaders,
  licenceType,
  licenceTypeUrn,
  readLicence,
} from './licence/document.ts'
import type { LicenceDocument } from './licence/document.ts'
import { leafHash, verifyInclusion } from './merkle.ts'
import { digestText, fromUtf8 } from './primitives.ts'
import { problemFrom } from './problem.ts'
import { bestProof, proofsMax, provenByEnvelope } from './evidence/proven-time.ts'
import type { ProvenTime } from './evidence/proven-time.ts'
import { noTime, readLicenceQuestion } from './licence/question.ts'
import type {
  AskedOfLicence,
  Evidence,
  IssueEvidence,
  LicenceQuestion,
} from './licence/question.ts'
import { validateSealPath } from './licence/seal-path.ts'
import { sdAlgorithm } from './sd-jwt.ts'
import { checkKeyBinding } from './sd-jwt/key-binding.ts'
import { licenceStatusAt } from './status/signer.ts'
import type { LicenceStatus } from './status/signer.ts'
import { clockSkewSeconds, notRolledBack } from './status.ts'
import type { SeenStatusList } from './status.ts'
import type { Trust, TrustedIssuer } from './trust.ts'
import {
  isTrustedChain,
  openTrustedHead,
  openTrustedStatusList,
  validateTrustedSeal,
} from './licence/trust-memory.ts'
import { failed, passed, unproven, verdictOf } from './licence/verdict.ts'
import type { Check, Verdict } from './licence/verdict.ts'
import type { Json } from './json.ts'

export type {
  GivenStatusList,
  IssueEvidence,
  LicenceQuestion,
  RecordedStatus,
} from './licence/question.ts'

export interface LicenceVerdict extends Verdict {
  /** Of the list that was believed: the next question's `lastSeen`. */
  readonly statusList?: SeenStatusList
  /** What the document says of itself; rely on it only when the verdict is `valid`. */
  readonly licence?: {
    readonly licenceId: string
    readonly type: string
    readonly issuer: string
    readonly validFrom: string
    readonly validUntil: string | null
    readonly items: Readonly<Record<string, Json>>
  }
}

export function verifyLicence(document: string, given: LicenceQuestion): LicenceVerdict {
  const question = readLicenceQuestion(document, given)
  return 'outcome' in question ? verdictOf([question], noTime) : judge(document, question)
}

function judge(document: string, question: AskedOfLicence): LicenceVerdict {
  let licence: LicenceDocument
  try {
    const { keyBinding = 'forbidden', at } = question
    licence = readLicence(document, keyBinding === 'forbidden' ? 'forbidden' : 'allowed', (x5c) =>
      isTrustedChain(x5c, question.trust),
    )
    const { presentation, claims } = licence
    checkKeyBinding(presentation, { cnf: claims.cnf, algorithm: sdAlgorithm, at }, keyBinding)
  } catch (thrown) {
    const problem = problemFrom(thrown)
    if (problem.code === 'internal') throw thrown
    return verdictOf([failed('form', String(problem.detail['rule'] ?? problem.code))], question.at)
  }
  const proven = provenTime(licence, question)
  const sealedAt = proven.at ?? licence.sealedAt
  const path = checkPath(licence, question, { ...proven, sealedAt })
  const status = checkStatus(licence, question)
  const issuer = issuerOf(licence, question.trust)
  const checks = [
    passed('form'),
    ...path.checks,
    ...(path.seal
      ? [checkSeal(licence, path.seal), checkIssuer(licence, path.seal, issuer, sealedAt)]
      : []),
    checkIdentifier(licence, issuer),
    proven.check,
    checkPeriod(licence, question.at),
    status.check,
  ]
  const { list } = status
  return {
    ...verdictOf(checks, question.at),
    licence: summary(licence),
    ...(list && { statusList: list }),
  }
}

/** The seal is judged at the time it was set; what became known of it by `at` counts. */
function checkPath(
  licence: LicenceDocument,
  { trust, at }: AskedOfLicence,
  { sealedAt, archive }: Pick<ProvenTime, 'archive'> & { readonly sealedAt: Date },
): { checks: Check[]; seal?: Certificate } {
  const path = archive
    ? validateSealPath(readChain(licence.x5c), {
        ...{ anchors: trust.anchors, crls: [...archive.crls, ...trust.crls] },
        ocsp: archive.ocsp,
        ...{ sealedAt, at, archivedAt: archive.archivedAt },
      })
    : validateTrustedSeal(licence.x5c, { trust, sealedAt, at })
  if (!path.ok) {
    const judge = path.code === 'revocation-unknown' ? unproven : failed
    return { checks: [judge('certificate-path', path.code)] }
  }
  const [seal] = path.path
  return seal ? { checks: [passed('certificate-path')], seal } : { checks: [] }
}

function checkSeal(licence: LicenceDocument, seal: Certificate): Check {
  const jws = judgeJws(licence.jws, seal.publicKey, {
    typ: licenceType,
    headerAllowed: licenceHeaders,
  })
  if (!jws.ok) return failed('seal', jws.code)
  if (licence.header['x5t#S256'] !== seal.fingerprint) return failed('seal', 'thumbprint')
  if (licence.header['kid'] !== seal.fingerprint) return failed('seal', 'kid')
  return passed('seal')
}

/** What the trust knows of the department that the document names. */
function issuerOf({ claims }: LicenceDocument, trust: Trust): TrustedIssuer | undefined {
  return trust.issuers.find(({ department }) => departmentUrn(department) === claims.iss)
}

/** The department in the certificate is the issuer named, and was entitled to this type then. */
function checkIssuer(
  { claims }: LicenceDocument,
  seal: Certificate,
  issuer: TrustedIssuer | undefined,
  sealedAt: Date,
): Check {
  if (!issuer) return failed('issuer-authorised', 'issuer-unknown')
  if (seal.departmentCode !== issuer.department || seal.organisation !== issuer.uscc) {
    return failed('issuer-authorised', 'seal-of-other-department')
  }
  const mayIssue = issuer.types.some(
    (type) =>
      licenceTypeUrn(type.code) === claims.vct &&
      type.from <= sealedAt &&
      (type.until === undefined || sealedAt < type.until),
  )
  return mayIssue ? passed('issuer-authorised') : failed('issuer-authorised', 'type-not-granted')
}

function checkIdentifier({ claims }: LicenceDocument, issuer: TrustedIssuer | undefined): Check {
  try {
    const id = parseLicenceId(claims.licenceId)
    if (licenceTypeUrn(id.typeCode) !== claims.vct) return failed('identifier', 'other-type')
    if (id.issuer !== issuer?.uscc) return failed('identifier', 'other-issuer')
    return passed('identifier')
  } catch (thrown) {
    return failed('identifier', problemFrom(thrown).code)
  }
}

function provenTime(licence: LicenceDocument, question: AskedOfLicence): ProvenTime {
  const { evidence = [] } = question
  const given: readonly Evidence[] = isSeveral(evidence) ? evidence : [evidence]
  const proofs = given.slice(0, proofsMax + 1).map((one) => {
    if (typeof one !== 'string') return provenByLog(licence, one, question)
    return provenByEnvelope(licence.jwt, one, question)
  })
  return bestProof(proofs)
}

/** Array.isArray does not narrow to a read-only array. */
function isSeveral(evidence: Evidence | readonly Evidence[]): evidence is readonly Evidence[] {
  return Array.isArray(evidence)
}

/** What was recorded after the moment asked for, two honest clocks apart, says nothing about it. */
function provenByLog(
  licence: LicenceDocument,
  evidence: IssueEvidence,
  { trust, at }: AskedOfLicence,
): ProvenTime {
  try {
    const recorded = recordedTime(licence, evidence, trust)
    if (typeof recorded === 'string') return { check: failed('proven-time', recorded) }
    const isKnown = recorded.getTime() <= at.getTime() + clockSkewSeconds * 1000
    const check = isKnown ? passed('proven-time') : unproven('proven-time', 'recorded-later')
    return { check, at: recorded }
  } catch (thrown) {
    return { check: failed('proven-time', problemFrom(thrown).code) }
  }
}

/** The proof must be for the entry of this very document, under a head of the log of that year. */
function recordedTime(
  { jwt }: LicenceDocument,
  evidence: IssueEvidence,
  trust: Trust,
): Date | string {
  const { entry, origin, index, size, proof, checkpoint } = evidence
  const { kind, recordedAt, document: recorded } = parseJsonObject(fromUtf8(entry))
  const time = typeof recordedAt === 'string' ? readInstant(recordedAt) : undefined
  if (!time) return 'entry-malformed'
  const head = openTrustedHead(checkpoint, { trust, origin, at: time })
  const { root } = head
  const included = verifyInclusion({ leafHash: leafHash(entry), index, size, proof, root })
  if (head.size !== size || !included) return 'not-in-log'
  if (kind !== 'licence-issued' || recorded !== digestText(jwt)) {
    return 'proof-of-other-document'
  }
  return origin === `${trust.logOriginPrefix}${time.getUTCFullYear()}` ? time : 'other-log'
}

/** Written so that a time that is no time is never inside. */
function checkPeriod({ claims }: LicenceDocument, at: Date): Check {
  const seconds = at.getTime() / 1000
  if (!(claims.nbf <= seconds)) return failed('period', 'not-yet-valid')
  if (claims.exp !== undefined && !(seconds < claims.exp)) return failed('period', 'expired')
  return passed('period')
}

function checkStatus(
  { claims }: LicenceDocument,
  { status, trust, at }: AskedOfLicence,
): { check: Check; list?: SeenStatusList } {
  if (status === undefined) return { check: unproven('status', 'no-status-list') }
  const { idx, uri } = claims.status.status_list
  if (typeof status === 'function') return { check: judgeStatus(status(uri, idx)) }
  const { token, lastSeen } = typeof status === 'string' ? { token: status } : status
  const opened = openTrustedStatusList(token, { trust, uri, at })
  const believed = opened.ok ? notRolledBack(opened.list, lastSeen) : opened
  if (!believed.ok) return { check: unproven('status', believed.code) }
  const { issuedAt, expiresAt } = believed.list
  const check = judgeStatus(licenceStatusAt(believed.list, idx))
  return { check, list: { uri, issuedAt, expiresAt } }
}

function judgeStatus(status: LicenceStatus | undefined): Check {
  if (status === undefined) return unproven('status', 'status-not-listed')
  return status === 'valid' ? passed('status') : failed('status', reasons[status])
}

const reasons = { invalid: 'revoked', suspended: 'suspended' } as const

function summary({ claims, items }: LicenceDocument): NonNullable<LicenceVerdict['licence']> {
  const day = (seconds: number): string => writeInstant(new Date(seconds * 1000))
  return {
    licenceId: claims.licenceId,
    type: claims.vct,
    issuer: claims.iss,
    validFrom: day(claims.nbf),
    validUntil: claims.exp === undefined ? null : day(claims.exp),
    items: Object.fromEntries(items),
  }
}

/**
 * Evidence around a sealed document that outlives its certificates: a JAdES envelope (ETSI TS 119
 * 182-1) over the very signature of the document, which nothing here changes. The levels are those of
 * its §6: B-B the signature, B-T its time, B-LT what is needed to validate it, B-LTA all of that
 * archived. Time-stamps are handed in as bytes; nothing is fetched.
 */
import { readChain } from './certificate/chain.ts'
import type { PathFailure } from './certificate/check.ts'
import { parseCertificate } from './certificate/read.ts'
import type { Certificate } from './certificate/read.ts'
import { parseCrl } from './revocation/crl.ts'
import { parseOcspResponse } from './revocation/ocsp.ts'
import {
  appendElement,
  compactOf,
  encodedValue,
  readEnvelope,
  writeEnvelope,
} from './evidence/form.ts'
import type { Envelope } from './evidence/form.ts'
import { archiveInput, provenTimes, timeStampInput } from './evidence/time.ts'
import type { TimesQuestion } from './evidence/time.ts'
import type { Json } from './json.ts'
import { isLike, isMoment, isText, listOf, look, momentOf, optional } from './given.ts'
import type { Moment, Rule } from './given.ts'
import { readJws, verifyJws } from './jws.ts'
import type { JwsRefusal } from './jws.ts'
import { licenceHeaders, licenceType } from './licence/document.ts'
import { Problem, problemFrom } from './problem.ts'
import { clockSkewSeconds } from './status.ts'
import { validateSealPath } from './licence/seal-path.ts'
import { isImprintOf } from './evidence/time-stamp.ts'
import type { TimeStampRefusal } from './evidence/time-stamp.ts'
import { readTimeStamp } from './evidence/time-stamp-token.ts'

export type EvidenceLevel = 'B-B' | 'B-T' | 'B-LT' | 'B-LTA'

/**
 * The envelope of a document, level B-B; disclosures stay outside.
 * @param document a compact token, or an SD-JWT
 * @throws Problem invalid-evidence
 */
export function createEvidence(document: string): string {
  const [compact = ''] = document.split('~', 1)
  const [protectedHeader = '', payload = '', ...signature] = compact.split('.')
  const parts = { payload, protected: protectedHeader, signature: signature.join('.') }
  return writeEnvelope(readEnvelope(writeEnvelope(parts)))
}

/** The bytes to ask a signature time-stamp for. */
export function bytesToTimeStamp(envelope: string): Uint8Array {
  return timeStampInput(readEnvelope(envelope))
}

/** The bytes to ask an archive time-stamp for, over everything that is there by now. */
export function bytesToArchive(envelope: string): Uint8Array {
  return archiveInput(readEnvelope(envelope))
}

/**
 * @param token DER of an RFC 3161 token over `bytesToTimeStamp`
 * @throws Problem invalid-evidence, invalid-time-stamp
 */
export function addTimeStamp(envelope: string, token: Uint8Array): string {
  const read = readEnvelope(envelope)
  return appendElement(read, 'sigTst', containerOf(token, timeStampInput(read)))
}

/**
 * @param token DER of an RFC 3161 token over `bytesToArchive`
 * @throws Problem invalid-evidence, invalid-time-stamp
 */
export function addArchiveTimeStamp(envelope: string, token: Uint8Array): string {
  const read = readEnvelope(envelope)
  return appendElement(read, 'arcTst', containerOf(token, archiveInput(read)))
}

function containerOf(token: Uint8Array, input: Uint8Array) {
  if (!isImprintOf(readTimeStamp(token).imprint, input)) {
    throw new Problem('invalid-evidence', { rule: 'imprint' })
  }
  return { tstTokens: [encodedValue(token)] }
}

/**
 * Certificates, revocation lists and OCSP responses (DER) that a later verifier will need: of the seal,
 * and of the authorities whose time-stamps are there. What there is none of has no element.
 * @throws Problem invalid-evidence, invalid-certificate
 */
export function addValidationData(
  envelope: string,
  data: {
    readonly certificates?: readonly Uint8Array[]
    readonly crls?: readonly Uint8Array[]
    readonly ocsp?: readonly Uint8Array[]
  },
): string {
  const certificates = (data.certificates ?? []).map(parseCertificate)
  const crls = (data.crls ?? []).map(parseCrl)
  const withCertificates =
    certificates.length === 0
      ? envelope
      : appendElement(
          readEnvelope(envelope),
          'xVals',
          certificates.map(({ der }) => ({ x509Cert: encodedValue(der) })),
        )
  const ocsp = data.ocsp ?? []
  for (const response of ocsp) parseOcspResponse(response)
  if (crls.length + ocsp.length === 0) return withCertificates
  return appendElement(readEnvelope(withCertificates), 'rVals', {
    ...(crls.length > 0 && { crlVals: crls.map(({ der }) => encodedValue(der)) }),
    ...(ocsp.length > 0 && { ocspVals: ocsp.map(encodedValue) }),
  })
}

/**
 * The level an envelope has by its parts; whether they are true is for `verifyEvidence` to say.
 * @throws Problem invalid-evidence
 */
export function evidenceLevel(envelope: string): EvidenceLevel {
  return levelOf(readEnvelope(envelope))
}

function levelOf({ elements }: Envelope): EvidenceLevel {
  const kinds = elements.map(({ kind }) => kind)
  const lists = kinds.indexOf('rVals')
  if (!kinds.includes('sigTst')) return 'B-B'
  if (lists === -1) return 'B-T'
  return kinds.includes('arcTst', lists) ? 'B-LTA' : 'B-LT'
}

export type EvidenceVerdict =
  | {
      readonly ok: true
      readonly level: EvidenceLevel
      /** When the seal had been set at the latest; undefined at level B-B. */
      readonly provenAt: Date | undefined
      readonly seal: Certificate
    }
  | {
      readonly ok: false
      readonly code: 'evidence-malformed' | TimeStampRefusal | PathFailure | JwsRefusal
      readonly detail: string
    }

const rules: Readonly<Record<keyof TimesQuestion, Rule>> = {
  trust: isLike<TimesQuestion['trust']>({ anchors: Array.isArray, crls: Array.isArray }),
  at: isMoment,
  policies: optional(listOf(isText)),
}

/** Signature, time-stamps, and the path of the seal at the time they prove; without any, at `at`. */
export function verifyEvidence(
  envelope: string,
  given: Omit<TimesQuestion, 'at'> & { readonly at: Moment },
): EvidenceVerdict {
  const { question, wrong } = look(given, rules)
  if (!question) return { ok: false, code: 'question-malformed', detail: wrong }
  try {
    return verifyRead(readEnvelope(envelope), { ...question, at: momentOf(question.at) })
  } catch (thrown) {
    const problem = problemFrom(thrown)
    if (problem.code === 'internal') throw thrown
    const detail = String(problem.detail['rule'] ?? problem.code)
    return malformed(detail)
  }
}

function verifyRead(envelope: Envelope, question: TimesQuestion): EvidenceVerdict {
  const compact = compactOf(envelope)
  const { header } = readJws(compact)
  const chain = readChain(header['x5c'])
  const { publicKey, fingerprint } = parseCertificate(chain.leaf)
  const jws = verifyJws(compact, publicKey, { typ: licenceType, headerAllowed: licenceHeaders })
  if (!jws.ok) return { ...jws, detail: '' }
  const { iat, 'x5t#S256': meant = fingerprint } = header
  if (meant !== fingerprint) return malformed('thumbprint')
  const times = provenTimes(envelope, question)
  if (!times.ok) return times
  const { provenAt, archivedAt } = times
  if (!isTimeUntil(iat, provenAt ?? question.at)) return malformed('iat')
  const path = validateSealPath(chain, {
    anchors: question.trust.anchors,
    // What either the envelope or the relying party says is revoked, is.
    crls: [...times.crls, ...question.trust.crls],
    ocsp: times.ocsp,
    ...{ sealedAt: provenAt ?? question.at, at: question.at, archivedAt },
  })
  if (!path.ok) return path
  const [seal = parseCertificate(chain.leaf)] = path.path
  return { ok: true, level: levelOf(envelope), provenAt, seal }
}

/** The time that the signer claims (§5.1.11): there, and not after the one that is proven. */
function isTimeUntil(iat: Json | undefined, latest: Date): boolean {
  return typeof iat === 'number' && iat >= 0 && iat <= latest.getTime() / 1000 + clockSkewSeconds
}

function malformed(detail: string): EvidenceVerdict {
  return { ok: false, code: 'evidence-malformed', detail }
}

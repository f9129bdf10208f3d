/**
 * Whether the certificates of a path are revoked, from signed lists (RFC 5280 §6.3) and OCSP responses
 * (RFC 6960) that came along; nothing is fetched. What they say is weighed in
 * `revocation-statement.ts`; here is decided whose word counts. In the strict profile a list is signed
 * by the key that signed the certificate; elsewhere also by another key of a certificate that leads to
 * the same anchor.
 */
import { extensionOids } from './certificate/extension.ts'
import type { Finding } from './certificate/check.ts'
import { sameName } from './certificate/name.ts'
import type { Certificate, Signed } from './certificate/read.ts'
import { statementsOfLists } from './revocation/crl-statement.ts'
import { isPlainCrl, parseCrl } from './revocation/crl.ts'
import type { Crl } from './revocation/crl.ts'
import { statementsOfResponses } from './revocation/ocsp-statement.ts'
import { parseOcspResponse } from './revocation/ocsp.ts'
import type { OcspResponse } from './revocation/ocsp.ts'
import { readAll } from './given.ts'
import type { Source } from './given.ts'
import { equalBytes } from './primitives.ts'
import { weigh } from './revocation/statement.ts'
import type { Standing, Times } from './revocation/statement.ts'

export interface RevocationQuestion extends Times {
  readonly profile: 'strict' | 'rfc5280'
  readonly crls: readonly Crl[]
  readonly ocsp: readonly OcspResponse[]
  /** Whether a list in which somebody speaks for several authorities covers nothing (BR §7.2.2.1). */
  readonly ownListsOnly: boolean
  /** Whether a certificate about which nothing is known is refused. */
  readonly required: boolean
  /** What came along, and may be of somebody who signs lists. */
  readonly certificates: readonly Certificate[]
  readonly isSignedBy: (signed: Signed, issuer: Certificate) => boolean
  /** A path to the anchor that holds at `freshAt`, revocation aside. */
  readonly findPath: (leaf: Certificate, anchor: Certificate) => readonly Certificate[] | undefined
  /** Whether a path holds at `freshAt`, revocation aside; its signatures do. */
  readonly holds: (path: readonly Certificate[]) => boolean
}

/** The sources that can be read. What cannot says nothing, neither for a certificate nor against it. */
export function readSources(given: {
  readonly crls?: readonly (Source | Crl)[]
  readonly ocsp?: readonly (Source | OcspResponse)[]
}): Pick<RevocationQuestion, 'crls' | 'ocsp'> {
  return {
    crls: readAll(given.crls ?? [], parseCrl).whole,
    ocsp: readAll(given.ocsp ?? [], parseOcspResponse).whole,
  }
}

/** A revoked certificate anywhere on the path says more than an unknown one. */
export function checkRevocation(
  path: readonly Certificate[],
  question: RevocationQuestion,
): Finding | undefined {
  if (!question.required && question.crls.length + question.ocsp.length === 0) return undefined
  const crls = question.profile === 'strict' ? question.crls.filter(isPlainCrl) : question.crls
  const inquiry = { question: { ...question, crls }, judged: new Set(path), isNested: false }
  const standings = path.slice(0, -1).map((certificate, index) => ({
    ...{ certificate, standing: standingOf(certificate, path.slice(index + 1), inquiry) },
  }))
  const found = (wanted: Standing): Certificate | undefined =>
    standings.find(({ standing }) => standing === wanted)?.certificate
  const revoked = found('revoked')
  if (revoked) return { code: 'certificate-revoked', certificate: revoked }
  const unknown = question.required ? found('undetermined') : undefined
  return unknown && { code: 'revocation-unknown', certificate: unknown }
}

interface Inquiry {
  readonly question: RevocationQuestion
  /**
   * Certificates that are judged anyway, so that their word may be believed meanwhile: if one of them
   * turns out to be revoked, all of this is void. It is how a list may cover the one who signed it.
   */
  readonly judged: ReadonlySet<Certificate>
  /** Who signs lists about one who signs lists must be known already. */
  readonly isNested: boolean
}

function standingOf(
  certificate: Certificate,
  authorities: readonly Certificate[],
  inquiry: Inquiry,
): Standing {
  const { question } = inquiry
  const { ocsp, freshAt, isSignedBy, ownListsOnly } = question
  const lists = statementsOfLists(certificate, {
    ...{ crls: question.crls, freshAt, ownListsOnly },
    signerOf: (crl) => signerOf(crl, authorities, inquiry),
  })
  const responses = statementsOfResponses(certificate, authorities, {
    ...{ ocsp, freshAt, isSignedBy },
    isTrusted: (path) => isTrustedResponder(path, inquiry),
  })
  return weigh([...lists, ...responses], question)
}

function signerOf(
  crl: Crl,
  authorities: readonly Certificate[],
  inquiry: Inquiry,
): Certificate | undefined {
  const { question, judged, isNested } = inquiry
  const [issuer] = authorities
  const anchor = authorities.at(-1)
  if (!issuer || !anchor) return undefined
  const others = [...judged, ...(isNested ? [] : question.certificates)]
  const candidates = question.profile === 'strict' ? [issuer] : [issuer, ...others]
  return candidates.find(
    (candidate) =>
      sameName(crl.issuer, candidate.subject) &&
      mayBeKeyOf(crl, candidate, question) &&
      maySignLists(candidate, { ...question, isIssuer: candidate === issuer }) &&
      question.isSignedBy(crl, candidate) &&
      (judged.has(candidate) || isTrustedSigner(candidate, anchor, inquiry)),
  )
}

/** §5.2.1: a list that names another key than this one is not looked at any further. */
function mayBeKeyOf(
  { authorityKeyId }: Crl,
  { extensions: { subjectKeyId } }: Certificate,
  { profile }: RevocationQuestion,
): boolean {
  return authorityKeyId && subjectKeyId
    ? equalBytes(authorityKeyId, subjectKeyId)
    : profile === 'rfc5280'
}

/** §6.3.3 (f): an authority may leave out what its key is for; one who only signs lists may not. */
function maySignLists(
  { extensions: { keyUsage, critical } }: Certificate,
  { profile, isIssuer }: { readonly profile: 'strict' | 'rfc5280'; readonly isIssuer: boolean },
): boolean {
  if (profile === 'strict' && !critical.has(extensionOids.keyUsage)) return false
  return keyUsage ? keyUsage.has('cRLSign') : isIssuer && profile === 'rfc5280'
}

function isTrustedSigner(signer: Certificate, anchor: Certificate, inquiry: Inquiry): boolean {
  const path = inquiry.question.findPath(signer, anchor)
  if (!path) return false
  const judged = new Set([...inquiry.judged, ...path])
  return path.slice(0, -1).every((certificate, index) => {
    if (inquiry.judged.has(certificate)) return true
    const rest = path.slice(index + 1)
    return isAcceptable(
      standingOf(certificate, rest, { ...inquiry, judged, isNested: true }),
      inquiry,
    )
  })
}

function isTrustedResponder(path: readonly Certificate[], inquiry: Inquiry): boolean {
  const [responder, ...authorities] = path
  if (!responder || !inquiry.question.holds(path)) return false
  if (responder.extensions.unread.has(extensionOids.ocspNoCheck)) return true
  // By lists only: responders that vouch for one another prove nothing.
  const question = { ...inquiry.question, ocsp: [] }
  return isAcceptable(standingOf(responder, authorities, { ...inquiry, question }), inquiry)
}

function isAcceptable(standing: Standing, { question }: Inquiry): boolean {
  return standing === 'good' || (standing === 'undetermined' && !question.required)
}

/**
 * What OCSP responses say of one certificate (RFC 6960 §3.2): answers that are about it, signed by the
 * authority that issued it or by a responder to whom that authority gave the right with the same key.
 */
import type { Certificate, Signed } from '../certificate/read.ts'
import { sameName } from '../certificate/name.ts'
import { bitBytesOf } from '../der-value.ts'
import { readDer } from '../der.ts'
import { allReasons } from './distribution-point.ts'
import { ocspLimits } from './ocsp.ts'
import type { OcspAnswer, OcspResponse } from './ocsp.ts'
import { equalBytes, sha1, sha256 } from '../primitives.ts'
import { ocspSigningOid } from '../certificate/purpose-oid.ts'
import { spkiOf } from '../primitives/key.ts'
import type { Statement } from './statement.ts'

export interface ResponseQuestion {
  readonly ocsp: readonly OcspResponse[]
  readonly freshAt: Date
  readonly isSignedBy: (signed: Signed, issuer: Certificate) => boolean
  /** Whether a responder's certificate holds on the path to the anchor, and is not revoked. */
  readonly isTrusted: (path: readonly Certificate[]) => boolean
}

/** `authorities` is the path from the issuer of the certificate on. */
export function statementsOfResponses(
  certificate: Certificate,
  authorities: readonly Certificate[],
  question: ResponseQuestion,
): Statement[] {
  const [issuer] = authorities
  if (!issuer) return []
  return question.ocsp.flatMap((response) => {
    const answers = response.answers.filter((answer) => isAbout(answer, certificate, issuer))
    if (answers.length === 0 || !hasAnswered(response, authorities, question)) return []
    const isUnanimous = answers.every(({ status }) => status === answers[0]?.status)
    return answers
      .filter(({ status }) => status === 'revoked' || (status === 'good' && isUnanimous))
      .map(({ thisUpdate, nextUpdate, revocation }) => {
        const until = nextUpdate ?? new Date(thisUpdate.getTime() + ocspLimits.ageHours * 3_600_000)
        const saidAt = thisUpdate > response.producedAt ? thisUpdate : response.producedAt
        const isFresh = saidAt <= question.freshAt && question.freshAt <= until
        return { scope: 'ocsp', saidAt: thisUpdate, isFresh, reasons: allReasons, revocation }
      })
  })
}

function isAbout({ about }: OcspAnswer, certificate: Certificate, issuer: Certificate): boolean {
  const hash = about.hash === 'sha1' ? sha1 : sha256
  return (
    about.serial === certificate.serial &&
    equalBytes(about.issuerNameHash, hash(certificate.issuer.der)) &&
    equalBytes(about.issuerKeyHash, hash(keyBitsOf(issuer)))
  )
}

/** RFC 6960 §4.2.2.2: the authority itself, or whom it has made a responder. */
function hasAnswered(
  response: OcspResponse,
  authorities: readonly Certificate[],
  { isSignedBy, isTrusted }: ResponseQuestion,
): boolean {
  const [issuer] = authorities
  if (!issuer) return false
  const isResponder = (candidate: Certificate): boolean =>
    isNamed(response, candidate) && isSignedBy(response, candidate)
  return (
    isResponder(issuer) ||
    response.certificates.some(
      (candidate) =>
        isDelegate(candidate, response.producedAt) &&
        sameName(candidate.issuer, issuer.subject) &&
        isResponder(candidate) &&
        isSignedBy(candidate, issuer) &&
        isTrusted([candidate, ...authorities]),
    )
  )
}

/** §4.2.2.2: the purpose must be written there; the one that stands for any is not enough. */
function isDelegate({ extensions, notBefore, notAfter }: Certificate, producedAt: Date): boolean {
  return (
    extensions.extendedKeyUsage?.includes(ocspSigningOid) === true &&
    extensions.keyUsage?.has('digitalSignature') !== false &&
    notBefore <= producedAt &&
    producedAt <= notAfter
  )
}

function isNamed({ responder }: OcspResponse, candidate: Certificate): boolean {
  return 'name' in responder
    ? sameName(responder.name, candidate.subject)
    : equalBytes(responder.keyHash, sha1(keyBitsOf(candidate)))
}

/** The BIT STRING of the public key, without its tag, its length and the count of unused bits. */
function keyBitsOf({ publicKey }: Certificate): Uint8Array {
  const [, bits] = readDer(spkiOf(publicKey)).children
  return bits ? bitBytesOf(bits) : new Uint8Array()
}

/**
 * Whether a face (照面) is true: a PDF in which the signed licence and the signed statement of the copy
 * are attached. The licence is judged as everywhere; the face is what the statement says it is, byte
 * for byte, or it is not believed (decision 0043). What is printed is never read.
 */
import { toBase64url } from './base64url.ts'
import { attachmentsIn } from './face/attachment.ts'
import { verifyCopy } from './face/statement.ts'
import type { CopyClaims } from './face/statement.ts'
import { momentOf } from './given.ts'
import { verifyLicence } from './licence.ts'
import type { LicenceQuestion, LicenceVerdict } from './licence.ts'
import { documentDigest } from './licence/document.ts'
import { overall } from './licence/verdict.ts'
import type { Check, Outcome } from './licence/verdict.ts'
import { indexOfText, sha256, toText } from './primitives.ts'
import { Problem } from './problem.ts'
import { clockSkewSeconds } from './status.ts'

/** As many bytes as may be handed in for verification over HTTP. */
export const faceBytesMax = 4_194_304

const faceCheckTitles = {
  'copy-statement': {
    zh: '加注件声明由可信平台签名，针对本证照且未过期',
    en: 'The statement of the copy is signed by the exchange, about this licence, and not over',
  },
  face: {
    zh: '照面与制作时逐字节一致，未被改动',
    en: 'The face is byte for byte what was made from the signed data',
  },
} as const

export interface FaceCheck {
  readonly code: keyof typeof faceCheckTitles
  readonly outcome: Outcome
  readonly reason?: string
  readonly zh: string
  readonly en: string
}

export interface FaceVerdict extends Omit<LicenceVerdict, 'checks'> {
  readonly checks: readonly (Check | FaceCheck)[]
  /** What the copy says of itself; rely on it only when `copy-statement` passes. */
  readonly copy?: CopyClaims
}

/** What a face carries; nobody has verified it. */
export interface Face {
  /** The licence, for `verifyLicence`. */
  readonly document: string
  readonly statement?: { readonly token: string; readonly faceDigest: string }
}

export function isPdf(bytes: Uint8Array): boolean {
  return toText(bytes, 'latin1', 0, 5) === '%PDF-'
}

/** @throws Problem invalid-face when there is not exactly one licence to judge */
export function readFace(bytes: Uint8Array): Face {
  if (bytes.length > faceBytesMax) refuse('length')
  if (!isPdf(bytes)) refuse('not-a-pdf')
  const attachments = attachmentsIn(bytes).map(({ content, ...place }) => ({
    text: toText(content, 'latin1'),
    ...place,
  }))
  const [licence, another] = attachments.filter(({ text }) => licenceForm.test(text))
  if (!licence) refuse(indexOfText(bytes, '/Encrypt') !== -1 ? 'encrypted' : 'no-licence')
  if (another) refuse('several-licences')
  const [statement, second] = attachments.filter(({ text }) => statementForm.test(text))
  if (second) refuse('several-statements')
  const document = licence.text.trim()
  if (!statement) return { document }
  return {
    document,
    statement: { token: statement.text.trimEnd(), faceDigest: faceDigest(bytes, statement) },
  }
}

const licenceForm = /^[\w-]+\.[\w-]+\.[\w-]+~[\w~.-]*\s*$/
const statementForm = /^[\w-]+\.[\w-]+\.[\w-]+ *$/

/** Of every byte but those of the statement, which cannot speak of itself. */
export function faceDigest(
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
): string {
  return toBase64url(sha256(bytes.subarray(0, start), bytes.subarray(end)))
}

/**
 * The verdict on the licence, and on the face around it.
 * @throws Problem invalid-face when there is not exactly one licence to judge
 */
export function verifyFace(bytes: Uint8Array, question: LicenceQuestion): FaceVerdict {
  const { document, statement } = readFace(bytes)
  const { checks: ofLicence, ...verdict } = verifyLicence(document, question)
  if (!statement) {
    const checks = [
      ...ofLicence,
      check('copy-statement', 'unknown', 'no-copy-statement'),
      check('face', 'unknown', 'not-reached'),
    ]
    return { ...verdict, verdict: overall(checks), checks }
  }
  const copy = verifyCopy(statement.token, question.trust.receiptKeys)
  const about = copy.ok ? refusalOf(copy.claims, document, momentOf(question.at)) : copy.code
  const checks = [
    ...ofLicence,
    about === undefined ? check('copy-statement', 'pass') : check('copy-statement', 'fail', about),
    copy.ok
      ? faceCheck(copy.claims, statement.faceDigest)
      : check('face', 'unknown', 'not-reached'),
  ]
  return { ...verdict, verdict: overall(checks), checks, ...(copy.ok && { copy: copy.claims }) }
}

function faceCheck({ face }: CopyClaims, found: string): FaceCheck {
  return face === found ? check('face', 'pass') : check('face', 'fail', 'face-differs')
}

function refusalOf({ doc, iat, exp }: CopyClaims, document: string, at: Date): string | undefined {
  const seconds = at.getTime() / 1000
  if (doc !== documentDigest(document)) return 'copy-of-other-licence'
  if (!(iat <= seconds + clockSkewSeconds)) return 'copy-not-yet-made'
  return seconds < exp ? undefined : 'copy-expired'
}

function check(code: FaceCheck['code'], outcome: Outcome, reason?: string): FaceCheck {
  return { code, outcome, ...(reason !== undefined && { reason }), ...faceCheckTitles[code] }
}

function refuse(rule: string): never {
  throw new Problem('invalid-face', { rule })
}

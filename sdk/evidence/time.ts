/**
 * What the time-stamps of an envelope prove. Each must have kept its force until the next archive
 * time-stamp took it over, the last ones until now (ETSI TS 119 182-1 §5.3.6, EN 319 102-1 §5.6.2.4):
 * so certificates that expired or were revoked since are no loss, and a chain with a gap is none.
 */
import type { PathQuestion } from '../certificate/path.ts'
import { parseCrl } from '../revocation/crl.ts'
import type { Crl } from '../revocation/crl.ts'
import { parseOcspResponse } from '../revocation/ocsp.ts'
import type { OcspResponse } from '../revocation/ocsp.ts'
import type { Envelope } from './form.ts'
import { utf8 } from '../primitives.ts'
import { verifyTimeStamp } from './time-stamp.ts'
import type { TimeStampRefusal } from './time-stamp.ts'

export interface TimesQuestion {
  readonly trust: Pick<PathQuestion, 'anchors'> & {
    readonly crls: NonNullable<PathQuestion['crls']>
  }
  /** The time the verdict is about. */
  readonly at: Date
  /** Policies of TSAs that are good enough; any one when left out. */
  readonly policies?: readonly string[]
}

export type ProvenTimes =
  | {
      readonly ok: true
      /** When the signature existed at the latest; undefined without any time-stamp. */
      readonly provenAt: Date | undefined
      /** When the lists and responses in the envelope were still fresh and archived. */
      readonly archivedAt: Date | undefined
      /** The revocation lists in the envelope, read. */
      readonly crls: readonly Crl[]
      /** The OCSP responses in it, read. */
      readonly ocsp: readonly OcspResponse[]
    }
  | { readonly ok: false; readonly code: TimeStampRefusal; readonly detail: string }

/** §5.3.4: the signature value in base64url, as it stands in the envelope. */
export function timeStampInput({ signature }: Envelope): Uint8Array {
  return utf8(signature)
}

/**
 * §5.3.6.3.1: payload, protected header and signature in base64url with a dot after each, then the
 * elements before this one as they stand in `etsiU` (§5.3.6.3.1.1), without anything between them.
 */
export function archiveInput(envelope: Envelope, count = envelope.elements.length): Uint8Array {
  const { payload, protected: protectedHeader, signature, elements } = envelope
  const before = elements.slice(0, count).map(({ encoded = '' }) => encoded)
  return utf8(`${payload}.${protectedHeader}.${signature}.${before.join('')}`)
}

/** @throws Problem invalid-certificate for a malformed revocation list or response */
export function provenTimes(envelope: Envelope, question: TimesQuestion): ProvenTimes {
  const { elements } = envelope
  const crls = elements.map((element) => element.crls.map(parseCrl))
  const ocsp = elements.map((element) => element.ocsp.map(parseOcspResponse))
  let [end, at] = [elements.length, question.at]
  let provenAt: Date | undefined
  let archivedAt: Date | undefined
  // From the last to the first: a token is judged at the time of the one that covers it, which is
  // believed already, and with the certificates and lists that one covers too.
  for (const [index, { kind, token }] of [...elements.entries()].reverse()) {
    if (!token) continue
    const verdict = verifyTimeStamp(token, {
      data: kind === 'sigTst' ? timeStampInput(envelope) : archiveInput(envelope, index),
      ...{ anchors: question.trust.anchors, at, requireRevocation: true },
      certificates: elements.slice(0, end).flatMap(({ certificates }) => certificates),
      crls: [...crls.slice(0, end).flat(), ...question.trust.crls],
      ocsp: ocsp.slice(0, end).flat(),
      ...(question.policies && { policies: question.policies }),
    })
    if (!verdict.ok) return verdict
    provenAt = earlier(provenAt, verdict.provenAt)
    if (kind === 'sigTst') continue
    ;[end, at] = [index, verdict.provenAt]
    if (elements.slice(0, index).some(({ kind: before }) => before === 'rVals')) {
      archivedAt = verdict.provenAt
    }
  }
  return { ok: true, provenAt, archivedAt, crls: crls.flat(), ocsp: ocsp.flat() }
}

/** Of two times that are proven, the better one. */
function earlier(a: Date | undefined, b: Date): Date {
  return a && a < b ? a : b
}

/**
 * When a document is proven to have existed (docs/contracts.md): the earliest of its inclusion in the
 * log, which `licence.ts` verifies, and the time-stamps of its JAdES envelope. A proof that is false
 * fails the document; one that has only lost its force leaves the others to speak.
 */
import type { Crl } from '../revocation/crl.ts'
import type { OcspResponse } from '../revocation/ocsp.ts'
import { compactOf, readEnvelope } from './form.ts'
import { provenTimes } from './time.ts'
import { problemFrom } from '../problem.ts'
import type { Trust } from '../trust.ts'
import { failed, passed, unproven } from '../licence/verdict.ts'
import type { Check } from '../licence/verdict.ts'

export const proofsMax = 8

export interface ProvenTime {
  readonly check: Check
  readonly at?: Date
  /** What an envelope brought along to judge the seal with. */
  readonly archive?: {
    readonly crls: readonly Crl[]
    readonly ocsp: readonly OcspResponse[]
    readonly archivedAt: Date | undefined
  }
}

/** The first that is false, or else the earliest that holds, or else why none does. */
export function bestProof(proofs: readonly ProvenTime[]): ProvenTime {
  if (proofs.length > proofsMax) return { check: failed('proven-time', 'too-many-proofs') }
  const wrong = proofs.find(({ check }) => check.outcome === 'fail')
  const [first, ...others] = wrong ? [wrong] : proofs
  if (!first) return { check: unproven('proven-time', 'no-evidence') }
  const best = others.reduce(better, first)
  const archive = proofs.find((proof) => proof.archive)?.archive
  return archive ? { ...best, archive } : best
}

function better(a: ProvenTime, b: ProvenTime): ProvenTime {
  if (b.check.outcome !== 'pass' || !b.at) return a
  return a.check.outcome === 'pass' && a.at && a.at <= b.at ? a : b
}

/** These say that the proof does not reach to the moment asked for, not that it is false. */
const lost: ReadonlySet<string> = new Set([
  'certificate-expired',
  'revocation-unknown',
  'time-stamp-from-future',
])

/** @param jwt the issuer-signed part of the document */
export function provenByEnvelope(
  jwt: string,
  envelope: string,
  question: { readonly trust: Trust; readonly at: Date },
): ProvenTime {
  try {
    const read = readEnvelope(envelope)
    if (compactOf(read) !== jwt) return no('evidence-of-other-document')
    const times = provenTimes(read, question)
    if (!times.ok) return lost.has(times.code) ? open(times.code) : no(times.code)
    const { provenAt, archivedAt, crls, ocsp } = times
    if (!provenAt) return open('no-time-stamp')
    return { check: passed('proven-time'), at: provenAt, archive: { crls, ocsp, archivedAt } }
  } catch (thrown) {
    const problem = problemFrom(thrown)
    if (problem.code === 'internal') throw thrown
    return no(problem.code)
  }
}

function no(reason: string): ProvenTime {
  return { check: failed('proven-time', reason) }
}

function open(reason: string): ProvenTime {
  return { check: unproven('proven-time', reason) }
}

/**
 * From a leaf to an anchor we trust: finds a path among the certificates that came along and has it
 * checked (RFC 5280 §6, RFC 4158). The sender chooses the certificates, so the search is bounded:
 * in length, in candidates and in the number of signatures verified.
 */
import { verifyCertificateSignature } from './algorithm.ts'
import { checkPath } from './certificate-check.ts'
import type { Finding, PathFailure } from './certificate-check.ts'
import { sameName } from './certificate-name.ts'
import { parseCertificate } from './certificate.ts'
import type { Certificate, Signed } from './certificate.ts'
import type { Crl } from './crl.ts'
import { equalBytes } from './primitives.ts'
import type { OcspResponse } from './ocsp.ts'
import { Problem } from './problem.ts'
import { checkRevocation, readSources } from './revocation.ts'

export const pathLimits = {
  /** From the leaf to the certificate the anchor signed. */
  certificates: 4,
  intermediates: 32,
  anchors: 32,
  /** One for each authority: every department has its own. */
  crls: 1_000,
  ocsp: 100,
  signatures: 60,
} as const

export interface PathQuestion {
  readonly leaf: Uint8Array | Certificate
  readonly intermediates: readonly (Uint8Array | Certificate)[]
  readonly anchors: readonly Certificate[]
  /** The moment that is judged. */
  readonly at: Date
  /** The profile of our own PKI; see `certificate-check.ts`. */
  readonly profile: 'strict'
  /** The one extended key usage the leaf must have. */
  readonly purpose?: string
  /** Lists and responses that cannot be read count as if they were not there. */
  readonly crls?: readonly (Uint8Array | Crl)[]
  readonly ocsp?: readonly (Uint8Array | OcspResponse)[]
  /** Refuse when nothing fresh covers a certificate. Default: yes, as soon as `crls` or `ocsp` is given. */
  readonly requireRevocation?: boolean
  /** The moment at which they must be fresh, when that is not `at`: today, for a seal of the past. */
  readonly revocationAt?: Date
}

export type PathVerdict =
  | { readonly ok: true; readonly path: readonly Certificate[] }
  | { readonly ok: false; readonly code: PathFailure; readonly detail: string }

/** The path from the leaf to the anchor, both included, or why there is none. */
export function validatePath(question: PathQuestion): PathVerdict {
  if (isTooMuch(question)) return { ok: false, code: 'chain-too-complex', detail: '' }
  const bag = readBag(question)
  if (!bag) return { ok: false, code: 'certificate-malformed', detail: '' }
  const search: Search = {
    question,
    sources: readSources(question),
    intermediates: bag.intermediates,
    signatures: new Map(),
    signaturesLeft: pathLimits.signatures,
    refusal: { code: 'untrusted-root', certificate: bag.leaf },
  }
  const path = extend(search, [bag.leaf])
  // An exhausted search has seen signatures as false that may be true: nothing it says holds.
  if (search.signaturesLeft < 0) {
    return refusalOf({ code: 'chain-too-complex', certificate: bag.leaf })
  }
  return path ? { ok: true, path } : refusalOf(search.refusal)
}

function isTooMuch({ intermediates, anchors, crls = [], ocsp = [] }: PathQuestion): boolean {
  const given = { intermediates, anchors, crls, ocsp }
  return (['intermediates', 'anchors', 'crls', 'ocsp'] as const).some(
    (kind) => given[kind].length > pathLimits[kind],
  )
}

interface Search {
  readonly question: PathQuestion
  readonly sources: ReturnType<typeof readSources>
  readonly intermediates: readonly Certificate[]
  /** What was verified already: each pair is paid for once. */
  readonly signatures: Map<Signed, Map<Certificate, boolean>>
  signaturesLeft: number
  /** The refusal that says most about what is wrong so far. */
  refusal: Finding
}

interface Bag {
  readonly leaf: Certificate
  readonly intermediates: readonly Certificate[]
}

/** What the sender brought, read, each certificate once and without the anchors. */
function readBag({ leaf, intermediates, anchors }: PathQuestion): Bag | undefined {
  try {
    const known = new Set(anchors.map((anchor) => anchor.fingerprint))
    const read = intermediates.map(certificateOf).filter(({ fingerprint }) => {
      const isNew = !known.has(fingerprint)
      known.add(fingerprint)
      return isNew
    })
    return { leaf: certificateOf(leaf), intermediates: read }
  } catch (thrown) {
    if (thrown instanceof Problem) return undefined
    throw thrown
  }
}

function certificateOf(given: Uint8Array | Certificate): Certificate {
  return given instanceof Uint8Array ? parseCertificate(given) : given
}

/** Depth first: anchors before intermediates, and back to the next candidate when a path fails. */
function extend(search: Search, path: readonly Certificate[]): readonly Certificate[] | undefined {
  const last = path.at(-1)
  if (!last) return undefined
  for (const anchor of search.question.anchors) {
    const complete = [...path, anchor]
    if (isIssuer(search, last, anchor) && passes(search, complete)) return complete
  }
  if (path.length === pathLimits.certificates) return undefined
  for (const candidate of search.intermediates) {
    if (isOn(path, candidate) || !isIssuer(search, last, candidate)) continue
    const complete = extend(search, [...path, candidate])
    if (complete) return complete
  }
  return undefined
}

/** The same name with the same key is the same CA, whatever else its certificates say. */
function isOn(path: readonly Certificate[], candidate: Certificate): boolean {
  return path.some(
    ({ subject, publicKey }) =>
      sameName(subject, candidate.subject) && publicKey.equals(candidate.publicKey),
  )
}

function isIssuer(search: Search, certificate: Certificate, issuer: Certificate): boolean {
  if (!sameName(certificate.issuer, issuer.subject)) return false
  const { authorityKeyId } = certificate.extensions
  const { subjectKeyId } = issuer.extensions
  if (!authorityKeyId || !subjectKeyId || !equalBytes(authorityKeyId, subjectKeyId)) {
    note(search, { code: 'key-identifier', certificate })
    return false
  }
  const isSigned = isSignedBy(search, certificate, issuer)
  if (!isSigned) note(search, { code: 'signature-invalid', certificate })
  return isSigned
}

function isSignedBy(search: Search, signed: Signed, issuer: Certificate): boolean {
  const verdicts = search.signatures.get(signed) ?? new Map<Certificate, boolean>()
  search.signatures.set(signed, verdicts)
  const known = verdicts.get(issuer)
  if (known !== undefined) return known
  search.signaturesLeft -= 1
  if (search.signaturesLeft < 0) return false
  const { signatureAlgorithm, tbs, signature } = signed
  const verdict = verifyCertificateSignature(signatureAlgorithm, issuer.publicKey, tbs, signature)
  verdicts.set(issuer, verdict)
  return verdict
}

function passes(search: Search, path: readonly Certificate[]): boolean {
  const { at, profile, purpose, crls, ocsp, requireRevocation, revocationAt = at } = search.question
  const finding =
    checkPath(path, { at, purpose }) ??
    checkRevocation(path, {
      ...{ profile, ...search.sources, at, freshAt: revocationAt },
      required: requireRevocation ?? (crls !== undefined || ocsp !== undefined),
      certificates: search.intermediates,
      isSignedBy: (signed, issuer) => isSignedBy(search, signed, issuer),
      findPath: () => undefined,
      holds: (other) => !checkPath(other, { at: revocationAt, purpose: undefined }),
    })
  if (finding) note(search, finding)
  return !finding
}

/** How little a refusal says; what is not listed was found on a path that reached an anchor. */
const vague: readonly PathFailure[] = ['signature-invalid', 'key-identifier', 'untrusted-root']

function note(search: Search, finding: Finding): void {
  if (vague.indexOf(finding.code) < vague.indexOf(search.refusal.code)) search.refusal = finding
}

function refusalOf({ code, certificate }: Finding): PathVerdict {
  return { ok: false, code, detail: certificate.subject.text }
}

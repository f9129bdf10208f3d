/**
 * Looking for a path among certificates that somebody else chose (RFC 4158): depth first from the
 * leaf, anchors before intermediates, the likeliest candidate first, and back to the next one when
 * a way leads nowhere. Names lead the way and key identifiers only order it; whatever is cheap is
 * checked before a signature is, and no signature twice.
 */
import { spkiText } from '../log-key.ts'
import { certificateAlgorithms, verifyCertificateSignature } from '../algorithm.ts'
import type { Budget } from './budget.ts'
import type { Finding, Link, PathFailure } from './check.ts'
import { sameName } from './name.ts'
import { isSelfIssued } from './read.ts'
import type { Certificate, Signed } from './read.ts'
import { equalBytes } from '../primitives.ts'

export interface SearchQuestion {
  readonly leaf: Certificate
  /** The leaf is an anchor itself: it is the whole path. */
  readonly isTrusted: boolean
  readonly intermediates: readonly Certificate[]
  readonly anchors: readonly Certificate[]
  /** The longest path, without its anchor. */
  readonly lengthMax: number
  /** How many authorities may stand between leaf and anchor, those not counted that issued to themselves. */
  readonly depthMax: number
  readonly at: Date
  readonly budget: Budget
  readonly isSignedBy: SignatureCheck
  readonly checkLink: (link: Link) => Finding | undefined
  /** What only a whole path can tell. */
  readonly checkPath: (path: readonly Certificate[]) => Finding | undefined
}

export type SignatureCheck = (signed: Signed, issuer: Certificate) => boolean

export type Found =
  | { readonly path: readonly Certificate[] }
  | { readonly path: undefined; readonly finding: Finding }

interface Search extends SearchQuestion {
  readonly issuers: ReadonlyMap<string, readonly Candidate[]>
  /** The refusal that says most about what is wrong so far. */
  finding: Finding
}

interface Candidate {
  readonly certificate: Certificate
  readonly isAnchor: boolean
}

/** The path from the leaf to an anchor, both included, or the reason why there is none. */
export function findPath(question: SearchQuestion): Found {
  const { leaf, isTrusted } = question
  const search: Search = {
    ...question,
    issuers: issuersByName(question),
    finding: { code: 'untrusted-root', certificate: leaf },
  }
  const finding = question.checkLink({
    certificate: leaf,
    index: 0,
    below: [],
    isAnchor: isTrusted,
  })
  if (finding) return { path: undefined, finding }
  if (isTrusted) return { path: [leaf] }
  const path = extend(search, [leaf])
  return path ? { path } : { path: undefined, finding: search.finding }
}

/** Every certificate from which names lead to an anchor, by the name it issues in. */
function issuersByName({ anchors, intermediates }: SearchQuestion): Search['issuers'] {
  const issuers = new Map<string, Candidate[]>()
  const add = (candidate: Candidate): void => {
    const { key } = candidate.certificate.subject
    const known = issuers.get(key)
    if (known) known.push(candidate)
    else issuers.set(key, [candidate])
  }
  for (const certificate of anchors) add({ certificate, isAnchor: true })
  let left = intermediates
  for (let before = Infinity; left.length < before;) {
    before = left.length
    left = left.filter((certificate) => {
      const isStray = !issuers.has(certificate.issuer.key)
      if (!isStray) add({ certificate, isAnchor: false })
      return isStray
    })
  }
  return issuers
}

function extend(search: Search, path: readonly Certificate[]): readonly Certificate[] | undefined {
  const last = path.at(-1)
  if (!last) return undefined
  for (const candidate of candidatesFor(search, last)) {
    if (search.budget.exhausted() !== undefined) return undefined
    const longer = candidate.isAnchor
      ? complete(search, path, candidate)
      : goOn(search, path, candidate)
    if (longer) return longer
  }
  return undefined
}

function complete(
  search: Search,
  path: readonly Certificate[],
  candidate: Candidate,
): readonly Certificate[] | undefined {
  if (!isNext(search, path, candidate)) return undefined
  const whole = [...path, candidate.certificate]
  const finding = search.checkPath(whole)
  if (!finding) return whole
  note(search, finding)
  return undefined
}

function goOn(
  search: Search,
  path: readonly Certificate[],
  candidate: Candidate,
): readonly Certificate[] | undefined {
  const { certificate } = candidate
  if (isOn(path, certificate)) return undefined
  const depth = [...path.slice(1), certificate].filter((one) => !isSelfIssued(one)).length
  if (path.length < search.lengthMax && depth <= search.depthMax) {
    return isNext(search, path, candidate) ? extend(search, [...path, certificate]) : undefined
  }
  note(search, { code: 'path-too-deep', certificate })
  return undefined
}

/** The likeliest first: an anchor, the key that was named, one that is valid, the newest. */
function candidatesFor({ issuers, at }: Search, { issuer, extensions }: Certificate): Candidate[] {
  const rank = ({ certificate, isAnchor }: Candidate): number => {
    const isNamed = sameKeyId(extensions.authorityKeyId, certificate.extensions.subjectKeyId)
    const isCurrent = certificate.notBefore <= at && at <= certificate.notAfter
    return (isAnchor ? 0 : 4) + (isNamed ? 0 : 2) + (isCurrent ? 0 : 1)
  }
  const candidates = issuers.get(issuer.key) ?? []
  if (candidates.length < 2) return [...candidates]
  return candidates
    .map((candidate) => ({ candidate, rank: rank(candidate) }))
    .sort(
      (a, b) =>
        a.rank - b.rank ||
        b.candidate.certificate.notBefore.getTime() - a.candidate.certificate.notBefore.getTime() ||
        (a.candidate.certificate.fingerprint < b.candidate.certificate.fingerprint ? -1 : 1),
    )
    .map(({ candidate }) => candidate)
}

function sameKeyId(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && equalBytes(a, b)
}

/** The same name with the same key is the same CA, whatever else its certificates say. */
function isOn(path: readonly Certificate[], candidate: Certificate): boolean {
  return path.some(
    (certificate) =>
      sameName(certificate.subject, candidate.subject) &&
      spkiText(certificate.publicKey) === spkiText(candidate.publicKey),
  )
}

/** Whether this certificate may stand above the path, and issued the last one on it. */
function isNext(
  search: Search,
  path: readonly Certificate[],
  { certificate, isAnchor }: Candidate,
): boolean {
  const issued = path.at(-1)
  if (!issued || !search.budget.spend('paths')) return false
  const finding =
    search.checkLink({ certificate, index: path.length, below: path, isAnchor }) ??
    signatureFinding(search, issued, certificate)
  if (finding) note(search, finding)
  return !finding
}

function signatureFinding(
  { isSignedBy }: Search,
  issued: Certificate,
  issuer: Certificate,
): Finding | undefined {
  if (!Object.hasOwn(certificateAlgorithms, issued.signatureAlgorithm)) {
    return { code: 'signature-algorithm', certificate: issued }
  }
  return isSignedBy(issued, issuer) ? undefined : { code: 'signature-invalid', certificate: issued }
}

/** Each pair is paid for once. When the budget is exhausted nothing is signed by anybody. */
export function createSignatureCheck(budget: Budget): SignatureCheck {
  const verdicts = new Map<Signed, Map<Certificate, boolean>>()
  return (signed, issuer) => {
    const known = verdicts.get(signed) ?? new Map<Certificate, boolean>()
    verdicts.set(signed, known)
    const verdict = known.get(issuer)
    if (verdict !== undefined) return verdict
    if (!budget.spend('signatures')) return false
    const { signatureAlgorithm, tbs, signature } = signed
    const { publicKey } = issuer
    const isSigned = verifyCertificateSignature(signatureAlgorithm, publicKey, tbs, signature)
    known.set(issuer, isSigned)
    return isSigned
  }
}

/** How little a refusal says; what is not listed says more. */
const vague: readonly PathFailure[] = [
  'signature-invalid',
  'key-identifier',
  'path-too-deep',
  'untrusted-root',
]

function note(search: Search, finding: Finding): void {
  if (vague.indexOf(finding.code) < vague.indexOf(search.finding.code)) search.finding = finding
}

/**
 * The proof that the log knew a licence, as a file to keep beside it: the log's entry of its issue,
 * its place, and the signed head over it. Whether it proves anything is decided in `licence.ts`.
 */
import { fromBase64url, toBase64url } from './base64url.ts'
import { parseJsonObject } from './json.ts'
import type { IssueEvidence } from './licence.ts'
import { Problem } from './problem.ts'
import { readInclusionEvidence } from './receipt.ts'

/** JSON; bytes are base64url. */
export function writeIssueEvidence(evidence: IssueEvidence): string {
  const { entry, origin, index, size, proof, checkpoint } = evidence
  const hashes = proof.map(toBase64url)
  return JSON.stringify({
    ...{ entry: toBase64url(entry), origin, index, size, proof: hashes, checkpoint },
  })
}

/** @throws Problem invalid-json, invalid-encoding */
export function readIssueEvidence(text: string): IssueEvidence {
  const { entry, origin } = parseJsonObject(text)
  if (typeof entry !== 'string' || typeof origin !== 'string') {
    throw new Problem('invalid-json', { rule: 'issue-evidence' })
  }
  return { entry: fromBase64url(entry), origin, ...readInclusionEvidence(text) }
}

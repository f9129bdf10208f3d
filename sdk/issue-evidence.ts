/**
 * The proof that the log knew a licence, as a file to keep beside it: the log's entry of its issue,
 * its place, and the signed head over it. Whether it proves anything is decided in `licence.ts`.
 */
import { fromBase64url, toBase64url } from './base64url.ts'
import { canonicalJson, isJsonObject, parseJsonObject } from './json.ts'
import type { Json } from './json.ts'
import type { IssueEvidence } from './licence.ts'
import { utf8 } from './primitives.ts'
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

/**
 * Also as `zt audit prove --json` prints it, with the entry in clear: its bytes are its RFC 8785 form.
 * @throws Problem invalid-json, invalid-encoding
 */
export function readIssueEvidence(text: string): IssueEvidence {
  const { entry, origin } = parseJsonObject(text)
  if (typeof origin !== 'string') throw new Problem('invalid-json', { rule: 'issue-evidence' })
  return { entry: entryOf(entry), origin, ...readInclusionEvidence(text) }
}

function entryOf(entry: Json | undefined): Uint8Array {
  if (typeof entry === 'string') return fromBase64url(entry)
  if (isJsonObject(entry)) return utf8(canonicalJson(entry))
  throw new Problem('invalid-json', { rule: 'issue-evidence' })
}

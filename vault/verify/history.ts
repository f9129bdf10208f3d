/**
 * What was known of a licence at a time, and what that made of it at another: the acts recorded until
 * then, each with its place in the log. An act is recorded once and takes effect before or after that.
 */
import type { Tx } from '../../db/postgres.ts'
import type { FoundProof, LogReader } from '../../log/index.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import type { IssueEvidence } from '../../sdk/licence.ts'
import { Problem } from '../../sdk/problem.ts'
import { decidingState } from '../change/lifecycle.ts'
import type { State } from '../change/lifecycle.ts'
import { isShaped, proven } from '../find.ts'
import { findActs, findKept } from './history-store.ts'
import type { KeptLicence, RecordedAct } from './history-store.ts'

/** The place of an entry under a signed head; with the entry's leaf it can be checked by anybody. */
export interface EntryProof {
  readonly origin: string
  readonly index: number
  readonly size: number
  readonly proof: readonly string[]
  readonly checkpoint: string
}

/** One act as anybody may know it: who did it and why is for the department that did. */
export interface PastAct {
  readonly act: string
  readonly state: State
  readonly effectiveAt: string
  readonly recordedAt: string
  /** Of its entry in the log, base64url. */
  readonly leaf: string
  /** None while the entry is not yet under a head. */
  readonly proof?: EntryProof
}

/** A licence that is kept here, and what was known of it at a time. */
export interface Known {
  readonly licence: KeptLicence
  /** Whether every act is here that the log knows of: nobody may call it valid otherwise. */
  readonly isProven: boolean
  readonly acts: readonly RecordedAct[]
}

export interface Knowing {
  readonly db: Tx
  readonly log: Pick<LogReader, 'byLicence' | 'proofs' | 'bodies' | 'origin'>
}

interface AskedOf {
  readonly licenceId: string
  readonly knownAt: Date | undefined
}

/** More of one licence are a defect of whoever records them; they are never left out in silence. */
const actsMax = 1_000

/** In the order asked for; undefined where nobody knew of the licence yet. */
export async function knownOf(
  vault: Knowing,
  asked: readonly AskedOf[],
): Promise<(Known | undefined)[]> {
  const ids = [...new Set(asked.map(({ licenceId }) => licenceId).filter(isShaped))]
  if (ids.length === 0) return asked.map(() => undefined)
  const kept = await proven(vault, () => findKept(vault.db, ids))
  const licences = new Map(kept.map((one) => [one.row.licence_id, one]))
  const found = await findActs(vault.db, ids, actsMax + 1)
  const actsOf = Map.groupBy(found, ({ licence_id: licenceId }) => licenceId)
  return asked.map(({ licenceId, knownAt }) => {
    const { row: licence, isProven = false } = licences.get(licenceId) ?? {}
    const wasKnown = (recordedAt: Date): boolean => !knownAt || recordedAt <= knownAt
    if (!licence || !wasKnown(licence.recorded_at)) return undefined
    const acts = actsOf.get(licenceId) ?? []
    if (acts.length > actsMax) throw new Problem('too-many', { limit: actsMax })
    return { licence, isProven, acts: acts.filter((act) => wasKnown(act.recorded_at)) }
  })
}

/** The state that the acts have led to by then, whatever the period says. */
export function stateAt(acts: readonly RecordedAct[], at: Date): State {
  const effective = acts.filter(({ effective_at: from }) => from <= at)
  return decidingState(effective.map(({ state }) => state))
}

/** What the log proves of each of them: the issue for a verifier, and the whole history. */
export interface Proven {
  readonly evidence: IssueEvidence | undefined
  /** The issue and every act, oldest first. */
  readonly history: readonly PastAct[]
}

export async function provenOf(
  log: Knowing['log'],
  known: readonly Known[],
): Promise<readonly Proven[]> {
  const issues = known.map(({ licence }) => licence.leaf)
  const leaves = [...issues, ...known.flatMap(({ acts }) => acts.map(({ leaf }) => leaf))]
  const proofs = await log.proofs(leaves)
  const proofOf = new Map(leaves.map((leaf, i) => [toBase64url(leaf), proofs[i]]))
  const bodies = await log.bodies(issues)
  const bodyOf = new Map(bodies.map(({ leaf, body }) => [toBase64url(leaf), body]))
  return known.map((one) => {
    const issue = toBase64url(one.licence.leaf)
    return {
      evidence: evidenceOf(log, proofOf.get(issue), bodyOf.get(issue)),
      history: historyOf(one, (leaf) => entryProof(log, proofOf.get(leaf))),
    }
  })
}

/** None while the entry is not yet under a head. */
export function evidenceOf(
  log: Pick<LogReader, 'origin'>,
  found: FoundProof | undefined,
  entry: Uint8Array | undefined,
): IssueEvidence | undefined {
  if (found === undefined || typeof found === 'string' || !entry) return undefined
  const { shard, ...proof } = found
  return { entry, origin: log.origin(shard), ...proof }
}

function historyOf(
  { licence, acts }: Known,
  proofOf: (leaf: string) => EntryProof | undefined,
): PastAct[] {
  const { valid_from: effective, recorded_at: recorded, leaf } = licence
  const issue = { act: 'issue', state: 'valid' } as const
  const all = [{ ...issue, effective_at: effective, recorded_at: recorded, leaf }, ...acts]
  return all.map(({ act, state, effective_at: from, recorded_at: since, leaf: own }) => {
    const proof = proofOf(toBase64url(own))
    return {
      ...{ act, state, leaf: toBase64url(own) },
      ...{ effectiveAt: from.toISOString(), recordedAt: since.toISOString() },
      ...(proof && { proof }),
    }
  })
}

function entryProof(
  log: Pick<LogReader, 'origin'>,
  found: FoundProof | undefined,
): EntryProof | undefined {
  if (found === undefined || typeof found === 'string') return undefined
  const { shard, proof, ...place } = found
  return { origin: log.origin(shard), ...place, proof: proof.map(toBase64url) }
}

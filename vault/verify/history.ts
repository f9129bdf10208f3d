/**
 * What was known of a licence at a time, and what that made of it at another: the acts recorded until
 * then, each with its place in the log. An act is recorded once and takes effect before or after that.
 */
import type { Tx } from '../../db/postgres.ts'
import type { Log } from '../../log/index.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { Problem } from '../../sdk/problem.ts'
import { decidingState } from '../change/lifecycle.ts'
import type { State } from '../change/lifecycle.ts'
import type { StoredLicence } from '../find.ts'
import { findActsKnown, findRecordedAt } from './history-store.ts'
import type { RecordedAct } from './history-store.ts'

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

export interface Known {
  readonly issuedAt: Date
  readonly acts: readonly RecordedAct[]
}

/** More of one licence are a defect of whoever records them; they are never left out in silence. */
const actsMax = 1_000

/** Undefined when nobody knew of the licence yet. */
export async function knownOf(
  db: Tx,
  asked: { readonly licenceId: string; readonly knownAt: Date | undefined },
): Promise<Known | undefined> {
  const { knownAt } = asked
  const issuedAt = await findRecordedAt(db, asked.licenceId)
  if (!issuedAt || (knownAt && issuedAt > knownAt)) return undefined
  const acts = await findActsKnown(db, asked, actsMax + 1)
  if (acts.length > actsMax) throw new Problem('too-many', { limit: actsMax })
  return { issuedAt, acts }
}

/** The state that the acts have led to by then, whatever the period says. */
export function stateAt(acts: readonly RecordedAct[], at: Date): State {
  const effective = acts.filter(({ effective_at: from }) => from <= at)
  return decidingState(effective.map(({ state }) => state))
}

/** The issue and every act, oldest first. */
export async function historyOf(
  log: Pick<Log, 'proof' | 'origin'>,
  { validFrom, leaf }: Pick<StoredLicence, 'validFrom' | 'leaf'>,
  { issuedAt, acts }: Known,
): Promise<PastAct[]> {
  const issue = { act: 'issue', state: 'valid' } as const
  const all = [{ ...issue, effective_at: validFrom, recorded_at: issuedAt, leaf }, ...acts]
  const history: PastAct[] = []
  for (const { act, state, effective_at: effective, recorded_at: recorded, leaf: own } of all) {
    const proof = await proofOf(log, own)
    history.push({
      ...{ act, state, leaf: toBase64url(own) },
      ...{ effectiveAt: effective.toISOString(), recordedAt: recorded.toISOString() },
      ...(proof && { proof }),
    })
  }
  return history
}

async function proofOf(
  log: Pick<Log, 'proof' | 'origin'>,
  leaf: Uint8Array,
): Promise<EntryProof | undefined> {
  const found = await log.proof(leaf)
  if (found === 'pending' || found === 'unknown') return undefined
  const { shard, proof, ...place } = found
  return { origin: log.origin(shard), ...place, proof: proof.map(toBase64url) }
}

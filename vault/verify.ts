/**
 * Verification by the vault: the sdk's own verdict, given the evidence that only the vault has at
 * hand: the proof of issue from the log, and the acts recorded up to the time asked for.
 */
import type { Db } from '../db/postgres.ts'
import type { Log } from '../log/index.ts'
import { verifyLicence } from '../sdk/licence.ts'
import type { IssueEvidence, LicenceVerdict } from '../sdk/licence.ts'
import { readLicence } from '../sdk/licence/document.ts'
import { Problem } from '../sdk/problem.ts'
import { statusListLength } from '../sdk/status/signer.ts'
import type { LicenceStatus } from '../sdk/status/signer.ts'
import type { Trust } from '../sdk/trust.ts'
import type { Reading } from './find.ts'
import { findById } from './find.ts'
import type { StoredLicence } from './find.ts'
import { statusesOf, statusPlace } from './status-list.ts'

export interface Verifying extends Reading {
  readonly db: Db
  readonly log: Log
  readonly trust: () => Trust
}

/** Exactly one of the two: the document itself, or the identifier of a licence kept here. */
export type VerifyQuestion =
  | { readonly document: string; readonly at: Date }
  | { readonly licenceId: string; readonly at: Date }

/** Says whether a licence is true at a time, without saying what is in it. */
export async function verify(vault: Verifying, question: VerifyQuestion): Promise<LicenceVerdict> {
  const { at } = question
  const stored = await findAsked(vault, question)
  const document = 'document' in question ? question.document : stored?.document
  if (document === undefined) throw new Problem(stored ? 'licence-erased' : 'unknown-licence')
  const evidence = stored && (await issueEvidence(vault.log, stored.leaf))
  const verdict = verifyLicence(document, {
    ...{ trust: vault.trust(), at },
    ...(stored ? { status: await recordedStatus(vault.db, stored, at) } : {}),
    ...(evidence ? { evidence } : {}),
  })
  const { licence, ...rest } = verdict
  return licence ? { ...rest, licence: { ...licence, items: {} } } : rest
}

/** The proof that the log knew a licence; undefined while its entry is not yet under a head. */
export async function issueEvidence(
  log: Log,
  leaf: Uint8Array,
): Promise<IssueEvidence | undefined> {
  const found = await log.proof(leaf)
  if (found === 'pending' || found === 'unknown') return undefined
  const entry = await log.body(leaf)
  const { shard, ...proof } = found
  return entry && { entry, origin: log.origin(shard), ...proof }
}

/** The licence kept here that the question is about; a document may be of one we do not keep. */
function findAsked(vault: Verifying, question: VerifyQuestion): Promise<StoredLicence | undefined> {
  const licenceId = 'licenceId' in question ? question.licenceId : claimedId(question.document)
  if (licenceId === undefined) return Promise.resolve(undefined)
  return findById(vault, licenceId, question.at)
}

function claimedId(document: string): string | undefined {
  try {
    return readLicence(document).claims.licenceId
  } catch (thrown) {
    // A malformed document is not an error here: the verdict will say what is wrong with it.
    if (thrown instanceof Problem) return undefined
    throw thrown
  }
}

async function recordedStatus(
  db: Db,
  { statusPosition, state }: StoredLicence,
  at: Date,
): Promise<(uri: string, idx: number) => LicenceStatus | undefined> {
  if (state === 'unproven') return () => undefined
  const { list, idx } = statusPlace(statusPosition)
  const marked = await statusesOf(db, list, at)
  return (_uri, asked) => {
    if (asked !== idx || asked >= statusListLength) return undefined
    return marked.get(asked) ?? 'valid'
  }
}

/**
 * Verification by the vault: the sdk's own verdict, given the evidence that only the vault has at
 * hand: the proof of issue from the log, and the acts that were known at the time asked for.
 */
import type { Db } from '../db/postgres.ts'
import type { Log } from '../log/index.ts'
import { readFace, verifyFace } from '../sdk/face.ts'
import type { FaceVerdict } from '../sdk/face.ts'
import { verifyLicence } from '../sdk/licence.ts'
import type { IssueEvidence, LicenceQuestion, LicenceVerdict } from '../sdk/licence.ts'
import { readLicence } from '../sdk/licence/document.ts'
import { Problem } from '../sdk/problem.ts'
import type { LicenceStatus } from '../sdk/status/signer.ts'
import type { Trust } from '../sdk/trust.ts'
import { stateByPeriod, statusOf } from './change/lifecycle.ts'
import type { State } from './change/lifecycle.ts'
import type { Reading } from './find.ts'
import { findById } from './find.ts'
import type { StoredLicence } from './find.ts'
import { statusPlace } from './status-list.ts'
import { historyOf, knownOf, stateAt } from './verify/history.ts'
import type { Known, PastAct } from './verify/history.ts'

export interface Verifying extends Reading {
  readonly db: Db
  readonly log: Log
  readonly trust: () => Trust
}

/** Exactly one of the two: the document itself, or the identifier of a licence kept here. */
export type VerifyQuestion = ({ readonly document: string } | { readonly licenceId: string }) & {
  /** The moment the verdict is about. */
  readonly at: Date
  /** What was recorded later does not count; without it everything counts. */
  readonly knownAt?: Date
}

export interface VaultVerdict extends LicenceVerdict {
  readonly knownAt?: string
  /** Of a licence kept here: its issue and every act that was known, oldest first. */
  readonly history?: readonly PastAct[]
}

/** Says whether a licence is true at a time, without saying what is in it. */
export async function verify(vault: Verifying, question: VerifyQuestion): Promise<VaultVerdict> {
  const { at, knownAt } = question
  const asked = await findAsked(vault, question)
  const { stored, known } = asked
  const verdict = verifyLicence(documentOf(question, stored), await questionAbout(vault, asked, at))
  return {
    ...withoutItems(verdict),
    ...(knownAt && { knownAt: knownAt.toISOString() }),
    ...(stored && { history: await historyOf(vault.log, stored, known) }),
  }
}

/**
 * The same of a face (照面), a PDF with the licence inside, and of the face itself.
 * @throws Problem invalid-face
 */
export async function verifyFaceFile(
  vault: Verifying,
  { face, at }: { readonly face: Uint8Array; readonly at: Date },
): Promise<FaceVerdict> {
  const asked = await findAsked(vault, { document: readFace(face).document, at })
  return withoutItems(verifyFace(face, await questionAbout(vault, asked, at)))
}

async function questionAbout(
  vault: Verifying,
  { stored, known }: Asked,
  at: Date,
): Promise<LicenceQuestion> {
  return {
    ...{ trust: vault.trust(), at },
    ...(stored && {
      status: recordedStatus(stored, stateAt(known.acts, at)),
      ...evidenceOf(await issueEvidence(vault.log, stored.leaf)),
    }),
  }
}

function withoutItems<T extends Pick<LicenceVerdict, 'licence'>>(verdict: T): T {
  const { licence } = verdict
  return licence ? { ...verdict, licence: { ...licence, items: {} } } : verdict
}

function documentOf(question: VerifyQuestion, stored: StoredLicence | undefined): string {
  const document = 'document' in question ? question.document : stored?.document
  if (document !== undefined) return document
  throw new Problem(stored ? 'licence-erased' : 'unknown-licence')
}

function evidenceOf(evidence: IssueEvidence | undefined): { evidence?: IssueEvidence } {
  return evidence ? { evidence } : {}
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

type Asked = { readonly stored: StoredLicence; readonly known: Known } | Nothing
type Nothing = { readonly stored?: undefined; readonly known?: undefined }

/** The licence kept here that the question is about; a document may be of one we do not keep. */
async function findAsked(vault: Verifying, question: VerifyQuestion): Promise<Asked> {
  const licenceId = 'licenceId' in question ? question.licenceId : claimedId(question.document)
  if (licenceId === undefined) return {}
  const stored = await findById(vault, licenceId, question.at)
  const { knownAt } = question
  const known = stored && (await knownOf(vault.db, { licenceId, knownAt }))
  return known ? { stored, known } : {}
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

/** Nothing about a licence of which acts are missing: they may be the ones that ended it. */
function recordedStatus(
  { statusPosition, state: found }: StoredLicence,
  state: State,
): (uri: string, idx: number) => LicenceStatus | undefined {
  const { idx } = statusPlace(statusPosition)
  return (_uri, asked) => (found === 'unproven' || asked !== idx ? undefined : statusOf[state])
}

/** How a licence kept here stands, without what is in it. */
export interface Standing extends Omit<StoredLicence, 'document' | 'leaf' | 'statusPosition'> {
  readonly history: readonly PastAct[]
}

/** @throws Problem unknown-licence, also when it was not known then */
export async function standingOf(
  vault: Verifying,
  question: { readonly licenceId: string; readonly at: Date; readonly knownAt?: Date },
): Promise<Standing> {
  const { stored, known } = await findAsked(vault, question)
  if (!stored) throw new Problem('unknown-licence')
  const { licenceId, type, issuer, division, grade, validFrom, validUntil, supersedes } = stored
  const { at } = question
  const state = stateByPeriod(stateAt(known.acts, at), validUntil, at)
  return {
    ...{ licenceId, type, issuer, division, grade, validFrom, validUntil, supersedes },
    supersededBy: known.acts.find(({ successor }) => successor !== null)?.successor ?? null,
    state: stored.state === 'unproven' ? 'unproven' : state,
    history: await historyOf(vault.log, stored, known),
  }
}

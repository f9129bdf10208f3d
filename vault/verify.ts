/**
 * Verification by the vault: the sdk's own verdict, given the evidence that only the vault has at
 * hand: the proof of issue from the log, and the acts that were known at the time asked for.
 */
import { setImmediate } from 'node:timers/promises'
import type { Db } from '../db/postgres.ts'
import type { Log } from '../log/index.ts'
import { readFace, verifyFace } from '../sdk/face.ts'
import type { FaceVerdict } from '../sdk/face.ts'
import { verifyLicence } from '../sdk/licence.ts'
import type { IssueEvidence, LicenceQuestion, LicenceVerdict } from '../sdk/licence.ts'
import { readLicence } from '../sdk/licence/document.ts'
import { Problem, problemFrom } from '../sdk/problem.ts'
import type { LicenceStatus } from '../sdk/status/signer.ts'
import type { Trust } from '../sdk/trust.ts'
import { stateByPeriod, statusOf } from './change/lifecycle.ts'
import { receiverOf } from './change/standing.ts'
import type { Reading, StoredLicence } from './find.ts'
import { findByIds } from './find.ts'
import { statusPlace } from './status-list.ts'
import { evidenceOf, knownOf, provenOf, stateAt } from './verify/history.ts'
import type { Known, PastAct, Proven } from './verify/history.ts'

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
  const [verdict] = await answersTo(vault, [question])
  if (verdict === undefined || verdict instanceof Problem) throw verdict ?? new Error('no answer')
  return verdict
}

/**
 * The same of many, in their order, with the look-ups of all in a few statements. What stands in the
 * way of all because of one is met again by that one alone.
 */
export async function verifyAll(
  vault: Verifying,
  questions: readonly VerifyQuestion[],
): Promise<readonly (VaultVerdict | Problem)[]> {
  try {
    return await answersTo(vault, questions)
  } catch (thrown) {
    const problem = problemFrom(thrown)
    const isOfAll = questions.length === 1 || problem.code === 'database-unavailable'
    if (isOfAll) return questions.map(() => problem)
  }
  const answers: (VaultVerdict | Problem)[] = []
  for (const question of questions) answers.push(...(await verifyAll(vault, [question])))
  return answers
}

async function answersTo(
  vault: Verifying,
  questions: readonly VerifyQuestion[],
): Promise<(VaultVerdict | Problem)[]> {
  const asked = await findAsked(vault, questions)
  const documents = await findDocuments(vault, asked)
  const answers: (VaultVerdict | Problem)[] = []
  for (const [i, one] of asked.entries()) {
    // A verdict takes a while, and others wait for this thread.
    if (i > 0 && i % verdictsAtOnce === 0) await setImmediate()
    answers.push(answerTo(vault, one, documents))
  }
  return answers
}

/** How many are reached before somebody else has a turn. */
const verdictsAtOnce = 8

function answerTo(
  vault: Verifying,
  asked: Asked,
  documents: ReadonlyMap<string, string | undefined>,
): VaultVerdict | Problem {
  const { question, known, proven } = asked
  const { knownAt } = question
  const named = 'licenceId' in question
  const document = named ? documents.get(question.licenceId) : question.document
  if (document === undefined || (named && !known)) {
    return new Problem(known ? 'licence-erased' : 'unknown-licence')
  }
  return {
    ...withoutItems(verifyLicence(document, questionAbout(vault, asked))),
    ...(knownAt && { knownAt: knownAt.toISOString() }),
    ...(proven && { history: proven.history }),
  }
}

/** Of those that are asked for by name. */
async function findDocuments(
  vault: Verifying,
  asked: readonly Asked[],
): Promise<ReadonlyMap<string, string | undefined>> {
  const named = asked.flatMap(({ question, known }) =>
    known && 'licenceId' in question ? [known.licence.licence_id] : [],
  )
  const found = await findByIds(vault, [...new Set(named)], new Date(0))
  return new Map(found.map(({ licenceId, document }) => [licenceId, document]))
}

/**
 * The same of a face (照面), a PDF with the licence inside, and of the face itself.
 * @throws Problem invalid-face
 */
export async function verifyFaceFile(
  vault: Verifying,
  { face, at }: { readonly face: Uint8Array; readonly at: Date },
): Promise<FaceVerdict> {
  const question = { document: readFace(face).document, at }
  const [asked = { question }] = await findAsked(vault, [question])
  return withoutItems(verifyFace(face, questionAbout(vault, asked)))
}

function questionAbout(
  vault: Verifying,
  { question: { at }, known, proven }: Asked,
): LicenceQuestion {
  return {
    ...{ trust: vault.trust(), at },
    ...(known && { status: recordedStatus(known, at) }),
    ...(proven?.evidence && { evidence: proven.evidence }),
  }
}

function withoutItems<T extends Pick<LicenceVerdict, 'licence'>>(verdict: T): T {
  const { licence } = verdict
  return licence ? { ...verdict, licence: { ...licence, items: {} } } : verdict
}

/** The proof that the log knew a licence; undefined while its entry is not yet under a head. */
export async function issueEvidence(
  log: Log,
  leaf: Uint8Array,
): Promise<IssueEvidence | undefined> {
  return evidenceOf(log, await log.proof(leaf), await log.body(leaf))
}

interface Asked {
  readonly question: VerifyQuestion
  /** Of the licence kept here that it is about; a document may be of one we do not keep. */
  readonly known?: Known
  readonly proven?: Proven
}

async function findAsked(
  vault: Verifying,
  questions: readonly VerifyQuestion[],
): Promise<readonly Asked[]> {
  const ids = questions.map((question) => ({
    licenceId: 'licenceId' in question ? question.licenceId : (claimedId(question.document) ?? ''),
    knownAt: question.knownAt,
  }))
  const known = await knownOf(vault, ids)
  const all = known.filter((one) => one !== undefined)
  const proven = await provenOf(vault.log, all)
  const provenTo = new Map(all.map((one, i) => [one, proven[i]]))
  return questions.map((question, i) => {
    const about = known[i]
    const by = about && provenTo.get(about)
    return { question, ...(about && { known: about }), ...(by && { proven: by }) }
  })
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
  { licence, isProven, acts }: Known,
  at: Date,
): (uri: string, idx: number) => LicenceStatus | undefined {
  const { idx } = statusPlace(licence.status_position)
  return (_uri, asked) => (!isProven || asked !== idx ? undefined : statusOf[stateAt(acts, at)])
}

/** How a licence kept here stands, without what is in it. */
export interface Standing extends Omit<StoredLicence, 'document' | 'leaf' | 'statusPosition'> {
  /** The department it was transferred to. */
  readonly receiver: string | null
  readonly history: readonly PastAct[]
}

/** @throws Problem unknown-licence, also when it was not known then */
export async function standingOf(
  vault: Verifying,
  question: { readonly licenceId: string; readonly at: Date; readonly knownAt?: Date },
): Promise<Standing> {
  const [asked] = await findAsked(vault, [question])
  if (!asked?.known || !asked.proven) throw new Problem('unknown-licence')
  const { licence, isProven, acts } = asked.known
  const { licence_id: licenceId, type, issuer, division, grade, supersedes } = licence
  const { valid_from: validFrom, valid_until: validUntil } = licence
  const state = stateByPeriod(stateAt(acts, question.at), validUntil, question.at)
  return {
    ...{ licenceId, type, issuer, division, grade, validFrom, validUntil, supersedes },
    receiver: receiverOf(acts),
    supersededBy: acts.find(({ successor }) => successor !== null)?.successor ?? null,
    state: isProven ? state : 'unproven',
    history: asked.proven.history,
  }
}

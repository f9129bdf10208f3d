/**
 * Renewing, changing and superseding: a new licence takes the place of an old one, as in `issue.ts`:
 *
 *   begin    one statement stores the successor that is to be: a licence has one at a time
 *   seal     the department's seal signs it, outside any transaction
 *   store    one serialisable transaction stores the new licence and ends the old one, linked both ways
 *
 * What the old licence has come to in the meantime is judged again when the new one is stored. If the act
 * has no place any more, what was begun goes away in that transaction, and nothing has happened.
 */
import type { Tx } from '../db/postgres.ts'
import { fromBase64url, toBase64url } from '../sdk/base64url.ts'
import { parseLicenceId } from '../sdk/identifier-licence.ts'
import { Problem } from '../sdk/problem.ts'
import { actsOf } from './change/act-store.ts'
import type { State, VersionAct } from './change/lifecycle.ts'
import { checkReason } from './change/rules.ts'
import { recordAct } from './change/record.ts'
import { receiverOf, stateAfter } from './change/standing.ts'
import type { PastAct } from './change/standing.ts'
import { checkSuccessor, findHeld } from './change/successor.ts'
import type { Changing } from './change.ts'
import type { Issuing } from './issue.ts'
import type { Prepared } from './issue/draft.ts'
import type { Draft } from './issue/draft-checks.ts'
import { beginEach, intentOf, openIntents } from './issue/intent.ts'
import { keepSealed } from './issue/keep.ts'
import type { Sealed } from './issue/keep.ts'
import { numberIndexOf } from './issue/number.ts'
import { prepareOnce } from './issue/request.ts'
import {
  addSuccession,
  loadSuccessionOf,
  loadSuccessions,
  takeSuccession,
} from './issue/succession-store.ts'
import type { Succession, Taking } from './issue/succession-store.ts'
import { sealEach } from './issue/seal.ts'
import { findLicences, findNumbers, reserveNumbers } from './store.ts'
import type { LicenceRow } from './store.ts'

export interface Reissue {
  /** The licence that is to be superseded. */
  readonly licenceId: string
  readonly act: VersionAct
  readonly reason: string
  readonly officer: string
  readonly case?: string
  /** When the old one ends; when the new one is in force, if absent. */
  readonly effectiveAt?: Date
  /** Of the whole new licence. */
  readonly draft: Draft
  /** The same for every attempt at this very reissue. */
  readonly key?: string
}

export interface Reissued {
  /** Of the new licence. */
  readonly licenceId: string
  readonly supersedes: string
  /** When it was recorded. */
  readonly at: Date
  /** When the old one ends. */
  readonly effectiveAt: Date
}

export type Reissuing = Issuing & Changing

/** Others may be at the same licence; who is overtaken looks at it again this often. */
const triesMax = 5

/**
 * Durable when it resolves.
 * @throws Problem unknown-licence, not-the-issuer, unknown-reason, act-not-allowed, wrong-state,
 *   effect-out-of-bounds, invalid-draft, licence-erased, licence-no-exists, licence-being-sealed,
 *   request-id-reused
 */
export async function reissue(vault: Reissuing, asked: Reissue): Promise<Reissued> {
  const { licenceId: supersedes, act, reason, effectiveAt, draft, key } = asked
  const what = { supersedes, act, reason, draft, effectiveAt, case: asked.case }
  const department = draft.issuer
  await findHeld(vault, supersedes)
  const ready = await prepareOnce(vault, draft, {
    ...{ asked: key === undefined ? undefined : { department, key, what }, supersedes },
  })
  const taking = await takingOf(vault, asked, ready)
  let refusal: Problem | undefined
  for (let tries = 0; tries < triesMax; tries += 1) {
    const left = await loadSuccessionOf(vault.db, supersedes)
    if (left) await finish(vault, left)
    const acts = await actsOf(vault.db, supersedes)
    const earlier = acts.find((one) => key !== undefined && one.key === key)
    if (earlier?.department === department) return reissuedBy(earlier, supersedes)
    // Refused for what this very request has done meanwhile, elsewhere, is not refused.
    if (refusal) throw refusal
    const outcome = await attempt(vault, taking, ready)
    if (outcome instanceof Problem) refusal = outcome
    else if (outcome) return outcome
  }
  throw refusal ?? new Problem('licence-being-sealed')
}

/** Finishes what an earlier run began, or lets be what has no place any more. Answers how many. */
export async function finishSuccessions(vault: Reissuing): Promise<number> {
  let finished = 0
  for (;;) {
    const left = await loadSuccessions(vault.db, successionsMax)
    if (left.length === 0) return finished
    await finishEach(vault, left)
    finished += left.length
  }
}

/** All that can be, before it is said what cannot: a seal that is away keeps no other department waiting. */
async function finishEach(vault: Reissuing, left: readonly Succession[]): Promise<void> {
  const outcomes: PromiseSettledResult<unknown>[] = []
  for (const one of left) outcomes.push(...(await Promise.allSettled([finish(vault, one)])))
  for (const one of outcomes) if (one.status === 'rejected') throw one.reason
}

const successionsMax = 500

/** What takes whose place, and by which act; of the same type and the same holders. */
export async function takingOf(
  vault: Reissuing,
  asked: Omit<Reissue, 'draft'>,
  ready: Prepared,
): Promise<Taking> {
  const { licenceId: superseded, act, reason, officer, key = null, effectiveAt } = asked
  checkReason(vault.catalogue, act, reason)
  await checkSuccessor(vault, { superseded, act }, ready)
  const numberIndex = numberIndexOf(vault.blind, ready)
  return {
    ...{ superseded, act, reason, officer, key, caseNumber: asked.case ?? null },
    effectiveAt: effectiveAt?.toISOString() ?? null,
    numberIndex: toBase64url(numberIndex),
  }
}

function reissuedBy({ successor, recordedAt, effectiveAt }: PastAct, supersedes: string): Reissued {
  if (successor === null) throw new Problem('request-id-reused')
  return { licenceId: successor, supersedes, at: recordedAt, effectiveAt }
}

/**
 * Undefined when it is to be looked at again, because somebody else was at it; a problem when it has no
 * place, and nothing has happened.
 */
async function attempt(
  vault: Reissuing,
  taking: Taking,
  draft: Prepared,
): Promise<Reissued | Problem | undefined> {
  const at = vault.clock()
  const { issuer, validFrom } = draft
  // Refused before anything is written, when it can be seen already.
  const decided = await orRefusal(decide(vault.db, { taking, issuer, validFrom, at }))
  if (decided instanceof Problem) return decided
  const [first] = await beginEach(vault, [draft])
  if (!first) throw new Error('nothing was begun')
  const { facts, ...intent } = intentOf(first)
  const begun = { ...intent, facts: { ...facts, taking } }
  return (await addSuccession(vault.db, begun, at)) ? finish(vault, begun) : undefined
}

async function finish(
  vault: Reissuing,
  begun: Succession,
): Promise<Reissued | Problem | undefined> {
  const [opened] = await openIntents(vault, [begun])
  if (!opened) {
    // Its holder was erased while it was begun: it says nothing any more, and nothing has happened.
    await takeSuccession(vault.db, begun.licenceId)
    return undefined
  }
  const [outcome] = await sealEach(vault, [opened])
  if (outcome?.status !== 'fulfilled') throw outcome?.reason ?? new Error('nothing was sealed')
  const sealed = outcome.value
  return vault.db.transaction(async (tx) => {
    if (!(await takeSuccession(tx, begun.licenceId))) return finishedBy(tx, begun, vault.clock())
    // Every refusal comes before the first row is written, so taking it away is all that happens.
    return orRefusal(succeed({ vault, tx }, begun.facts.taking, sealed))
  })
}

/** What came of it with whoever took it away; the place in the status list says that it is this very one. */
async function finishedBy(
  tx: Tx,
  { licenceId, facts }: Succession,
  at: Date,
): Promise<Reissued | undefined> {
  const { superseded } = facts.taking
  const [stored] = await findLicences(tx, [licenceId], at)
  if (stored?.status_position !== facts.statusPosition) return undefined
  const act = (await actsOf(tx, superseded)).find(({ successor }) => successor === licenceId)
  return act && reissuedBy(act, superseded)
}

const refusals: readonly string[] = [
  ...['unknown-licence', 'not-the-issuer', 'wrong-state', 'effect-out-of-bounds', 'too-many'],
  'licence-no-exists',
]

/** A failure is tried again; a refusal is an answer. */
async function orRefusal<T>(work: Promise<T>): Promise<T | Problem> {
  try {
    return await work
  } catch (thrown) {
    if (thrown instanceof Problem && refusals.includes(thrown.code)) return thrown
    throw thrown
  }
}

/** The new licence is stored and the old one ends, in the caller's transaction. */
export async function succeed(
  { vault, tx }: { readonly vault: Reissuing; readonly tx: Tx },
  taking: Taking,
  sealed: Sealed,
): Promise<Reissued> {
  const at = vault.clock()
  const { licenceId, facts } = sealed
  const { type, issuer } = facts
  const { superseded: supersedes, act, reason, officer, caseNumber, key } = taking
  const asked = { taking, issuer, validFrom: new Date(facts.validFrom), at }
  const { old, ordinal, state, effectiveAt } = await decide(tx, asked)
  await takeNumber(tx, { type, numberIndex: fromBase64url(taking.numberIndex), licenceId })
  await keepSealed({ tx, log: vault.log, at }, [sealed], { supersedes })
  await recordAct(
    { tx, log: vault.log },
    {
      ...{ licenceId: supersedes, type, issuer: old.issuer, division: old.division, ordinal },
      ...{ act, state, reason, effectiveAt, recordedAt: at, department: issuer, officer },
      ...{ caseNumber, key, receiver: null, successor: licenceId },
      statusPosition: old.status_position,
    },
  )
  return { licenceId, supersedes, at, effectiveAt }
}

interface Decided {
  readonly old: LicenceRow
  readonly ordinal: number
  readonly state: State
  readonly effectiveAt: Date
}

/** Whether this department may do this to the old licence, as it stands now. */
async function decide(
  tx: Tx,
  about: {
    readonly taking: Taking
    /** Of the new licence. */
    readonly issuer: string
    readonly validFrom: Date
    readonly at: Date
  },
): Promise<Decided> {
  const { taking, issuer, validFrom, at } = about
  const { superseded, act } = taking
  const [old] = await findLicences(tx, [superseded], at)
  if (!old) throw new Problem('unknown-licence')
  const acts = await actsOf(tx, superseded)
  const soonest = validFrom > at ? validFrom : at
  const effectiveAt = taking.effectiveAt === null ? soonest : new Date(taking.effectiveAt)
  // Until a transfer takes effect the licence is still that of whoever transferred it.
  const effective = acts.filter((one) => one.effectiveAt <= effectiveAt)
  const responsible = receiverOf(effective) ?? old.issuer
  if (responsible !== issuer) throw new Problem('not-the-issuer', { issuer: responsible })
  const lived = { acts, validFrom: old.valid_from, validUntil: old.valid_until }
  const state = stateAfter(lived, { act, effectiveAt, at })
  return { old, ordinal: acts.length + 1, state, effectiveAt }
}

/** A number stays with the versions of one licence; nobody else may bear it. */
async function takeNumber(
  tx: Tx,
  number: {
    readonly type: string
    readonly numberIndex: Uint8Array
    readonly licenceId: string
  },
): Promise<void> {
  const [bearer] = await findNumbers(tx, [number])
  if (bearer && stemOf(bearer.licenceId) === stemOf(number.licenceId)) return
  const free = bearer ? new Set<string>() : await reserveNumbers(tx, [number])
  if (free.size === 0) throw new Problem('licence-no-exists')
}

/** All of an identifier but its version and check character. */
function stemOf(licenceId: string): string {
  const { typeCode, issuer, serial } = parseLicenceId(licenceId)
  return `${typeCode}.${issuer}.${serial}`
}

/**
 * The desk where departments use the vault over HTTP: authenticated and recorded like every other
 * request. The token of a change is consumed in the transaction of the change itself.
 */
import type { Catalogue } from '../../catalogs/catalog.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { Problem } from '../../sdk/problem.ts'
import { answerHash } from '../../sdk/receipt.ts'
import { isStateAct, isVersionAct } from '../../vault/index.ts'
import type { Draft, HandedIn, Place, State, Vault } from '../../vault/index.ts'
import { consume, isRecordedAfterAll, requestMembers } from '../audit/record.ts'
import type { RecordedItem, Recorder } from '../audit/record.ts'
import type { Caller } from '../caller.ts'
import { readInstant } from '../instant.ts'

/** One authenticated question, already in the shape its route wants. */
export interface Attended {
  readonly caller: Caller
  readonly at: Date
  /** What a refusal from here on is about, for its entry. */
  readonly note: (items: readonly RecordedItem[]) => void
}

/** Who may ask at all: departments that the catalogue lets issue licences, or every department. */
export type Who = 'issuer' | 'department'

/** Does what a department asked for; a refusal is recorded before it is told. */
export type Attend = <T>(
  caller: Caller,
  who: Who,
  work: (attended: Attended) => Promise<T>,
) => Promise<T>

export interface VaultDesk {
  readonly attend: Attend
  /** @throws Problem invalid-draft, licence-id-exists */
  readonly issue: (asked: Attended & { readonly body: OwnDraft }) => Promise<IssueAnswer>
  /** @throws Problem unknown-licence, not-the-issuer, unknown-reason, wrong-state, … */
  readonly change: (asked: Attended & AskedChange) => Promise<ChangeAnswer>
  /** Puts a new version in the place of a licence. @throws Problem as `change`, invalid-draft */
  readonly reissue: (asked: Attended & AskedVersion) => Promise<VersionAnswer>
  /** @throws Problem not-an-issuer, too-many */
  readonly reservePlaces: (
    asked: Attended & { readonly body: { readonly count: number } },
  ) => Promise<{ readonly places: readonly Place[] }>
  /** Takes in what a department has sealed itself. @throws Problem document-not-sound, … */
  readonly accept: (asked: Attended & { readonly body: AskedAcceptance }) => Promise<IssueAnswer>
}

/** A draft of whoever hands it in: issued today, so it must be complete. */
export type OwnDraft = Omit<Draft, 'issuer' | 'grade'>

interface IssueAnswer {
  readonly licenceId: string
  readonly fresh: boolean
}

interface AskedAct {
  readonly act: string
  readonly reason: string
  /** RFC 3339; now when absent. */
  readonly effectiveAt?: string
}

interface AskedChange extends AskedAct {
  readonly licenceId: string
  /** Of a transfer. */
  readonly receiver?: string
}

interface AskedVersion {
  readonly licenceId: string
  readonly body: AskedAct & { readonly draft: OwnDraft }
}

type AskedAcceptance = Omit<HandedIn, 'department' | 'succession'> & {
  readonly succession?: AskedAct
}

interface VersionAnswer {
  readonly licenceId: string
  readonly supersedes: string
  readonly act: string
  readonly at: string
  readonly effectiveAt: string
}

interface ChangeAnswer {
  readonly licenceId: string
  readonly act: string
  readonly state: State
  readonly at: string
  readonly effectiveAt: string
}

interface DeskParts {
  readonly vault: Vault
  readonly recorder: Recorder
  readonly catalogue: Pick<Catalogue, 'version' | 'departments'>
  readonly clock: () => Date
}

export function createVaultDesk(parts: DeskParts): VaultDesk {
  return {
    attend: async (caller, who, work) => {
      const at = parts.clock()
      const noted: { items?: readonly RecordedItem[] } = {}
      const note = (items: readonly RecordedItem[]): void => {
        noted.items = items
      }
      try {
        if (who === 'issuer') refuseOthers(parts, caller)
        return await work({ caller, at, note })
      } catch (thrown) {
        if (!(thrown instanceof Problem) || thrown.code === 'not-authenticated') throw thrown
        await recordRefusal(parts, { caller, at, problem: thrown, ...noted })
        throw thrown
      }
    },
    issue: (asked) => issue(parts, asked),
    change: (asked) => change(parts, asked),
    reissue: (asked) => reissue(parts, asked),
    reservePlaces: (asked) => reservePlaces(parts, asked),
    accept: (asked) => accept(parts, asked),
  }
}

function refuseOthers({ catalogue: { departments } }: DeskParts, { department }: Caller): void {
  if (!departments.get(department)?.roles.includes('issuer')) throw new Problem('not-an-issuer')
}

/** Every attempt has the request id of the first, and so the same answer. */
async function issue(
  parts: DeskParts,
  { caller, at, body }: Attended & { readonly body: OwnDraft },
): Promise<IssueAnswer> {
  const answer = { ...(await parts.vault.issue(draftOf(caller, body), caller.rid)) }
  await recordAnswer(parts, { caller, at, answer, item: issued(body.type) })
  return answer
}

function draftOf({ department }: Caller, body: OwnDraft): Draft {
  return { ...body, issuer: department, grade: 'A' }
}

async function change(
  parts: DeskParts,
  { caller, at, licenceId, receiver, ...said }: Attended & AskedChange,
): Promise<ChangeAnswer> {
  const { act } = said
  if (!isStateAct(act)) throw new Problem('invalid-request', { place: 'act', expected: 'an act' })
  const answerOf = (done: { state: State; at: Date; effectiveAt: Date }) => ({
    ...{ licenceId, act, state: done.state, at: done.at.toISOString() },
    effectiveAt: done.effectiveAt.toISOString(),
  })
  const seen = { isRepeated: false }
  const asked = {
    ...{ ...actOf(caller, said), licenceId, act, department: caller.department, key: caller.rid },
    ...(receiver === undefined ? {} : { receiver }),
  }
  const done = await parts.vault.change(asked, async (tx, decided) => {
    seen.isRepeated = !decided.fresh
    if (seen.isRepeated) return {}
    await consume(tx, caller, at)
    return { ...requestMembers(caller), ah: answerHash(answerOf(decided)) }
  })
  const answer = answerOf(done)
  // The act has its entry; being told of it again is an answer of its own.
  if (seen.isRepeated) {
    const item = { resource: 'vault', fields: ['state'] }
    await recordAnswer(parts, { caller, at, answer, item })
  }
  return answer
}

/** What every act says: why, by whom, in which case, and when it takes effect. */
function actOf({ officer, purpose }: Caller, { reason, effectiveAt }: AskedAct) {
  return {
    ...{ reason, officer },
    ...(purpose === undefined ? {} : { case: purpose.case }),
    ...(effectiveAt === undefined ? {} : { effectiveAt: momentOf(effectiveAt) }),
  }
}

function momentOf(text: string): Date {
  const moment = readInstant(text)
  if (moment) return moment
  throw new Problem('invalid-request', { place: 'effectiveAt', expected: 'a moment of RFC 3339' })
}

async function reissue(
  parts: DeskParts,
  { caller, at, licenceId, body }: Attended & AskedVersion,
): Promise<VersionAnswer> {
  const { act, draft } = body
  const asked = { ...actOf(caller, body), ...versionAct(act), licenceId, key: caller.rid }
  const done = await parts.vault.reissue({ ...asked, draft: draftOf(caller, draft) })
  const answer = {
    ...{ ...done, act },
    ...{ at: done.at.toISOString(), effectiveAt: done.effectiveAt.toISOString() },
  }
  await recordAnswer(parts, { caller, at, answer, item: issued(draft.type) })
  return answer
}

function versionAct(act: string) {
  if (isVersionAct(act)) return { act }
  throw new Problem('invalid-request', { place: 'act', expected: 'renew, change or supersede' })
}

async function reservePlaces(
  parts: DeskParts,
  { caller, at, body }: Attended & { readonly body: { readonly count: number } },
): Promise<{ readonly places: readonly Place[] }> {
  const { department } = caller
  const places = await parts.vault.reservePlaces({ department, count: body.count })
  const answer = { places: places.map((place) => ({ ...place })) }
  await recordAnswer(parts, { caller, at, answer, item: { resource: 'vault', fields: ['places'] } })
  return answer
}

async function accept(
  parts: DeskParts,
  { caller, at, body }: Attended & { readonly body: AskedAcceptance },
): Promise<IssueAnswer> {
  const { succession, ...handed } = body
  const { department } = caller
  const accepted = await parts.vault.accept({
    ...{ ...handed, department },
    ...(succession && {
      succession: { ...actOf(caller, succession), ...versionAct(succession.act) },
    }),
  })
  const answer = { ...accepted }
  await recordAnswer(parts, { caller, at, answer, item: issued('vault') })
  return answer
}

function issued(resource: string): Pick<RecordedItem, 'resource' | 'fields'> {
  return { resource, fields: ['licenceId'] }
}

/** Durable before what was asked leaves. */
async function recordAnswer(
  { recorder, catalogue: { version: catalogue } }: DeskParts,
  {
    caller,
    at,
    answer,
    item,
  }: Omit<Attended, 'note'> & {
    readonly answer: JsonObject
    readonly item: Pick<RecordedItem, 'resource' | 'fields'>
  },
): Promise<void> {
  await recorder.record({
    ...{ caller, at, catalogue, answerHash: answerHash(answer), kind: 'answer' },
    ...{ decision: 'allowed', items: [{ ...item, subject: undefined, decision: 'allowed' }] },
  })
}

async function recordRefusal(
  { recorder, catalogue: { version: catalogue } }: DeskParts,
  refused: Omit<Attended, 'note'> & {
    readonly problem: Problem
    readonly items?: readonly RecordedItem[]
  },
): Promise<void> {
  const { caller, at, problem, items: noted = ofVault } = refused
  const items = noted.map((item) => ({ ...item, code: problem.code, rule: ruleOf(problem) }))
  try {
    await recorder.record({
      ...{ caller, at, items, catalogue, answerHash: answerHash(null) },
      ...{ kind: 'refusal', decision: 'refused' },
    })
  } catch (thrown) {
    if (!isRecordedAfterAll(problem.code, thrown)) throw thrown
  }
}

const ofVault: readonly RecordedItem[] = [
  { resource: 'vault', fields: ['state'], subject: undefined, decision: 'refused' },
]

/** The check of the gate that refused, or the vault. */
function ruleOf({ detail: { rule } }: Problem): string {
  return typeof rule === 'string' ? rule : 'vault'
}

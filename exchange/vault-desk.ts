/**
 * The desk where departments use the vault over HTTP: authenticated and recorded like every other
 * request. The token of a change is consumed in the transaction of the change itself.
 */
import type { JsonObject } from '../sdk/json.ts'
import { Problem } from '../sdk/problem.ts'
import { answerHash } from '../sdk/receipt.ts'
import { isAct } from '../vault/index.ts'
import type { Draft, State, Vault } from '../vault/index.ts'
import { consume, isRecordedAfterAll, requestMembers } from './audit/record.ts'
import type { RecordedItem, Recorder } from './audit/record.ts'
import type { Caller } from './caller.ts'

/** One authenticated question, already in the shape its route wants. */
export interface Attended {
  readonly caller: Caller
  readonly at: Date
  /** What a refusal from here on is about, for its entry. */
  readonly note: (items: readonly RecordedItem[]) => void
}

/** Does what a department asked for; a refusal is recorded before it is told. */
export type Attend = <T>(caller: Caller, work: (attended: Attended) => Promise<T>) => Promise<T>

export interface VaultDesk {
  readonly attend: Attend
  /** @throws Problem invalid-draft, licence-id-exists */
  readonly issue: (asked: Attended & { readonly body: OwnDraft }) => Promise<IssueAnswer>
  /** @throws Problem unknown-licence, not-the-issuer, unknown-reason, wrong-state */
  readonly change: (asked: Attended & AskedChange) => Promise<ChangeAnswer>
}

/** A draft of whoever hands it in: issued today, so it must be complete. */
export type OwnDraft = Omit<Draft, 'issuer' | 'grade'>

interface IssueAnswer {
  readonly licenceId: string
  readonly fresh: boolean
}

interface AskedChange {
  readonly licenceId: string
  readonly act: string
  readonly reason: string
}

interface ChangeAnswer {
  readonly licenceId: string
  readonly act: string
  readonly state: State
  readonly at: string
}

interface DeskParts {
  readonly vault: Vault
  readonly recorder: Recorder
  readonly catalogueVersion: string
  readonly clock: () => Date
}

export function createVaultDesk(parts: DeskParts): VaultDesk {
  return {
    attend: async (caller, work) => {
      const at = parts.clock()
      const noted: { items?: readonly RecordedItem[] } = {}
      const note = (items: readonly RecordedItem[]): void => {
        noted.items = items
      }
      try {
        return await work({ caller, at, note })
      } catch (thrown) {
        if (!(thrown instanceof Problem) || thrown.code === 'not-authenticated') throw thrown
        await recordRefusal(parts, { caller, at, problem: thrown, ...noted })
        throw thrown
      }
    },
    issue: (asked) => issue(parts, asked),
    change: (asked) => change(parts, asked),
  }
}

/** The face number makes issuing repeatable: whoever asks again is told of the same licence. */
async function issue(
  parts: DeskParts,
  { caller, at, body }: Attended & { readonly body: OwnDraft },
): Promise<IssueAnswer> {
  const { licenceId, fresh } = await parts.vault.issue({
    ...{ ...body, issuer: caller.department, grade: 'A' },
  })
  const answer = { licenceId, fresh }
  const item = { resource: body.type, fields: ['licenceId'] }
  await recordAnswer(parts, { caller, at, answer, item })
  return answer
}

async function change(
  parts: DeskParts,
  { caller, at, licenceId, act, reason }: Attended & AskedChange,
): Promise<ChangeAnswer> {
  if (!isAct(act)) throw new Problem('invalid-request', { place: 'act', expected: 'an act' })
  const { department, officer } = caller
  const answerOf = (done: { state: State; at: Date }) => ({
    ...{ licenceId, act, state: done.state, at: done.at.toISOString() },
  })
  const seen = { isRepeated: false }
  const asked = { licenceId, act, reason, department, officer }
  const done = await parts.vault.change(asked, async (tx, decided) => {
    seen.isRepeated = !decided.fresh
    if (seen.isRepeated) return {}
    await consume(tx, caller, at)
    return { ...requestMembers(caller), ah: answerHash(answerOf(decided)) }
  })
  const answer = answerOf(done)
  // The act has its entry; being told of it again is an answer of its own.
  if (seen.isRepeated) {
    await recordAnswer(parts, {
      caller,
      at,
      answer,
      item: { resource: 'vault', fields: ['state'] },
    })
  }
  return answer
}

/** Durable before what was asked leaves. */
async function recordAnswer(
  { recorder, catalogueVersion: catalogue }: DeskParts,
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
  { recorder, catalogueVersion: catalogue }: DeskParts,
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

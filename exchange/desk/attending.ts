/**
 * How departments are attended to over HTTP: who may ask at all, and that what was answered or refused
 * is in the log before it leaves. What is asked of the vault is beside this.
 */
import type { Catalogue } from '../../catalogs/catalog.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { Problem } from '../../sdk/problem.ts'
import { answerHash } from '../../sdk/receipt.ts'
import { isRecordedAfterAll } from '../audit/record.ts'
import type { RecordedItem, Recorder } from '../audit/record.ts'
import type { Caller } from '../caller.ts'

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

export interface AttendingParts {
  readonly recorder: Recorder
  readonly catalogue: Pick<Catalogue, 'version' | 'departments'>
  readonly clock: () => Date
}

export function createAttend(parts: AttendingParts): Attend {
  return async (caller, who, work) => {
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
  }
}

function refuseOthers(
  { catalogue: { departments } }: AttendingParts,
  { department }: Caller,
): void {
  if (!departments.get(department)?.roles.includes('issuer')) throw new Problem('not-an-issuer')
}

interface Answering extends Omit<Attended, 'note'> {
  readonly item: Pick<RecordedItem, 'resource' | 'fields'>
}

/**
 * For what is done before it is recorded, and stays done: who could not be answered afterwards, because
 * the token, the attempt or the request id was used, is refused before anything happens.
 */
export async function doneOnce<T extends JsonObject>(
  parts: AttendingParts,
  answering: Answering,
  work: () => Promise<T>,
): Promise<T> {
  await parts.recorder.checkUnused(answering.caller)
  const answer = await work()
  await recordAnswer(parts, { ...answering, answer })
  return answer
}

/** Durable before what was asked leaves. */
export async function recordAnswer(
  { recorder, catalogue: { version: catalogue } }: AttendingParts,
  { caller, at, answer, item }: Answering & { readonly answer: JsonObject },
): Promise<void> {
  await recorder.record({
    ...{ caller, at, catalogue, answerHash: answerHash(answer), kind: 'answer' },
    ...{ decision: 'allowed', items: [{ ...item, subject: undefined, decision: 'allowed' }] },
  })
}

async function recordRefusal(
  { recorder, catalogue: { version: catalogue } }: AttendingParts,
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

/**
 * The desk where an issuing department changes its licences over HTTP: authenticated and recorded
 * like every other request. The token is consumed in the transaction of the act itself.
 */
import { parseJsonObject } from '../sdk/json.ts'
import type { JsonObject } from '../sdk/json.ts'
import { fromUtf8 } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'
import { answerHash } from '../sdk/receipt.ts'
import { isAct } from '../vault/index.ts'
import type { Vault } from '../vault/index.ts'
import { consume, isRecordedAfterAll, requestMembers } from './audit/record.ts'
import type { Recorder } from './audit/record.ts'
import type { Caller } from './caller.ts'

export interface VaultDesk {
  /** @throws Problem unknown-licence, not-the-issuer, unknown-reason, wrong-state */
  readonly change: (caller: Caller, licenceId: string, body: Uint8Array) => Promise<JsonObject>
}

interface DeskParts {
  readonly vault: Vault
  readonly recorder: Recorder
  readonly catalogueVersion: string
  readonly clock: () => Date
}

export function createVaultDesk(parts: DeskParts): VaultDesk {
  const { vault, clock } = parts
  return {
    change: async (caller, licenceId, body) => {
      const at = clock()
      try {
        const { act, reason } = readChange(parseJsonObject(fromUtf8(body)))
        const { department, officer } = caller
        const asked = { licenceId, act, reason, department, officer }
        const answerOf = (done: { state: string; at: Date }): JsonObject => ({
          ...{ licenceId, act, state: done.state, at: done.at.toISOString() },
        })
        const seen = { isRepeated: false }
        const done = await vault.change(asked, async (tx, decided) => {
          seen.isRepeated = !decided.fresh
          if (seen.isRepeated) return {}
          await consume(tx, caller, at)
          return { ...requestMembers(caller), ah: answerHash(answerOf(decided)) }
        })
        const answer = answerOf(done)
        if (seen.isRepeated) await recordRepetition(parts, { caller, at, answer })
        return answer
      } catch (thrown) {
        if (!(thrown instanceof Problem) || thrown.code === 'not-authenticated') throw thrown
        await recordRefusal(parts, { caller, at, problem: thrown })
        throw thrown
      }
    },
  }
}

/** The act has its entry; being told of it again is an answer of its own. */
async function recordRepetition(
  { recorder, catalogueVersion: catalogue }: DeskParts,
  {
    caller,
    at,
    answer,
  }: { readonly caller: Caller; readonly at: Date; readonly answer: JsonObject },
): Promise<void> {
  const item = { resource: 'vault', fields: ['state'], subject: undefined } as const
  await recorder.record({
    ...{ caller, at, catalogue, answerHash: answerHash(answer), kind: 'answer' },
    ...{ decision: 'allowed', items: [{ ...item, decision: 'allowed' }] },
  })
}

async function recordRefusal(
  { recorder, catalogueVersion: catalogue }: DeskParts,
  {
    caller,
    at,
    problem,
  }: { readonly caller: Caller; readonly at: Date; readonly problem: Problem },
): Promise<void> {
  const items = [{ ...refusedItem(problem), resource: 'vault', fields: ['state'] }]
  try {
    await recorder.record({
      ...{ caller, at, items, catalogue, answerHash: answerHash(null) },
      ...{ kind: 'refusal', decision: 'refused' },
    })
  } catch (thrown) {
    if (!isRecordedAfterAll(problem.code, thrown)) throw thrown
  }
}

function refusedItem({ code }: Problem) {
  return { subject: undefined, decision: 'refused', code, rule: 'vault' } as const
}

function readChange({ act, reason, ...others }: JsonObject) {
  const isComplete = typeof act === 'string' && isAct(act) && typeof reason === 'string'
  if (isComplete && Object.keys(others).length === 0) return { act, reason }
  throw new Problem('invalid-request', { place: 'body', expected: 'act, reason' })
}

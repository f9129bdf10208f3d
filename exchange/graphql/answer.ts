/**
 * One operation from its parsed document to an answer that may leave:
 *
 *   limits → plan every root field (decided, nothing fetched) → run them → arrange → size → record →
 *   receipt
 *
 * Without the durable record there is no answer (promise I7): data that was fetched is dropped.
 */
import { GraphQLError } from 'graphql'
import type { ExecutionArgs, ExecutionResult } from 'graphql'
import { failpoint } from '../../db/postgres.ts'
import type { EntryKind } from '../../log/index.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import type { Json } from '../../sdk/json.ts'
import { problemFrom } from '../../sdk/problem.ts'
import { answerHash } from '../../sdk/receipt.ts'
import type { RecordedItem, Recorder } from '../audit/record.ts'
import type { Caller } from '../caller.ts'
import { answerRoots } from './answer-roots.ts'
import { checkAnswerSize } from './answer-size.ts'
import { defectBehind, maskError, problemError, refusalError } from './errors.ts'
import { checkLimits } from './limits.ts'
import type { Asking, Root } from './root.ts'
import type { RootAnswers } from './schema.ts'

export interface AnswerParts {
  readonly roots: ReadonlyMap<string, Root>
  readonly recorder: Recorder
  /** Reads everything the decisions of one request may depend on. */
  readonly asking: (caller: Caller) => Promise<Asking>
  readonly receipt: (
    about: { readonly caller: Caller; readonly at: Date; readonly answerHash: string },
    appended: { readonly leaf: Uint8Array; readonly shard: number },
  ) => string
  readonly catalogueVersion: string
}

export type Execute = (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>

interface Answered {
  readonly caller: Caller
  readonly execute: Execute
  /** Told of what was thrown by mistake, because the answer is silent about it. */
  readonly defect: (thrown: unknown) => void
}

/** Answers an operation that has been validated against the whole schema. */
export async function answer(
  parts: AnswerParts,
  args: ExecutionArgs,
  { caller, execute, defect }: Answered,
): Promise<ExecutionResult> {
  checkLimits(args.document, args.schema)
  const asking = await parts.asking(caller)
  failpoint('before-decide')
  const answers = await answerRoots(parts.roots, args, asking)
  failpoint('after-fetch')
  const result = await execute({ ...args, rootValue: answers })
  const failures = Object.values(answers).flatMap((one) => one.failures ?? [])
  for (const failed of [...(result.errors ?? []), ...failures]) {
    const thrown = defectBehind(failed)
    if (thrown !== undefined) defect(thrown)
  }
  const errors = [...(result.errors ?? []).map(asGraphQLError), ...asideErrors(answers)]
  checkAnswerSize((result.data ?? null) as Json) // GraphQL results are JSON.
  return release(parts, { result: { ...result, errors }, answers, asking })
}

/** Records what is about to leave, and only then lets it. */
export async function release(
  parts: AnswerParts,
  done: {
    readonly result: ExecutionResult
    readonly answers: RootAnswers
    readonly asking: Pick<Asking, 'caller' | 'at'>
  },
): Promise<ExecutionResult> {
  const { result, answers } = done
  const { caller, at } = done.asking
  const data = (result.data ?? null) as Json // GraphQL results are JSON.
  const hash = answerHash(data)
  const given = Object.values(answers)
  const items = given.flatMap((one) => one.items)
  const writes = given.flatMap(({ write }) => write ?? [])
  const decision = decisionOf(items, result)
  const about = given.find((one) => one.about)?.about
  failpoint('before-audit')
  const appended = await parts.recorder.record({
    ...{ caller, at, items, decision, answerHash: hash, catalogue: parts.catalogueVersion },
    kind: kindOf(decision, answers),
    ...(about ? { about } : {}),
    ...(writes.length > 0
      ? {
          write: async (tx) => {
            for (const write of writes) await write(tx)
          },
        }
      : {}),
  })
  failpoint('after-commit-before-send')
  const extensions = {
    ...{ requestId: caller.rid, attempt: caller.attempt, catalogue: parts.catalogueVersion },
    receipt: parts.receipt({ caller, at, answerHash: hash }, appended),
    leaf: toBase64url(appended.leaf),
  }
  const { errors, ...rest } = result
  return { ...rest, ...(errors && errors.length > 0 ? { errors } : {}), extensions }
}

function asideErrors(answers: RootAnswers): GraphQLError[] {
  return Object.entries(answers).flatMap(([key, { asides }]) =>
    (asides ?? []).map((refusal) => refusalError(refusal, [key])),
  )
}

/** Defects lose their detail here, so that the hash is over what really leaves. */
function asGraphQLError(error: GraphQLError): GraphQLError {
  const masked = maskError(error)
  return masked instanceof GraphQLError ? masked : problemError(problemFrom(masked))
}

function decisionOf(items: readonly RecordedItem[], { errors, data }: ExecutionResult): string {
  const fates = new Set(items.map(({ decision }) => decision))
  const isClean = !errors || errors.length === 0
  if (fates.size === 0) return isClean ? 'allowed' : 'refused'
  if (fates.has('allowed') || fates.has('nothing-found')) return isClean ? 'allowed' : 'partial'
  if (fates.has('failed')) return 'failed'
  return data && isClean ? 'allowed' : 'refused'
}

/** A root field may name the kind of its own entry; otherwise the decision names it. */
function kindOf(decision: string, answers: RootAnswers): EntryKind {
  if (decision === 'refused') return 'refusal'
  if (decision === 'failed') return 'failure'
  return Object.values(answers).find(({ kind }) => kind !== undefined)?.kind ?? 'answer'
}

/**
 * One operation from its parsed document to an answer that may leave:
 *
 *   limits → plan every root field (decided, nothing fetched) → run them → arrange → record → receipt
 *
 * Without the durable record there is no answer (promise I7): data that was fetched is dropped.
 */
import {
  getArgumentValues,
  getVariableValues,
  GraphQLError,
  Kind,
  OperationTypeNode,
} from 'graphql'
import type {
  DocumentNode,
  ExecutionArgs,
  ExecutionResult,
  FragmentDefinitionNode,
  OperationDefinitionNode,
} from 'graphql'
import type { EntryKind } from '../../log/index.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import type { Json } from '../../sdk/json.ts'
import { Problem, problemFrom } from '../../sdk/problem.ts'
import { answerHash } from '../../sdk/receipt.ts'
import type { RecordedItem, Recorder } from '../audit/record.ts'
import type { Caller } from '../caller.ts'
import { statusOf } from '../http/status.ts'
import type { Refusal } from '../gate/ask.ts'
import { maskError, problemError, refusalError } from './errors.ts'
import { checkLimits } from './limits.ts'
import type { Asking, Planned, Root, RootAnswer } from './root.ts'
import type { RootAnswers } from './schema.ts'
import { responseKey, selectedFields } from './selection.ts'
import type { Selected, Selecting } from './selection.ts'

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

/** Answers an operation that has been validated against the whole schema. */
export async function answer(
  parts: AnswerParts,
  args: ExecutionArgs,
  { caller, execute }: { readonly caller: Caller; readonly execute: Execute },
): Promise<ExecutionResult> {
  checkLimits(args.document, args.schema)
  const asking = await parts.asking(caller)
  const answers = await runRoots(await planRoots(parts.roots, args, asking))
  const result = await execute({ ...args, rootValue: answers })
  const errors = [...(result.errors ?? []).map(asGraphQLError), ...asideErrors(answers)]
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
  const extensions = {
    ...{ requestId: caller.rid, attempt: caller.attempt, catalogue: parts.catalogueVersion },
    receipt: parts.receipt({ caller, at, answerHash: hash }, appended),
    leaf: toBase64url(appended.leaf),
  }
  const { errors, ...rest } = result
  return { ...rest, ...(errors && errors.length > 0 ? { errors } : {}), extensions }
}

type Plans = readonly (readonly [key: string, plan: Planned])[]

async function planRoots(
  roots: AnswerParts['roots'],
  args: ExecutionArgs,
  asking: Asking,
): Promise<Plans> {
  const { operation, selecting } = operationOf(args)
  const type = args.schema.getRootType(operation.operation)
  const fields = type?.getFields() ?? {}
  const asked = selectedByKey(operation, selecting)
  if (operation.operation === OperationTypeNode.MUTATION && asked.length > 1) {
    // A change and its log entry are one: an entry tells of one change.
    throw new Problem('invalid-query', { rule: 'one-change' })
  }
  const plans = asked.map(async ([key, same]) => {
    const [{ field }] = same
    const definition = fields[field.name.value]
    const root = roots.get(field.name.value)
    if (!definition || !root) return undefined
    const rootField = {
      args: getArgumentValues(definition, field, { ...selecting.variables }),
      selected: same.flatMap((one) => selectedFields(one.field.selectionSet, selecting)),
    }
    return [key, withReason(field.name.value, await plan(root, rootField, asking))] as const
  })
  return (await Promise.all(plans)).filter((one) => one !== undefined)
}

/** GraphQL merges selections under one response key; a validated document agrees on their arguments. */
function selectedByKey(
  { selectionSet }: OperationDefinitionNode,
  selecting: Selecting,
): [key: string, same: [Selected, ...Selected[]]][] {
  const byKey = new Map<string, [Selected, ...Selected[]]>()
  for (const one of selectedFields(selectionSet, selecting)) {
    const key = responseKey(one.field)
    const same = byKey.get(key)
    if (same) same.push(one)
    else byKey.set(key, [one])
  }
  return [...byKey]
}

/** What is refused as a whole names its reason in the entry too (promise I3). */
function withReason(resource: string, { run }: Planned): Planned {
  return {
    run: async () => {
      const answer = await settled(run)
      const { error, items } = answer
      return error && items.length === 0
        ? { ...answer, items: [reasonItem(resource, error)] }
        : answer
    },
  }
}

export function reasonItem(resource: string, error: Problem | Refusal): RecordedItem {
  const { code } = error
  const rule = 'rule' in error ? { rule: error.rule } : {}
  const decision = statusOf(code) >= 500 ? 'failed' : 'refused'
  return { resource, fields: [], subject: undefined, decision, code, ...rule }
}

/** A field that cannot even be planned is refused for itself; the others stand. */
async function plan(root: Root, ...[field, asking]: Parameters<Root>): Promise<Planned> {
  try {
    return await root(field, asking)
  } catch (thrown) {
    const error = problemFrom(thrown)
    return { run: () => Promise.resolve({ error, items: [] }) }
  }
}

async function runRoots(plans: Plans): Promise<RootAnswers> {
  const answers = plans.map(async ([key, { run }]) => [key, await run()] as const)
  return Object.fromEntries(await Promise.all(answers))
}

async function settled(run: Planned['run']): Promise<RootAnswer> {
  try {
    return await run()
  } catch (thrown) {
    return { error: problemFrom(thrown), items: [] }
  }
}

function operationOf(args: ExecutionArgs): {
  operation: OperationDefinitionNode
  selecting: Selecting
} {
  const { document, operationName, schema, variableValues } = args
  const operation = findOperation(document, operationName ?? undefined)
  const values = getVariableValues(
    schema,
    operation.variableDefinitions ?? [],
    variableValues ?? {},
  )
  // Execution would say the same; saying it before planning keeps sources untouched.
  if (values.errors) throw values.errors[0] ?? new Problem('invalid-query')
  return { operation, selecting: { fragments: fragmentsOf(document), variables: values.coerced } }
}

function findOperation(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION)
  const [only] = operations
  const found = name === undefined ? only : operations.find((one) => one.name?.value === name)
  if (!found || (name === undefined && operations.length > 1)) {
    throw new Problem('invalid-query', { rule: 'operationName' })
  }
  return found
}

function fragmentsOf(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = document.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)
  return Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment]))
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

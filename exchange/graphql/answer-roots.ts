/**
 * From an operation to the answers of its root fields: every one is planned, and so decided, before
 * any of them runs. What cannot be planned or run is an answer too: the reason why.
 */
import { getArgumentValues, getNamedType, isObjectType, OperationTypeNode } from 'graphql'
import type { ExecutionArgs, GraphQLField, OperationDefinitionNode } from 'graphql'
import { Problem, problemFrom } from '../../sdk/problem.ts'
import type { RecordedItem } from '../audit/record.ts'
import type { Refusal } from '../gate/ask.ts'
import { statusOf } from '../http/status.ts'
import { operationOf } from './operation.ts'
import type { Asking, Planned, Root, RootAnswer } from './root.ts'
import type { RootAnswers } from './schema.ts'
import { responseKey, selectedFields } from './selection.ts'
import type { Selected, Selecting } from './selection.ts'

/** Answers every root field of the operation; one that fails does not take the others with it. */
export async function answerRoots(
  roots: ReadonlyMap<string, Root>,
  args: ExecutionArgs,
  asking: Asking,
): Promise<RootAnswers> {
  return runRoots(await planRoots(roots, args, asking))
}

type Plans = readonly (readonly [key: string, plan: Planned])[]

async function planRoots(
  roots: ReadonlyMap<string, Root>,
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
      selected: same
        .flatMap((one) => selectedFields(one.field.selectionSet, selecting))
        .map((one) => ({ ...one, args: childArguments(definition, one, selecting) })),
    }
    return [key, withReason(field.name.value, await plan(root, rootField, asking))] as const
  })
  return (await Promise.all(plans)).filter((one) => one !== undefined)
}

function childArguments(
  root: GraphQLField<unknown, unknown>,
  { field }: Selected,
  { variables }: Selecting,
): Readonly<Record<string, unknown>> {
  const type = getNamedType(root.type)
  const fields = isObjectType(type) ? type.getFields() : {}
  const definition = fields[field.name.value]
  return definition ? getArgumentValues(definition, field, { ...variables }) : {}
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

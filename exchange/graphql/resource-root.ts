/** The root field of a shared resource, such as `populationRegistry(idNumber: …)`. */
import type { Resource } from '../../catalogs/catalog.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { Problem, problemFrom } from '../../sdk/problem.ts'
import type { BlindIndex } from '../../vault/index.ts'
import { decide } from '../gate/decide.ts'
import type { Ask, Decision } from '../gate/ask.ts'
import { withinDeadline } from '../sources/source.ts'
import type { Source } from '../sources/source.ts'
import { fieldsToFetch, recordedItems, resourceAnswer, wholeRefusal } from './answers.ts'
import { checkArgument } from '../sources/predicate.ts'
import type { Asking, Root, RootAnswer, RootField, SelectedChild } from './root.ts'

export interface ResourceParts {
  readonly resource: Resource
  readonly source: Source | undefined
  readonly blind: BlindIndex
}

/** Fields of the value type that are about the answer, not about the subject. */
const aboutAnswer: ReadonlySet<string> = new Set(['source', '__typename'])

export function resourceRoot(parts: ResourceParts): Root {
  return (field, asking) => {
    const keys = keysOf(parts.resource, field)
    const ask = askOf(parts, keys, { field, asking })
    const decision = decide(ask, asking.known)
    return Promise.resolve({ run: () => run(parts, { ask, keys, decision }, asking) })
  }
}

/** Fetches what was decided to be allowed; shared with the plan of materials. */
export async function run(
  { resource, source }: Pick<ResourceParts, 'resource' | 'source'>,
  asked: {
    readonly ask: Ask
    readonly keys: Readonly<Record<string, string>>
    readonly decision: Decision
  },
  { at, known }: Pick<Asking, 'at' | 'known'>,
): Promise<RootAnswer> {
  const { ask, keys, decision } = asked
  const error = wholeRefusal(decision)
  if (error) return { error, items: recordedItems(ask, decision, { decision: 'refused' }) }
  const predicates = known.catalogue.shared(resource.code)?.predicates ?? new Map()
  const fields = fieldsToFetch(decision, predicates)
  try {
    if (!source) throw new Problem('source-unavailable')
    const found = await withinDeadline(source.fetch({ keys, fields, at }))
    const outcome = found ? 'allowed' : 'nothing-found'
    const items = recordedItems(ask, decision, { decision: outcome })
    if (!found) return { value: null, items }
    const { code, owner, freshnessHours } = resource
    const about = { decision, resource: code, department: owner, freshnessHours }
    return { value: resourceAnswer(found, about), items }
  } catch (thrown) {
    const problem = sourceProblem(thrown)
    const outcome = { decision: 'failed', code: problem.code } as const
    return { error: problem, items: recordedItems(ask, decision, outcome) }
  }
}

/** What a source's own database suffers is to the caller only: not now. */
function sourceProblem(thrown: unknown): Problem {
  const problem = problemFrom(thrown)
  return problem.code === 'source-fault'
    ? problem
    : new Problem('source-unavailable', {}, { cause: problem })
}

function keysOf({ keys }: Resource, { args }: RootField): Readonly<Record<string, string>> {
  return Object.fromEntries(
    keys.map(({ code, pattern, maxLength }) => {
      const value = args[code]
      const fits =
        typeof value === 'string' &&
        value.length <= maxLength &&
        new RegExp(pattern, 'u').test(value)
      if (!fits) throw new Problem('invalid-request', { place: code, expected: pattern })
      return [code, value]
    }),
  )
}

function askOf(
  { resource, blind }: ResourceParts,
  keys: Readonly<Record<string, string>>,
  { field, asking: { caller } }: { readonly field: RootField; readonly asking: Asking },
): Ask {
  const asked = field.selected.filter((one) => !aboutAnswer.has(one.field.name.value))
  const fields = asked.map((one) => one.field.name.value)
  if (fields.length === 0) {
    throw new Problem('invalid-request', { place: resource.code, expected: 'at least one field' })
  }
  const about = resource.subject
  const subject =
    about && toBase64url(blind.party({ codeType: about.codeType, code: keys[about.key] ?? '' }))
  const { department, purpose } = caller
  const ask = { department, purpose, resource: resource.code, fields, subject }
  const questions = argumentsOf(resource, asked)
  return Object.keys(questions).length === 0 ? ask : { ...ask, arguments: questions }
}

/** One question about one person at a time: many guesses in one request would give the value away. */
function argumentsOf(
  { predicates }: Resource,
  asked: readonly SelectedChild[],
): Readonly<Record<string, string>> {
  const questions: Record<string, string> = {}
  for (const { field, args } of asked) {
    const predicate = predicates.find(({ code }) => code === field.name.value)
    if (!predicate) continue
    const { code } = predicate
    if (code in questions) {
      throw new Problem('invalid-request', { place: code, expected: 'once in a request' })
    }
    const argument = predicate.test === 'codeMeans' ? '' : String(args[predicate.argument])
    checkArgument(predicate, argument)
    questions[code] = argument
  }
  return questions
}

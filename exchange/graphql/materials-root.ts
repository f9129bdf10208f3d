/** The root field `materials(item, case, fetch)`: the plan, and in one call everything allowed. */
import type { Log } from '../../log/index.ts'
import { problemFrom } from '../../sdk/problem.ts'
import type { Problem } from '../../sdk/problem.ts'
import type { BlindIndex, Vault } from '../../vault/index.ts'
import type { Refusal } from '../gate/ask.ts'
import { decideMaterials, obtainMaterials } from '../plan/materials.ts'
import type { DecidedWay, Fetch, FetchableWay, Obtained } from '../plan/materials.ts'
import { predicateHolds } from '../sources/predicate.ts'
import type { Source } from '../sources/source.ts'
import type { Answer } from './answers.ts'
import { findAllowed } from './licence-root.ts'
import { run } from './resource-root.ts'
import type { Asking, Root, RootField } from './root.ts'

export interface MaterialsParts {
  readonly vault: Vault
  readonly log: Log
  readonly blind: BlindIndex
  readonly sources: ReadonlyMap<string, Source>
}

export function materialsRoot(parts: MaterialsParts): Root {
  return (field, asking) => {
    const refusal = refuse(field, asking)
    if (refusal)
      return Promise.resolve({ run: () => Promise.resolve({ error: refusal, items: [] }) })
    const { catalogue, item } = asking.known
    const materials = item?.materials ?? []
    const decided = decideMaterials({ catalogue, index: parts.blind.party }, materials, asking)
    const failures: Problem[] = []
    const failed = (problem: Problem): void => void failures.push(problem)
    const fetch = field.args['fetch'] === true ? fetcher(parts, asking, failed) : undefined
    return Promise.resolve({
      run: async () => {
        const plan = await obtainMaterials(decided, fetch)
        const { item: code, case: number } = field.args
        return {
          value: { item: code, case: number, materials: plan.materials },
          items: plan.items,
          failures,
        }
      },
    })
  }
}

/** The arguments must say what the signed purpose says; the gate judges the rest way by way. */
function refuse({ args }: RootField, { caller, known }: Asking): Refusal | undefined {
  const { purpose } = caller
  if (!purpose) return { code: 'case-required', rule: 'purposeIsGiven' }
  if (purpose.item !== args['item'] || purpose.case !== args['case']) {
    return { code: 'case-of-other-item', rule: 'purposeIsAsSigned' }
  }
  if (!known.case) return { code: 'unknown-case', rule: 'caseIsKnown' }
  if (known.case.item !== purpose.item) return { code: 'case-of-other-item', rule: 'caseIsOfItem' }
  if (known.case.state === 'closed') return { code: 'case-closed', rule: 'caseIsOpen' }
  return undefined
}

type WayOf<By extends FetchableWay['by']> = Extract<FetchableWay, { by: By }>

function fetcher(parts: MaterialsParts, asking: Asking, failed: (problem: Problem) => void): Fetch {
  return async (decided) => {
    try {
      const obtained = await go(parts, decided, asking)
      return obtained ? { obtained } : {}
    } catch (thrown) {
      const problem = problemFrom(thrown)
      failed(problem)
      return { failure: problem.code }
    }
  }
}

async function go(
  parts: MaterialsParts,
  decided: DecidedWay,
  asking: Asking,
): Promise<Obtained | undefined> {
  const { way, party } = decided
  if (way.by === 'licence') {
    const found = await findAllowed(parts, { holder: party, decided: [decided] }, asking.at)
    const licences = found.filter(({ state }) => state === 'valid')
    return licences.length > 0 ? { licences } : undefined
  }
  const answer = await readRow(parts, { way, decided }, asking)
  if (!answer) return undefined
  const { values, source } = answer
  if (way.by === 'data') {
    return { source, data: way.fields.map((field) => ({ field, value: values[field] ?? null })) }
  }
  return judge(way, { answer, argument: party.name }, asking)
}

async function readRow(
  { sources }: MaterialsParts,
  { way, decided }: { readonly way: WayOf<'data' | 'predicate'>; readonly decided: DecidedWay },
  asking: Asking,
): Promise<Answer | null> {
  const resource = asking.known.catalogue.resources.get(way.resource)
  if (!resource?.subject) return null
  const keys = { [resource.subject.key]: decided.party.code }
  const { ask, decision } = decided
  const answer = await run(
    { resource, source: sources.get(way.resource) },
    { ask, keys, decision },
    asking,
  )
  if (answer.error instanceof Error) throw answer.error
  return (answer.value ?? null) as Answer | null // `run` puts an Answer or null there.
}

/** A predicate that does not hold is an answer, but no material: the applicant must be asked. */
function judge(
  way: WayOf<'predicate'>,
  { answer, argument }: { readonly answer: Answer; readonly argument: string },
  { known, at }: Asking,
): Obtained | undefined {
  const predicate = known.catalogue.shared(way.resource)?.predicates.get(way.predicate)
  if (!predicate) return undefined
  const holds = predicateHolds(predicate, {
    value: answer.values[predicate.of] ?? null,
    argument,
    at,
  })
  return holds === true ? { holds, source: answer.source } : undefined
}

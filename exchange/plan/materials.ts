/**
 * Which materials of a case need not be asked of the applicant. For each required material the plan
 * tries the ways of the catalogue in order and takes the first that is allowed (and, when fetching,
 * yields something); what is left is for the applicant, with the reason why.
 */
import type { Catalogue, Label, Material, Way } from '../../catalogs/catalog.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { problems } from '../../sdk/problem.ts'
import type { ProblemCode } from '../../sdk/problem.ts'
import type { RecordedItem } from '../audit/record.ts'
import type { CaseParty } from '../cases/cases.ts'
import type { Ask, Decision } from '../gate/ask.ts'
import { decide } from '../gate/decide.ts'
import { recordedItems, wholeRefusal } from '../graphql/answers.ts'
import type { LicenceAnswer, Origin } from '../graphql/answers.ts'
import type { Asking } from '../graphql/root.ts'

export type MaterialState = 'obtainable' | 'obtained' | 'applicant'

/** How one material is had, or why it is not. */
export interface PlannedMaterial extends Obtained {
  readonly code: string
  readonly name: Label
  readonly state: MaterialState
  readonly by: Way['by']
  readonly resource: string | null
  readonly fields: readonly string[]
  /** Why the applicant must give it, and why earlier ways did not work. */
  readonly reasons: readonly Label[]
}

/** What one way yielded: licences, a row of data with its origin, or the answer of a predicate. */
export interface Obtained {
  readonly licences?: readonly LicenceAnswer[]
  readonly data?: readonly { readonly field: string; readonly value: string | null }[]
  readonly holds?: boolean
  readonly source?: Origin
}

export type FetchableWay = Exclude<Way, { by: 'applicant' }>

/** A way that could be gone: for which party, and what the gate says of it. */
export interface DecidedWay {
  readonly way: FetchableWay
  readonly party: CaseParty
  readonly ask: Ask
  readonly decision: Decision
}

/** Goes one way; undefined when it yields nothing. Failures are told by their code. */
export type Fetch = (
  decided: DecidedWay,
) => Promise<{ readonly obtained?: Obtained; readonly failure?: ProblemCode }>

export interface MaterialPlan {
  readonly materials: readonly PlannedMaterial[]
  readonly items: readonly RecordedItem[]
}

export interface PlanParts {
  readonly catalogue: Catalogue
  readonly index: (party: CaseParty) => Uint8Array
}

interface DecidedMaterial {
  readonly material: Material
  readonly ways: readonly (DecidedWay | Label)[]
}

/** Decides every way of every material; nothing is fetched. */
export function decideMaterials(
  parts: PlanParts,
  materials: readonly Material[],
  asking: Asking,
): DecidedMaterial[] {
  return materials.map((material) => ({
    material,
    ways: material.ways.map((way) => decideWay(parts, way, asking)),
  }))
}

/** Goes the decided ways, materials side by side, the ways of one material one after the other. */
export async function obtainMaterials(
  decided: readonly DecidedMaterial[],
  fetch: Fetch | undefined,
): Promise<MaterialPlan> {
  const done = await Promise.all(decided.map((one) => obtain(one, fetch)))
  return {
    materials: done.map(({ planned }) => planned),
    items: done.flatMap(({ items }) => items),
  }
}

async function obtain(
  { material, ways }: DecidedMaterial,
  fetch: Fetch | undefined,
): Promise<{ planned: PlannedMaterial; items: RecordedItem[] }> {
  const reasons: Label[] = []
  const items: RecordedItem[] = []
  for (const one of ways) {
    if (!('decision' in one)) {
      reasons.push(one)
      continue
    }
    const refusal = refusalOf(one)
    if (refusal) {
      reasons.push(labelOf(refusal))
      if (fetch) items.push(...recordedItems(one.ask, one.decision, { decision: 'refused' }))
      continue
    }
    if (!fetch) return { planned: plannedBy(material, one, reasons), items }
    const { obtained, failure } = await fetch(one)
    items.push(...recordedItems(one.ask, one.decision, outcomeOf(obtained, failure)))
    if (obtained)
      return {
        planned: { ...plannedBy(material, one, reasons), state: 'obtained', ...obtained },
        items,
      }
    reasons.push(failure ? labelOf(failure) : nothingFound)
  }
  return { planned: left(material, reasons), items }
}

function outcomeOf(
  obtained: Obtained | undefined,
  failure: ProblemCode | undefined,
): { decision: RecordedItem['decision']; code?: string } {
  if (failure) return { decision: 'failed', code: failure }
  return { decision: obtained ? 'allowed' : 'nothing-found' }
}

const nothingFound: Label = { zh: '数据源中没有记录', en: 'The source has no record' }

/** A way is gone only when everything it needs is allowed: half a proof proves nothing. */
function refusalOf({ decision }: DecidedWay): ProblemCode | undefined {
  if (decision.refused.size === 0) return undefined
  return (wholeRefusal(decision) ?? [...decision.refused.values()][0])?.code
}

function labelOf(code: ProblemCode): Label {
  const { zh, en } = problems[code]
  return { zh, en }
}

function plannedBy(
  { code, name }: Material,
  { way, ask }: DecidedWay,
  reasons: readonly Label[],
): PlannedMaterial {
  return {
    ...{ code, name, by: way.by, resource: ask.resource, fields: ask.fields, reasons },
    state: 'obtainable',
  }
}

function left({ code, name }: Material, reasons: readonly Label[]): PlannedMaterial {
  return {
    ...{ code, name, reasons, by: 'applicant', state: 'applicant' },
    ...{ resource: null, fields: [] },
  }
}

function decideWay(parts: PlanParts, way: Way, asking: Asking): DecidedWay | Label {
  if (way.by === 'applicant') return way.reason
  const role = way.by === 'licence' ? way.holder : way.subject
  const party = asking.case?.parties.find((one) => one.role === role)
  if (!party) return { zh: `办件中没有登记该当事人：${role}`, en: `The case names no ${role}` }
  const { department, purpose } = asking.caller
  const ask: Ask = {
    ...{ department, purpose, resource: way.by === 'licence' ? way.type : way.resource },
    fields: way.by === 'predicate' ? [way.predicate] : way.fields,
    subject: toBase64url(parts.index(party)),
    ...(way.by === 'predicate' && way.argumentFrom
      ? { arguments: { [way.predicate]: party[way.argumentFrom] } }
      : {}),
  }
  return { way, party, ask, decision: decide(ask, asking.known) }
}

/** The values that generated types resolve: what was fetched, together with what was decided of it. */
import type { Predicate } from '../../catalogs/catalog.ts'
import { canonicalJson } from '../../sdk/json.ts'
import { discloseOnly } from '../../sdk/sd-jwt.ts'
import { readLicence } from '../../sdk/licence/document.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { checkTerm } from '../../vault/index.ts'
import type { ReadableLicence } from '../../vault/index.ts'
import type { RecordedItem } from '../audit/record.ts'
import type { Ask, Decision, Refusal } from '../gate/ask.ts'
import type { SourceAnswer } from '../sources/source.ts'

/** Where a value comes from; stands on every value type. */
export interface Origin {
  readonly department: string
  readonly resource: string
  readonly version: string
  readonly at: string
  /** How old the data may be, as an ISO 8601 duration. */
  readonly freshness: string
}

/** One row of a resource, or the items of one licence, for the resolvers of its fields. */
export interface Answer {
  readonly decision: Decision
  readonly values: Readonly<Record<string, string | null>>
  readonly at: Date
  readonly source: Origin
}

export interface LicenceAnswer extends Answer {
  readonly licenceId: string
  readonly type: string
  readonly state: string
  readonly grade: string
  readonly validFrom: string
  readonly validUntil: string | null
  readonly supersedes: string | null
  readonly supersededBy: string | null
  readonly document: string
  readonly issueEntry: string
}

export function resourceAnswer(
  found: SourceAnswer,
  about: {
    readonly decision: Decision
    readonly resource: string
    readonly department: string
    readonly freshnessHours: number
  },
): Answer {
  const { resource, department, decision, freshnessHours } = about
  const { version, at, values } = found
  const freshness = `PT${freshnessHours}H`
  return {
    decision,
    values,
    at,
    source: { department, resource, version, at: at.toISOString(), freshness },
  }
}

/** Only the allowed items are opened, and only their disclosures go along with the document. */
export function licenceAnswer(
  licence: ReadableLicence,
  about: { readonly decision: Decision; readonly issueEntry: Uint8Array; readonly at: Date },
): LicenceAnswer {
  const { decision, issueEntry, at } = about
  const document = discloseOnly(licence.document, new Set(decision.allowed))
  const { claims, items: disclosed } = readLicence(document)
  checkTerm(licence, claims)
  const { licenceId, type, state, grade, issuer, supersedes, supersededBy } = licence
  return {
    ...{ licenceId, type, state, grade, decision, document, at, supersedes, supersededBy },
    issueEntry: toBase64url(issueEntry),
    validFrom: licence.validFrom.toISOString(),
    validUntil: licence.validUntil?.toISOString() ?? null,
    values: Object.fromEntries(
      [...disclosed].map(([name, value]) => [name, typeof value === 'string' ? value : null]),
    ),
    source: {
      ...{ department: issuer, resource: type, version: licenceId },
      ...{ at: at.toISOString(), freshness: 'PT0H' },
    },
  }
}

/** The fields a source must be asked for: those allowed, and those that allowed predicates judge. */
export function fieldsToFetch(
  { allowed }: Decision,
  predicates: ReadonlyMap<string, Predicate>,
): string[] {
  return [...new Set(allowed.map((code) => predicates.get(code)?.of ?? code))]
}

/** One recorded item for what was allowed, and one for each rule that refused. */
export function recordedItems(
  ask: Ask,
  decision: Decision,
  outcome: { readonly decision: RecordedItem['decision']; readonly code?: string },
): RecordedItem[] {
  const { resource, subject } = ask
  const items: RecordedItem[] = []
  if (decision.allowed.length > 0) {
    const { allowed: fields, grants } = decision
    const asked = ask.arguments ? { arguments: canonicalJson(ask.arguments) } : {}
    items.push({ ...{ resource, subject, fields, grants, ...asked }, ...outcome })
  }
  for (const [{ code, rule }, fields] of byRule(decision.refused)) {
    items.push({ ...{ resource, subject, fields, code, rule }, decision: 'refused' })
  }
  return items
}

function byRule(refused: ReadonlyMap<string, Refusal>): Map<Refusal, string[]> {
  const groups = new Map<string, [Refusal, string[]]>()
  for (const [field, refusal] of refused) {
    const group = groups.get(refusal.rule) ?? [refusal, []]
    group[1].push(field)
    groups.set(refusal.rule, group)
  }
  return new Map(groups.values())
}

/** When nothing at all was allowed, one refusal that speaks for the whole. */
export function wholeRefusal({ allowed, refused }: Decision): Refusal | undefined {
  if (allowed.length > 0) return undefined
  const [first] = refused.values()
  if (!first?.grantNeeded) return first
  return { ...first, grantNeeded: { ...first.grantNeeded, fields: [...refused.keys()] } }
}

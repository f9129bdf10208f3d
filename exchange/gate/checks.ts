/**
 * The rules of access, each a small pure check that may only refuse. `decide.ts` runs them in this
 * order; there is no other place where access is decided.
 */
import { citationOf, isInForce } from '../../catalogs/catalog.ts'
import type { ProblemCode } from '../../sdk/problem.ts'
import type { Ask, AskCheck, FieldCheck, Known, Refusal } from './ask.ts'
import { grantsInForce } from './ask.ts'

/** Checks on the ask as a whole. Order 809 art. 20 (purpose and scope), Order 716 art. 7. */
export const askChecks: readonly AskCheck[] = [
  departmentIsKnown,
  purposeIsGiven,
  itemIsInForce,
  itemIsOfDepartment,
  caseIsKnown,
  caseIsOfItem,
  caseIsOpen,
  subjectIsParty,
  resourceIsKnown,
  resourceIsInForce,
  resourceIsShared,
]

/** Checks on each field. Order 809 arts. 14, 15 and 25. */
export const fieldChecks: readonly FieldCheck[] = [fieldIsKnown, grantCoversField]

function departmentIsKnown({ department }: Ask, { catalogue }: Known): Refusal | undefined {
  if (catalogue.departments.has(department)) return undefined
  return refusal('not-authenticated', 'departmentIsKnown')
}

function purposeIsGiven({ purpose }: Ask): Refusal | undefined {
  return purpose ? undefined : refusal('case-required', 'purposeIsGiven')
}

function itemIsInForce(_ask: Ask, { item }: Known): Refusal | undefined {
  return item ? undefined : refusal('unknown-item', 'itemIsInForce')
}

function itemIsOfDepartment({ department }: Ask, { item }: Known): Refusal | undefined {
  if (item?.departments.includes(department)) return undefined
  return refusal('item-of-other-department', 'itemIsOfDepartment')
}

function caseIsKnown(_ask: Ask, known: Known): Refusal | undefined {
  return known.case ? undefined : refusal('unknown-case', 'caseIsKnown')
}

function caseIsOfItem({ purpose }: Ask, known: Known): Refusal | undefined {
  if (known.case && known.case.item === purpose?.item) return undefined
  return refusal('case-of-other-item', 'caseIsOfItem')
}

function caseIsOpen(_ask: Ask, known: Known): Refusal | undefined {
  return known.case?.state === 'open' ? undefined : refusal('case-closed', 'caseIsOpen')
}

/** What the catalogue declares to be about nobody needs no party; a case it needs all the same. */
function subjectIsParty({ resource, subject }: Ask, known: Known): Refusal | undefined {
  const entry = known.catalogue.resources.get(resource)
  if (entry && !entry.subject) return undefined
  if (subject !== undefined && known.case?.parties.includes(subject)) return undefined
  return refusal('not-a-party', 'subjectIsParty')
}

function resourceIsKnown({ resource }: Ask, { catalogue }: Known): Refusal | undefined {
  if (catalogue.shared(resource)) return undefined
  return refusal('unknown-resource', 'resourceIsKnown')
}

function resourceIsInForce({ resource }: Ask, { catalogue, at }: Known): Refusal | undefined {
  const entry = catalogue.resources.get(resource)
  const versions = entry ? [entry] : catalogue.typeVersions.get(resource)
  return versions?.some((version) => isInForce(version, at))
    ? undefined
    : refusal('unknown-resource', 'resourceIsInForce')
}

function resourceIsShared({ resource }: Ask, { catalogue }: Known): Refusal | undefined {
  const shared = catalogue.shared(resource)
  if (shared && shared.shareType !== 'none') return undefined
  const basis = shared?.legalBasis
  return {
    ...refusal('field-not-shared', 'resourceIsShared'),
    ...(shared ? { owners: shared.owners } : {}),
    ...(basis ? { legalBasis: citationOf(basis) } : {}),
  }
}

function fieldIsKnown(field: string, { resource }: Ask, { catalogue }: Known): Refusal | undefined {
  const shared = catalogue.shared(resource)
  if (shared?.fields.has(field) || shared?.predicates.has(field)) return undefined
  return refusal('unknown-field', 'fieldIsKnown')
}

function grantCoversField(field: string, ask: Ask, known: Known): Refusal | undefined {
  const shared = known.catalogue.shared(ask.resource)
  if (shared?.shareType === 'unconditional') return undefined
  if (grantsInForce(ask, known).some(({ fields }) => fields.includes(field))) return undefined
  return {
    ...refusal('not-granted', 'grantCoversField'),
    owners: whomToAsk(ask, known),
    grantNeeded: {
      department: ask.department,
      resource: ask.resource,
      fields: [field],
      item: ask.purpose?.item ?? '',
    },
  }
}

/** Whoever agreed to this department's other grants on the resource; else everyone who owns it. */
function whomToAsk({ department, resource }: Ask, { catalogue }: Known): readonly string[] {
  const providers = catalogue
    .grantsOf(department)
    .filter((grant) => grant.resource === resource)
    .map(({ approvedBy }) => approvedBy.provider.department)
  return providers.length > 0 ? [...new Set(providers)] : (catalogue.shared(resource)?.owners ?? [])
}

function refusal(code: ProblemCode, rule: string): Refusal {
  return { code, rule }
}

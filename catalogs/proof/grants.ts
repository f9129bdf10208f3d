/**
 * Grants: who may have what, for which items, with whose agreement. A grant must be possible (what it
 * names exists and may be shared), agreed (by both sides, beforehand) and necessary: it covers nothing
 * that none of its items asks for (个人信息保护法 art. 34, 政务数据共享条例 art. 20).
 */
import type { Draft, GrantFile } from '../draft.ts'
import { finding } from '../finding.ts'
import type { Finding, Steps } from '../finding.ts'
import type { Approval, Resource, Way } from '../types.ts'
import type { LicenceType } from '../types/licence-type.ts'
import { declaredFields, resolves } from './reference.ts'

type Granted = GrantFile['grants'][number]

interface Case {
  readonly draft: Draft
  readonly file: string
  readonly steps: Steps
  readonly department: string
  readonly grant: Granted
}

export function* proveGrants(draft: Draft): Generator<Finding> {
  for (const [department, { grants }] of draft.grants) {
    const file = `grants/${department}.json`
    yield* resolves(
      draft,
      { file, steps: ['department'] },
      { folder: 'departments', code: department },
    )
    for (const [index, grant] of grants.entries()) {
      const one: Case = { draft, file, steps: ['grants', index], department, grant }
      yield* proveItems(one)
      yield* proveThing(one)
    }
  }
}

function* proveItems({ draft, file, steps, department, grant }: Case): Generator<Finding> {
  for (const [index, code] of grant.items.entries()) {
    const place = { file, steps: [...steps, 'items', index] }
    yield* resolves(draft, place, { folder: 'services', code })
    const item = draft.services.get(code)
    if (!item || item.versions.some(({ departments }) => departments.includes(department))) continue
    yield finding(file, place.steps, {
      what: `${department} does not handle ${code}`,
      remedy: `remove the item, or add the department in services/${code}.json`,
    })
  }
}

function* proveThing(one: Case): Generator<Finding> {
  const { draft, file, steps, grant } = one
  const code = grant.resource
  const thing = draft.resources.get(code) ?? draft.types.get(code)
  if (!thing) {
    if (draft.named.has(`resources/${code}`) || draft.named.has(`licence-types/${code}`)) return
    yield finding(file, [...steps, 'resource'], {
      what: `${code} is neither a resource nor a licence type`,
      remedy: 'correct the code, or add the file in resources/ or licence-types/',
    })
    return
  }
  if (thing.shareType === 'none') {
    yield finding(file, [...steps, 'resource'], {
      what: `${code} is not shared with anybody, so it cannot be granted`,
      remedy: 'remove the grant',
    })
  }
  yield* proveCoverage(one, thing)
  yield* proveApprovals(one, 'owner' in thing ? [thing.owner] : thing.issuers)
}

function* proveCoverage(one: Case, thing: LicenceType | Resource): Generator<Finding> {
  const { draft, file, steps, grant } = one
  const predicates = 'predicates' in thing ? thing.predicates : []
  const declared = new Set([...declaredFields(draft, thing), ...predicates.map(({ code }) => code)])
  const needed = neededFields(draft, grant)
  for (const [index, field] of grant.fields.entries()) {
    if (declared.has(field) && (!needed || needed.has(field))) continue
    yield finding(file, [...steps, 'fields', index], {
      what: declared.has(field)
        ? `${field} is needed by no material of ${grant.items.join(', ')}`
        : `${field} does not exist in ${thing.code}`,
      remedy: declared.has(field)
        ? 'remove it, or add it to the way in services/ that needs it'
        : 'name a field or predicate that the file declares',
    })
  }
}

/** What the items ask of this resource; nothing is known while one of the items is broken. */
function neededFields(draft: Draft, grant: Granted): ReadonlySet<string> | undefined {
  const needed = new Set<string>()
  for (const code of grant.items) {
    const item = draft.services.get(code)
    if (!item) return undefined
    const ways = item.versions.flatMap(({ materials }) =>
      materials.flatMap((material) => material.ways),
    )
    for (const field of ways.flatMap((way) => asked(way, grant.resource))) needed.add(field)
  }
  return needed
}

function asked(way: Way, code: string): readonly string[] {
  switch (way.by) {
    case 'licence':
      return way.type === code ? way.fields : []
    case 'data':
      return way.resource === code ? way.fields : []
    case 'predicate':
      return way.resource === code ? [way.predicate] : []
    case 'applicant':
      return []
  }
}

function* proveApprovals(one: Case, owners: readonly string[]): Generator<Finding> {
  const { file, steps, department, grant } = one
  const { requester, provider } = grant.approvedBy
  const place = [...steps, 'approvedBy']
  if (requester.department !== department) {
    yield finding(file, [...place, 'requester', 'department'], {
      what: `${requester.department} cannot agree for ${department}`,
      remedy: `write ${department}: its own sharing office agrees (Order 809, art. 20)`,
    })
  }
  if (!owners.includes(provider.department)) {
    yield finding(file, [...place, 'provider', 'department'], {
      what: `${provider.department} does not provide ${grant.resource}`,
      remedy: `write ${owners.join(' or ')} (Order 809, art. 20)`,
    })
  }
  yield* agreedBefore(one, 'requester', requester)
  yield* agreedBefore(one, 'provider', provider)
}

function* agreedBefore(one: Case, side: string, approval: Approval): Generator<Finding> {
  if (approval.on <= one.grant.from) return
  yield finding(one.file, [...one.steps, 'approvedBy', side, 'on'], {
    what: `agreed on ${approval.on}, after the grant begins on ${one.grant.from}`,
    remedy: 'let the grant begin when both sides have agreed',
  })
}

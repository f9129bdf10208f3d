/** Service items: every way to a material must lead somewhere, and only through what may be shared. */
import type { Draft, ServiceFile } from '../draft.ts'
import { finding } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Material, PartyRole, Resource, Way } from '../types.ts'
import type { LicenceType } from '../types/licence-type.ts'
import { areUnique, declaredFields, resolves } from './reference.ts'
import type { Place } from './reference.ts'

type Version = ServiceFile['versions'][number]

export function* proveServices(draft: Draft): Generator<Finding> {
  for (const [code, { versions }] of draft.services) {
    const file = `services/${code}.json`
    for (const [index, version] of versions.entries()) {
      yield* proveVersion(draft, { file, steps: ['versions', index] }, version)
    }
  }
}

function* proveVersion(draft: Draft, { file, steps }: Place, version: Version): Generator<Finding> {
  for (const [index, code] of version.departments.entries()) {
    yield* proveWindow(draft, { file, steps: [...steps, 'departments', index] }, code)
  }
  const purpose = { file, steps: [...steps, 'purpose'] }
  yield* resolves(draft, purpose, { folder: 'purposes', code: version.purpose })
  if (!version.parties.includes('applicant')) {
    yield finding(file, [...steps, 'parties'], {
      what: 'nobody is the applicant',
      remedy: 'add applicant',
    })
  }
  yield* areUnique({ file, steps: [...steps, 'materials'] }, version.materials)
  for (const [index, material] of version.materials.entries()) {
    const place = { file, steps: [...steps, 'materials', index, 'ways'] }
    yield* proveWays(draft, place, { material, parties: version.parties })
  }
}

function* proveWindow(draft: Draft, place: Place, code: string): Generator<Finding> {
  yield* resolves(draft, place, { folder: 'departments', code })
  const department = draft.departments.get(code)
  if (!department || department.roles.includes('window')) return
  yield finding(place.file, place.steps, {
    what: `${code} does not have the role window`,
    remedy: `add the role in departments/${code}.json or remove it here`,
  })
}

function* proveWays(
  draft: Draft,
  { file, steps }: Place,
  { material, parties }: { readonly material: Material; readonly parties: readonly PartyRole[] },
): Generator<Finding> {
  for (const [index, way] of material.ways.entries()) {
    const place = { file, steps: [...steps, index] }
    if (way.by === 'applicant') {
      if (index < material.ways.length - 1) {
        yield finding(file, place.steps, {
          what: 'the applicant is asked although another way follows',
          remedy: 'put the applicant last',
        })
      }
      continue
    }
    const [member, role] = partyOf(way)
    if (!parties.includes(role)) {
      yield finding(file, [...place.steps, member], {
        what: `${role} is not a party of this item`,
        remedy: 'add the role to parties, or name one of them',
      })
    }
    yield* proveWay(draft, place, way)
  }
}

type Fetched = Exclude<Way, { readonly by: 'applicant' }>

function partyOf(way: Fetched): readonly [string, PartyRole] {
  return way.by === 'licence' ? ['holder', way.holder] : ['subject', way.subject]
}

function* proveWay(draft: Draft, { file, steps }: Place, way: Fetched): Generator<Finding> {
  const [folder, member, code] =
    way.by === 'licence'
      ? (['licence-types', 'type', way.type] as const)
      : (['resources', 'resource', way.resource] as const)
  yield* resolves(draft, { file, steps: [...steps, member] }, { folder, code })
  const thing = way.by === 'licence' ? draft.types.get(code) : draft.resources.get(code)
  if (!thing) return
  if (thing.shareType === 'none') {
    yield finding(file, [...steps, member], {
      what: `${code} is not shared with anybody`,
      remedy: 'find another way, or ask the applicant',
    })
  }
  if ('owner' in thing && !thing.subject) {
    yield finding(file, [...steps, member], {
      what: `${code} is about nobody, so also not about a party`,
      remedy:
        'name a resource with a subject; what is about nobody can be asked without a material',
    })
  }
  if (way.by === 'predicate') yield* provePredicate({ file, steps }, way, thing)
  else
    yield* proveFields({ file, steps }, way.fields, { code, known: declaredFields(draft, thing) })
}

function* provePredicate(
  { file, steps }: Place,
  { predicate: code, argumentFrom }: Extract<Way, { readonly by: 'predicate' }>,
  thing: LicenceType | Resource,
): Generator<Finding> {
  const place = { file, steps: [...steps, 'predicate'] }
  const predicates = 'predicates' in thing ? thing.predicates : []
  const found = predicates.find((predicate) => predicate.code === code)
  if (!found) yield* unknownPart(place, code, thing.code)
  else if (argumentFrom !== undefined && found.test !== 'equals') {
    yield finding(file, place.steps, {
      what: 'a name cannot be the argument of this predicate',
      remedy: 'name a predicate that tests equals',
    })
  } else if (argumentFrom === undefined && found.test !== 'codeMeans') {
    yield finding(file, place.steps, {
      what: `nothing is given for its argument ${found.argument}`,
      remedy: 'add argumentFrom, or name a predicate without an argument',
    })
  }
}

function* proveFields(
  { file, steps }: Place,
  fields: readonly string[],
  thing: { readonly code: string; readonly known: ReadonlySet<string> },
): Generator<Finding> {
  for (const [index, field] of fields.entries()) {
    if (thing.known.has(field)) continue
    yield* unknownPart({ file, steps: [...steps, 'fields', index] }, field, thing.code)
  }
}

function* unknownPart({ file, steps }: Place, part: string, of: string): Generator<Finding> {
  yield finding(file, steps, {
    what: `${part} does not exist in ${of}`,
    remedy: `name what is declared in the file of ${of}`,
  })
}

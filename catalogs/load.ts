/**
 * From files to one frozen value: reads, proves each file by its schema and the whole by `prove.ts`,
 * and refuses with everything that is wrong at once.
 */
import { canonicalJson } from '../sdk/json.ts'
import { sha256, utf8 } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'
import { draftFrom } from './draft.ts'
import type { Draft } from './draft.ts'
import { readFiles } from './files.ts'
import type { Files } from './files.ts'
import { lineOf } from './finding.ts'
import { prove } from './prove.ts'
import type { Schemas } from './schemas.ts'
import { fieldsOfAll, newestOf } from './type-versions.ts'
import type { Versions } from './type-versions.ts'
import type { Catalogue, Division, Grant, Resource, ServiceItem, Shared } from './types.ts'
import type { Sharing } from './types/words.ts'

/** @throws Problem invalid-catalogue */
export function loadFrom(folder: string, schemas: Schemas): Catalogue {
  const files = readFiles(folder)
  const { draft, findings } = draftFrom(files, schemas)
  const all = [...findings, ...prove(draft)]
  if (all.length > 0) throw new Problem('invalid-catalogue', { findings: all.map(lineOf) })
  return catalogueOf(draft, versionOf(files))
}

function catalogueOf(draft: Draft, version: string): Catalogue {
  const everyone = new Map<string, Shared>()
  for (const versions of draft.typeVersions.values()) {
    const shared = sharedType(versions)
    everyone.set(shared.code, shared)
  }
  for (const resource of draft.resources.values())
    everyone.set(resource.code, sharedResource(resource))
  const grants = [...draft.grants.values()].flatMap(({ department, grants }) =>
    grants.map((grant): Grant => ({ department, ...grant })),
  )
  const catalogue: Catalogue = {
    version,
    departments: draft.departments,
    licenceTypes: draft.types,
    typeVersions: draft.typeVersions,
    resources: draft.resources,
    items: itemsOf(draft),
    purposes: draft.purposes,
    grants,
    grantBreaks: new Map(
      [...draft.grants].map(([department, { breaks = [] }]) => [department, breaks]),
    ),
    divisions: new Map(
      draft.divisions.map((division): [string, Division] => [division.code, division]),
    ),
    stateCodes: draft.stateCodes,
    shared: (code) => everyone.get(code),
    grantsOf: (department) => grants.filter((grant) => grant.department === department),
  }
  freezeDeep([...everyone.values(), catalogue])
  return catalogue
}

function itemsOf(draft: Draft): ReadonlyMap<string, readonly ServiceItem[]> {
  const items = new Map<string, readonly ServiceItem[]>()
  for (const { code, name, versions } of draft.services.values()) {
    items.set(
      code,
      versions.map((version) => ({ code, name, ...version })),
    )
  }
  return items
}

/** As the newest version shares it, with every field that a licence of any version may carry. */
function sharedType(versions: Versions): Shared {
  const newest = newestOf(versions)
  return {
    ...{ code: newest.code, kind: 'licence', name: newest.name, owners: newest.issuers },
    ...sharingOf(newest),
    ...{ fields: fieldsOfAll(versions), predicates: new Map() },
  }
}

function sharedResource(resource: Resource): Shared {
  const { code, name, owner } = resource
  const predicates = new Map(resource.predicates.map((predicate) => [predicate.code, predicate]))
  const fields = fieldsOfAll([resource])
  return {
    code,
    kind: 'resource',
    name,
    owners: [owner],
    ...sharingOf(resource),
    fields,
    predicates,
  }
}

function sharingOf(thing: Sharing): Sharing {
  const { shareType, shareCondition, legalBasis } = thing
  return {
    shareType,
    ...(shareCondition && { shareCondition }),
    ...(legalBasis && { legalBasis }),
  }
}

/** The content alone decides: neither white space nor the order of members is part of it. */
function versionOf(files: Files): string {
  const content = canonicalJson(Object.fromEntries(files.contents))
  return Buffer.from(sha256(utf8(content)))
    .toString('hex')
    .slice(0, 16)
}

/** Maps cannot be frozen; their type is read-only and their values are frozen. */
function freezeDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const inner of value instanceof Map ? value.values() : Object.values(value))
    freezeDeep(inner)
}

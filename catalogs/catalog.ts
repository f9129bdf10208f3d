/**
 * The front door of the catalogue: what may exist and who owns it. `loadCatalogue` reads the files,
 * proves each by its schema and the whole by `prove.ts`, and hands out a frozen value. The rest are
 * pure questions about that value. Nothing here decides access; that is the gate's work.
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
import type {
  Catalogue,
  Dated,
  Department,
  Division,
  Field,
  Grant,
  LicenceType,
  Resource,
  ServiceItem,
  Shared,
} from './types.ts'

export type {
  Approval,
  Catalogue,
  DataLevel,
  Dated,
  Department,
  DepartmentRole,
  Division,
  Field,
  Grant,
  HolderCodeType,
  Key,
  Label,
  LegalBasis,
  LicenceType,
  Material,
  PartyRole,
  Predicate,
  Purpose,
  Rank,
  Resource,
  ServiceItem,
  Shared,
  ShareCondition,
  ShareType,
  Source,
  Way,
} from './types.ts'

/**
 * The catalogue in this folder.
 * @throws Problem invalid-catalogue with everything that is wrong, one line each:
 *   `file $.path: what; remedy`
 */
export function loadCatalogue(folder: string = import.meta.dirname): Catalogue {
  const files = readFiles(folder)
  const { draft, findings } = draftFrom(files)
  const all = [...findings, ...prove(draft)]
  if (all.length > 0) throw new Problem('invalid-catalogue', { findings: all.map(lineOf) })
  return catalogueOf(draft, versionOf(files))
}

/** Whether a dated rule is in force at an instant; its days are days in China. */
export function isInForce(rule: Dated, at: Date): boolean {
  const day = dayInChina(at)
  return rule.from <= day && (rule.until === undefined || day <= rule.until)
}

/** The version of a service item that is in force at an instant. */
export function itemAt(catalogue: Catalogue, code: string, at: Date): ServiceItem | undefined {
  return catalogue.items.get(code)?.find((version) => isInForce(version, at))
}

/**
 * Who issues a type of licence in a division: the issuer of that division; of an abolished division,
 * the issuer of its successor; else the issuer of the nearest division above.
 */
export function issuerFor(
  catalogue: Catalogue,
  type: string,
  division: string,
): Department | undefined {
  const issuers = catalogue.licenceTypes
    .get(type)
    ?.issuers.flatMap((code) => catalogue.departments.get(code) ?? [])
  let next = catalogue.divisions.get(division)
  while (next && issuers) {
    const { code, successor, parent } = next
    const issuer = issuers.find((department) => department.division === code)
    if (issuer) return issuer
    next = catalogue.divisions.get(successor ?? parent ?? '')
  }
  return undefined
}

function catalogueOf(draft: Draft, version: string): Catalogue {
  const everyone = new Map<string, Shared>()
  for (const type of draft.types.values()) everyone.set(type.code, sharedType(type))
  for (const resource of draft.resources.values())
    everyone.set(resource.code, sharedResource(resource))
  const grants = [...draft.grants.values()].flatMap(({ department, grants }) =>
    grants.map((grant): Grant => ({ department, ...grant })),
  )
  const catalogue: Catalogue = {
    version,
    departments: draft.departments,
    licenceTypes: draft.types,
    resources: draft.resources,
    items: itemsOf(draft),
    purposes: draft.purposes,
    grants,
    divisions: new Map(
      draft.divisions.map((division): [string, Division] => [division.code, division]),
    ),
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

function sharedType(type: LicenceType): Shared {
  const { code, name, issuers } = type
  return { code, kind: 'licence', name, owners: issuers, ...sharingOf(type), predicates: new Map() }
}

function sharedResource(resource: Resource): Shared {
  const { code, name, owner } = resource
  const predicates = new Map(resource.predicates.map((predicate) => [predicate.code, predicate]))
  return { code, kind: 'resource', name, owners: [owner], ...sharingOf(resource), predicates }
}

function sharingOf(thing: LicenceType | Resource) {
  const { shareType, shareCondition, legalBasis } = thing
  return {
    shareType,
    ...(shareCondition && { shareCondition }),
    ...(legalBasis && { legalBasis }),
    fields: new Map(thing.fields.map((field): [string, Field] => [field.code, field])),
  }
}

/** The content alone decides: neither white space nor the order of members is part of it. */
function versionOf(files: Files): string {
  const content = canonicalJson(Object.fromEntries(files.contents))
  return Buffer.from(sha256(utf8(content)))
    .toString('hex')
    .slice(0, 16)
}

/** China has one time zone and no summer time since 1991. */
function dayInChina(at: Date): string {
  return new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 10)
}

/** Maps cannot be frozen; their type is read-only and their values are frozen. */
function freezeDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const inner of value instanceof Map ? value.values() : Object.values(value))
    freezeDeep(inner)
}

/**
 * What became different between two catalogues, and whether it breaks what was promised: to issuers,
 * who could write a draft; to holders, whose licence counted; to departments, which could ask. Pure:
 * two sound catalogues in, a list out. Services are not compared: they have versions, and a case
 * follows the version of the day it was opened.
 */
import { kinds, textOf } from './difference/change.ts'
import type { Change } from './difference/change.ts'
import { changesOfGrants } from './difference/grants.ts'
import { changesOfDays, changesOfType } from './difference/licence-type.ts'
import { changesOfResource } from './difference/resource.ts'
import type { Catalogue } from './types.ts'
import type { Break, LicenceType } from './types/licence-type.ts'
import type { Label } from './types/words.ts'

export interface Difference extends Label {
  /** `declared`: it breaks, and the new catalogue says so with its reason. */
  readonly kind: 'compatible' | 'breaking' | 'declared'
  /** Without `.json`, such as `licence-types/businessLicence`. */
  readonly file: string
  /** The version of the licence type it is about. */
  readonly version?: number
  readonly change: string
  readonly reason?: Label
}

export function differencesBetween(before: Catalogue, after: Catalogue): Difference[] {
  return [
    ...presence('departments', before.departments, after.departments),
    ...presence('purposes', before.purposes, after.purposes),
    ...presence('services', before.items, after.items),
    ...presence('licence-types', before.licenceTypes, after.licenceTypes),
    ...[...before.typeVersions].flatMap(([code, versions]) =>
      ofVersions(`licence-types/${code}`, versions, after.typeVersions.get(code) ?? []),
    ),
    ...presence('resources', before.resources, after.resources),
    ...[...before.resources].flatMap(([code, resource]) => {
      const next = after.resources.get(code)
      if (!next) return []
      const breaks = newlyDeclared(resource.breaks, next.breaks)
      return judged(changesOfResource(resource, next), { file: `resources/${code}`, breaks })
    }),
    ...[...after.departments.keys()].flatMap((code) =>
      judged(changesOfGrants(before.grantsOf(code), after.grantsOf(code)), {
        file: `grants/${code}`,
        breaks: newlyDeclared(before.grantBreaks.get(code), after.grantBreaks.get(code)),
      }),
    ),
  ]
}

function presence(
  folder: string,
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): Difference[] {
  const gone = [...before.keys()].filter((code) => !after.has(code))
  const come = [...after.keys()].filter((code) => !before.has(code))
  return [
    ...gone.flatMap((code) => judged([{ kind: 'removed' }], { file: `${folder}/${code}` })),
    ...come.flatMap((code) => judged([{ kind: 'added' }], { file: `${folder}/${code}` })),
  ]
}

/**
 * A version that was published is kept: what breaks in it cannot be declared, only be made a version
 * of its own. A new version declares what it breaks of the one before it.
 */
function ofVersions(
  file: string,
  before: readonly LicenceType[],
  after: readonly LicenceType[],
): Difference[] {
  if (after.length === 0) return []
  const now = new Map(after.map((version) => [version.version, version]))
  const known = new Set(before.map(({ version }) => version))
  const kept = before.flatMap((version) => {
    const place = { file, version: version.version }
    const next = now.get(version.version)
    if (!next) return judged([{ kind: 'version-removed' }], place)
    // A version ends when another follows; only the end of the last one ends the type.
    const days = next === after.at(-1) ? changesOfDays(version, next) : []
    return judged([...changesOfType(version, next), ...days], place)
  })
  const fresh = after.flatMap((version, index) => {
    const previous = after[index - 1]
    if (known.has(version.version)) return []
    const place = { file, version: version.version, breaks: version.breaks }
    const changes = previous ? changesOfType(previous, version) : []
    return judged([{ kind: 'version-added' }, ...changes], place)
  })
  return [...kept, ...fresh]
}

function newlyDeclared(before: readonly Break[] = [], after: readonly Break[] = []): Break[] {
  return after.filter(
    ({ change, from }) => !before.some((old) => old.change === change && old.from === from),
  )
}

interface Place {
  readonly file: string
  readonly version?: number
  readonly breaks?: readonly Break[]
}

function judged(changes: readonly Change[], { breaks = [], ...place }: Place): Difference[] {
  return changes.map((one) => {
    const { breaks: isBreaking, zh, en } = kinds[one.kind]
    const change = textOf(one)
    const words =
      one.of === undefined ? { zh, en } : { zh: `${zh} ${one.of}`, en: `${en}: ${one.of}` }
    const declared = breaks.find((entry) => entry.change === change)
    if (!isBreaking) return { kind: 'compatible', ...place, change, ...words }
    if (!declared) return { kind: 'breaking', ...place, change, ...words }
    return { kind: 'declared', ...place, change, ...words, reason: declared.reason }
  })
}

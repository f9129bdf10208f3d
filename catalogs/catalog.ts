/**
 * The front door of the catalogue: what may exist and who owns it. `loadCatalogue` hands out a value
 * that has been proven sound; the rest are pure questions about it. Nothing here decides access; that
 * is the gate's work.
 */
import { loadFrom } from './load.ts'
import { createSchemas } from './schemas.ts'
import type { Catalogue, Department, ServiceItem } from './types.ts'
import type { CodeValue, LicenceType } from './types/licence-type.ts'
import type { Dated, Label, LegalBasis } from './types/words.ts'

export { differencesBetween } from './difference.ts'
export type { Difference } from './difference.ts'
export type {
  Approval,
  Catalogue,
  Department,
  DepartmentRole,
  Division,
  Grant,
  Key,
  Material,
  PartyRole,
  Predicate,
  Purpose,
  Resource,
  ServiceItem,
  Shared,
  Source,
  Way,
} from './types.ts'
export { termAt } from './types/licence-type.ts'
export type { DataLevel, Field, HolderCodeType, LicenceType } from './types/licence-type.ts'
export type { Dated, Label, LegalBasis, Rank, ShareCondition, ShareType } from './types/words.ts'

/**
 * The catalogue in this folder.
 * @throws Problem invalid-catalogue with everything that is wrong, one line each:
 *   `file $.path: what; remedy`
 */
export function loadCatalogue(folder: string = import.meta.dirname): Catalogue {
  return loadFrom(folder, createSchemas())
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
 * The version of a licence type that a licence follows whose first day is this one: the newest that
 * has begun; of days before all versions, the first. Nothing when the type has ended by then.
 */
export function typeOn(catalogue: Catalogue, code: string, day: string): LicenceType | undefined {
  const versions = catalogue.typeVersions.get(code)
  const version = versions?.findLast(({ from }) => from <= day) ?? versions?.[0]
  return version?.until !== undefined && version.until < day ? undefined : version
}

/** Whether a code was abolished before a day. Old codes stay readable, and unknown ones are not old. */
export function isHistoric(values: readonly CodeValue[], code: string, day: string): boolean {
  const until = values.find((value) => value.code === code)?.until
  return until !== undefined && until < day
}

/**
 * Who issues a type of licence in a division, as its code stands in a number: the issuer of that
 * division; of an abolished division, the issuer of its successor; else the issuer of the nearest
 * division above. A code that meant another place before does not say which of the two is meant, so
 * neither place's own issuer is taken, but the one above.
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
  let isAmbiguous = next?.formerly !== undefined
  while (next && issuers) {
    const { code, successor, parent } = next
    const issuer = issuers.find((department) => department.division === code)
    if (issuer && !isAmbiguous) return issuer
    // Whoever gets here by a successor means the place of today.
    isAmbiguous = false
    next = catalogue.divisions.get(successor ?? parent ?? '')
  }
  return undefined
}

/** China has one time zone and no summer time since 1991. */
export function dayInChina(at: Date): string {
  return new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 10)
}

/** How a rule is cited: the title of the law and the article. */
export function citationOf({ law, article }: LegalBasis): Label {
  return { zh: `《${law.zh}》第${article}条`, en: `${law.en}, art. ${article}` }
}

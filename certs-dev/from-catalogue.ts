/** The development PKI the catalogue calls for: its departments, and who issues what since when. */
import type { Catalogue, LicenceType } from '../catalogs/catalog.ts'
import type { TrustedIssuer, TrustedType } from '../sdk/trust.ts'
import type { DevelopmentPki } from './plan.ts'

/** @param sm2 codes of the departments that run on SM2 */
export function planFrom(
  catalogue: Catalogue,
  sm2: readonly string[] = [],
): Pick<DevelopmentPki, 'departments' | 'issuers'> {
  const types = [...catalogue.typeVersions.values()]
  const departments = [...catalogue.departments.values()]
  const issuers = departments
    .map(({ code, uscc, name }): TrustedIssuer => {
      const issued = types.map((versions) =>
        versions.filter(({ issuers }) => issuers.includes(code)),
      )
      return { department: code, uscc, name, types: issued.flatMap(trustedType) }
    })
    .filter((issuer) => issuer.types.length > 0)
  return {
    departments: departments.map(({ code, uscc, name }) => ({
      ...{ code, uscc, zh: name.zh, en: name.en },
      issues: issuers.some(({ department }) => department === code),
      ...(sm2.includes(code) && { sm2: true }),
    })),
    issuers,
  }
}

/** From the first day of the first version that a department may issue to the last of the last. */
function trustedType(versions: readonly LicenceType[]): TrustedType[] {
  const [first, last] = [versions[0], versions.at(-1)]
  if (!first || !last) return []
  const begin = { code: first.typeCode, from: startOfDay(first.from) }
  if (last.until === undefined) return [begin]
  return [{ ...begin, until: new Date(startOfDay(last.until).getTime() + 86_400_000) }]
}

/** The catalogue's days are days in China, and its last day is still in force. */
function startOfDay(day: string): Date {
  return new Date(`${day}T00:00:00+08:00`)
}

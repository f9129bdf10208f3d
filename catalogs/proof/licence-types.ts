/** Licence types: their codes and who defines them; each of their versions is proven on its own. */
import { usccIsValid } from '../../sdk/identifier.ts'
import type { Draft } from '../draft.ts'
import { finding } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { LicenceType } from '../types/licence-type.ts'
import { proveFields } from './fields.ts'
import { proveRules } from './licence-rules.ts'
import { proveSharing } from './sharing.ts'
import { proveVersions } from './versions.ts'

export function* proveLicenceTypes(draft: Draft): Generator<Finding> {
  const holders = new Map<string, string>()
  for (const [code, type] of draft.types) {
    const file = `licence-types/${code}.json`
    yield* proveTypeCode(file, type)
    yield* proveDefiner(draft, file, type)
    const twin = holders.get(type.typeCode)
    if (twin !== undefined) {
      yield finding(file, ['typeCode'], {
        what: `is also the type code of ${twin}`,
        remedy: 'give each type its own three digits',
      })
    }
    holders.set(type.typeCode, code)
    yield* proveEachVersion(draft, file)
    yield* proveVersions(file, draft.typeVersions.get(code) ?? [])
  }
}

/** What an earlier version takes over from the newest is wrong in one place only: the newest. */
function* proveEachVersion(draft: Draft, file: string): Generator<Finding> {
  const code = file.slice('licence-types/'.length, -'.json'.length)
  const [newest, ...earlier] = [...(draft.typeVersions.get(code) ?? [])].reverse()
  if (!newest) return
  const known = [...proveVersion(draft, file, newest)]
  yield* known
  const lines = new Set(known.map(({ path, what }) => `${path} ${what}`))
  for (const [index, version] of earlier.reverse().entries()) {
    for (const found of proveVersion(draft, file, version)) {
      if (lines.has(`${found.path} ${found.what}`)) continue
      yield { ...found, path: `$.earlier[${index}]${found.path.slice(1)}` }
    }
  }
}

function* proveVersion(draft: Draft, file: string, version: LicenceType): Generator<Finding> {
  yield* proveRules(draft, file, version)
  yield* proveFields(draft, file, version)
  yield* proveSharing(file, version)
}

function* proveTypeCode(file: string, type: LicenceType): Generator<Finding> {
  const { typeCode, definingAuthority } = type
  if (!usccIsValid(definingAuthority.uscc)) {
    yield finding(file, ['definingAuthority', 'uscc'], {
      what: 'a check digit of the credit code is wrong (GB 32100, GB 11714)',
      remedy: 'copy the code again from the national catalogue',
    })
  }
  if (!typeCode.startsWith(definingAuthority.uscc)) {
    yield finding(file, ['typeCode'], {
      what: 'does not begin with the credit code of the defining authority (GB/T 36902)',
      remedy: `write ${definingAuthority.uscc} and three digits`,
    })
  }
}

/** A local type stands under a department of ours; a code of a ministry is not ours to give. */
function* proveDefiner(draft: Draft, file: string, type: LicenceType): Generator<Finding> {
  const { uscc } = type.definingAuthority
  const isOurs = [...draft.departments.values()].some((department) => department.uscc === uscc)
  if (type.national === !isOurs) return
  yield finding(file, ['national'], {
    what: isOurs
      ? 'national, but a department of this catalogue defines it'
      : 'local, but no department of this catalogue defines it',
    remedy: isOurs ? 'write false' : 'write true, or use the credit code of a local department',
  })
}

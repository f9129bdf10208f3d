/** Licence types: their codes, who defines them, who may issue them, whose they are, and their numbers. */
import { usccIsValid } from '../../sdk/identifier.ts'
import type { Draft } from '../draft.ts'
import { finding } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { HolderCodeType, LicenceType } from '../types/licence-type.ts'
import { expressionFault, expressionRemedy } from './expression.ts'
import { proveFields } from './fields.ts'
import { resolves } from './reference.ts'
import { proveSharing } from './sharing.ts'

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
    yield* proveIssuers(draft, file, type)
    yield* proveHolders(file, type)
    yield* proveNumbering(file, type)
    yield* proveValidity(file, type)
    yield* proveFields(file, type)
    yield* proveFace(file, type)
    yield* proveSharing(file, type)
  }
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

function* proveIssuers(draft: Draft, file: string, type: LicenceType): Generator<Finding> {
  const places = new Map<string, string>()
  for (const [index, code] of type.issuers.entries()) {
    const steps = ['issuers', index]
    yield* resolves(draft, { file, steps }, { folder: 'departments', code })
    const issuer = draft.departments.get(code)
    if (!issuer) continue
    if (!issuer.roles.includes('issuer')) {
      yield finding(file, steps, {
        what: `${code} does not have the role issuer`,
        remedy: `add the role in departments/${code}.json or remove it here`,
      })
    }
    const rival = places.get(issuer.division)
    if (rival !== undefined) {
      yield finding(file, steps, {
        what: `${code} and ${rival} would both issue in division ${issuer.division}`,
        remedy: 'leave one issuer in each division',
      })
    }
    places.set(issuer.division, code)
  }
}

const holderCodes: Readonly<Record<LicenceType['holderCategory'], readonly HolderCodeType[]>> = {
  person: ['111'],
  organisation: ['001'],
  mixed: ['001', '111'],
}

function* proveHolders(file: string, type: LicenceType): Generator<Finding> {
  const expected = holderCodes[type.holderCategory]
  if (expected.join() === [...type.holderCodeTypes].sort().join()) return
  yield finding(file, ['holderCodeTypes'], {
    what: `does not fit holders of the category ${type.holderCategory}`,
    remedy: `write ${expected.join(' and ')}`,
  })
}

function* proveNumbering(file: string, type: LicenceType): Generator<Finding> {
  const { pattern, example } = type.numbering
  const fault = expressionFault(pattern)
  if (fault) {
    yield finding(file, ['numbering', 'pattern'], { what: fault, remedy: expressionRemedy })
  } else if (!new RegExp(pattern, 'u').test(example)) {
    yield finding(file, ['numbering', 'example'], {
      what: 'does not follow the pattern of its own numbering',
      remedy: 'correct the example or the pattern',
    })
  }
}

function* proveValidity(file: string, { validity }: LicenceType): Generator<Finding> {
  if (validity.years !== undefined || validity.longTerm === true) return
  yield finding(file, ['validity'], {
    what: 'gives neither a longest term nor long-term validity',
    remedy: 'write years, or longTerm: true',
  })
}

/** A face shows fields of its own type, each of them once. */
function* proveFace(file: string, { face, fields }: LicenceType): Generator<Finding> {
  const left = new Set(fields.map(({ code }) => code))
  for (const [row, codes] of (face?.rows ?? []).entries()) {
    for (const [place, code] of codes.entries()) {
      if (left.delete(code)) continue
      yield finding(file, ['face', 'rows', row, place], {
        what: `${code} is no field of this type, or stands on the face already`,
        remedy: 'name each field once',
      })
    }
  }
}

/** One version of a licence type: who issues it, whose it is, its numbers, its term and its acts. */
import type { Draft } from '../draft.ts'
import { finding } from '../finding.ts'
import type { Finding, Steps } from '../finding.ts'
import type { LicenceType, Term } from '../types/licence-type.ts'
import { expressionFault, expressionRemedy } from './expression.ts'
import { resolves } from './reference.ts'

export function* proveRules(draft: Draft, file: string, type: LicenceType): Generator<Finding> {
  yield* proveIssuers(draft, file, type)
  yield* proveHolders(draft, file, type)
  yield* proveNumbering(file, type)
  yield* proveSerial(file, type)
  yield* proveValidity(file, type)
  yield* proveAges(file, type)
  yield* proveActs(draft, file, type)
  yield* proveChangeable(file, type)
  yield* proveFace(file, type)
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
    if (!type.issuerLevels.includes(issuer.level)) {
      yield finding(file, steps, {
        what: `${code} is of the level ${issuer.level}, which may not issue`,
        remedy: 'add the level to issuerLevels if the law allows it, or remove the issuer',
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

/** Every other code of GB/T 36903 annex A is a person's. */
const organisationCodes: readonly string[] = ['001', '099']

const holderTests: Readonly<
  Record<LicenceType['holderCategory'], (organisations: number, persons: number) => boolean>
> = {
  person: (organisations) => organisations === 0,
  organisation: (_, persons) => persons === 0,
  mixed: (organisations, persons) => organisations > 0 && persons > 0,
}

function* proveHolders(draft: Draft, file: string, type: LicenceType): Generator<Finding> {
  const { holderCategory, holderCodeTypes } = type
  const known = draft.codeTables.get('holderCodeType')?.values
  for (const [index, code] of holderCodeTypes.entries()) {
    if (known?.some((value) => value.code === code) ?? true) continue // A broken table is told once.
    yield finding(file, ['holderCodeTypes', index], {
      what: `${code} is not in code-tables/holderCodeType.json`,
      remedy: 'write a code of GB/T 36903 annex A',
    })
  }
  const { holderCount } = type
  if (holderCount && holderCount.min > holderCount.max) {
    yield finding(file, ['holderCount', 'max'], {
      what: 'is less than the least number of holders',
      remedy: 'write the least number as min and the greatest as max',
    })
  }
  const organisations = holderCodeTypes.filter((code) => organisationCodes.includes(code)).length
  if (holderTests[holderCategory](organisations, holderCodeTypes.length - organisations)) return
  yield finding(file, ['holderCodeTypes'], {
    what: `does not fit holders of the category ${holderCategory}`,
    remedy: 'organisations have 001 or 099, persons every other, and mixed holders both',
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

function* proveValidity(file: string, type: LicenceType): Generator<Finding> {
  const { byAge = [], ...general } = type.validity
  const terms: readonly (readonly [Steps, Term])[] = [
    [['validity'], general],
    ...byAge.map((term, index) => [['validity', 'byAge', index], term] as const),
  ]
  for (const [steps, { years, longTerm }] of terms) {
    if (years !== undefined || longTerm === true) continue
    yield finding(file, steps, {
      what: 'gives neither a longest term nor long-term validity',
      remedy: 'write years, or longTerm: true',
    })
  }
}

function* proveAges(file: string, type: LicenceType): Generator<Finding> {
  const { byAge = [] } = type.validity
  for (const [index, { below }] of byAge.entries()) {
    if (index === 0 || below > (byAge[index - 1]?.below ?? 0)) continue
    yield finding(file, ['validity', 'byAge', index, 'below'], {
      what: 'is not above the age before it, so it would never count',
      remedy: 'write the youngest first',
    })
  }
  if (byAge.length === 0 || type.holderCodeTypes.every((code) => code === citizenNumber)) return
  yield finding(file, ['validity', 'byAge'], {
    what: 'goes by an age that not every kind of holder code tells',
    remedy: `allow ${citizenNumber} alone as holderCodeTypes, or give one term for all`,
  })
}

/** The one code that says when its holder was born. */
const citizenNumber = '111'

const serialsMax = 32

/** What is outside the alphabet of GB/T 36904 could not become an identifier. */
function* proveSerial(file: string, { identifier }: LicenceType): Generator<Finding> {
  const place: Steps = ['identifier', 'serial']
  const fault = expressionFault(identifier.serial)
  if (fault) {
    yield finding(file, place, { what: fault, remedy: expressionRemedy })
  } else if (!/^\^[0-9A-Z[\]{},-]+\$$/.test(identifier.serial)) {
    yield finding(file, place, {
      what: 'allows more than digits and capitals (GB/T 36904)',
      remedy: `write digits, capitals and classes of them, at most ${serialsMax} characters`,
    })
  }
}

function* proveActs(
  draft: Draft,
  file: string,
  { acts, changeable }: LicenceType,
): Generator<Finding> {
  const known = new Set(draft.stateCodes.acts.map(({ code }) => code))
  for (const [index, act] of acts.entries()) {
    if (known.size === 0 || (known.has(act) && act !== 'issue')) continue // Told once.
    yield finding(file, ['acts', index], {
      what: `${act} is not an act on a licence that was issued`,
      remedy: 'write acts of state-codes.json, without issue',
    })
  }
  if (acts.includes('suspend') !== acts.includes('restore')) {
    yield finding(file, ['acts'], {
      what: 'has one of suspend and restore without the other',
      remedy: 'allow both or neither: what was suspended must be able to come back',
    })
  }
  if (acts.includes('change') || changeable.length === 0) return
  yield finding(file, ['changeable'], {
    what: 'names fields, but change is not among the acts',
    remedy: 'add change to acts, or leave the list empty',
  })
}

/** Not a field: stands among the changeable ones where a change may make the term longer. */
const term = 'validUntil'

function* proveChangeable(file: string, { fields, changeable }: LicenceType): Generator<Finding> {
  const known = new Set([...fields.map(({ code }) => code), term])
  for (const [index, code] of changeable.entries()) {
    if (known.has(code)) continue
    yield finding(file, ['changeable', index], {
      what: `${code} is not a field of this type`,
      remedy: 'name a field, or add it',
    })
  }
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

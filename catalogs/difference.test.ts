/** What is told apart between two catalogues: each kind of change, both ways, and nothing else. */
import { describe, expect, test } from 'vitest'
import { differencesBetween, loadCatalogue } from './catalog.ts'
import type { Catalogue, Field, Grant, LicenceType, Resource } from './catalog.ts'
import { kinds } from './difference/change.ts'

const catalogue = loadCatalogue()
const type = entry(catalogue.licenceTypes, 'socialSecurityCard')
const resource = entry(catalogue.resources, 'populationRegistry')
const seen = new Set<string>()

function entry<T>(map: ReadonlyMap<string, T>, code: string): T {
  const found = map.get(code)
  if (!found) throw new Error(`the catalogue has no ${code}`)
  return found
}

function withVersions(...versions: readonly LicenceType[]): Catalogue {
  const newest = versions.at(-1)
  if (!newest) throw new Error('a type without a version')
  return {
    ...catalogue,
    licenceTypes: new Map([...catalogue.licenceTypes, [newest.code, newest]]),
    typeVersions: new Map([...catalogue.typeVersions, [newest.code, versions]]),
  }
}

function withResource(changes: Partial<Resource>): Catalogue {
  const resources = new Map([...catalogue.resources, [resource.code, { ...resource, ...changes }]])
  return { ...catalogue, resources }
}

/** `b change` for what breaks, `c` for what does not, `d` for what is declared. */
function linesBetween(before: Catalogue, after: Catalogue): string[] {
  return differencesBetween(before, after).map(({ kind, change }) => {
    seen.add(change.split(' ')[0] ?? '')
    return `${kind.slice(0, 1)} ${change}`
  })
}

function fieldsWith(code: string, changes: object): { fields: readonly Field[] } {
  const fields = type.fields.map(
    (one) => (one.code === code ? { ...one, ...changes } : one), // The test writes only what fits.
  )
  return { fields }
}

const label = { zh: '测试', en: 'Test' }
const plain = {
  ...{ code: 'colour', name: label, group: 'basic', required: false, level: 1, personal: false },
  ...{ type: 'text', maxLength: 8 },
} satisfies Field
const states = type.fields.find(({ code }) => code === 'cardState')
const values = states?.type === 'code' ? states.values : []
const purple = { code: '7', name: label }

/** What a type becomes, what that is called, and what the way back is called. */
const rows: readonly [change: Partial<LicenceType>, there: string, back: string][] = [
  [{ fields: [...type.fields, plain] }, 'c field-added colour', 'b field-removed colour'],
  [
    { fields: [...type.fields, { ...plain, required: true }] },
    ...(['b required-field-added colour', 'b field-removed colour'] as const),
  ],
  [fieldsWith('bank', { required: false }), 'c field-optional bank', 'b field-required bank'],
  [fieldsWith('bank', { type: 'number' }), 'b type-changed bank', 'b type-changed bank'],
  [fieldsWith('bank', { maxLength: 65 }), 'c length-raised bank', 'b length-shortened bank'],
  [
    fieldsWith('bank', { pattern: '^[A-Z]{1,9}$' }),
    ...(['b pattern-changed bank', 'c pattern-removed bank'] as const),
  ],
  [
    fieldsWith('cardNo', { pattern: '^[0-9]{9}$' }),
    ...(['b pattern-changed cardNo', 'b pattern-changed cardNo'] as const),
  ],
  [
    fieldsWith('cardState', { values: [...values, purple] }),
    ...(['c code-added cardState 7', 'b code-removed cardState 7'] as const),
  ],
  [fieldsWith('bank', { level: 3 }), 'b level-raised bank', 'c level-lowered bank'],
  [fieldsWith('bank', { personal: false }), 'c personal-cleared bank', 'b personal-set bank'],
  [fieldsWith('bank', { group: 'basic' }), 'c group-changed bank', 'c group-changed bank'],
  [fieldsWith('bank', { name: label }), 'c field-name-changed bank', 'c field-name-changed bank'],
  [{ name: label }, 'c name-changed', 'c name-changed'],
  [{ typeCode: '11460100MB15001469009' }, 'b type-code-changed', 'b type-code-changed'],
  [{ national: true }, 'b definer-changed', 'b definer-changed'],
  [{ documentClass: 'proof' }, 'c class-changed', 'c class-changed'],
  [{ requirements: label }, 'c words-changed', 'c words-changed'],
  [
    { numbering: { ...type.numbering, pattern: '^[0-9]{9}$' } },
    ...(['b numbering-changed', 'b numbering-changed'] as const),
  ],
  [{ identifier: { serial: '^[0-9]{9}$' } }, 'b identifier-changed', 'b identifier-changed'],
  [
    { validity: { years: 11, longTerm: true } },
    ...(['c validity-lengthened', 'b validity-shortened'] as const),
  ],
  [{ validity: { years: 10 } }, 'b validity-shortened', 'c validity-lengthened'],
  [{ holderCategory: 'mixed' }, 'b holder-category-changed', 'b holder-category-changed'],
  [
    { holderCodeTypes: ['111', '511'] },
    ...(['c holder-code-type-added 511', 'b holder-code-type-removed 511'] as const),
  ],
  [
    { issuers: [...type.issuers, 'haikouPolice'] },
    ...(['c issuer-added haikouPolice', 'b issuer-removed haikouPolice'] as const),
  ],
  [
    { issuerLevels: ['city', 'district'] },
    ...(['c issuer-level-added district', 'b issuer-level-removed district'] as const),
  ],
  [{ acts: [...type.acts, 'transfer'] }, 'c act-added transfer', 'b act-removed transfer'],
  [
    { changeable: [...type.changeable, 'cardNo'] },
    ...(['c changeable-added cardNo', 'b changeable-removed cardNo'] as const),
  ],
  [
    { validity: { ...type.validity, byAge: [{ below: 18, years: 5, longTerm: true }] } },
    ...(['b validity-shortened', 'c validity-lengthened'] as const),
  ],
  [
    { validity: { ...type.validity, byAge: [{ below: 18, years: 12, longTerm: true }] } },
    ...(['c validity-lengthened', 'b validity-shortened'] as const),
  ],
  [
    { holderCount: { min: 1, max: 2 } },
    ...(['b holder-count-narrowed', 'c holder-count-widened'] as const),
  ],
  [{ verifiedBy: 'shown' }, 'b verification-narrowed', 'c verification-widened'],
  [{ shareType: 'unconditional' }, 'c share-widened', 'b share-narrowed'],
  [{ shareType: 'none' }, 'b share-narrowed', 'c share-widened'],
  [{ shareCondition: { scope: label, use: label } }, 'c condition-changed', 'c condition-changed'],
  [{ face: { paper: 'portrait', rows: [['name']] } }, 'c face-changed', 'c face-changed'],
  [{ until: '2030-12-31' }, 'b ends-earlier', 'c ends-later'],
  [{ from: '2019-01-02' }, 'b begins-later', 'c begins-earlier'],
]

test.for(rows)('%j', ([change, there, back]) => {
  const now = withVersions({ ...type, ...change })
  expect(linesBetween(catalogue, now)).toEqual([there])
  expect(linesBetween(now, catalogue)).toEqual([back])
})

const [key] = resource.keys
const [predicate] = resource.predicates

const resourceRows: readonly [change: Partial<Resource>, there: string, back: string][] = [
  [
    { keys: [...resource.keys, { ...key, code: 'name' } as Resource['keys'][number]] },
    ...(['b key-added name', 'b key-removed name'] as const),
  ],
  [
    { predicates: resource.predicates.slice(1) },
    `b predicate-removed ${predicate?.code ?? ''}`,
    `c predicate-added ${predicate?.code ?? ''}`,
  ],
  [{ owner: 'wenchangPolice' }, 'b owner-changed', 'b owner-changed'],
  [{ freshnessHours: 9_999 }, 'b freshness-loosened', 'c freshness-tightened'],
  [{ shareType: 'none' }, 'b share-narrowed', 'c share-widened'],
  [{ until: '2030-12-31' }, 'b ends-earlier', 'c ends-later'],
  [
    { subject: { codeType: '001', key: 'idNumber' } },
    ...(['b subject-changed', 'b subject-changed'] as const),
  ],
  [
    { predicates: resource.predicates.map((one) => ({ ...one, of: 'address' })) },
    ...(['b predicate-changed identityMatches', 'b predicate-changed identityMatches'] as const),
  ],
]

test.for(resourceRows)('of a resource: %j', ([change, there, back]) => {
  const now = withResource(change)
  expect(linesBetween(catalogue, now)[0]).toEqual(there)
  expect(linesBetween(now, catalogue)[0]).toEqual(back)
})

test('the name of a yes-or-no question is not the question', () => {
  const predicates = resource.predicates.map((one) => ({ ...one, name: label }))
  expect(linesBetween(catalogue, withResource({ predicates }))).toEqual([])
})

describe('grants', () => {
  const [grant, ...others] = catalogue.grantsOf('haikouHousing')
  if (!grant) throw new Error('the department has no grant')
  const [field = ''] = grant.fields
  const [item = ''] = grant.items
  const cell = `${grant.resource}.${field} ${item}`

  function withGrants(grants: readonly Grant[]): Catalogue {
    return {
      ...catalogue,
      grantsOf: (code) => (code === 'haikouHousing' ? grants : catalogue.grantsOf(code)),
    }
  }

  test('a field that is taken back is lost, and the way back gains it', () => {
    const less = withGrants([{ ...grant, fields: grant.fields.slice(1) }, ...others])
    expect(linesBetween(catalogue, less)).toEqual([`b grant-lost ${cell}`])
    expect(linesBetween(less, catalogue)).toEqual([`c grant-gained ${cell}`])
  })

  test('a grant that ends earlier is shortened; one that ends later is not', () => {
    const early = withGrants([{ ...grant, fields: [field], items: [item], until: '2026-02-01' }])
    const late = withGrants([{ ...grant, fields: [field], items: [item], until: '2026-02-02' }])
    expect(linesBetween(late, early)).toEqual([`b grant-shortened ${cell}`])
    expect(linesBetween(early, late)).toEqual([])
  })

  test('what two grants cover is lost with both', () => {
    const twice = withGrants([grant, { ...grant, code: 'again' }, ...others])
    expect(linesBetween(twice, catalogue)).toEqual([])
  })

  test('a loss that the file declares since then is declared', () => {
    const lost = withGrants([{ ...grant, fields: grant.fields.slice(1) }, ...others])
    const breaks = [{ change: `grant-lost ${cell}`, reason: label, from: '2026-12-01' }]
    const declared = { ...lost, grantBreaks: new Map([['haikouHousing', breaks]]) }
    expect(linesBetween(catalogue, declared)).toEqual([`d grant-lost ${cell}`])
    const before = { ...catalogue, grantBreaks: declared.grantBreaks }
    expect(linesBetween(before, declared)).toEqual([`b grant-lost ${cell}`])
  })
})

describe('versions', () => {
  const fields = type.fields.slice(0, -1)
  const lost = 'field-removed cardState'
  const ended = { ...type, until: '2026-12-31' }
  const next = { ...type, version: 2, from: '2027-01-01', fields }
  const breaks = [{ change: lost, reason: label, from: '2027-01-01' }]

  test('what breaks in a new version is refused until it is declared there', () => {
    const silent = withVersions(ended, next)
    expect(linesBetween(catalogue, silent)).toEqual(['c version-added', `b ${lost}`])
    const said = withVersions(ended, { ...next, breaks })
    expect(linesBetween(catalogue, said)).toEqual(['c version-added', `d ${lost}`])
    expect(differencesBetween(catalogue, said).at(-1)?.reason).toEqual(label)
  })

  test('a version that was published cannot declare itself out of a promise', () => {
    const rewritten = withVersions({ ...type, fields, breaks })
    expect(linesBetween(catalogue, rewritten)).toEqual([`b ${lost}`])
  })

  test('an earlier version stays as it was', () => {
    const two = withVersions(ended, { ...next, breaks })
    const rewritten = withVersions({ ...ended, fields }, { ...next, breaks })
    expect(linesBetween(two, rewritten)).toEqual([`b ${lost}`])
    const forgotten = withVersions({ ...next, breaks })
    expect(linesBetween(two, forgotten)).toEqual(['b version-removed'])
    expect(linesBetween(two, two)).toEqual([])
  })

  test('of two new versions each answers for what it breaks of the one before', () => {
    const third = { ...next, version: 3, from: '2028-01-01', acts: type.acts.slice(1) }
    const both = withVersions(ended, { ...next, breaks, until: '2027-12-31' }, third)
    expect(linesBetween(catalogue, both)).toEqual([
      ...['c version-added', `d ${lost}`, 'c version-added', `b act-removed ${type.acts[0] ?? ''}`],
    ])
  })
})

test('what is gone breaks, what is new does not, and nothing differs from itself', () => {
  const parts = ['departments', 'purposes', 'items', 'licenceTypes', 'resources'] as const
  for (const part of parts) {
    const [first = ''] = catalogue[part].keys()
    const rest = new Map<string, unknown>(catalogue[part])
    rest.delete(first)
    const without = { ...catalogue, [part]: rest, grantsOf: () => [] }
    const with_ = { ...catalogue, grantsOf: () => [] }
    expect(linesBetween(with_, without), part).toEqual(['b removed'])
    expect(linesBetween(without, with_), part).toEqual(['c added'])
  }
  expect(linesBetween(catalogue, catalogue)).toEqual([])
})

test('every kind of change was seen', () => {
  expect(Object.keys(kinds).filter((kind) => !seen.has(kind))).toEqual([])
})

/** The catalogue that is shipped: that it is sound, what it says to a lawyer, and the questions asked of it. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { AnySchema } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { isHistoric, isInForce, issuerFor, itemAt, loadCatalogue, typeOn } from './catalog.ts'
import type {
  Division,
  Grant,
  LegalBasis,
  LicenceType,
  Predicate,
  Resource,
  Shared,
  Way,
} from './catalog.ts'
import { divisionsFile, elementsFile, folders, stateCodesFile } from './files.ts'

const catalogue = loadCatalogue()
const schemaFolder = join(import.meta.dirname, 'schema')

test.for(readdirSync(schemaFolder))('%s is a JSON Schema', (name) => {
  const ajv = new Ajv2020({ discriminator: true, strictTypes: true, strictTuples: true })
  const schema = JSON.parse(readFileSync(join(schemaFolder, name), 'utf8')) as AnySchema
  expect(ajv.validateSchema(schema), ajv.errorsText()).toBe(true)
})

test('the shipped catalogue is sound and has what the product promises', () => {
  const { departments, licenceTypes, resources, items } = catalogue
  const levels = new Set([...departments.values()].map(({ level }) => level))
  expect([...levels].sort()).toEqual(['city', 'district', 'province', 'township', 'village'])
  const sizes = [departments, licenceTypes, resources, items].map(({ size }) => size)
  expect(sizes).toEqual([37, 52, 11, 11])
  expect(catalogue.version).toMatch(/^[0-9a-f]{16}$/)
})

test('who may have what, for which item, and under which clause', async () => {
  const lines: string[] = []
  lines.push(...departmentLines())
  for (const resource of catalogue.resources.values()) lines.push(...resourceLines(resource))
  for (const type of catalogue.licenceTypes.values()) lines.push(...typeLines(type))
  for (const code of catalogue.items.keys()) lines.push(...itemLines(code))
  lines.push(...divisionLines())
  await expect(lines.join('\n')).toMatchFileSnapshot('../test/golden/catalogue.txt')
})

test('exactly one paper of a new food business permit can come from the applicant alone', () => {
  const item = itemAt(catalogue, 'foodBusinessPermitNew', new Date('2026-11-01T00:00:00Z'))
  const alone = item?.materials.filter(({ ways }) => ways[0]?.by === 'applicant')
  expect(alone?.map(({ code }) => code)).toEqual(['layoutPlan'])
})

test.for([
  ['meilanMarket', 'businessLicence', 'registeredCapital'],
  ['meilanMarket', 'businessLicence', 'phone'],
  ['meilanMarket', 'populationRegistry', 'address'],
  ['meilanMarket', 'populationRegistry', 'name'],
  ['meilanMarket', 'realPropertyCertificate', 'mortgage'],
  ['meilanMarket', 'realPropertyCertificate', 'otherRights'],
  ['meilanMarket', 'realPropertyCertificate', 'area'],
  ['hainanMarket', 'legalEntityBase', 'name'],
  ['nobodyAtAll', 'legalEntityBase', 'name'],
] as const)('%s is not granted %s.%s', ([department, resource, field]) => {
  const covering = catalogue
    .grantsOf(department)
    .filter((grant) => grant.resource === resource && grant.fields.includes(field))
  expect(covering).toEqual([])
})

test.for([
  ['2015-09-30T15:59:59Z', undefined],
  ['2015-09-30T16:00:00Z', '2015-10-01'],
  ['2023-11-30T15:59:59Z', '2015-10-01'],
  ['2023-11-30T16:00:00Z', '2023-12-01'],
  ['2030-01-01T00:00:00Z', '2023-12-01'],
] as const)('at %s the version in force is that of %s: days are days in China', ([at, from]) => {
  expect(itemAt(catalogue, 'foodBusinessPermitNew', new Date(at))?.from).toBe(from)
})

test.for([
  ['2003-09-30T15:59:59Z', undefined],
  ['2003-09-30T16:00:00Z', 'HouseholdRegister'],
  ['2025-05-09T15:59:59Z', 'HouseholdRegister'],
  ['2025-05-09T16:00:00Z', 'IdCard, IdentityCheck, MaritalCheck'],
  ['2026-11-01T00:00:00Z', 'IdCard, IdentityCheck, MaritalCheck'],
] as const)('at %s a marriage needs, of its own: %s', ([at, only]) => {
  const item = itemAt(catalogue, 'marriageRegistration', new Date(at))
  const needed = item?.materials.map(({ code }) => code) ?? []
  const has = (end: string) => needed.filter((code) => code.endsWith(end)).length
  const kinds = ['HouseholdRegister', 'IdCard', 'IdentityCheck', 'MaritalCheck']
  const expected: Readonly<Record<string, readonly number[]>> = {
    none: [0, 0, 0, 0],
    HouseholdRegister: [2, 2, 0, 0],
    'IdCard, IdentityCheck, MaritalCheck': [0, 2, 2, 2],
  }
  expect(kinds.map(has)).toEqual(expected[only ?? 'none'])
  expect(needed.includes('declarations')).toBe(item !== undefined)
})

test('each material of a marriage cites the clause of its own time', () => {
  const [before, since] = catalogue.items.get('marriageRegistration') ?? []
  const clauses = (item: typeof before) => [
    ...new Set(item?.materials.map(({ legalBasis }) => legalBasis && basisWords(legalBasis))),
  ]
  expect(clauses(before)).toEqual(['婚姻登记条例（2003 年国务院令第 387 号） 第 5 条'])
  expect(clauses(since)).toEqual([
    '婚姻登记条例（2025 年国务院令第 804 号修订） 第 8 条',
    '婚姻登记条例（2025 年国务院令第 804 号修订） 第 10 条',
  ])
})

test('a village learns yes or no, and never a value', () => {
  const { village } = Object.groupBy(catalogue.departments.values(), ({ level }) => level)
  expect(village?.map(({ code }) => code)).toEqual(['yandongVillage'])
  for (const { resource, fields } of catalogue.grantsOf('yandongVillage')) {
    const predicates = catalogue.shared(resource)?.predicates
    expect(fields.filter((field) => !predicates?.has(field))).toEqual([])
  }
})

test.for([
  ['foodBusinessPermit', '1998-01-01', 1],
  ['foodBusinessPermit', '2023-11-30', 1],
  ['foodBusinessPermit', '2023-12-01', 2],
  ['foodBusinessPermit', '2099-01-01', 2],
  ['passport', '2020-01-01', undefined],
] as const)('a %s of %s follows version %s', ([code, day, version]) => {
  expect(typeOn(catalogue, code, day)?.version).toBe(version)
})

test('a version that was replaced stays readable, and its fields stay fields of the type', () => {
  const [first, second] = catalogue.typeVersions.get('foodBusinessPermit') ?? []
  const fieldsOf = (type: typeof first) => type?.fields.map(({ code }) => code)
  expect(fieldsOf(first)).toContain('supervisingOfficer')
  expect(fieldsOf(second)).not.toContain('supervisingOfficer')
  expect(catalogue.shared('foodBusinessPermit')?.fields.has('supervisingOfficer')).toBe(true)
  expect(catalogue.licenceTypes.get('foodBusinessPermit')).toBe(second)
  // What an earlier version does not write is as in the newest.
  expect(first?.numbering).toBe(second?.numbering)
  expect(first?.breaks).toEqual([])
})

test('fields take the words of their element and the codes of their table', () => {
  const sex = catalogue.shared('nurseCertificate')?.fields.get('sex')
  expect(sex).toMatchObject({ name: { zh: '性别' }, level: 2, personal: true, table: 'sex' })
  expect(sex?.type === 'code' && sex.values.map(({ code }) => code)).toEqual(['0', '1', '2', '9'])
  const ethnicity = catalogue.shared('residentIdCard')?.fields.get('ethnicity')
  expect(ethnicity?.type === 'code' && ethnicity.values.length).toBe(58)
  expect(catalogue.shared('nurseCertificate')?.fields.get('certificateNo')?.name.zh).toBe(
    '证书编码',
  )
})

test.for([
  ['2020-12-31', false],
  ['2021-01-01', true],
] as const)('a code whose last day is 2020-12-31 is old on %s: %s', ([day, isOld]) => {
  const values = [{ code: '1', name: { zh: '一', en: 'one' }, until: '2020-12-31' }]
  expect(isHistoric(values, '1', day)).toBe(isOld)
  expect(isHistoric(values, '2', day)).toBe(false)
})

test('only type codes that were found in sources are national', () => {
  const national = [...catalogue.licenceTypes.values()].filter((type) => type.national)
  expect(national.map(({ code, typeCode }) => `${typeCode} ${code}`).sort()).toEqual([
    '11100000000013127D001 residentIdCard',
    '11100000000013338W050 safeProductionLicence',
    '11100000000019713D008 roadTransportOperationPermit',
    '11100000000019713D013 roadTransportVehicleCertificate',
    '11100000000019713D071 roadTransportQualification',
    '11100000MB0143028R001 businessLicence',
    '11100000MB03271699001 realPropertyCertificate',
    '11100000MB03271699022 realPropertyRegistrationProof',
  ])
})

test('an item nobody knows has no version', () => {
  expect(itemAt(catalogue, 'tourism', new Date('2026-01-01T00:00:00Z'))).toBeUndefined()
})

test('a rule is in force on its first and on its last day, and without a last day for good', () => {
  const rule = { from: '2026-01-01', until: '2026-01-31' }
  const days = ['2025-12-31', '2026-01-01', '2026-01-31', '2026-02-01']
  const answers = days.map((day) => isInForce(rule, new Date(`${day}T12:00:00+08:00`)))
  expect(answers).toEqual([false, true, true, false])
  expect(isInForce({ from: '2026-01-01' }, new Date('2099-01-01T00:00:00Z'))).toBe(true)
})

test.for([
  ['businessLicence', '460108', 'meilanMarket', 'its own'],
  ['businessLicence', '460105', 'haikouMarket', 'the nearest above'],
  ['businessLicence', '460104', 'haikouMarket', 'the nearest above an abolished district'],
  ['businessLicence', '460204', 'sanyaMarket', 'the nearest above'],
  ['businessLicence', '469003', 'danzhouMarket', 'by way of the successor'],
  ['businessLicence', '469005', 'wenchangMarket', 'its own: a county under the province'],
  ['businessLicence', '469023', 'chengmaiMarket', 'its own: a county under the province'],
  ['businessLicence', '469021', 'hainanMarket', 'the province: a county without an issuer here'],
  ['businessLicence', '469033', 'ledongMarket', 'by way of a successor whose code was used before'],
  ['businessLicence', '469027', 'hainanMarket', 'above both: Ledong today, Chengmai before'],
  ['businessLicence', '469031', 'hainanMarket', 'above a successor without an issuer here'],
  ['marriageCertificate', '460107', undefined, 'nobody: no registry on the way up'],
  ['foodProductionPermit', '460108', 'haikouMarket', 'the nearest above'],
  ['foodProductionPermit', '460200', undefined, 'nobody: the city is not on the way up'],
  ['residentIdCard', '460000', undefined, 'nobody: a city does not issue for the province'],
  ['businessLicence', '110000', undefined, 'nobody: the division is unknown'],
  ['passport', '460108', undefined, 'nobody: the type is unknown'],
] as const)('the issuer of %s in %s is %s (%s)', ([type, division, issuer]) => {
  expect(issuerFor(catalogue, type, division)?.code).toBe(issuer)
})

test('a resource and a licence type look the same to the gate', () => {
  expect(catalogue.shared('populationRegistry')).toMatchObject({
    kind: 'resource',
    owners: ['haikouPolice'],
    shareType: 'conditional',
  })
  expect(catalogue.shared('businessLicence')).toMatchObject({
    kind: 'licence',
    owners: expect.arrayContaining(['hainanMarket', 'meilanMarket', 'wenchangMarket']) as unknown,
  })
  expect([...(catalogue.shared('populationRegistry')?.predicates.keys() ?? [])]).toEqual([
    'identityMatches',
    'ageAtLeast',
  ])
  expect(catalogue.shared('macroEconomyBase')).toMatchObject({ shareType: 'unconditional' })
  expect(catalogue.shared('tourism')).toBeUndefined()
})

test('nobody can change what was loaded', () => {
  const [grant] = catalogue.grants
  expect(grant && Object.isFrozen(grant.approvedBy.provider)).toBe(true)
  expect(Object.isFrozen(catalogue)).toBe(true)
  expect(Object.isFrozen(catalogue.shared('businessLicence')?.fields.get('phone'))).toBe(true)
})

test('the version follows the content, not its layout', () => {
  const copy = mkdtempSync(join(tmpdir(), 'catalogue-'))
  const copied = [...Object.keys(folders), divisionsFile, elementsFile, stateCodesFile]
  for (const name of copied) {
    cpSync(join(import.meta.dirname, name), join(copy, name), { recursive: true })
  }
  const file = join(copy, 'purposes/realPropertyRegistration.json')
  const purpose = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  writeFileSync(file, JSON.stringify(Object.fromEntries(Object.entries(purpose).reverse())))
  const sameContent = loadCatalogue(copy).version
  writeFileSync(file, JSON.stringify({ ...purpose, name: { zh: '登记', en: 'Registration' } }))
  const otherContent = loadCatalogue(copy).version
  rmSync(copy, { recursive: true })
  expect(sameContent).toBe(catalogue.version)
  expect(otherContent).not.toBe(catalogue.version)
})

function departmentLines(): string[] {
  return [
    'departments',
    ...[...catalogue.departments.values()].map(
      ({ code, name, uscc, division, level, parent, roles }) =>
        `  ${code.padEnd(17)}${uscc} ${division} ${level.padEnd(9)}${roles.join(', ')}: ${name.zh}${parent ? ` under ${parent}` : ''}`,
    ),
    '',
  ]
}

function divisionLines(): string[] {
  return [
    'divisions and the issuer of a business licence there',
    ...[...catalogue.divisions.values()].map((division) => {
      const issuer = issuerFor(catalogue, 'businessLicence', division.code)?.code ?? 'nobody'
      return `  ${division.code} ${division.name.zh}: ${[issuer, ...divisionWords(division)].join(', ')}`
    }),
    '',
  ]
}

function divisionWords({ parent, from, until, successor, formerly = [] }: Division): string[] {
  return [
    ...(parent ? [`in ${parent}`] : []),
    ...(from ? [`from ${from}`] : []),
    ...(until ? [`until ${until}`] : []),
    ...(successor ? [`now ${successor}`] : []),
    ...formerly.map(
      (old) => `formerly ${old.name.zh}${old.successor ? ` (now ${old.successor})` : ''}`,
    ),
  ]
}

function basisWords({ law, article }: LegalBasis): string {
  return `${law.zh} 第 ${article} 条`
}

function resourceLines(resource: Resource): string[] {
  const { code, name, owner, officialCode, source, updateCycle, freshnessHours } = resource
  const about = resource.subject ? `the ${resource.subject.key} asked` : 'nobody'
  return [
    `resource ${code} ${name.zh} (${name.en})`,
    `  official code ${officialCode}, owner ${owner}, data class ${resource.dataClass}, from ${resource.from}, about ${about}`,
    `  source ${source.kind}, updated ${updateCycle}, fresh for ${freshnessHours} hours, open to society: ${resource.openToSociety ? 'yes' : 'no'}`,
    ...sharedLines(code),
  ]
}

function typeLines(type: LicenceType): string[] {
  const { byAge = [], ...term } = type.validity
  const terms = [
    ...byAge.map((one) => `below ${one.below} years of age ${termWords(one)}`),
    termWords(term),
  ]
  const { min, max } = type.holderCount ?? {}
  const counts = min === max ? `${min ?? ''}` : `${min ?? ''} to ${max ?? ''}`
  const count = type.holderCount ? `, ${counts} of them` : ''
  return [
    `licence type ${type.code} ${type.name.zh} (${type.name.en})`,
    `  type code ${type.typeCode}, ${type.national ? 'national' : 'local'}, defined by ${type.definingAuthority.name.zh}, from ${type.from}`,
    `  issued by ${type.issuers.join(', ')}: ${basisWords(type.issuingBasis)}`,
    `  holder ${type.holderCategory} (${type.holderCodeTypes.join(', ')})${count}, valid ${terms.join(', else ')}`,
    `  number ${type.numbering.rule.zh}: ${type.numbering.example}`,
    ...sharedLines(type.code),
  ]
}

function termWords({ years, longTerm }: LicenceType['validity']): string {
  const terms = [...(years ? [`at most ${years} years`] : []), ...(longTerm ? ['long-term'] : [])]
  return terms.join(' or ')
}

const withoutGrants: Readonly<Record<Shared['shareType'], string>> = {
  unconditional: '  needs no grant, but a case',
  conditional: '  nobody has a grant',
  none: '  nobody may have it',
}

function sharedLines(code: string): string[] {
  const shared = catalogue.shared(code)
  if (!shared) throw new Error(`not shared: ${code}`)
  const { shareType, shareCondition, legalBasis } = shared
  const grants = catalogue.grants.filter((grant) => grant.resource === code)
  return [
    `  shared ${shareType}${legalBasis ? `: ${basisWords(legalBasis)}` : ''}`,
    ...(shareCondition ? [`    ${shareCondition.scope.zh}；${shareCondition.use.zh}`] : []),
    ...fieldLines(shared, grants),
    ...(grants.length === 0 ? [withoutGrants[shareType]] : grants.flatMap(grantLines)),
    '',
  ]
}

function fieldLines(shared: Shared, grants: readonly Grant[]): string[] {
  const predicates = [...shared.predicates.values()].map(
    (predicate) =>
      [predicate.code, `yes or no, about ${predicate.of}`, questionWords(predicate)] as const,
  )
  const fields = [...shared.fields.values()].map(
    ({ code, level, personal, name }) =>
      [code, `level ${level}${personal ? ' personal' : ''}`, name.zh] as const,
  )
  return [...fields, ...predicates].map(([code, kind, name]) => {
    const granted = grants.some((grant) => grant.fields.includes(code))
    return `    ${code.padEnd(22)}${kind.padEnd(40)}${granted ? 'granted  ' : '-        '}${name}`
  })
}

function questionWords({ name, ...predicate }: Predicate): string {
  if (predicate.test !== 'codeMeans') return name.zh
  return `${name.zh} (yes ${predicate.yes.join(', ')}; no ${predicate.no.join(', ')})`
}

function grantLines({ department, items, fields, ...grant }: Grant): string[] {
  const { requester, provider } = grant.approvedBy
  return [
    `  ${department} for ${items.join(', ')}: ${fields.join(', ')}`,
    `    ${basisWords(grant.legalBasis)}; ${grant.from}..${grant.until}; agreed ${requester.department} ${requester.on}, ${provider.department} ${provider.on}`,
  ]
}

function itemLines(code: string): string[] {
  return (catalogue.items.get(code) ?? []).flatMap((item) => {
    const { name, from, until, departments, purpose, legalBasis, materials } = item
    return [
      `item ${code} ${name.zh} (${name.en}) ${from}..${until ?? ''}`,
      `  handled by ${departments.join(', ')}, purpose ${purpose}, parties ${item.parties.join(', ')}`,
      `  ${basisWords(legalBasis)} ${legalBasis.text?.zh ?? ''}`.trimEnd(),
      ...materials.flatMap((material) => [
        `    ${material.code} ${material.name.zh}${material.legalBasis ? ` (${basisWords(material.legalBasis)})` : ''}`,
        ...material.ways.map((way, index) => `      ${index + 1}. ${wayWords(way)}`),
      ]),
      '',
    ]
  })
}

function wayWords(way: Way): string {
  switch (way.by) {
    case 'licence':
      return `licence ${way.type} of the ${way.holder}: ${way.fields.join(', ')}`
    case 'data':
      return `data ${way.resource} about the ${way.subject}: ${way.fields.join(', ')}`
    case 'predicate':
      return `yes or no ${way.resource}.${way.predicate} about the ${way.subject}`
    case 'applicant':
      return `the applicant: ${way.reason.zh}`
  }
}

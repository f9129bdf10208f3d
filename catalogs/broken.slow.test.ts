/** Every way to break the catalogue that we know of, and the words that say so. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../sdk/json.ts'
import { Problem } from '../sdk/problem.ts'
import { draftFrom } from './draft.ts'
import { divisionsFile, elementsFile, folders, readFiles, stateCodesFile } from './files.ts'
import type { Files } from './files.ts'
import { lineOf } from './finding.ts'
import { loadFrom } from './load.ts'
import { prove } from './prove.ts'
import { createSchemas } from './schemas.ts'

const schemas = createSchemas()
const sound = readFiles(import.meta.dirname)

/** Files by path that differ from the sound ones, or come beside them. */
type Changes = Readonly<Record<string, Json>>

function findingsWith(changes: Changes): readonly string[] {
  const contents = new Map([...sound.contents, ...Object.entries(changes)])
  const files: Files = { ...sound, contents, paths: [...contents.keys()].sort() }
  const { draft, findings } = draftFrom(files, schemas)
  return [...findings, ...prove(draft)].map(lineOf)
}

type Step = string | number

/** One file with another value at a place; `undefined` removes what is there. */
function changed(file: string, place: string, value: Json | undefined): Changes {
  const content = sound.contents.get(file)
  if (content === undefined) throw new Error(`no file ${file}`)
  return { [file]: replaced(content, place.split('.'), value) }
}

function replaced(content: Json, [step, ...rest]: readonly Step[], value: Json | undefined): Json {
  const copy = structuredClone(content) as Record<Step, Json> // A list or an object; both have steps.
  if (step === undefined) throw new Error('no place')
  const next = rest.length === 0 ? value : replaced(copy[step] ?? null, rest, value)
  if (next === undefined) Reflect.deleteProperty(copy, step)
  else copy[step] = next
  return copy
}

type Case = readonly [what: string, place: string, value: Json | undefined]

const nameAgain = {
  ...{ code: 'name', name: { zh: '姓名', en: 'Name' }, level: 2, personal: true },
  ...{ type: 'text', maxLength: 64 },
}
const sexZero = { code: '0', zh: '未知', en: 'unknown', from: '1990-01-01' }

/** By file: what is wrong, where, and the value that stands there instead. */
const cases: Readonly<Record<string, readonly Case[]>> = {
  'departments/meilanMarket.json': [
    ['a member the schema does not know', 'nickname', 'x'],
    ['a department without a name', 'name', undefined],
  ],
  'licence-types/businessLicence.json': [
    ['a level that does not exist', 'fields.2.level', 5],
    ['a face with a field of another type', 'face.rows.0.0', 'sex'],
    ['a face that says a thing twice', 'face.rows.0', ['name', 'name']],
    ['a field on two rows of a face', 'face.rows.0', ['scope']],
    ['a code with a foreign letter', 'fields.2.code', 'lеgalRep'],
    ['a day that does not exist', 'from', '2019-02-30'],
    ['a pattern that is not one', 'fields.1.pattern', '^[$'],
    ['personal data called public', 'fields.3.level', 1],
  ],
  'resources/legalEntityBase.json': [
    ['a share type that does not exist', 'shareType', 'sometimes'],
    [
      'conditions on an unconditional resource',
      'shareCondition',
      { scope: { zh: '测试', en: 'Test' }, use: { zh: '测试', en: 'Test' } },
    ],
    ['a view of a field the licence lacks', 'fields.5.code', 'taxNumber'],
    ['a view that forgets that a field is personal', 'fields.2.personal', false],
    ['a view of a type that does not exist', 'source.type', 'taxCertificate'],
  ],
  'services/addressChange.json': [
    ['a way of a kind that does not exist', 'versions.0.materials.1.ways.0.by', 'guess'],
    ['an item with a purpose nobody knows', 'versions.0.purpose', 'curiosity'],
    [
      'an item without an applicant',
      'versions.0.parties',
      ['legalRepresentative', 'premisesOwner'],
    ],
    ['two materials with one code', 'versions.0.materials.1.code', 'businessLicence'],
    [
      'a way to a licence type that does not exist',
      'versions.0.materials.0.ways.1',
      { by: 'licence', type: 'passport', holder: 'applicant', fields: ['name'] },
    ],
    [
      'a way to what is not shared',
      'versions.0.materials.3.ways',
      [
        {
          by: 'data',
          resource: 'sealedJuvenileRecords',
          subject: 'applicant',
          fields: ['offence'],
        },
      ],
    ],
    [
      'the applicant asked before the registers',
      'versions.0.materials.3.ways',
      [
        { by: 'applicant', reason: { zh: '测试', en: 'Test' } },
        {
          by: 'predicate',
          resource: 'populationRegistry',
          predicate: 'identityMatches',
          subject: 'applicant',
          argumentFrom: 'name',
        },
      ],
    ],
  ],
  'services/foodBusinessPermitNew.json': [
    ['an applicant asked without a reason', 'versions.1.materials.3.ways.0.reason', undefined],
    ['a party who is none', 'versions.1.materials.1.ways.0.subject', 'transferee'],
    ['versions in force at once', 'versions.0.until', '2023-12-01'],
    ['an earlier version that never ends', 'versions.0.until', undefined],
  ],
  'purposes/marketEntityRegistration.json': [
    ['a code that is not the name of the file', 'code', 'registration'],
  ],
  'departments/haikouAffairs.json': [
    ['a credit code with a wrong check digit', 'uscc', '11460100MB1500058A'],
    ['a credit code with a wrong organisation code inside', 'uscc', '11460100MB1500059X'],
  ],
  'departments/qionghaiMarket.json': [
    ['two departments with one credit code', 'uscc', '11460100MB15000238'],
  ],
  'departments/haikouPolice.json': [
    ['a division nobody knows', 'division', '460199'],
    ['a department in a historic division', 'division', '469003'],
    ['a parent that does not exist', 'parent', 'hainanPolice'],
  ],
  'departments/hainanMarket.json': [['a department above itself', 'parent', 'meilanMarket']],
  'licence-types/realPropertyCertificate.json': [
    ["a type code that is not the definer's", 'typeCode', '11100000000013127D009'],
  ],
  'licence-types/foodProductionPermit.json': [
    ['a type code given twice', 'typeCode', '11460100MB15000238001'],
    ['a type that ends before it begins', 'until', '2019-12-31'],
  ],
  'licence-types/residentIdCard.json': [
    ['a definer with a wrong check digit', 'definingAuthority.uscc', '11100000000013127E'],
    ['an issuer that does not exist', 'issuers', ['sanyaPolice']],
    ['an issuer without the role', 'issuers', ['haikouAffairs']],
    ['two issuers in one division', 'issuers', ['haikouPolice', 'haikouMarket']],
    ['persons held by credit code', 'holderCodeTypes', ['001']],
    ['a conditional type without conditions', 'shareCondition', undefined],
    ['an issuer of a level that may not issue', 'issuerLevels', ['district']],
    ['a level of issuers that does not exist', 'issuerLevels.0', 'county'],
    ['a kind of holder code nobody knows', 'holderCodeTypes', ['111', '553']],
    ['an age without a term', 'validity.byAge.0.years', undefined],
    ['ages in the wrong order', 'validity.byAge.1.below', 16],
    ['fewer holders than there must be', 'holderCount', { min: 2, max: 1 }],
    ['a serial with small letters', 'identifier', { serial: '^[a-z]{1,9}$' }],
    ['a serial without a limit', 'identifier', { serial: '^[0-9A-Z]+$' }],
    ['an act that is none', 'acts.0', 'frame'],
    ['an act that comes before all others', 'acts.0', 'issue'],
    ['a suspension without an end', 'acts.0', 'suspend'],
    ['a changeable field that does not exist', 'changeable.0', 'bloodGroup'],
    ['changeable fields without the act', 'acts', ['cancel']],
    ['an audience that does not exist', 'verifiedBy', 'nobody'],
    ['an element nobody knows', 'fields.0.element', 'bloodGroup'],
    ['an element nobody knows in an earlier version', 'earlier.0.fields.0.element', 'bloodGroup'],
    ['a break that is not declared', 'breaks', undefined],
    ['a break that does not happen', 'breaks.0.change', 'field-removed phone'],
    ['a new version that breaks in silence', 'fields.0.maxLength', 10],
    ['versions in the wrong order', 'earlier.0.version', 2],
    ['versions of one type in force at once', 'earlier.0.until', '2026-07-01'],
    ['an earlier version with a fault of its own', 'earlier.0.validity', {}],
    ['an earlier version that says what no version may', 'earlier.0.typeCode', '1'],
    ['a table nobody knows', 'fields.2.table', 'bloodGroup'],
    ['a table whose codes are too long for the field', 'fields.2.maxLength', 1],
  ],
  'licence-types/foodBusinessPermit.json': [
    ['a local type that claims to be national', 'national', true],
    ['an example that breaks its own pattern', 'numbering.example', 'JY94601080000014'],
    ['a pattern without a limit', 'numbering.pattern', '^JY[0-9]+$'],
    ['a type without validity', 'validity', {}],
    ['a field named twice', 'fields.9.code', 'supervisor'],
    ['a field with a name that has a meaning', 'fields.9.code', 'state'],
    ['sensitive data without conditions', 'fields.3.level', 3],
    ['a field with the name of what every object has', 'fields.9.code', 'constructor'],
  ],
  'resources/sealedJuvenileRecords.json': [
    ['nothing shared and no law for it', 'legalBasis', undefined],
    ['nothing shared because of a department rule', 'legalBasis.rank', 'departmentRule'],
    ['a source for what is not shared', 'source', { kind: 'vault', type: 'residentIdCard' }],
  ],
  'resources/populationRegistry.json': [
    ['an address in the path of a service', 'source.path', '//elsewhere.example/person'],
    ['a service with the name of a database', 'source.service', 'civil'],
    ['an official code of another class', 'officialCode', '202/0001'],
    ['an official code given twice', 'officialCode', '102/0001'],
    ['a subject without a key', 'subject.key', 'passportNo'],
    ['a predicate about nothing', 'predicates.0.of', 'nickname'],
    ['a predicate with the name of a field', 'predicates.1.code', 'address'],
    ['a predicate with a name that has a meaning', 'predicates.1.code', 'source'],
    ['an age asked of a name', 'predicates.1.of', 'name'],
  ],
  'resources/marriageRegistry.json': [
    [
      'a service of another department',
      'source',
      { kind: 'http', service: 'police', path: '/marriages' },
    ],
    ['an owner without the role', 'owner', 'haikouAffairs'],
    ['a meaning asked of a name', 'predicates.0.of', 'name'],
    ['a meaning of a code that the field does not have', 'predicates.0.yes', ['10', '31']],
    ['a code that means yes and no', 'predicates.0.no', ['20', '30']],
    ['a predicate that never means no', 'predicates.0.no', []],
    ['a field without a column', 'source.columns.registry', undefined],
    ['a column without a field', 'source.columns.fingerprint', 'fingerprint'],
  ],
  'resources/creditBase.json': [['a conditional resource about nobody', 'subject', undefined]],
  'resources/landParcelBase.json': [
    [
      'personal data about nobody',
      'fields.0',
      {
        code: 'location',
        name: { zh: '坐落', en: 'Location' },
        group: 'basic',
        required: true,
        level: 2,
        personal: true,
        type: 'text',
        maxLength: 256,
      },
    ],
  ],
  'resources/disabilityBase.json': [['licences of nobody', 'subject', undefined]],
  'services/realPropertyTransfer.json': [
    [
      'an item handled by no window',
      'versions.0.departments',
      ['haikouResources', 'haikouAffairs'],
    ],
    [
      'a way to a field that does not exist',
      'versions.0.materials.0.ways.1.fields',
      ['name', 'idNumber', 'bloodGroup'],
    ],
    [
      'a way to a predicate that does not exist',
      'versions.0.materials.0.ways.0.predicate',
      'isHonest',
    ],
  ],
  'services/marriageRegistration.json': [
    [
      'a name given to a predicate that takes none',
      'versions.1.materials.3.ways.0.argumentFrom',
      'name',
    ],
    [
      'nothing given to a predicate that takes a name',
      'versions.1.materials.2.ways.0.argumentFrom',
      undefined,
    ],
  ],
  'grants/meilanMarket.json': [
    ['a grant of what does not exist', 'grants.0.resource', 'taxRegister'],
    [
      'a grant of what is not shared',
      'grants.2',
      {
        code: 'sealed',
        resource: 'sealedJuvenileRecords',
        fields: ['offence'],
        items: ['foodBusinessPermitNew'],
        scene: { zh: '测试', en: 'Test' },
        legalBasis: { law: { zh: '测试法', en: 'Test Law' }, rank: 'law', article: '1' },
        from: '2026-01-01',
        until: '2026-12-31',
        approvedBy: {
          requester: { department: 'meilanMarket', head: '测试', on: '2025-12-01' },
          provider: { department: 'haikouPolice', head: '测试', on: '2025-12-01' },
        },
      },
    ],
    ['a grant of a field that does not exist', 'grants.0.fields', ['name', 'bloodGroup']],
    [
      'a grant of more than the item needs',
      'grants.0.fields',
      ['name', 'registeredCapital', 'phone'],
    ],
    [
      'a grant of the value where a yes or no will do',
      'grants.2.fields',
      ['identityMatches', 'address'],
    ],
    ['a grant for an item nobody knows', 'grants.1.items', ['foodBusinessPermitNew', 'tourism']],
    ['a grant that ends before it begins', 'grants.3.until', '2025-12-31'],
    [
      'a grant its own department did not agree to',
      'grants.0.approvedBy.requester.department',
      'haikouMarket',
    ],
    [
      'a grant its provider did not agree to',
      'grants.2.approvedBy.provider.department',
      'haikouResources',
    ],
    ['a grant that only one side agreed to', 'grants.2.approvedBy.provider', undefined],
    ['a grant that begins before it was agreed', 'grants.2.approvedBy.provider.on', '2026-03-01'],
  ],
  'grants/haikouResources.json': [
    [
      'a grant for an item of another department',
      'grants.0.items',
      ['realPropertyTransfer', 'addressChange'],
    ],
  ],
  'grants/haikouMarket.json': [
    ['two grants with one code', 'grants.0.code', 'meilanMarketFoodIdentity'],
  ],
  'purposes/foodBusinessLicensing.json': [
    ['one law under two titles', 'legalBasis.law.en', 'Law on the Safety of Food'],
    ['one law of two ranks', 'legalBasis.rank', 'departmentRule'],
  ],
  'divisions.json': [
    ['a division whose successor does not exist', 'divisions.21.successor', '460499'],
    ['divisions in a circle', 'divisions.0.parent', '460108'],
    ['a division without a parent', 'divisions.1.parent', undefined],
    ['a division listed twice', 'divisions.2.code', '460100'],
  ],
  'code-tables/sex.json': [
    ['a code listed twice', 'values.1.code', '0'],
    ['a code that ends before it begins', 'values.0', { ...sexZero, until: '1980-01-01' }],
    ['a meaning in one language', 'values.0.en', undefined],
  ],
  'elements.json': [
    ['an element listed twice', 'elements.20', nameAgain],
    ['an element of a kind that does not exist', 'elements.0.type', 'blob'],
  ],
  'state-codes.json': [
    ['a state of a sector nobody knows', 'states.0.sectors.fishery', '01'],
    ['two states that a sector writes alike', 'states.1.sectors.housing', '01'],
    ['a state listed twice', 'states.1.code', 'valid'],
    ['a reason for an act nobody knows', 'reasons.0.act', 'forget'],
    ['a reason listed twice for one act', 'reasons.1.code', 'abuse-of-power'],
  ],
}

test('what is wrong, and the words for it', async () => {
  expect(findingsWith({})).toEqual([])
  const all = Object.entries(cases).flatMap(([file, rows]) =>
    rows.map((row) => [file, ...row] as const),
  )
  const chapters = all.map(([file, what, place, value]) => {
    const found = findingsWith(changed(file, place, value))
    expect(found, what).not.toEqual([])
    return [what, ...found.map((line) => `  ${line}`)].join('\n')
  })
  const text = `${chapters.join('\n\n')}\n`
  await expect(text).toMatchFileSnapshot('../test/golden/broken-catalogue.txt')
})

test.for(['businesslicence', 'grants', 'auditPage', 'valueOf', 'constructor', 'toString'])(
  'a resource cannot be called %s',
  (code) => {
    const base = sound.contents.get('resources/legalEntityBase.json') as JsonObject
    const resource = { ...base, code, officialCode: '102/0002' }
    const found = findingsWith({ [`resources/${code}.json`]: resource })
    expect(found.join('\n')).toMatch(`resources/${code}.json $.code: ${code} is `)
  },
)

test('somebody must be in charge of sharing; one is enough', () => {
  const affairs = changed('departments/haikouAffairs.json', 'roles', ['supervision'])
  expect(findingsWith(affairs)).toEqual([])
  const data = changed('departments/hainanData.json', 'roles', ['supervision'])
  expect(findingsWith({ ...affairs, ...data })).toEqual([
    'departments $: no department is the competent authority for data sharing (Order 809, art. 8); give one department the role competentAuthority',
  ])
})

test('everything that is wrong is said at once, in shape and in substance', () => {
  const found = findingsWith({
    ...changed('departments/meilanMarket.json', 'level', 'town'),
    ...changed('grants/meilanMarket.json', 'grants.0.fields', ['name', 'phone']),
    ...changed('services/addressChange.json', 'versions.0.purpose', 'curiosity'),
  })
  expect(found.map((line) => line.split(':')[0])).toEqual([
    'departments/meilanMarket.json $.level',
    'services/addressChange.json $.versions[0].purpose',
    'grants/meilanMarket.json $.grants[0].fields[1]',
  ])
})

/** Names made to leave their place, to be taken for others, or to mean something to a machine. */
const hostileNames: readonly string[] = [
  ...['../businessLicence', '..%2fbusinessLicence', '%252e%252e%252fx', '..\\businessLicence'],
  ...[
    'business\u0000Licence',
    '.',
    '',
    ' ',
    'businessLicence.',
    'businessLicence ',
    ' businessLicence',
  ],
  ...[
    'CON',
    'NUL',
    'AUX.json',
    'x'.repeat(65),
    'x'.repeat(300),
    '__proto__',
    '-x',
    '1x',
    'a.b',
    'a/b',
  ],
  ...[
    'busine\u0455sLicence',
    'ｂusinessLicence',
    'businessLicence\u200b',
    '\u202ebusinessLicence',
    'é',
  ],
  // Addresses of our own machine and its neighbours: no source may lead there by its name.
  ...[
    'http://127.0.0.1',
    '//169.254.169.254/latest',
    'http://[::1]:80',
    '/@2130706433',
    '/../admin',
  ],
  ...["'; drop table log.entry; --", '${7*7}', '<script>', '营业执照'],
]

/** Every place in which one file names something of another or itself. */
const namingPlaces: readonly [file: string, place: string][] = [
  ['departments/meilanMarket.json', 'code'],
  ['departments/meilanMarket.json', 'parent'],
  ['licence-types/businessLicence.json', 'code'],
  ['licence-types/businessLicence.json', 'issuers.0'],
  ['licence-types/businessLicence.json', 'fields.0.code'],
  ['resources/legalEntityBase.json', 'owner'],
  ['resources/legalEntityBase.json', 'fields.0.code'],
  ['resources/marriageRegistry.json', 'source.database'],
  ['resources/populationRegistry.json', 'source.service'],
  ['resources/populationRegistry.json', 'source.path'],
  ['services/addressChange.json', 'code'],
  ['services/addressChange.json', 'versions.0.purpose'],
  ['purposes/marketEntityRegistration.json', 'code'],
  ['grants/meilanMarket.json', 'department'],
  ['grants/meilanMarket.json', 'grants.0.code'],
  ['grants/meilanMarket.json', 'grants.0.resource'],
  ['grants/meilanMarket.json', 'grants.0.fields.0'],
  ['grants/meilanMarket.json', 'grants.0.items.0'],
]

test('no hostile name is taken anywhere', () => {
  for (const name of hostileNames) {
    const contents = new Map(sound.contents)
    for (const [file, place] of namingPlaces) {
      contents.set(file, replaced(contents.get(file) ?? null, place.split('.'), name))
    }
    const found = findingsWith(Object.fromEntries(contents))
    const taken = namingPlaces.filter(([file, place]) => {
      const path = place.replaceAll(/\.(\d+)/g, '[$1]')
      return !found.some((line) => line.startsWith(`${file} $.${path}: must `))
    })
    expect(taken, name).toEqual([])
  }
})

test('members cannot be named as what every object has', () => {
  const found = findingsWith(changed(divisionsFile, 'divisions', [{ valueOf: 1 }, { toString: 2 }]))
  expect(found).toContain(
    `${divisionsFile} $.divisions[1]: must not name a member toString; give it another name`,
  )
})

test('whatever stands in a file, the loader loads or says what is wrong', () => {
  const files = ['resources/populationRegistry.json', 'services/addressChange.json', divisionsFile]
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.nat(), fc.jsonValue(), (file, at, value) => {
      const places = placesIn(sound.contents.get(file) ?? null)
      const place = places[at % places.length] ?? []
      const found = findingsWith(changed(file, place.join('.'), value))
      expect(found.every((line) => /^[^ ]+ \$[^ ]*: .+; .+$/su.test(line))).toBe(true)
    }),
    { numRuns: 100 },
  )
})

function placesIn(value: Json, steps: readonly Step[] = []): (readonly Step[])[] {
  if (typeof value !== 'object' || value === null) return [steps]
  const inner = Object.entries(value).flatMap(([name, member]) =>
    placesIn(member ?? null, [...steps, name]),
  )
  return steps.length === 0 ? inner : [steps, ...inner]
}

const copied = [...Object.keys(folders), divisionsFile, elementsFile, stateCodesFile]

describe('files', () => {
  let copy: string

  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'catalogue-'))
    for (const name of copied) {
      cpSync(join(import.meta.dirname, name), join(copy, name), { recursive: true })
    }
  })

  afterEach(() => {
    rmSync(copy, { recursive: true })
  })

  function findings(): readonly string[] {
    try {
      loadFrom(copy, schemas)
      return []
    } catch (thrown) {
      if (!(thrown instanceof Problem) || thrown.code !== 'invalid-catalogue') throw thrown
      return thrown.detail.findings as readonly string[]
    }
  }

  const file = 'purposes/tourism.json'
  const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const members = (count: number): string =>
    `{${Array.from({ length: count }, (_, i) => `"m${i}":1`).join()}}`
  const mend = 'mend the text: UTF-8, one JSON object, no member twice, no trailing comma'

  test.for<[what: string, content: string | Uint8Array, rule: string]>([
    ['a trailing comma', '{"code":"x",}', 'syntax'],
    ['nothing', '', 'syntax'],
    ['a byte order mark twice', '\ufeff\ufeff{}', 'syntax'],
    ['a member written twice', '{"code":"x","code":"x"}', 'duplicate-name'],
    ['one written twice in two spellings', '{"code":"x","c\\u006fde":"x"}', 'duplicate-name'],
    ['__proto__', '{"__proto__":{"code":"x"}}', 'forbidden-name'],
    ['a level too many', nested(33), 'depth'],
    ['100,000 levels', nested(100_000), 'depth'],
    ['a member too many', members(1_001), 'members'],
    ['a string too long', `"${'x'.repeat(65_537)}"`, 'string-length'],
    ['a lone surrogate', '"\\ud800"', 'lone-surrogate'],
    ['a number beyond all', '1e999', 'number'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'not readable as UTF-8'],
    ['UTF-16', Buffer.from('{}', 'utf16le'), 'syntax'],
  ])('with %s are one finding', ([, content, rule]) => {
    writeFileSync(join(copy, file), content)
    expect(findings()).toEqual([`${file} $: is not acceptable JSON (${rule}); ${mend}`])
  })

  test('that are broken have no echo in their readers', () => {
    writeFileSync(join(copy, 'licence-types/businessLicence.json'), '{')
    expect(findings()).toHaveLength(1)
  })

  test.for([
    [1_048_575, /^purposes\/tourism.json \$: must be object/],
    [1_048_576, /^purposes\/tourism.json \$: must be object/],
    [1_048_577, /is larger than 1048576 bytes; split it$/],
    [10_485_760, /is larger than 1048576 bytes; split it$/],
  ] as const)('of %i bytes (fileLimits.bytes)', ([length, expected]) => {
    writeFileSync(join(copy, file), '[]'.padEnd(length))
    expect(findings()).toEqual([expect.stringMatching(expected)])
  })

  test('in another normal form are refused: what looks the same must be the same', () => {
    writeFileSync(
      join(copy, file),
      JSON.stringify({ code: 'tourism', name: { zh: '\u8c48\uf900', en: 'x' } }),
    )
    expect(findings()).toEqual([
      `${file} $: holds characters that are not in Unicode normal form C; normalise it: what looks the same must be the same`,
    ])
  })

  test.for([
    ...[
      'grant/meilanMarket.json',
      'departments/Meilan Market.json',
      'grants.json',
      'departments/CON.json',
    ],
    ...['departments/x.json.json', 'departments/__proto__.json', 'departments/x.JSON'],
    ...[`departments/${'x'.repeat(65)}.json`, 'departments/lісence.json', 'departments/x.yaml'],
  ])('%s is not read in silence', (path) => {
    mkdirSync(join(copy, 'grant'))
    writeFileSync(join(copy, path), '{}')
    const strange = path.startsWith('grant/') ? 'grant' : path
    expect(findings()).toContain(
      `${strange} $: is not a file of the catalogue; move it into one of departments, licence-types, resources, services, purposes, grants, code-tables as <code>.json, or remove it`,
    )
  })

  test('that are folders or pipes are not waited for; a link to a file is one', () => {
    mkdirSync(join(copy, 'purposes/folder.json'))
    execFileSync('mkfifo', [join(copy, 'purposes/pipe.json')])
    symlinkSync(
      join(import.meta.dirname, file.replace('tourism', 'socialSecurityCards')),
      join(copy, file),
    )
    expect(findings().map((line) => line.split(':')[0])).toEqual([
      ...['purposes/folder.json $', 'purposes/pipe.json $', `${file} $.code`],
    ])
  })

  test('that are missing are a finding, and so is a folder that cannot be read', () => {
    rmSync(join(copy, 'grants'), { recursive: true })
    expect(findings()).toEqual(['grants $: is missing; create grants'])
    rmSync(copy, { recursive: true })
    expect(findings()).toEqual([`${copy} $: cannot be read; name a folder that holds a catalogue`])
    mkdirSync(copy)
  })
})

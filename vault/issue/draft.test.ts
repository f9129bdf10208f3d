import { expect, test } from 'vitest'
import { loadCatalogue } from '../../catalogs/catalog.ts'
import { parseLicenceId } from '../../sdk/identifier-licence.ts'
import type { Draft } from './draft-checks.ts'
import { prepare, prepared } from './draft.ts'

const catalogue = loadCatalogue()
const at = new Date('2026-11-20T01:00:00Z')
const uscc = '91460108MA5T000106'

const good: Draft = {
  type: 'businessLicence',
  issuer: 'meilanMarket',
  division: '460108',
  grade: 'A',
  licenceNo: uscc,
  holders: [{ role: 'holder', codeType: '001', code: uscc }],
  items: {
    ...{ name: '海口虚构商贸有限公司', uscc, address: '海口市美兰区虚构路1号' },
    ...{ establishedOn: '2020-02-29', scope: '日用百货' },
  },
  validFrom: '2020-02-29',
  validUntil: null,
}

function items(changes: Readonly<Record<string, string>>): Partial<Draft> {
  return { items: { ...good.items, ...changes } }
}

const [holder] = good.holders
const person = { role: 'holder', codeType: '111', code: '460300190001019996' }
const other = { role: 'holder', codeType: '001', code: '92460108MA5T000290' }

const cases: readonly { what: string; change: Partial<Draft>; finds: readonly string[] }[] = [
  { what: 'nothing', change: {}, finds: [] },
  { what: 'a serial of our own', change: { serial: 'A1' }, finds: [] },
  { what: 'two holders', change: { holders: [...good.holders, other] }, finds: [] },
  { what: 'an unknown type', change: { type: 'toString' }, finds: ['type: unknown-type'] },
  { what: 'an unknown issuer', change: { issuer: 'nobody' }, finds: ['issuer: not-an-issuer'] },
  { what: 'another issuer', change: { issuer: 'haikouPolice' }, finds: ['issuer: not-an-issuer'] },
  {
    what: 'an unknown division',
    change: { division: '999999' },
    finds: ['division: unknown-division'],
  },
  { what: 'a wrong number', change: { licenceNo: `${uscc}\n` }, finds: ['licenceNo: numbering'] },
  { what: 'an empty serial', change: { serial: '' }, finds: ['serial: serial'] },
  { what: 'a small letter in the serial', change: { serial: 'a1' }, finds: ['serial: serial'] },
  { what: 'a serial of 33', change: { serial: 'A'.repeat(33) }, finds: ['serial: serial'] },
  { what: 'no holder', change: { holders: [] }, finds: ['holders: missing'] },
  { what: 'a person as company', change: { holders: [person] }, finds: ['holders: holder-code'] },
  {
    what: 'a wrong check character',
    change: { holders: [{ ...person, codeType: '001' }] },
    finds: ['holders: holder-code'],
  },
  {
    what: 'a holder twice',
    change: { holders: [...good.holders, ...good.holders] },
    finds: ['holders: repeated'],
  },
  {
    what: 'too many holders',
    change: { holders: Array.from({ length: 51 }, () => other) },
    finds: ['holders: too-many'],
  },
  {
    what: 'a missing item',
    change: { items: { ...items({}).items, scope: undefined } as never },
    finds: ['scope: missing'],
  },
  { what: 'an item of another type', change: items({ sex: '1' }), finds: ['sex: unknown-field'] },
  {
    what: 'an inherited name',
    change: items({ constructor: '1' }),
    finds: ['constructor: unknown-field'],
  },
  { what: 'an empty item', change: items({ scope: ' \u3000' }), finds: ['scope: empty'] },
  { what: 'a NUL', change: items({ name: 'a\0' }), finds: ['name: characters'] },
  { what: 'half a character', change: items({ name: 'a\ud842' }), finds: ['name: characters'] },
  {
    what: 'a zero-width space',
    change: items({ name: '海\u200b口' }),
    finds: ['name: characters'],
  },
  {
    what: 'a turned writing direction',
    change: items({ name: '\u202eabc' }),
    finds: ['name: characters'],
  },
  { what: 'rare characters', change: items({ name: '𠮷\u{20bb7}' }), finds: [] },
  { what: 'two lines', change: items({ scope: '一\n二' }), finds: [] },
  { what: '200 characters of two units', change: items({ name: '𠮷'.repeat(200) }), finds: [] },
  { what: '201 characters', change: items({ name: '海'.repeat(201) }), finds: ['name: length'] },
  {
    what: 'a broken pattern',
    change: items({ uscc: '91460108MA5T00010O' }),
    finds: ['uscc: pattern'],
  },
  {
    what: 'no such day',
    change: items({ establishedOn: '2019-02-29' }),
    finds: ['establishedOn: date'],
  },
  {
    what: 'a day in another form',
    change: items({ establishedOn: '2019/2/1' }),
    finds: ['establishedOn: date'],
  },
  { what: 'no such first day', change: { validFrom: '2020-13-01' }, finds: ['validFrom: date'] },
  {
    what: 'a first day before all seconds',
    change: { validFrom: '1970-01-01' },
    finds: ['validFrom: too-early'],
  },
  { what: 'the first possible day', change: { validFrom: '1970-01-02' }, finds: [] },
  {
    what: 'an end before the beginning',
    change: { validUntil: '2020-02-29' },
    finds: ['validUntil: inverted'],
  },
  {
    what: 'several faults',
    change: { division: '', serial: '-', ...items({ scope: '' }) },
    finds: ['serial: serial', 'scope: empty', 'division: unknown-division'],
  },
]

test.for(cases)('a draft with $what', ({ change, finds }) => {
  const draft = JSON.parse(JSON.stringify({ ...good, ...change })) as Draft
  const preparation = prepare(draft, catalogue, at)
  const found = preparation.ok
    ? []
    : preparation.findings.map(({ field, rule }) => `${field}: ${rule}`)
  expect(found).toEqual(finds)
})

test('a draft of a type with a term needs a last day within it', () => {
  const type = [...catalogue.licenceTypes.values()].find(({ validity }) => validity.years === 5)
  const issuer = type?.issuers[0]
  if (!type || issuer === undefined) throw new Error('the catalogue has no type of five years')
  const rules = ['2025-02-28', '2025-03-01', null].map((validUntil) => {
    const draft = { ...good, type: type.code, issuer, validFrom: '2020-02-29', validUntil }
    const preparation = prepare({ ...draft, items: {}, grade: 'B' }, catalogue, at)
    const findings = preparation.ok ? [] : preparation.findings
    return findings.flatMap(({ field, rule }) => (field === 'validUntil' ? [rule] : []))
  })
  expect(rules).toEqual([[], ['term-too-long'], ['missing']])
})

test.for<[idNumber: string, validFrom: string, validUntil: string | null, rules: string[]]>([
  // Born on 28 February 2019.
  ['460300201902289994', '2026-07-01', '2031-07-01', []],
  ['460300201902289994', '2026-07-01', '2031-07-02', ['term-too-long']],
  ['460300201902289994', '2026-07-01', null, ['missing']],
  ['460300201902289994', '2035-02-27', '2040-02-28', ['term-too-long']],
  ['460300201902289994', '2035-02-28', '2045-02-28', []],
  ['460300201902289994', '2035-02-28', '2045-03-01', ['term-too-long']],
  ['460300201902289994', '2045-02-27', '2055-02-28', ['term-too-long']],
  ['460300201902289994', '2045-02-28', '2065-02-28', []],
  ['460300201902289994', '2065-02-27', null, ['missing']],
  ['460300201902289994', '2065-02-28', null, []],
  ['460300190001019996', '2026-07-01', null, []],
  ['460300190001019996', '2026-07-01', '2046-07-01', []],
])('the card of %s may be valid from %s to %s: %j', ([code, validFrom, validUntil, rules]) => {
  const holders = [{ role: 'holder', codeType: '111', code }]
  const items = { ...card.items, idNumber: code, ethnicity: '01' }
  const draft = { ...card, licenceNo: code, holders, items, validFrom, validUntil }
  const preparation = prepare(draft, catalogue, new Date(`${validFrom}T12:00:00Z`))
  const findings = preparation.ok ? [] : preparation.findings
  expect(findings.map(({ rule }) => rule)).toEqual(rules)
})

test.for([
  [0, ['missing']],
  [1, ['holder-count']],
  [2, []],
  [3, ['holder-count']],
] as const)('a marriage of %i holders: %j', ([count, rules]) => {
  const spouses = ['E12345678', 'E12345679', 'E12345670'].map((code) => ({
    ...{ role: 'spouse', codeType: '414', code },
  }))
  const draft = { ...card, type: 'marriageCertificate', issuer: 'meilanCivil' }
  const holders = spouses.slice(0, count)
  const preparation = prepare({ ...draft, holders, validFrom: '2026-07-01' }, catalogue, at)
  const findings = preparation.ok ? [] : preparation.findings
  expect(findings.flatMap(({ field, rule }) => (field === 'holders' ? [rule] : []))).toEqual(rules)
})

const idNumber = '460300190001019996'
const card = {
  ...{ type: 'residentIdCard', issuer: 'haikouPolice', division: '460100', grade: 'A' as const },
  ...{ licenceNo: idNumber, holders: [person], validUntil: null },
  items: {
    ...{ name: '虚构', sex: '1', birthDate: '1900-01-01', idNumber },
    address: '海南省海口市虚构路1号',
  },
}

function cardOf(ethnicity: string, validFrom: string) {
  return prepare({ ...card, items: { ...card.items, ethnicity }, validFrom }, catalogue, at)
}

test.for([
  ['汉', '2010-01-01', '1', 'older than every version'],
  ['汉', '2026-06-30', '1', 'on the last day of the first'],
  ['01', '2026-07-01', '2', 'on the first day of the second'],
  ['汉', '2026-07-01', 'ethnicity: code', 'in the old form'],
  ['57', '2026-07-01', 'ethnicity: code', 'a code between those of the table'],
  ['99', '2026-07-01', 'ethnicity: code', 'a code beyond those of the table'],
] as const)('%s from %s follows or breaks %s (%s)', ([ethnicity, validFrom, expected]) => {
  const prepared = cardOf(ethnicity, validFrom)
  const said = prepared.ok
    ? prepared.prepared.typeVersion
    : prepared.findings.map(({ field, rule }) => `${field}: ${rule}`).join()
  expect(said).toBe(expected)
})

test('a type that has ended gives no licence from then on, and every one before', () => {
  const type = catalogue.licenceTypes.get('businessLicence')
  if (!type) throw new Error('the catalogue has no business licence')
  const typeVersions = new Map([
    ...catalogue.typeVersions,
    [type.code, [{ ...type, until: '2020-02-28' }]],
  ])
  const ended = { ...catalogue, typeVersions }
  expect(prepare(good, ended, at)).toMatchObject({ findings: [{ rule: 'type-ended' }] })
  const validFrom = '2020-02-28'
  expect(prepare({ ...good, validFrom }, ended, at)).toMatchObject({ ok: true })
})

test('a type may ask for serials of its own form, and never for less than the standard', () => {
  const type = catalogue.licenceTypes.get('businessLicence')
  if (!type) throw new Error('the catalogue has no business licence')
  const identifier = { serial: '^[0-9]{1,40}$' }
  const typeVersions = new Map([...catalogue.typeVersions, [type.code, [{ ...type, identifier }]]])
  const outcomes = ['7', 'A', '7'.repeat(33)].map(
    (serial) => prepare({ ...good, serial }, { ...catalogue, typeVersions }, at).ok,
  )
  expect(outcomes).toEqual([true, false, false])
})

test('codes of abolished divisions are taken, with a warning', () => {
  const warningsOf = (division: string, validFrom: string) => {
    const preparation = prepare({ ...good, division, validFrom }, catalogue, at)
    return preparation.ok ? preparation.warnings.map(({ field, rule }) => `${field}: ${rule}`) : []
  }
  expect(warningsOf('460102', '2002-10-15')).toEqual([])
  expect(warningsOf('460102', '2002-10-16')).toEqual(['division: historic-code'])
  expect(warningsOf('460108', '2020-02-29')).toEqual([])
})

test.for([
  ['414', 'E12345678', true],
  ['511', 'T1234567', true],
  ['414', 'e12345678', false],
  ['414', '', false],
  ['414', 'E'.repeat(33), false],
  ['001', uscc, false],
  ['411', 'E12345678', false],
  ['__proto__', 'E12345678', false],
] as const)('of a marriage a holder by %s %s: %s', ([codeType, code, isTaken]) => {
  const holders = [person, { role: 'spouse', codeType, code }]
  const draft = { ...card, type: 'marriageCertificate', issuer: 'meilanCivil', holders }
  const preparation = prepare({ ...draft, validFrom: '2026-07-01', items: {} }, catalogue, at)
  const rules = preparation.ok ? [] : preparation.findings.map(({ rule }) => rule)
  expect(rules.includes('holder-code')).toBe(!isTaken)
})

test('historical stock may leave required items out', () => {
  const draft: Draft = { ...good, grade: 'B', items: { uscc } }
  expect(prepare(draft, catalogue, at)).toMatchObject({ ok: true })
})

test('what is prepared has an identifier of its type, issuer and serial, and days of Beijing', () => {
  const one = prepared(prepare({ ...good, serial: uscc }, catalogue, at))
  expect(parseLicenceId(one.licenceId)).toMatchObject({ serial: uscc, version: '001' })
  expect(one.validFrom.toISOString()).toBe('2020-02-28T16:00:00.000Z')
  const ends = prepared(prepare({ ...good, validUntil: '2020-12-31' }, catalogue, at))
  expect(ends.validUntil?.toISOString()).toBe('2020-12-31T16:00:00.000Z')
})

test('a serial that is made up is never the same', () => {
  const ids = Array.from({ length: 100 }, () => prepared(prepare(good, catalogue, at)).licenceId)
  expect(new Set(ids).size).toBe(100)
})

test('the refusal of a draft names rules, and no value', () => {
  const draft = { ...good, holders: [{ ...holder, role: 'x', codeType: '111', code: '4603' }] }
  const refusal = (): unknown => prepared(prepare(draft, catalogue, at))
  expect(refusal).toThrow(expect.objectContaining({ code: 'invalid-draft' }))
  expect(refusal).not.toThrow(/4603/)
})

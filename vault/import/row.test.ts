import { expect, test } from 'vitest'
import { loadCatalogue } from '../../catalogs/catalog.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { problemFrom } from '../../sdk/problem.ts'
import { fictitiousUscc } from '../../test/companies.ts'
import { businessLicences } from './business-licences.ts'
import { findColumns } from './columns.ts'
import { readMap } from './map.ts'
import { createRowReader } from './row.ts'
import type { RowReading } from './row.ts'

const catalogue = loadCatalogue()
const at = new Date('2026-11-20T01:00:00Z')
const uscc = fictitiousUscc(1)
const headers = {
  name: '企业名称',
  uscc: '统一社会信用代码',
  establishedOn: '注册日期',
  scope: '经营范围',
  address: '注册地址',
  registeredCapital: '注册资金',
}
type Row = Readonly<Partial<Record<keyof typeof headers, string>>>
const good: Row = { name: '虚构公司', uscc, establishedOn: '2001-12-31', scope: '日用百货' }

function mapOf(map: JsonObject, code = 'businessLicence') {
  const type = catalogue.licenceTypes.get(code)
  if (!type) throw new Error(`no type ${code}`)
  return { type, map: readMap(map, type) }
}

const { type, map } = mapOf(businessLicences)
const columns = findColumns(map, Object.values(headers))
const readRow = createRowReader({ map, columns, type, catalogue, at })

function prepareRow(row: Row): RowReading {
  const names = Object.keys(headers) as (keyof typeof headers)[] // Of the table above.
  return readRow(names.map((name) => row[name] ?? ''))
}

const headings: readonly { what: string; cells: string; gives: unknown }[] = [
  { what: 'the shortest', cells: '企业名称,统一社会信用代码,注册日期', gives: [1, 0, 2] },
  {
    what: 'another order, with blanks',
    cells: '注册日期, 企业名称 ,统一社会信用代码',
    gives: [2, 1, 0],
  },
  {
    what: 'a missing column',
    cells: '企业名称,注册日期',
    gives: { rule: 'header', missing: ['统一社会信用代码'] },
  },
  {
    what: 'a column twice',
    cells: '企业名称,统一社会信用代码,注册日期,企业名称',
    gives: { rule: 'header', repeated: ['企业名称'], unknownColumns: ['4: 字字字字'] },
  },
  {
    what: 'an unknown column',
    cells: '企业名称,张三,统一社会信用代码,注册日期',
    gives: { rule: 'header', unknownColumns: ['2: 字字'] },
  },
  {
    what: '513 columns',
    cells: `企业名称,统一社会信用代码,注册日期${',x'.repeat(510)}`,
    gives: { rule: 'header', columns: 513, limit: 512 },
  },
]

test.for(headings)('a header with $what', ({ cells, gives }) => {
  const read = (): unknown => {
    try {
      const found = findColumns(map, cells.split(','))
      return ['uscc', 'name', 'establishedOn'].map((code) => {
        const rule = map.items.get(code)
        return rule && found.get(rule)?.place
      })
    } catch (thrown) {
      return problemFrom(thrown).detail
    }
  }
  expect(read()).toEqual(gives)
})

test('a cell that says nothing is left out', () => {
  const row = prepareRow({ ...good, name: 'N/A', scope: '\u3000', address: ' 路 ' })
  const items = { uscc, establishedOn: '2001-12-31', address: '路' }
  expect(row).toMatchObject({ ok: true, prepared: { items } })
  expect(row.ok && Object.keys(row.prepared.items).sort()).toEqual(Object.keys(items).sort())
})

const rows: readonly { what: string; row: Row; finds: readonly string[] }[] = [
  { what: 'what it needs', row: good, finds: [] },
  { what: 'code and day only', row: { uscc, establishedOn: '2001-12-31' }, finds: [] },
  {
    what: 'no code',
    row: { name: '虚构公司', establishedOn: '2001-12-31' },
    finds: ['licenceNo: missing'],
  },
  { what: 'no day', row: { uscc }, finds: ['validFrom: missing'] },
  {
    what: 'a wrong check character',
    row: { ...good, uscc: `${uscc.slice(0, 17)}${uscc.endsWith('0') ? '1' : '0'}` },
    finds: ['uscc: uscc'],
  },
  {
    what: 'a wrong organisation code',
    row: { ...good, uscc: '91460108X00000010X' },
    finds: ['uscc: uscc'],
  },
  {
    what: 'small letters in the code',
    row: { ...good, uscc: uscc.toLowerCase() },
    finds: ['uscc: uscc'],
  },
  {
    what: 'wide digits in the code',
    row: { ...good, uscc: uscc.replace('9', '９') },
    finds: ['uscc: uscc'],
  },
  {
    what: 'a code that a spreadsheet has rounded',
    row: { ...good, uscc: '9.14601E+17' },
    finds: ['uscc: rounded'],
  },
  {
    what: 'a division nobody knows',
    row: { ...good, uscc: fictitiousUscc(1, '460999') },
    finds: ['division: unknown-division'],
  },
  { what: 'a historic division', row: { ...good, uscc: fictitiousUscc(1, '469033') }, finds: [] },
  {
    what: 'no such day',
    row: { ...good, establishedOn: '1999-02-29' },
    finds: ['establishedOn: date'],
  },
  {
    what: 'a day with the year last',
    row: { ...good, establishedOn: '03/04/2001' },
    finds: ['establishedOn: date'],
  },
  {
    what: 'a day as a serial number',
    row: { ...good, establishedOn: '37256' },
    finds: ['establishedOn: date'],
  },
  {
    what: 'tomorrow',
    row: { ...good, establishedOn: '2026-11-21' },
    finds: ['validFrom: future'],
  },
  { what: 'today', row: { ...good, establishedOn: '2026-11-20' }, finds: [] },
  {
    what: 'a day before all documents',
    row: { ...good, establishedOn: '1956-01-01' },
    finds: ['validFrom: too-early'],
  },
  { what: 'a name of 201', row: { ...good, name: '海'.repeat(201) }, finds: ['name: length'] },
  { what: 'a NUL', row: { ...good, address: 'a\0b' }, finds: ['address: characters'] },
  { what: 'a cell of two lines', row: { ...good, scope: '一\n二' }, finds: ['scope: line-break'] },
  { what: 'a formula', row: { ...good, name: '=HYPERLINK("x")' }, finds: [] },
  {
    what: 'everything wrong',
    row: { name: '海'.repeat(201), uscc: '1', establishedOn: 'x' },
    finds: ['uscc: uscc', 'establishedOn: date', 'name: length'],
  },
]

test.for(rows)('a row with $what', ({ row, finds }) => {
  const preparation = prepareRow(row)
  const found = preparation.ok ? [] : preparation.findings
  expect(found.map(({ field, rule }) => `${field}: ${rule}`)).toEqual(finds)
})

test.for(['2001/1/2', '2001.01.02', '2001年1月2日', '2001-1-2', '2001-01-02'])(
  'a day that begins with the year is certain: %s',
  (establishedOn) => {
    const preparation = prepareRow({ ...good, establishedOn })
    expect(preparation).toMatchObject({ prepared: { items: { establishedOn: '2001-01-02' } } })
  },
)

const divisions = [
  ['460108', 'meilanMarket'],
  ['460107', 'haikouMarket'],
  ['460100', 'haikouMarket'],
  ['460000', 'hainanMarket'],
  ['469005', 'wenchangMarket'],
  ['469003', 'danzhouMarket'],
  ['469033', 'ledongMarket'],
  ['469027', 'hainanMarket'],
  ['469021', 'hainanMarket'],
  ['469034', 'hainanMarket'],
  ['460300', 'hainanMarket'],
] as const

test.for(divisions)(
  'division %s in the code is the division, %s the issuer',
  ([division, issuer]) => {
    const code = fictitiousUscc(2, division)
    const preparation = prepareRow({ ...good, uscc: code })
    expect(preparation).toMatchObject({
      ok: true,
      prepared: {
        ...{ issuer, division, grade: 'B', licenceNo: code, validUntil: null },
        holders: [{ role: 'holder', codeType: '001', code }],
        items: { name: '虚构公司', uscc: code, scope: '日用百货', establishedOn: '2001-12-31' },
      },
    })
  },
)

const amounts = [
  ['1,000(万元)', '1000万元'],
  ['100(万元人民币)', '100万元人民币'],
  ['50(万美元)', '50万美元'],
  ['1万人民币', '1万元人民币'],
  ['1,011,179.4000(万元人民币)', '1011179.4万元人民币'],
  ['0.0001（万元）', '0.0001万元'],
  ['10.00(万元)', '10万元'],
  ['1,00(万元)', '1,00(万元)'],
  ['1,000', '1,000'],
  ['人民币壹佰万元整', '人民币壹佰万元整'],
  ['5(constructor)', '5(constructor)'],
  ['-5(万元)', '-5(万元)'],
] as const

test.for(amounts)('capital %s is kept as %s', ([text, kept]) => {
  const preparation = prepareRow({ ...good, registeredCapital: text })
  expect(preparation).toMatchObject({ prepared: { items: { registeredCapital: kept } } })
})

test('no finding repeats a value', () => {
  const row = {
    name: '金丝雀'.repeat(100),
    uscc: '金丝雀',
    establishedOn: '金丝雀',
    scope: '金丝雀\n',
  }
  const preparation = prepareRow(row)
  expect(preparation.ok).toBe(false)
  expect(JSON.stringify(preparation)).not.toContain('金丝雀')
})

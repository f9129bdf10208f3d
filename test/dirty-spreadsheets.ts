/** Files as spreadsheets, and people who put exports together, leave them. */
import { fictitiousUscc } from './companies.ts'
import type { DirtyFile } from './dirty-rows.ts'
import { companies, company, companyHeader, lines } from './dirty-rows.ts'

/** What shows nothing at all, though some of it is as wide as a character. */
const unseen = ['\u00ad', '\u061c', '\u115f', '\u2800', '\u3164', '\uffa0', '\u{e0041}']
const lost = ['#N/A', '#REF!', '#VALUE!', '#NAME?', '########', '日用??百货', '锟斤拷']
const swapped = (uscc: string): string => `日用百货,${uscc},2001-12-31,1000万元,虚构公司`
const swappedHeader = '经营范围,统一社会信用代码,注册日期,注册资金,企业名称'

export const spreadsheetFiles: readonly DirtyFile[] = [
  ...[',', ';', '\t'].map((delimiter): DirtyFile => ({
    name: `a first line that names ${JSON.stringify(delimiter)} to Excel`,
    content: `sep=${delimiter}\r\n${lines('企业名称,统一社会信用代码,注册日期', `虚构,${fictitiousUscc(1)},2001-12-31`).replaceAll(',', delimiter)}`,
    gives: { issued: 1 },
  })),
  {
    name: 'columns at the end that nobody named or filled',
    content: lines(`${companyHeader},,`, `${company(1)},,`, `${company(2)}, ,`),
    gives: { issued: 2 },
  },
  {
    name: 'text in a column at the end that nobody named',
    content: lines(`${companyHeader},,`, `${company(1)},,`, `${company(2)},x,`, `${company(3)},`),
    gives: { issued: 1, finds: { 'row nameless-column': 1, 'row column-count': 1 } },
  },
  {
    name: 'a column in the middle that nobody named',
    content: lines(`序,,${companyHeader}`, `1,,${company(1)}`),
    gives: {
      refused: 'invalid-import-file',
      detail: { unknownColumns: ['1: 字', '2: '] },
    },
  },
  {
    name: 'a zero-width space in the header',
    content: lines(`\u200b${companyHeader}`, company(1)),
    gives: {
      refused: 'invalid-import-file',
      detail: { missing: ['企业名称'], unknownColumns: ['1: <200b>字字字字'] },
    },
  },
  {
    name: 'the header again',
    content: lines(companyHeader, company(1), companyHeader, company(2)),
    gives: { issued: 2, finds: { 'row header-again': 1 } },
  },
  {
    name: 'a second table, with the same columns in another order',
    content: lines(
      ...[companyHeader, company(1), swappedHeader, swapped(fictitiousUscc(2))],
      ...[swapped(fictitiousUscc(3)), companyHeader, company(4)],
    ),
    gives: { issued: 2, finds: { 'row header-again': 2, 'row other-columns': 2 } },
  },
  {
    name: 'UTF-16 without a byte order mark',
    content: Buffer.from(companies(company(1)), 'utf16le'),
    gives: { refused: 'invalid-import-file', detail: { rule: 'encoding' } },
  },
  {
    name: 'a header with a quote in the middle',
    content: lines(companyHeader.replace('名称', '"名称"'), company(1)),
    gives: {
      refused: 'invalid-import-file',
      detail: { rule: 'header', fault: 'misplaced-quote' },
    },
  },
  {
    name: 'characters that show nothing',
    content: companies(...unseen.map((name, i) => company(i, { name: `虚${name}构` }))),
    gives: { issued: 0, finds: { 'name characters': unseen.length } },
  },
  {
    name: 'cells that a spreadsheet or a conversion has lost',
    content: companies(...lost.map((scope, i) => company(i, { scope }))),
    gives: { issued: 0, finds: { 'scope lost': lost.length } },
  },
  {
    name: 'long numbers without their last digits',
    content: companies(
      ...['12345678901234500', '6217001234567890000', '6217001234567890001'].map((scope, i) =>
        company(i, { scope }),
      ),
    ),
    gives: { issued: 1, finds: { 'scope rounded': 2 } },
  },
  {
    name: 'numbers in the unit of the item, and in others',
    content: lines(
      '编号,代码,日期,面积',
      ...['"1,234.50㎡"', '5 平方米', '6', '5亩', '￥5', '$5', '5公顷', '5吨'].map(
        (area, i) => `地字第460100202500${i}号,${fictitiousUscc(i)},2020-01-02,${area}`,
      ),
    ),
    type: 'landUsePlanningPermit',
    map: {
      ...{ licenceNo: '编号', division: { value: '460100' }, validFrom: '日期' },
      holders: [{ role: 'holder', codeType: '001', code: '代码' }],
      items: { area: { from: '面积', as: ['number'] } },
    },
    gives: { issued: 3, finds: { 'area number': 5 } },
  },
]

/** Files that can be read, and what their cells can be instead of what they should. */
import { citizenNumberCheckCharacter } from '../sdk/identifier.ts'
import type { JsonObject } from '../sdk/json.ts'
import { companies, company, lines, many } from './dirty-rows.ts'
import type { DirtyFile } from './dirty-rows.ts'

/** People of a place that was founded long after they were born. */
function citizenNumber(serial: number): string {
  const first17 = `46030019000101${String(serial).padStart(3, '0')}`
  return `${first17}${citizenNumberCheckCharacter(first17)}`
}

const cardHeader = '姓名,性别,公民身份号码,出生日期,签发日期,有效期至'

const cardMap: JsonObject = {
  licenceNo: { from: '公民身份号码', as: ['citizen'] },
  division: { value: '460108' },
  issuer: { value: 'haikouPolice' },
  validFrom: '签发日期',
  validUntil: '有效期至',
  holders: [{ role: 'holder', codeType: '111', code: { from: '公民身份号码', as: ['citizen'] } }],
  items: {
    idNumber: { from: '公民身份号码', as: ['citizen'] },
    name: '姓名',
    sex: '性别',
    birthDate: '出生日期',
  },
}

/** The map with other steps for one column. */
function withSteps(column: string, as: readonly string[]): JsonObject {
  const text = JSON.stringify(cardMap)
    .replaceAll(`{"from":"${column}","as":["citizen"]}`, JSON.stringify(column))
    .replaceAll(`"${column}"`, JSON.stringify({ from: column, as }))
  return JSON.parse(text) as JsonObject // Written a line above.
}

interface Card {
  readonly name?: string
  readonly sex?: string
  readonly id?: string
  readonly born?: string
  readonly from?: string
  readonly until?: string
}

function card(serial: number, changes: Card = {}): string {
  const { name = '虚构人', sex = '男', id = citizenNumber(serial), born = '1900-01-01' } = changes
  const { from = '2019-05-06', until = '长期' } = changes
  return [name, sex, id, born, from, until].join(',')
}

const cards = (...rows: readonly string[]): Pick<DirtyFile, 'content' | 'type' | 'map'> => ({
  ...{ content: lines(cardHeader, ...rows), type: 'residentIdCard', map: cardMap },
})

export const dirtyContent: readonly DirtyFile[] = [
  {
    name: 'a wrong check character',
    ...cards(card(1, { id: flipped(citizenNumber(1)) }), card(2)),
    gives: { issued: 1, finds: { 'idNumber citizen': 1 } },
  },
  {
    name: 'a number of fifteen digits',
    ...cards(card(1, { id: '460300000101001' }), card(2)),
    gives: { issued: 1, finds: { 'idNumber citizen-15': 1 } },
  },
  {
    name: 'fifteen digits, to be completed as the map says',
    ...cards(card(1, { id: '460300000101001' })),
    map: withSteps('公民身份号码', ['citizen-15']),
    gives: { issued: 1 },
  },
  {
    name: 'wide digits, to be narrowed as the map says',
    ...cards(card(1, { id: wide(citizenNumber(1)) }), card(2)),
    map: withSteps('公民身份号码', ['narrow', 'citizen']),
    gives: { issued: 2 },
  },
  {
    name: 'days in six forms',
    ...cards(
      ...['2019-5-6', '2019/05/06', '2019.5.6', '2019年5月6日', '20190506', '06/05/2019'].map(
        (from, i) => card(i + 1, { from }),
      ),
    ),
    gives: { issued: 5, finds: { 'validFrom date': 1 } },
  },
  {
    name: 'serial numbers of Excel, where the map says so',
    ...cards(card(1, { from: '43591' })),
    map: withSteps('签发日期', ['excel-1900']),
    gives: { issued: 1 },
  },
  {
    name: '29 February 1900',
    ...cards(card(1, { born: '60' }), card(2, { born: '1900-02-29' })),
    map: withSteps('出生日期', ['excel-1900']),
    gives: { issued: 0, finds: { 'birthDate date': 2 } },
  },
  {
    name: 'an end before the beginning',
    ...cards(card(1, { until: '2019-05-06' }), card(2, { until: '2018-01-01' })),
    gives: { issued: 0, finds: { 'validUntil inverted': 2 } },
  },
  {
    name: 'a number twice in the file',
    content: companies(company(1), company(2), company(1)),
    gives: { issued: 2, finds: { 'licenceNo duplicate-in-file': 1 } },
  },
  {
    name: 'the same number for two people',
    ...cards(card(1), card(1, { id: citizenNumber(2) })),
    content: lines(
      `${cardHeader},证件编号`,
      `${card(1)},${citizenNumber(1)}`,
      `${card(2)},${citizenNumber(1)}`,
    ),
    map: { ...cardMap, licenceNo: '证件编号' },
    gives: { issued: 1, finds: { 'licenceNo number-of-another': 1 } },
  },
  {
    name: 'numbers that a spreadsheet has rounded',
    ...cards(card(1, { id: '4.60300E+17' }), card(2, { id: '460300190001010000' })),
    gives: { issued: 0, finds: { 'idNumber rounded': 2 } },
  },
  {
    name: 'rare characters, and those of one system alone',
    ...cards(card(1, { name: '𠮷' }), card(2, { name: '\ue000' })),
    gives: { issued: 1, finds: { 'name characters': 1 } },
  },
  {
    name: 'characters without width',
    ...cards(card(1, { name: '虚\u200b构' }), card(2, { id: `${citizenNumber(2)}\u200b` })),
    gives: { issued: 0, finds: { 'name characters': 1, 'idNumber citizen': 1 } },
  },
  {
    name: 'blanks around',
    ...cards(card(1, { name: ' 虚构人\u3000', id: `${citizenNumber(1)} \t` })),
    gives: { issued: 1 },
  },
  {
    name: 'more rows than a batch has',
    content: companies(...many(501)),
    gives: { issued: 501 },
  },
  {
    name: 'a cell of a megabyte',
    content: companies(company(1, { name: '大'.repeat(1_048_576 / 3) }), company(2)),
    gives: { issued: 1, finds: { 'row record-too-large': 1 } },
  },
]

function flipped(id: string): string {
  return `${id.slice(0, 17)}${id.endsWith('9') ? '8' : '9'}`
}

function wide(text: string): string {
  return text.replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))
}

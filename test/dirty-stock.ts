/**
 * Files of historical licences as they really come: the sixty ways in which one is not what it should
 * be, numbered and named, each with what an import must make of it. Companies and people are invented.
 */
import type { DirtyFile } from './dirty-rows.ts'
import { companies, company, companyHeader, lines, many } from './dirty-rows.ts'
import { dirtyContent } from './dirty-content.ts'
import { encode } from './encode.ts'
import { fictitiousUscc } from './companies.ts'

const three = companies(company(1), company(2), company(3))
const semicolons = (text: string): string => text.replaceAll('"1,000(万元)"', '1000万元')

const encodings: readonly DirtyFile[] = [
  { name: 'UTF-8', content: three, gives: { issued: 3 } },
  { name: 'UTF-8 with a byte order mark', content: `\ufeff${three}`, gives: { issued: 3 } },
  { name: 'UTF-16LE', content: Buffer.from(`\ufeff${three}`, 'utf16le'), gives: { issued: 3 } },
  {
    name: 'UTF-16BE',
    content: Buffer.from(`\ufeff${three}`, 'utf16le').swap16(),
    gives: { issued: 3 },
  },
  { name: 'GBK', content: encode(three, 'gb18030'), gives: { issued: 3 } },
  {
    name: 'GB18030 with characters of four bytes',
    content: encode(companies(company(1, { name: '虚构𠮷𡈽公司' })), 'gb18030'),
    gives: { issued: 1 },
  },
  {
    name: 'Big5 that says nothing of it',
    content: encode('企業名稱,統一社會信用代碼,註冊日期\n', 'big5'),
    gives: { refused: 'invalid-import-file', detail: { rule: 'header' } },
  },
  {
    name: 'lines of GBK in a file of UTF-8',
    content: Buffer.concat([
      Buffer.from(companies(company(1))),
      encode(lines(company(2), company(3)), 'gb18030'),
      Buffer.from(lines(company(4))),
    ]),
    gives: { issued: 4 },
  },
  {
    name: 'a damaged byte near the beginning',
    content: damaged(three, companyHeader.length * 3),
    gives: { issued: 2, finds: { 'row encoding': 1 } },
  },
  {
    name: 'a damaged byte in the middle',
    content: damaged(companies(...many(20)), Math.floor(companies(...many(20)).length / 2)),
    gives: { issued: 19, finds: { 'row encoding': 1 } },
  },
  {
    name: 'a damaged byte at the end',
    content: Buffer.concat([Buffer.from(three.trimEnd()), Buffer.of(0xff)]),
    gives: { issued: 2, finds: { 'row encoding': 1 } },
  },
  {
    name: 'NUL bytes',
    content: companies(company(1, { scope: '日用\0百货' }), company(2)),
    gives: { issued: 1, finds: { 'scope characters': 1 } },
  },
]

const structure: readonly DirtyFile[] = [
  {
    name: 'a column that is missing',
    content: three.replace('注册日期', '日期'),
    gives: { refused: 'invalid-import-file', detail: { missing: ['注册日期'] } },
  },
  {
    name: 'a column too many',
    content: lines(`${companyHeader},备注`, `${company(1)},x`),
    gives: { refused: 'invalid-import-file', detail: { unknownColumns: ['6: 字字'] } },
  },
  {
    name: 'a column twice',
    content: lines(`${companyHeader},企业名称`, `${company(1)},x`),
    gives: { refused: 'invalid-import-file', detail: { repeated: ['企业名称'] } },
  },
  {
    name: 'columns in another order',
    content: lines('注册日期,企业名称,统一社会信用代码', `2001-12-31,虚构,${fictitiousUscc(1)}`),
    gives: { issued: 1 },
  },
  { name: 'a header alone', content: companyHeader, gives: { issued: 0 } },
  {
    name: 'nothing at all',
    content: '',
    gives: { refused: 'invalid-import-file', detail: { rule: 'empty' } },
  },
  {
    name: 'CR, LF and CRLF in one file',
    content: `${companyHeader}\r${company(1)}\n${company(2)}\r\n${company(3)}`,
    gives: { issued: 3 },
  },
  {
    name: 'a line end in quotes',
    content: companies(company(1, { scope: '"日用百货；\n零售"' }), company(2)),
    gives: { issued: 1, finds: { 'scope line-break': 1 } },
  },
  {
    name: 'a quote that is never closed',
    content: companies(company(1, { scope: '"日用' }), company(2)),
    gives: { issued: 1, finds: { 'row unclosed-quote': 1 } },
  },
  {
    name: 'a field of five megabytes without end',
    content: companies(company(1, { scope: 'x'.repeat(5_000_000) }), company(2)),
    gives: { issued: 1, finds: { 'row record-too-large': 1 } },
  },
  {
    name: 'ten thousand columns',
    content: lines(`${companyHeader}${',x'.repeat(10_000)}`),
    gives: { refused: 'invalid-import-file', detail: { columns: 10_005, limit: 512 } },
  },
  {
    name: 'rows of other lengths',
    content: companies('虚构,短', `${company(1)},长`, company(2)),
    gives: { issued: 1, finds: { 'row column-count': 2 } },
  },
  ...([';', '\t', '|'] as const).map((delimiter): DirtyFile => ({
    name: `cells apart by ${JSON.stringify(delimiter)}`,
    content: semicolons(three).replaceAll(',', delimiter),
    gives: { issued: 3 },
  })),
  {
    name: 'blank lines at the end',
    content: `${three}\n,,,,\r\n \n,,,,\n`,
    gives: { issued: 3 },
  },
  {
    name: 'a file that breaks off inside a character',
    content: Buffer.from(three).subarray(0, Buffer.byteLength(three) - 5),
    gives: { issued: 2, finds: { 'row encoding': 1 } },
  },
  {
    name: 'cells that begin like formulas',
    content: companies(
      ...['=1+1', '+1', '-1', '@SUM(A1)', '"\t=1"', '"\r=1"'].map((scope, i) =>
        company(i, { scope }),
      ),
    ),
    gives: { issued: 6 },
  },
  {
    name: 'formulas in wide characters',
    content: companies(...['＝1', '＋1', '－1', '＠1'].map((scope, i) => company(i, { scope }))),
    gives: { issued: 4 },
  },
  {
    name: '=HYPERLINK and =cmd',
    content: companies(
      company(1, { scope: '"=HYPERLINK(""http://example.test"")"' }),
      company(2, { scope: `=cmd|'/c calc'!A1` }),
    ),
    gives: { issued: 2 },
  },
]

const zip = 'PK\u0003\u0004\u0014\u0000'
const containers: readonly DirtyFile[] = (
  [
    ['a zip with a path that climbs out', `${zip}../../etc/passwd`, 'zip'],
    ['a zip bomb', `${zip}${'\u0000'.repeat(100)}`, 'zip'],
    ['a zip in a zip', `${zip}${zip}`, 'zip'],
    ['an encrypted workbook', '\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1Encrypted', 'ole'],
    ['a workbook with links to elsewhere', `${zip}xl/externalLinks/`, 'zip'],
    [
      'XML with an external entity',
      '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///x">]><x>&a;</x>',
      'markup',
    ],
    ['a billion laughs', '\n <?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]>', 'markup'],
    ['a PDF that is CSV as well', `${companyHeader}\n%PDF-1.7\n`, 'pdf'],
    [
      'a workbook of the old kind that is called .csv',
      '\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1',
      'ole',
    ],
  ] as const
).map(([name, bytes, container]) => ({
  name,
  content: bytesOf(bytes),
  gives: { refused: 'import-not-csv', detail: { container } },
}))

export const dirtyFiles: readonly DirtyFile[] = [
  ...encodings,
  ...structure,
  ...dirtyContent,
  ...containers,
]

function damaged(text: string, at: number): Buffer {
  const bytes = Buffer.from(text)
  const wideByte = bytes.findIndex((byte, i) => i >= at && byte >= 0xe0)
  bytes[wideByte + 1] = 0xff
  return bytes
}

/** Characters below U+0100 are bytes. */
function bytesOf(text: string): Buffer {
  return Buffer.concat(
    Array.from(text, (one) => Buffer.from(one, one < '\u0100' ? 'latin1' : 'utf8')),
  )
}

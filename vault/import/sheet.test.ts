import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadCatalogue } from '../../catalogs/catalog.ts'
import { problemFrom } from '../../sdk/problem.ts'
import { findColumns } from './columns.ts'
import { importLimits } from './file.ts'
import type { ImportLimits } from './file.ts'
import { createLineReader, recordLimits } from './lines.ts'
import { readMap } from './map.ts'
import { createRecordReader } from './records.ts'
import { fileAt } from './file.ts'
import { inspectFile } from './sheet.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zhengtong-sheet-'))
})

afterAll(() => rm(folder, { recursive: true }))

const type = loadCatalogue().licenceTypes.get('businessLicence')
if (!type) throw new Error('the catalogue has business licences')
const map = readMap(
  {
    ...{ licenceNo: 'no', division: { value: '460108' }, validFrom: 'day', items: {} },
    holders: [{ role: 'holder', codeType: '001', code: 'no' }],
    ignore: 'all',
  },
  type,
)
const header = 'no,day'

/** `accepted`, or the code it is refused with and what the detail says. */
async function inspected(text: string, limits?: ImportLimits): Promise<unknown> {
  const path = join(folder, 'stock.csv')
  await writeFile(path, text)
  return inspectFile(fileAt(path), map, limits).then(
    () => 'accepted',
    (thrown: unknown) => [problemFrom(thrown).code, problemFrom(thrown).detail],
  )
}

test('a file may have so many bytes and not one more', async () => {
  const limit = 1_000
  const of = (bytes: number): Promise<unknown> =>
    inspected(`${header}\n`.padEnd(bytes, 'x'), { ...importLimits, bytes: limit })
  expect([await of(999), await of(1_000)]).toEqual(['accepted', 'accepted'])
  expect(await of(1_001)).toEqual(['import-too-large', { what: 'bytes', limit, found: 1_001 }])
})

test('what is no regular file has perhaps no end, and is refused unread', async () => {
  for (const path of [folder, '/dev/zero']) {
    const thrown = await inspectFile(fileAt(path), map).catch(problemFrom)
    expect(thrown).toMatchObject({ code: 'invalid-import-file', detail: { rule: 'not-a-file' } })
  }
})

test.for([
  ['LF', '\n', ''],
  ['LF after the last row too', '\n', '\n'],
  ['CR', '\r', '\r'],
  ['CRLF', '\r\n', '\r\n'],
])('a file may have so many rows and not one more: %s', async ([, end = '', last = '']) => {
  const limit = 7
  const of = (rows: number): Promise<unknown> => {
    const lines = [header, ...Array.from({ length: rows }, (_, i) => `${i},2001-02-03`)]
    return inspected(lines.join(end) + last, { ...importLimits, rows: limit })
  }
  expect([await of(6), await of(7)]).toEqual(['accepted', 'accepted'])
  expect(await of(8)).toEqual(['import-too-large', { what: 'rows', limit, firstLineTooMany: 9 }])
})

test('a line that is cut is one row', async () => {
  const long = 'x'.repeat(5 * recordLimits.characters)
  const of = (rows: number): Promise<unknown> =>
    inspected(`${header}\n${long}\n1,2\n`, { ...importLimits, rows })
  expect([await of(1), await of(2)]).toEqual([
    ['import-too-large', { what: 'rows', limit: 1, firstLineTooMany: 3 }],
    'accepted',
  ])
})

test('a header may have so many columns and not one more (columnsMax)', () => {
  const of = (columns: number): unknown => {
    try {
      return (
        findColumns(map, ['no', 'day', ...Array.from({ length: columns - 2 }, (_, i) => `c${i}`)])
          .size > 0
      )
    } catch (thrown) {
      return problemFrom(thrown).detail
    }
  }
  expect([of(511), of(512)]).toEqual([true, true])
  expect(of(513)).toEqual({ rule: 'header', columns: 513, limit: 512 })
})

/** What becomes of the row after the header, alone in its file. */
function rowOf(text: string): string {
  const [lines, records] = [createLineReader('utf-8'), createRecordReader(',')]
  const read = [...records.push(lines.push(Buffer.from(`a,b\n${text}\n`))), ...records.end()]
  const row = read[1]
  return row === undefined ? 'none' : 'fault' in row ? row.fault : 'read'
}

test('a record may have so many characters, in one line or in several', () => {
  const { characters } = recordLimits
  const single = (n: number): string => rowOf(`1,${'字'.repeat(n - 2)}`)
  expect([single(characters - 1), single(characters)]).toEqual(['read', 'read'])
  expect(single(characters + 1)).toBe('record-too-large')
  // The line break between its lines is nobody's character.
  const several = (n: number): string => rowOf(`1,"\n${'x'.repeat(n - 4)}"`)
  expect([several(characters - 1), several(characters)]).toEqual(['read', 'read'])
  expect(several(characters + 1)).toBe('unclosed-quote')
})

test('a record may have so many lines and not one more', () => {
  const of = (n: number): string => rowOf(`1,"${'\n'.repeat(n - 1)}"`)
  expect([of(recordLimits.lines - 1), of(recordLimits.lines)]).toEqual(['read', 'read'])
  expect(of(recordLimits.lines + 1)).toBe('unclosed-quote')
})

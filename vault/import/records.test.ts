import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLineReader } from './lines.ts'
import { createRecordReader } from './records.ts'
import type { CsvRecord, Delimiter } from './records.ts'

function read(text: string, pieces = 1, delimiter: Delimiter = ','): CsvRecord[] {
  const lines = createLineReader('utf-8')
  const reader = createRecordReader(delimiter)
  const bytes = Buffer.from(text)
  const size = Math.ceil(bytes.length / pieces)
  const records: CsvRecord[] = []
  for (let at = 0; at < bytes.length; at += size) {
    records.push(...reader.push(lines.push(bytes.subarray(at, at + size))))
  }
  return [...records, ...reader.push(lines.end()), ...reader.end()]
}

function brief(records: readonly CsvRecord[]): string[] {
  return records.map((one) =>
    'cells' in one ? `${one.line}: ${one.cells.join('|')}` : `${one.line}: ${one.fault}`,
  )
}

const files: readonly { what: string; text: string; gives: readonly string[] }[] = [
  { what: 'nothing', text: '', gives: [] },
  { what: 'blank lines only', text: '\n \r\n\t\n', gives: [] },
  { what: 'a header without line end', text: 'a,b', gives: ['1: a|b'] },
  {
    what: 'CRLF, LF and trailing blank lines',
    text: 'a,b\r\n1,2\n3,4\r\n\r\n\n',
    gives: ['1: a|b', '2: 1|2', '3: 3|4'],
  },
  {
    what: 'every kind of line end in one file',
    text: 'a,b\r1,2\n3,4\r\n5,6\r\r7,8',
    gives: ['1: a|b', '2: 1|2', '3: 3|4', '4: 5|6', '6: 7|8'],
  },
  {
    what: 'lines of nothing but commas',
    text: 'a,b\n1,2\n,\n , \n3,4\n',
    gives: ['1: a|b', '2: 1|2', '5: 3|4'],
  },
  {
    what: 'quoted commas, quotes and line ends',
    text: 'a,b\n"1,""x""","2\r\n3"\n4,5',
    gives: ['1: a|b', '2: 1,"x"|2\n3', '4: 4|5'],
  },
  {
    what: 'blank lines inside quotes',
    text: 'a,b\n1,"x\n\ny"\n2,3',
    gives: ['1: a|b', '2: 1|x\n\ny', '5: 2|3'],
  },
  {
    what: 'too many and too few cells',
    text: 'a,b\n1\n1,2,3\n4,5',
    gives: ['1: a|b', '2: column-count', '3: column-count', '4: 4|5'],
  },
  {
    what: 'a quote that is never closed',
    text: 'a,b\n1,"2\n3,4\n5,"6"\n',
    gives: ['1: a|b', '2: unclosed-quote', '3: 3|4', '4: 5|6'],
  },
  {
    what: 'an unclosed quote closed by another row',
    text: 'a,b\n1,"2\n3,4\n5,6"\n7,8\n',
    gives: ['1: a|b', '2: 1|2\n3,4\n5,6', '5: 7|8'],
  },
  {
    what: 'two unclosed quotes',
    text: 'a,b\n1,"2\n3,4\n5,"6\n7,8\n',
    gives: ['1: a|b', '2: misplaced-quote', '3: 3|4', '4: unclosed-quote', '5: 7|8'],
  },
  {
    what: 'a quote inside a bare cell',
    text: 'a,b\n1,x"y"\n2,3',
    gives: ['1: a|b', '2: misplaced-quote', '3: 2|3'],
  },
  {
    what: 'text after a closing quote',
    text: 'a,b\n1,"x"y\n2,3',
    gives: ['1: a|b', '2: misplaced-quote', '3: 2|3'],
  },
  { what: 'another delimiter', text: 'a;b\n1;2', gives: ['1: a;b', '2: 1;2'] },
]

test.for([';', '\t', '|'] as const)('cells apart by %j', (delimiter) => {
  const text = `a${delimiter}b\n"1${delimiter}2"${delimiter}3,4\n`
  expect(brief(read(text, 1, delimiter))).toEqual(['1: a|b', `2: 1${delimiter}2|3,4`])
})

test.for(files)('$what', ({ text, gives }) => {
  expect(brief(read(text))).toEqual(gives)
  for (const pieces of [2, 3, text.length || 1]) expect(brief(read(text, pieces))).toEqual(gives)
})

test('a line without end is one finding, kept in part, and the next lines are read', () => {
  for (const end of ['\n', '\r', '\r\n']) {
    const records = read(['a,b', `1,${'x'.repeat(5_000_000)}`, '2,3', ''].join(end), 80)
    expect(brief(records)).toEqual(['1: a|b', '2: record-too-large', '3: 2|3'])
    expect(records[1]?.raw.length).toBe(65_536)
  }
})

test('a long line that ends with the piece it is cut in hides no line after it', () => {
  const lines = createLineReader('utf-8')
  const numbers = ['x'.repeat(300_000), 'y\r', '\nb\r', 'c'].flatMap((piece) =>
    lines.push(Buffer.from(piece)).map(({ number, text }) => `${number} ${text.length}`),
  )
  expect([...numbers, lines.end().map(({ text }) => text)]).toEqual(['1 65536', '2 1', ['c']])
})

test('a record of more lines than any licence has is given up at its first line', () => {
  const many = Array.from({ length: 210 }, (_, i) => `${i},x`)
  const records = read(['a,b', '1,"open', ...many].join('\n'))
  expect(records).toHaveLength(2 + many.length)
  expect(records[1]).toMatchObject({ line: 2, fault: 'unclosed-quote', raw: '1,"open' })
})

test('whatever is written as CSV is read back, however it is cut', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '字', ' '), maxLength: 8 })
  const row = fc.tuple(cell, cell, cell).filter((cells) => cells.join('').trim() !== '')
  const rows = fc.array(row, { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 50 }), (given, pieces) => {
      const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`
      const text = given.map((row) => row.map(quote).join(',')).join('\r\n')
      const cells = read(text, pieces).map((one) => ('cells' in one ? one.cells : one.fault))
      expect(cells).toEqual(given)
    }),
  )
})

test('any text ends, names every line at most once, in order, and throws nothing', () => {
  const noise = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' '), maxLength: 300 })
  fc.assert(
    fc.property(noise, fc.integer({ min: 1, max: 20 }), (text, pieces) => {
      const lines = read(text, pieces).map(({ line }) => line)
      expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b))
      expect(read(text, pieces)).toEqual(read(text))
    }),
  )
})

test('a line is read as the library reads it, or refused as it refuses it', () => {
  const line = fc.string({ unit: fc.constantFrom('a', ',', '"', '字', ' ', '\t'), maxLength: 12 })
  const theirs = (text: string): readonly string[] | undefined => {
    try {
      return parse(text)[0]
    } catch {
      return undefined
    }
  }
  let refused = 0
  fc.assert(
    fc.property(line, (text) => {
      const [record] = read(`x,${text}`)
      const cells = record && 'cells' in record ? record.cells : undefined
      if (!cells) refused += 1
      expect(cells).toEqual(theirs(`x,${text}`))
    }),
    { numRuns: 500, examples: [['"a""",""'], ['a"'], ['"a"a'], ['"",'], ['""""']] },
  )
  expect(refused).toBeGreaterThan(10)
})

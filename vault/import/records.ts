/**
 * The text of a CSV file as records that know their line. A record that cannot be read costs one line
 * and no more: reading goes on at the next line, also when a quote was never closed. What the cells
 * mean is the business of `import-columns.ts` and `import-row.ts`.
 */
import { CsvError } from 'csv-parse'
import { parse } from 'csv-parse/sync'

export type Fault = 'unclosed-quote' | 'misplaced-quote' | 'record-too-large' | 'column-count'

/** `raw` is the text of the record, cut when it is too large. The first line of a file is line 1. */
export type CsvRecord =
  | { readonly line: number; readonly raw: string; readonly cells: readonly string[] }
  | { readonly line: number; readonly raw: string; readonly fault: Fault }

interface RecordReader {
  /** The records that are complete with this piece of text. */
  readonly push: (text: string) => CsvRecord[]
  /** The records that were waiting for more. */
  readonly end: () => CsvRecord[]
}

/** Longer than the longest licence, shorter than what could hurt. */
const recordLimits = { characters: 65_536, lines: 200 } as const

interface Line {
  readonly number: number
  readonly text: string
  readonly isTooLong: boolean
}

/** The number of cells of the first record is that of all. */
export function createRecordReader(): RecordReader {
  const splitter = createLineSplitter()
  let waiting: Line[] = []
  let width: number | undefined
  const read = (lines: readonly Line[], isEnd: boolean): CsvRecord[] => {
    const taken = takeRecords([...waiting, ...lines], isEnd, width)
    waiting = taken.rest
    width = taken.width
    return taken.records
  }
  return {
    push: (text) => read(splitter.push(text), false),
    end: () => read(splitter.end(), true),
  }
}

function createLineSplitter(): {
  readonly push: (text: string) => Line[]
  readonly end: () => Line[]
} {
  let begun = ''
  let isTooLong = false
  let number = 0
  const finish = (text: string): Line => {
    number += 1
    const line = { number, text: text.endsWith('\r') ? text.slice(0, -1) : text, isTooLong }
    isTooLong = false
    return line
  }
  const keep = (text: string): string => {
    if (text.length <= recordLimits.characters) return text
    isTooLong = true
    return text.slice(0, recordLimits.characters)
  }
  return {
    push: (text) => {
      const [first = '', ...others] = text.split('\n')
      const lines: Line[] = []
      begun = keep(begun + first)
      for (const other of others) {
        lines.push(finish(begun))
        begun = keep(other)
      }
      return lines
    },
    end: () => (begun === '' ? [] : [finish(begun)]),
  }
}

interface Taken {
  readonly records: CsvRecord[]
  /** Lines of a record that may go on. */
  readonly rest: Line[]
  readonly width: number | undefined
}

function takeRecords(lines: readonly Line[], isEnd: boolean, known: number | undefined): Taken {
  const records: CsvRecord[] = []
  let width = known
  let single: Line[] = []
  const flush = (): void => {
    for (const record of parseLines(single)) {
      if ('cells' in record) width ??= record.cells.length
      records.push(checkWidth(record, width))
    }
    single = []
  }
  let next = 0
  for (let line = lines[next]; line; line = lines[next]) {
    const span = spanOf(lines, next, isEnd)
    if (span === 'open') break
    if (span === 1) {
      if (line.text.trim() !== '') single.push(line)
      next += 1
      continue
    }
    flush()
    const whole = span === 'unclosed' ? [] : lines.slice(next, next + span)
    const record = checkWidth(whole.length > 0 ? parseSpan(whole) : unclosed(line), width)
    const isRead = 'cells' in record
    // The further lines of a record that failed are records of their own, so it keeps but its first.
    records.push(isRead ? record : { ...record, raw: line.text })
    next += isRead ? whole.length : 1
  }
  flush()
  return { records, rest: lines.slice(next), width }
}

/** Quotes come in pairs within a record, so it ends with the line that makes their number even. */
function spanOf(
  lines: readonly Line[],
  from: number,
  isEnd: boolean,
): number | 'open' | 'unclosed' {
  let isQuoted = false
  let characters = 0
  for (let i = from; i < lines.length; i += 1) {
    const { text, isTooLong } = lines[i] ?? { text: '', isTooLong: true }
    characters += text.length
    if (isTooLong || characters > recordLimits.characters || i - from >= recordLimits.lines) {
      return i === from ? 1 : 'unclosed'
    }
    if (hasOddQuotes(text)) isQuoted = !isQuoted
    if (!isQuoted) return i - from + 1
  }
  return isEnd ? 'unclosed' : 'open'
}

function hasOddQuotes(text: string): boolean {
  let isOdd = false
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) isOdd = !isOdd
  return isOdd
}

/** Records of one line each: parsed together, which is ten times faster, or else one by one. */
function parseLines(lines: readonly Line[]): CsvRecord[] {
  if (lines.length === 0) return []
  if (lines.every(({ isTooLong }) => !isTooLong)) {
    const rows = tryParse(lines.map(({ text }) => text).join('\n'))
    if (Array.isArray(rows) && rows.length === lines.length) {
      return lines.map(({ number, text }, i) => ({ line: number, raw: text, cells: rows[i] ?? [] }))
    }
  }
  return lines.map((line) => parseSpan([line]))
}

function parseSpan(lines: readonly Line[]): CsvRecord {
  const [first] = lines
  const raw = lines.map(({ text }) => text).join('\n')
  const line = first?.number ?? 0
  if (first?.isTooLong) return { line, raw, fault: 'record-too-large' }
  const rows = tryParse(raw)
  if (!Array.isArray(rows)) return { line, raw, fault: rows }
  const [cells] = rows
  return cells && rows.length === 1 ? { line, raw, cells } : { line, raw, fault: 'misplaced-quote' }
}

function unclosed({ number, text }: Line): CsvRecord {
  return { line: number, raw: text, fault: 'unclosed-quote' }
}

function checkWidth(record: CsvRecord, width: number | undefined): CsvRecord {
  if ('fault' in record || width === undefined || record.cells.length === width) return record
  return { line: record.line, raw: record.raw, fault: 'column-count' }
}

const faults: Readonly<Record<string, Fault>> = {
  CSV_QUOTE_NOT_CLOSED: 'unclosed-quote',
  CSV_INVALID_CLOSING_QUOTE: 'misplaced-quote',
  INVALID_OPENING_QUOTE: 'misplaced-quote',
  CSV_MAX_RECORD_SIZE: 'record-too-large',
}

function tryParse(text: string): string[][] | Fault {
  try {
    return parse(text, {
      record_delimiter: '\n',
      relax_column_count: true,
      // In bytes; no character takes more than four, and the number of characters is limited above.
      max_record_size: recordLimits.characters * 4,
    })
  } catch (thrown) {
    const fault = thrown instanceof CsvError ? faults[thrown.code] : undefined
    if (!fault) throw thrown
    return fault
  }
}

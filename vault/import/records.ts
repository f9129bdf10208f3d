/**
 * The lines of a CSV file as records. A record that cannot be read costs one line and no more: reading
 * goes on at the next line, also when a quote was never closed. What the cells mean is the business of
 * `columns.ts` and `row.ts`.
 */
import { CsvError } from 'csv-parse'
import { parse } from 'csv-parse/sync'
import { recordLimits } from './lines.ts'
import type { Line } from './lines.ts'

export type Fault =
  | NonNullable<Line['fault']>
  | ('unclosed-quote' | 'misplaced-quote' | 'column-count')
  | ('header-again' | 'other-columns' | 'nameless-column')

export const delimiters = [',', ';', '\t', '|'] as const
export type Delimiter = (typeof delimiters)[number]

/** `raw` is the text of the record, cut when it is too large; `line` is its first. */
export type CsvRecord =
  | { readonly line: number; readonly raw: string; readonly cells: readonly string[] }
  | { readonly line: number; readonly raw: string; readonly fault: Fault }

interface RecordReader {
  /** The records that are complete with these lines. */
  readonly push: (lines: readonly Line[]) => CsvRecord[]
  /** The records that were waiting for more. */
  readonly end: () => CsvRecord[]
}

/** The number of cells of the first record is that of all. Records without any text are left out. */
export function createRecordReader(delimiter: Delimiter): RecordReader {
  let waiting: Line[] = []
  let width: number | undefined
  const read = (lines: readonly Line[], isEnd: boolean): CsvRecord[] => {
    const taken = takeRecords([...waiting, ...lines], isEnd, { width, delimiter })
    waiting = taken.rest
    width = taken.width
    return taken.records.filter(saysSomething)
  }
  return { push: (lines) => read(lines.filter(isOfTable), false), end: () => read([], true) }
}

/** Excel takes such a first line for its own and shows it to nobody. */
const separatorHint = /^"?sep=[,;|\t]"?\s*$/i

function isOfTable({ number, text }: Line): boolean {
  return number > 1 || !separatorHint.test(text)
}

/** A spreadsheet ends a file with lines of nothing but delimiters. */
function saysSomething(record: CsvRecord): boolean {
  return 'fault' in record || record.cells.some((cell) => cell.trim() !== '')
}

interface Form {
  readonly delimiter: Delimiter
  readonly width: number | undefined
}

interface Taken {
  readonly records: CsvRecord[]
  /** Lines of a record that may go on. */
  readonly rest: Line[]
  readonly width: number | undefined
}

function takeRecords(
  lines: readonly Line[],
  isEnd: boolean,
  { width: known, delimiter }: Form,
): Taken {
  const records: CsvRecord[] = []
  let width = known
  const keep = (record: CsvRecord): void => {
    if ('cells' in record) width ??= record.cells.length
    records.push(checkWidth(record, width))
  }
  let next = 0
  for (let line = lines[next]; line; line = lines[next]) {
    const span = isSingle(line) ? 1 : spanOf(lines, next, isEnd)
    if (span === 'open') break
    if (span === 1) {
      if (line.text.trim() !== '') keep(parseLine(line, delimiter))
      next += 1
      continue
    }
    const whole = span === 'unclosed' ? [] : lines.slice(next, next + span)
    const record = checkWidth(
      whole.length > 0 ? parseSpan(whole, delimiter) : unclosed(line),
      width,
    )
    const isRead = 'cells' in record
    // The further lines of a record that failed are records of their own, so it keeps but its first.
    records.push(isRead ? record : { ...record, raw: line.text })
    next += isRead ? whole.length : 1
  }
  return { records, rest: lines.slice(next), width }
}

function isSingle({ text, fault }: Line): boolean {
  return fault !== undefined || !hasOddQuotes(text)
}

/** Quotes come in pairs within a record, so it ends with the line that makes their number even. */
function spanOf(
  lines: readonly Line[],
  from: number,
  isEnd: boolean,
): number | 'open' | 'unclosed' {
  let isQuoted = false
  let characters = 0
  for (const [i, { text, fault }] of lines.slice(from, from + recordLimits.lines + 1).entries()) {
    characters += text.length
    const isOver = characters > recordLimits.characters || i === recordLimits.lines
    if (fault !== undefined || isOver) return i === 0 ? 1 : 'unclosed'
    if (hasOddQuotes(text)) isQuoted = !isQuoted
    if (!isQuoted) return i + 1
  }
  return isEnd ? 'unclosed' : 'open'
}

function hasOddQuotes(text: string): boolean {
  let isOdd = false
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) isOdd = !isOdd
  return isOdd
}

/** A record of one line; what its quotes mean is asked of the library where that is not plain. */
function parseLine(line: Line, delimiter: Delimiter): CsvRecord {
  const { number, text, fault } = line
  const cells = fault === undefined ? plainCells(text, delimiter) : undefined
  return cells ? { line: number, raw: text, cells } : parseSpan([line], delimiter)
}

/**
 * What the library would read, in a tenth of the time: each cell in quotes as a whole, or without any.
 * Undefined for a line with a quote elsewhere.
 */
function plainCells(text: string, delimiter: Delimiter): readonly string[] | undefined {
  if (!text.includes('"')) return text.split(delimiter)
  const cells: string[] = []
  for (let from = 0; from <= text.length;) {
    const isQuoted = text.startsWith('"', from)
    const to = isQuoted ? closingQuote(text, from) + 1 : endOfCell(text, from, delimiter)
    const isWhole = to > 0 && (to === text.length || text.startsWith(delimiter, to))
    const cell = isQuoted
      ? text.slice(from + 1, to - 1).replaceAll('""', '"')
      : text.slice(from, to)
    if (!isWhole || (!isQuoted && cell.includes('"'))) return undefined
    cells.push(cell)
    from = to + 1
  }
  return cells
}

/** −1 without one. Two quotes are one of the text. */
function closingQuote(text: string, opening: number): number {
  let at = text.indexOf('"', opening + 1)
  while (at >= 0 && text.startsWith('"', at + 1)) at = text.indexOf('"', at + 2)
  return at
}

function endOfCell(text: string, from: number, delimiter: Delimiter): number {
  const at = text.indexOf(delimiter, from)
  return at < 0 ? text.length : at
}

function parseSpan(lines: readonly Line[], delimiter: Delimiter): CsvRecord {
  const [first] = lines
  const raw = lines.map(({ text }) => text).join('\n')
  const line = first?.number ?? 0
  if (first?.fault !== undefined) return { line, raw, fault: first.fault }
  const rows = tryParse(raw, delimiter)
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

function tryParse(text: string, delimiter: Delimiter): string[][] | Fault {
  try {
    return parse(text, {
      delimiter,
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

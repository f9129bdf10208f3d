/**
 * What the first record of a file says of all after it: which columns there are, and in which order. A
 * row that stands under another header, or beside all headers, cannot be read by the first one.
 */
import type { CsvRecord, Fault } from './records.ts'

/** A spreadsheet may write more columns than anybody filled; where the last one with a name ends. */
export function namedWidth(names: readonly string[]): number {
  return names.findLastIndex((name) => name.trim() !== '') + 1
}

/** Hears all records of a file in their order, the header first. */
export function createHeaderWatch(ignoresNameless: boolean): (record: CsvRecord) => CsvRecord {
  let header: Header | undefined
  let isElsewhere = false
  const faultOf = (cells: readonly string[], { width, ...first }: Header): Fault | undefined => {
    if (isHeader(cells, first.names)) {
      isElsewhere = cells.some((cell, i) => cell.trim() !== first.cells[i])
      return 'header-again'
    }
    if (isElsewhere) return 'other-columns'
    const isBeside = cells.slice(width).some((cell) => cell.trim() !== '')
    return isBeside && !ignoresNameless ? 'nameless-column' : undefined
  }
  return (record) => {
    if ('fault' in record) return record
    if (!header) {
      header = headerOf(record.cells.map((cell) => cell.trim()))
      return record
    }
    const fault = faultOf(record.cells, header)
    return fault === undefined ? record : { line: record.line, raw: record.raw, fault }
  }
}

interface Header {
  readonly cells: readonly string[]
  readonly names: ReadonlySet<string>
  readonly width: number
}

function headerOf(cells: readonly string[]): Header {
  const names = new Set(cells.filter((cell) => cell !== ''))
  return { cells, names, width: namedWidth(cells) }
}

/** No row of data says the names of most columns. */
function isHeader(cells: readonly string[], names: ReadonlySet<string>): boolean {
  return cells.filter((cell) => names.has(cell.trim())).length * 2 > names.size
}

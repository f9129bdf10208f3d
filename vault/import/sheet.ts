/**
 * A file as batches of rows. It is read twice: once to its end, to know its digest, its encoding and
 * its columns before anything is taken from it, and then again for its rows. Whatever its length, it
 * is held piece by piece.
 */
import { Problem } from '../../sdk/problem.ts'
import type { ImportedRow } from './part.ts'
import { findColumns } from './columns.ts'
import type { Columns } from './columns.ts'
import { createJudge } from './encoding.ts'
import type { FileEncoding } from './encoding.ts'
import { createHeaderWatch } from './header.ts'
import { importLimits, openFile, sizeOf } from './file.ts'
import type { ImportLimits, ImportSource } from './file.ts'
import { createLineCutter, createLineReader, linesIn, recordLimits } from './lines.ts'
import type { Block } from './lines.ts'
import type { ImportMap } from './map.ts'
import { createRecordReader, delimiters } from './records.ts'
import type { CsvRecord, Delimiter } from './records.ts'
import { refuseRow } from './row.ts'
import type { RowReading } from './row.ts'

export interface Sheet {
  readonly source: ImportSource
  readonly bytes: number
  readonly digest: Uint8Array
  readonly beginnings: readonly string[]
  readonly encoding: FileEncoding
  readonly delimiter: Delimiter
  readonly columns: Columns
}

/**
 * @throws Problem invalid-import-file, import-not-csv, import-too-large: nothing can be taken from
 *   the file
 */
export async function inspectFile(
  source: ImportSource,
  map: ImportMap,
  limits: ImportLimits = importLimits,
): Promise<Sheet> {
  const bytes = await sizeOf(source, limits)
  const file = openFile(source, map.encoding)
  const cutter = createLineCutter()
  const judge = createJudge()
  let first: Block | undefined
  let lines = 0
  const see = (block: Block): void => {
    first ??= block
    lines += linesIn(block)
    refuseRows(lines - 1, limits)
    if (!block.isCut) judge.see(block.bytes)
  }
  for await (const piece of file.pieces) cutter.push(piece).forEach(see)
  cutter.end().forEach(see)
  const encoding = encodingOf(map, judge.verdict)
  const { cells, delimiter } = readHeader(first, encoding, map)
  return {
    ...{ source, bytes, digest: file.digest(), beginnings: file.beginnings, encoding, delimiter },
    columns: findColumns(map, cells),
  }
}

function refuseRows(rows: number, { rows: limit }: ImportLimits): void {
  if (rows <= limit) return
  throw new Problem('import-too-large', { what: 'rows', limit, firstLineTooMany: limit + 2 })
}

function encodingOf({ encoding }: ImportMap, judged: () => FileEncoding): FileEncoding {
  if (encoding === undefined) return judged()
  // What was UTF-16 is UTF-8 by now.
  return encoding === 'gb18030' || encoding === 'big5' ? encoding : 'utf-8'
}

/** The delimiter that makes most cells of the header is the one of the file. */
function readHeader(
  block: Block | undefined,
  encoding: FileEncoding,
  map: ImportMap,
): { readonly cells: readonly string[]; readonly delimiter: Delimiter } {
  const reader = createLineReader(encoding)
  const lines = block ? [...reader.push(block.bytes), ...reader.end()] : []
  const first = lines.slice(0, recordLimits.lines + 1)
  const tries = (map.delimiter === undefined ? delimiters : [map.delimiter]).map((delimiter) => {
    const records = createRecordReader(delimiter)
    return { delimiter, record: [...records.push(first), ...records.end()][0] }
  })
  if (tries.every(({ record }) => !record))
    throw new Problem('invalid-import-file', { rule: 'empty' })
  const [best] = tries
    .flatMap(({ delimiter, record }) =>
      record && 'cells' in record ? [{ delimiter, cells: record.cells }] : [],
    )
    .sort((a, b) => b.cells.length - a.cells.length)
  if (!best) {
    const faults = tries.flatMap(({ record }) => (record && 'fault' in record ? record.fault : []))
    throw new Problem('invalid-import-file', { rule: 'header', fault: faults[0] ?? 'unknown' })
  }
  return best
}

export interface Rows {
  readonly batches: AsyncIterable<readonly ImportedRow[]>
  /** How much of the file was read, from 0 to 1. */
  readonly share: () => number
}

interface Reading {
  readonly map: ImportMap
  readonly readRow: (cells: readonly string[]) => RowReading
  /** How many rows are read over, because an earlier process has taken them. */
  readonly skip: number
  readonly batchRows: number
}

/** @throws Problem file-changed before anything is read that was not there when it was inspected */
export function readRows(sheet: Sheet, reading: Reading): Rows {
  const file = openFile(sheet.source, reading.map.encoding, sheet.beginnings)
  let read = 0
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const piece of file.pieces) {
      read += piece.length
      yield piece
    }
  }
  return {
    batches: batchesOf(recordsOf(sheet, counted(), reading.map.ignore === 'all'), reading),
    share: () => Math.min(1, read / Math.max(1, sheet.bytes)),
  }
}

async function* recordsOf(
  { encoding, delimiter }: Sheet,
  pieces: AsyncIterable<Buffer>,
  ignoresNameless: boolean,
): AsyncGenerator<CsvRecord[]> {
  const lines = createLineReader(encoding)
  const records = createRecordReader(delimiter)
  const watch = createHeaderWatch(ignoresNameless)
  for await (const piece of pieces) yield records.push(lines.push(piece)).map(watch)
  yield [...records.push(lines.end()), ...records.end()].map(watch)
}

/** A row is read when its batch is wanted; nobody waits between two rows of a batch. */
async function* batchesOf(
  pieces: AsyncIterable<CsvRecord[]>,
  { readRow, skip, batchRows }: Reading,
): AsyncGenerator<ImportedRow[]> {
  let waiting: CsvRecord[] = []
  let left = skip + 1 // The header is a record, and no row.
  for await (const records of pieces) {
    waiting = [...waiting, ...records.slice(left)]
    left = Math.max(0, left - records.length)
    let from = 0
    for (; waiting.length - from >= batchRows; from += batchRows) {
      yield waiting.slice(from, from + batchRows).map((record) => rowOf(record, readRow))
    }
    waiting = waiting.slice(from)
  }
  if (waiting.length > 0) yield waiting.map((record) => rowOf(record, readRow))
}

function rowOf(record: CsvRecord, readRow: Reading['readRow']): ImportedRow {
  const { line, raw } = record
  if ('fault' in record) return { line, raw, cells: [], reading: refuseRow(record.fault) }
  return { line, raw, cells: record.cells, reading: readRow(record.cells) }
}

/**
 * Importing a file of historical licences, of any length, in the memory of two batches. Every row is
 * issued, found to be there already, or put into quarantine with what is wrong with it; none stops
 * the file. Running the same file again is harmless and finishes what an interrupted run began.
 */
import { randomUUID } from 'node:crypto'
import { toBase64url } from '../sdk/base64url.ts'
import { canonicalJson } from '../sdk/json.ts'
import { equalBytes, sha256, utf8 } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'
import { partBatch, storeBatch } from './import/batch.ts'
import type { ImportedRow, Importing } from './import/batch.ts'
import { readCells, readHeader } from './import/columns.ts'
import type { ColumnName } from './import/columns.ts'
import { openFile } from './import/file.ts'
import type { FileText } from './import/file.ts'
import { createRecordReader } from './import/records.ts'
import type { CsvRecord } from './import/records.ts'
import { importedType, prepareRow, refuseRow } from './import/row.ts'
import { addResult, addRun, loadQuarantine, runExists } from './import/store.ts'
import type { QuarantinedLine } from './import/store.ts'
import { createTally } from './import/tally.ts'
import type { ImportTotals, Outcome } from './import/tally.ts'
import { finishIntents, issueBatchMax } from './issue.ts'

export interface ImportRequest {
  readonly path: string
  /** Only business licences can be imported so far. */
  readonly type: string
}

export interface ImportResult extends ImportTotals {
  readonly runId: string
  /** SHA-256 of the file, hexadecimal. */
  readonly fileDigest: string
  readonly millis: number
}

/** More would only wait for each other. */
const batchesAtOnce = 2

/** No answer about a quarantine has more lines than this; ask again after the last one. */
const quarantinePageMax = 1_000

/**
 * Everything it answers is durable when it resolves; `report` hears the totals after every batch.
 * @throws Problem not-importable, invalid-import-file (no row was taken), file-changed
 */
export async function importLicences(
  vault: Importing,
  { path, type }: ImportRequest,
  report: (totals: ImportTotals) => void = () => undefined,
): Promise<ImportResult> {
  if (type !== importedType) throw new Problem('not-importable', { types: [importedType] })
  const begun = vault.clock()
  const { header, digest } = await inspect(path)
  const run = { runId: randomUUID(), fileDigest: digest, type, at: begun }
  await finishIntents(vault)
  await beginRun(vault, run)
  const tally = createTally()
  const file = openFile(path)
  await takeRows(vault, run.runId, {
    batches: batches(vault, file, header),
    stored: (outcomes) => {
      tally.add(outcomes)
      report(tally.totals())
    },
  })
  if (!equalBytes(file.digest(), digest)) throw new Problem('file-changed', { runId: run.runId })
  const millis = vault.clock().getTime() - begun.getTime()
  const totals = tally.totals()
  await endRun(vault, run, totals)
  return { runId: run.runId, fileDigest: hex(digest), ...totals, millis }
}

/**
 * The lines of a run that were not taken, in order, each with what is wrong; nothing personal.
 * @throws Problem unknown-import-run
 */
export async function quarantineOf(
  { db }: Pick<Importing, 'db'>,
  runId: string,
  afterLine = 0,
): Promise<QuarantinedLine[]> {
  if (!(await runExists(db, runId))) throw new Problem('unknown-import-run')
  return loadQuarantine(db, { runId, afterLine }, quarantinePageMax)
}

/** Reads the whole file once, so that nothing is taken from a file that cannot be read to its end. */
async function inspect(
  path: string,
): Promise<{ header: readonly ColumnName[]; digest: Uint8Array }> {
  const { text, digest } = openFile(path)
  const reader = createRecordReader()
  let first: CsvRecord | undefined
  for await (const piece of text) first ??= reader.push(piece)[0]
  first ??= reader.end()[0]
  if (!first) throw new Problem('invalid-import-file', { rule: 'empty' })
  if ('fault' in first) throw new Problem('invalid-import-file', { rule: 'header' })
  return { header: readHeader(first.cells), digest: digest() }
}

/** Batches are parted one after the other and stored side by side: one seals, the other commits. */
async function takeRows(
  vault: Importing,
  runId: string,
  rows: {
    readonly batches: AsyncIterable<readonly ImportedRow[]>
    readonly stored: (outcomes: readonly Outcome[]) => void
  },
): Promise<void> {
  const storing: Promise<void>[] = []
  try {
    for await (const batch of rows.batches) {
      const parted = await partBatch(vault, runId, batch)
      if (storing.length === batchesAtOnce) await storing.shift()
      const stored = storeBatch(vault, runId, parted).then(rows.stored)
      // It may fail before its turn to be awaited; the failure is thrown there.
      stored.catch(() => undefined)
      storing.push(stored)
    }
    await Promise.all(storing)
  } finally {
    await Promise.allSettled(storing)
  }
}

interface Run {
  readonly runId: string
  readonly fileDigest: Uint8Array
  readonly type: string
  readonly at: Date
}

async function beginRun({ db, log }: Importing, run: Run): Promise<void> {
  const { runId, type, fileDigest, at } = run
  const entry = { kind: 'import-started', at: at.toISOString(), runId, type } as const
  await db.transaction(async (tx) => {
    await addRun(tx, run)
    await log.append(tx, [{ ...entry, file: hex(fileDigest) }])
  })
}

async function endRun(vault: Importing, run: Run, totals: ImportTotals): Promise<void> {
  const { runId, type, fileDigest } = run
  const { rows, issued, existing, quarantined } = totals
  const at = vault.clock()
  const entry = { kind: 'import-finished', at: at.toISOString(), runId, type } as const
  // The totals by division can be longer than an entry may be; their digest never is.
  const digest = toBase64url(sha256(utf8(canonicalJson({ ...totals }))))
  await vault.db.transaction(async (tx) => {
    await addResult(tx, { runId, totals: { ...totals }, at })
    await vault.log.append(tx, [
      {
        ...{ ...entry, file: hex(fileDigest), totals: digest },
        ...{ rows, issued, existing, quarantined },
      },
    ])
  })
}

async function* batches(
  { catalogue, clock }: Importing,
  file: FileText,
  header: readonly ColumnName[],
): AsyncGenerator<ImportedRow[]> {
  let batch: ImportedRow[] = []
  for await (const record of dataRecords(file)) {
    const { line, raw } = record
    const preparation =
      'fault' in record
        ? refuseRow(record.fault)
        : prepareRow(readCells(header, record.cells), catalogue, clock())
    batch.push({ line, raw, preparation })
    if (batch.length === issueBatchMax) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}

/** Every record but the header. */
async function* dataRecords({ text }: FileText): AsyncGenerator<CsvRecord> {
  const reader = createRecordReader()
  let isHeader = true
  const withoutHeader = (records: CsvRecord[]): CsvRecord[] => {
    if (!isHeader || records.length === 0) return records
    isHeader = false
    return records.slice(1)
  }
  for await (const piece of text) yield* withoutHeader(reader.push(piece))
  yield* withoutHeader(reader.end())
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

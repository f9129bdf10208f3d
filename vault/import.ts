/**
 * Importing a file of historical licences, of any length, in the memory of a few batches. Every row is
 * issued, found to be there already, or put into quarantine with what is wrong with it; none stops
 * the file. An import that was interrupted goes on when it is asked for again.
 */
import { randomUUID } from 'node:crypto'
import type { Catalogue, LicenceType } from '../catalogs/catalog.ts'
import type { JsonObject } from '../sdk/json.ts'
import { equalBytes } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'
import { outcomesOf, storeBatch } from './import/batch.ts'
import { businessLicences } from './import/business-licences.ts'
import type { ImportLimits } from './import/file.ts'
import { readMap } from './import/map.ts'
import type { ImportMap } from './import/map.ts'
import { partBatch } from './import/part.ts'
import type { PartedBatch } from './import/part.ts'
import { createRowReader } from './import/row.ts'
import { beginRun, endRun, hex } from './import/run.ts'
import type { BegunRun } from './import/run.ts'
import { inspectFile, readRows } from './import/sheet.ts'
import type { Rows, Sheet } from './import/sheet.ts'
import { countLicences, findRun, loadBatches, loadQuarantine } from './import/store.ts'
import type { QuarantinedLine } from './import/store.ts'
import { addTotals, nothing, tallyOf } from './import/tally.ts'
import type { Counts, ImportTotals } from './import/tally.ts'
import { finishIntents } from './issue.ts'
import type { Issuing } from './issue.ts'

export interface Importing extends Issuing {
  readonly catalogue: Catalogue
}

export interface ImportRequest {
  readonly path: string
  readonly type: string
  /** How columns become items (docs/importing.md); a type that has a map of its own needs none. */
  readonly map?: JsonObject
  /** Whose file it is: may read what became of it, also when it brought nothing. */
  readonly department?: string
  /** Gives up what an unfinished run of this path began, and takes the file from its first row. */
  readonly isAnew?: boolean
  /** Lower than those of any file. */
  readonly limits?: ImportLimits
}

export interface ImportProgress extends ImportTotals {
  /** How much of the file was read, from 0 to 1. */
  readonly share: number
}

export interface ImportReport extends ImportTotals {
  /** SHA-256 of the file, hexadecimal. */
  readonly fileDigest: string
  readonly encoding: Sheet['encoding']
  readonly delimiter: Sheet['delimiter']
  readonly millis: number
}

export interface ImportResult extends ImportReport {
  readonly runId: string
  /** How many of the rows an earlier process has taken, before it was interrupted. */
  readonly resumedAfter: number
}

/** Rows stored in one go: so few that a file of any length fits into the memory of a few batches. */
const batchRows = 250

/** More would only wait for each other. */
const batchesAtOnce = 2

/** No answer about a quarantine has more lines than this; ask again after the last one. */
const quarantinePageMax = 1_000

const ownMaps: Readonly<Record<string, JsonObject>> = { businessLicence: businessLicences }

/**
 * Everything it answers is durable when it resolves; `report` hears the totals after every batch.
 * @throws Problem not-importable, invalid-import-map, import-not-csv, import-too-large,
 *   invalid-import-file (no row was taken), not-an-issuer, file-changed, import-under-way
 */
export async function importLicences(
  vault: Importing,
  request: ImportRequest,
  report: (progress: ImportProgress) => void = () => undefined,
): Promise<ImportResult> {
  const begun = vault.clock()
  const { type, map, mapText } = readRequest(vault.catalogue, request)
  const sheet = await inspectFile(request.path, map, request.limits)
  await finishIntents(vault)
  const run = await beginRun(vault, {
    ...{ path: request.path, type: type.code, map: mapText, fileDigest: sheet.digest },
    ...{ isAnew: request.isAnew === true, department: request.department ?? null },
  })
  const readRow = createRowReader({
    ...{ map, columns: sheet.columns, type, catalogue: vault.catalogue, at: run.at },
  })
  const reading = { map, readRow, skip: run.done.rows, batchRows }
  const rows = readRows(sheet, reading)
  const totals = await takeRows(vault, { run, rows, isOnePerHolder: map.isOnePerHolder }, report)
  if (!equalBytes(rows.digest(), sheet.digest)) {
    throw new Problem('file-changed', { runId: run.runId })
  }
  await endRun(vault, run, totals)
  return {
    ...{ runId: run.runId, resumedAfter: run.done.rows },
    ...reportOf(sheet, totals, vault.clock().getTime() - begun.getTime()),
  }
}

/**
 * What an import of the file would come to. Everything is checked as it would be, in a transaction that
 * is rolled back: nothing is written.
 */
export async function rehearseImport(
  { db, blind, catalogue, clock }: Importing,
  request: ImportRequest,
  report: (progress: ImportProgress) => void = () => undefined,
): Promise<ImportReport> {
  const at = clock()
  const { type, map } = readRequest(catalogue, request)
  const sheet = await inspectFile(request.path, map, request.limits)
  const readRow = createRowReader({ map, columns: sheet.columns, type, catalogue, at })
  const run = { runId: randomUUID(), type: type.code, isOnePerHolder: map.isOnePerHolder, at }
  const isOver = new Error('the rehearsal is over')
  let totals = nothing
  const rehearsal = db.transaction(async (tx) => {
    totals = nothing
    const rows = readRows(sheet, { map, readRow, skip: 0, batchRows })
    for await (const batch of rows.batches) {
      const parted = await partBatch(tx, blind, { run, rows: batch })
      totals = addTotals(totals, tallyOf(outcomesOf(parted)))
      report({ ...totals, share: rows.share() })
    }
    throw isOver
  }, 'read committed')
  await rehearsal.catch((thrown: unknown) => {
    if (thrown !== isOver) throw thrown
  })
  return reportOf(sheet, totals, clock().getTime() - at.getTime())
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
  await runOf(db, runId)
  return loadQuarantine(db, { runId, afterLine }, quarantinePageMax)
}

export interface ImportStatus {
  readonly runId: string
  readonly type: string
  /** Whose file it was, if that was said. */
  readonly department: string | null
  readonly startedAt: Date
  readonly finishedAt: Date | null
  readonly totals: ImportTotals
  /** The licences that are in the vault for the run, counted anew. */
  readonly inVault: { readonly byIssuer: Counts; readonly byDivision: Counts }
  /** Whether those are the ones that were counted while they were issued. */
  readonly agrees: boolean
}

/** No run is called otherwise, and text with NUL PostgreSQL cannot even compare. */
const runIdForm = /^[0-9a-f-]{36}$/

async function runOf(db: Importing['db'], runId: string) {
  const run = runIdForm.test(runId) ? await findRun(db, runId) : undefined
  if (!run) throw new Problem('unknown-import-run')
  return run
}

/** @throws Problem unknown-import-run */
export async function importStatus(
  { db }: Pick<Importing, 'db'>,
  runId: string,
): Promise<ImportStatus> {
  const run = await runOf(db, runId)
  const totals = (await loadBatches(db, runId)).reduce(addTotals, nothing)
  const counted = await countLicences(db, { runId, type: run.type })
  const byIssuer = sumsOf(counted.map(({ issuer, licences }) => [issuer, licences]))
  const byDivision = sumsOf(counted.map(({ division, licences }) => [division, licences]))
  return {
    ...{ runId, type: run.type, department: run.department },
    ...{ startedAt: run.at, finishedAt: run.finishedAt, totals },
    inVault: { byIssuer, byDivision },
    agrees: areEqual(byIssuer, totals.byIssuer) && areEqual(byDivision, totals.byDivision),
  }
}

function readRequest(
  { licenceTypes, departments }: Catalogue,
  { type: code, map: given, department }: ImportRequest,
): { readonly type: LicenceType; readonly map: ImportMap; readonly mapText: JsonObject } {
  const isOfAnIssuer =
    department === undefined || departments.get(department)?.roles.includes('issuer') === true
  if (!isOfAnIssuer) throw new Problem('not-an-issuer')
  const type = licenceTypes.get(code)
  if (!type) throw new Problem('not-importable', { types: [...licenceTypes.keys()] })
  const mapText = given ?? (Object.hasOwn(ownMaps, code) ? ownMaps[code] : undefined)
  if (!mapText) throw new Problem('not-importable', { withoutMap: Object.keys(ownMaps) })
  return { type, map: readMap(mapText, type), mapText }
}

/**
 * Batches are parted one after the other, sealed side by side, and stored one after the other again: one
 * seals while the other is in the database.
 */
async function takeRows(
  vault: Importing,
  taking: { readonly run: BegunRun; readonly rows: Rows; readonly isOnePerHolder: boolean },
  report: (progress: ImportProgress) => void,
): Promise<ImportTotals> {
  const { run, rows, isOnePerHolder } = taking
  let totals = run.done
  let ordinal = run.batches
  let last: Promise<void> = Promise.resolve()
  const storing: Promise<void>[] = []
  const store = async (batch: PartedBatch, of: number, turn: Promise<void>): Promise<void> => {
    const stored = await storeBatch(vault, { ...run, ordinal: of }, batch, turn)
    totals = addTotals(totals, stored)
    report({ ...totals, share: rows.share() })
  }
  try {
    for await (const batch of rows.batches) {
      const parted = await partBatch(vault.db, vault.blind, {
        ...{ run: { ...run, isOnePerHolder }, rows: batch },
      })
      if (storing.length === batchesAtOnce) await storing.shift()
      last = store(parted, ordinal, last)
      // It may fail before its turn to be awaited; the failure is thrown there.
      last.catch(() => undefined)
      storing.push(last)
      ordinal += 1
    }
    await Promise.all(storing)
  } finally {
    await Promise.allSettled(storing)
  }
  return totals
}

function reportOf(sheet: Sheet, totals: ImportTotals, millis: number): ImportReport {
  const { digest, encoding, delimiter } = sheet
  return { fileDigest: hex(digest), encoding, delimiter, ...totals, millis }
}

function sumsOf(counts: readonly (readonly [string, number])[]): Counts {
  const sums = new Map<string, number>()
  for (const [key, count] of counts) sums.set(key, (sums.get(key) ?? 0) + count)
  return Object.fromEntries(sums)
}

function areEqual(a: Counts, b: Counts): boolean {
  return [...Object.keys(a), ...Object.keys(b)].every((key) => a[key] === b[key])
}

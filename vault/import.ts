/**
 * Importing a file of historical licences, of any length, in the memory of a few batches. Every row is
 * issued, found to be there already, or put into quarantine with what is wrong with it; none stops
 * the file. An import that was interrupted goes on when it is asked for again.
 */
import { randomUUID } from 'node:crypto'
import type { Catalogue, LicenceType } from '../catalogs/catalog.ts'
import type { JsonObject } from '../sdk/json.ts'
import { Problem } from '../sdk/problem.ts'
import { outcomesOf, storeBatch } from './import/batch.ts'
import { businessLicences } from './import/business-licences.ts'
import { fileAt, textNamed } from './import/file.ts'
import type { ImportLimits, ImportSource } from './import/file.ts'
import { readMap } from './import/map.ts'
import type { ImportMap } from './import/map.ts'
import { partBatch } from './import/part.ts'
import type { PartedBatch } from './import/part.ts'
import { createRowReader } from './import/row.ts'
import { beginRun, endRun, hex } from './import/run.ts'
import type { BegunRun } from './import/run.ts'
import { inspectFile, readRows } from './import/sheet.ts'
import type { Rows, Sheet } from './import/sheet.ts'
import { addTotals, nothing, tallyOf } from './import/tally.ts'
import type { ImportTotals } from './import/tally.ts'
import { finishIntents } from './issue.ts'
import type { Issuing } from './issue.ts'

export interface Importing extends Issuing {
  readonly catalogue: Catalogue
}

interface ImportRules {
  readonly type: string
  /** How columns become items (docs/importing.md); a type that has a map of its own needs none. */
  readonly map?: JsonObject
  /** Gives up what an unfinished run of this path began, and takes the file from its first row. */
  readonly isAnew?: boolean
  /** Lower than those of any file. */
  readonly limits?: ImportLimits
}

export interface ImportRequest extends ImportRules {
  readonly path: string
  /** Whose file it is: may read what became of it, also when it brought nothing. */
  readonly department?: string
}

/** Rows that a department hands in itself, so that all of them are about licences of its own. */
export interface ImportPortion extends Pick<ImportRules, 'type' | 'map'> {
  readonly department: string
  /** The same for every attempt at this very portion. */
  readonly key: string
  /** As in a file: a header line, and rows. */
  readonly text: string
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

const ownMaps: Readonly<Record<string, JsonObject>> = { businessLicence: businessLicences }

/**
 * Everything it answers is durable when it resolves; `report` hears the totals after every batch.
 * @throws Problem not-importable, invalid-import-map, import-not-csv, import-too-large,
 *   invalid-import-file (no row was taken), not-an-issuer, file-changed, import-under-way
 */
export function importLicences(
  vault: Importing,
  { path, ...request }: ImportRequest,
  report: (progress: ImportProgress) => void = () => undefined,
): Promise<ImportResult> {
  return importFrom(vault, fileAt(path), request, report)
}

/** The same portion again goes on, or is told what came of it. @throws Problem as `importLicences` */
export function importPortion(
  vault: Importing,
  { key, text, ...request }: ImportPortion,
): Promise<ImportResult> {
  // A text has none any more: read once again by that of its file, it would be other characters.
  if (request.map?.['encoding'] !== undefined) {
    const detail = { place: 'encoding', expected: 'nothing: a text has no encoding' }
    return Promise.reject(new Problem('invalid-import-map', detail))
  }
  const source = textNamed(`portion:${request.department}/${key}`, text)
  return importFrom(vault, source, { ...request, isPortion: true })
}

async function importFrom(
  vault: Importing,
  source: ImportSource,
  request: ImportRules & { readonly department?: string; readonly isPortion?: true },
  report: (progress: ImportProgress) => void = () => undefined,
): Promise<ImportResult> {
  const begun = vault.clock()
  const { department, isPortion = false } = request
  const { type, map, mapText } = readRequest(vault.catalogue, request)
  const sheet = await inspectFile(source, map, request.limits)
  await finishIntents(vault)
  const run = await beginRun(vault, {
    ...{ name: source.name, type: type.code, map: mapText, fileDigest: sheet.digest },
    ...{ isAnew: request.isAnew === true, isOnce: isPortion, department: department ?? null },
  })
  const readRow = createRowReader({
    ...{ map, columns: sheet.columns, type, catalogue: vault.catalogue, at: run.at },
    onlyOf: isPortion ? department : undefined,
  })
  const answer = (totals: ImportTotals): ImportResult => ({
    ...{ runId: run.runId, resumedAfter: run.done.rows },
    ...reportOf(sheet, totals, vault.clock().getTime() - begun.getTime()),
  })
  if (run.isFinished) return answer(run.done)
  const reading = { map, readRow, skip: run.done.rows, batchRows }
  const rows = readRows(sheet, reading)
  const totals = await takeRows(vault, { run, rows, isOnePerHolder: map.isOnePerHolder }, report)
  await endRun(vault, run, totals)
  return answer(totals)
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
  const sheet = await inspectFile(fileAt(request.path), map, request.limits)
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

function readRequest(
  { licenceTypes, departments }: Catalogue,
  { type: code, map: given, department }: ImportRules & { readonly department?: string },
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

/**
 * One batch of an import: sound rows are issued, unless an earlier line of the file gave the same
 * number, and all others go into quarantine, encrypted.
 */
import type { Catalogue } from '../../catalogs/catalog.ts'
import { failpoint } from '../../db/postgres.ts'
import { utf8 } from '../../sdk/primitives.ts'
import type { Finding } from '../issue/draft-checks.ts'
import type { Preparation, Prepared } from '../issue/draft.ts'
import { addQuarantined, claimNumbers } from './store.ts'
import type { Outcome } from './tally.ts'
import { issue } from '../issue.ts'
import type { Issuing } from '../issue.ts'
import { createRecordCipher } from '../keys/record-cipher.ts'

export interface Importing extends Issuing {
  readonly catalogue: Catalogue
}

export interface ImportedRow {
  /** Of the file, counted from 1. */
  readonly line: number
  /** As it stands in the file. */
  readonly raw: string
  readonly preparation: Preparation
}

interface SoundRow extends ImportedRow {
  readonly prepared: Prepared
}

interface FaultyRow extends ImportedRow {
  readonly findings: readonly Finding[]
}

/** A batch by what is to happen to its rows. */
interface PartedBatch {
  readonly sound: readonly SoundRow[]
  readonly faulty: readonly FaultyRow[]
}

/**
 * Parts the rows into those to issue and those to quarantine. Batches are parted in the order of the
 * file, because a number belongs to the first line that gives it; the database keeps which line that
 * was, since a file has no bound.
 */
export async function partBatch(
  { db, blind }: Importing,
  runId: string,
  rows: readonly ImportedRow[],
): Promise<PartedBatch> {
  const faulty = rows.flatMap((row) =>
    row.preparation.ok ? [] : [{ ...row, findings: row.preparation.findings }],
  )
  const sound = rows.flatMap((row) =>
    row.preparation.ok ? [{ ...row, prepared: row.preparation.prepared }] : [],
  )
  const claims = sound.map(({ line, prepared: { type, licenceNo } }) => ({
    ...{ line, numberIndex: blind.licenceNumber(type, licenceNo) },
  }))
  const lines = await claimNumbers(db, runId, claims)
  const isFirst = ({ line }: SoundRow): boolean => lines.get(line) === line
  const repeated = sound
    .filter((row) => !isFirst(row))
    .map((row) => ({ ...row, findings: [repeats(lines.get(row.line) ?? 0)] }))
  return { sound: sound.filter(isFirst), faulty: [...faulty, ...repeated] }
}

/** Durable when it resolves. */
export async function storeBatch(
  vault: Importing,
  runId: string,
  { sound, faulty }: PartedBatch,
): Promise<Outcome[]> {
  await quarantine(vault, runId, faulty)
  failpoint('mid-import-chunk')
  const drafts = sound.map(({ prepared }) => prepared)
  const issued = await issue(vault, drafts)
  return [
    ...drafts.map(({ issuer, division }, i): Outcome =>
      issued[i]?.fresh ? { is: 'issued', issuer, division } : { is: 'existing' },
    ),
    ...faulty.map(({ findings }): Outcome => {
      const rules = findings.map(({ rule }) => rule)
      return { is: 'quarantined', rules }
    }),
  ]
}

function repeats(line: number): Finding {
  const remedy = `Line ${line} gives the same number; keep the row that is right.`
  return { field: 'licenceNo', rule: 'duplicate-in-file', remedy }
}

async function quarantine(
  { db, wrapper }: Importing,
  runId: string,
  rows: readonly FaultyRow[],
): Promise<void> {
  if (rows.length === 0) return
  const cipher = createRecordCipher(wrapper)
  const sealed = await Promise.all(
    rows.map(async ({ line, raw, findings }) => ({
      ...{ line, findings },
      ...(await cipher.seal(utf8(raw), `quarantine:${runId}:${line}`)),
    })),
  )
  await addQuarantined(db, runId, sealed)
}

/** What became of a run: its totals, held against the vault, and the lines that were not taken. */
import type { Tx } from '../../db/postgres.ts'
import { Problem } from '../../sdk/problem.ts'
import { countLicences, findRun, loadBatches, loadQuarantine } from './store.ts'
import type { QuarantinedLine } from './store.ts'
import { addTotals, nothing } from './tally.ts'
import type { Counts, ImportTotals } from './tally.ts'

interface Known {
  readonly db: Tx
}

/** No answer about a quarantine has more lines than this; ask again after the last one. */
const quarantinePageMax = 1_000

/**
 * The lines of a run that were not taken, in order, each with what is wrong; nothing personal.
 * @throws Problem unknown-import-run
 */
export async function quarantineOf(
  { db }: Known,
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

async function runOf(db: Tx, runId: string) {
  const run = runIdForm.test(runId) ? await findRun(db, runId) : undefined
  if (!run) throw new Problem('unknown-import-run')
  return run
}

/** @throws Problem unknown-import-run */
export async function importStatus({ db }: Known, runId: string): Promise<ImportStatus> {
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

function sumsOf(counts: readonly (readonly [string, number])[]): Counts {
  const sums = new Map<string, number>()
  for (const [key, count] of counts) sums.set(key, (sums.get(key) ?? 0) + count)
  return Object.fromEntries(sums)
}

function areEqual(a: Counts, b: Counts): boolean {
  return [...Object.keys(a), ...Object.keys(b)].every((key) => a[key] === b[key])
}

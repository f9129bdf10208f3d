/**
 * An import run: how it begins, how it goes on where it broke off, and how it ends. A run is known by
 * the name of what it takes, the content, the type and the map; the same again goes on with a run that
 * did not end, and with another content it is refused.
 */
import { randomUUID } from 'node:crypto'
import type { Db, Tx } from '../../db/postgres.ts'
import type { Log } from '../../log/index.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { canonicalJson } from '../../sdk/json.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { equalBytes, sha256, utf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import { addBatch, addResult, addRun, findNewestRun, loadBatches } from './store.ts'
import type { ImportRun } from './store.ts'
import { addTotals, nothing } from './tally.ts'
import type { ImportTotals } from './tally.ts'

interface Running {
  readonly db: Db
  readonly log: Log
  readonly clock: () => Date
}

export interface BegunRun extends ImportRun {
  /** What an earlier process has done of it. */
  readonly done: ImportTotals
  readonly batches: number
  readonly isFinished: boolean
}

interface Wanted {
  /** The path of a file, or the request of a portion. */
  readonly name: string
  readonly type: string
  readonly map: JsonObject
  readonly fileDigest: Uint8Array
  /** Begins from the first row, whatever an unfinished run has read. */
  readonly isAnew: boolean
  /** Whether a run that has ended is the answer, and none begins behind it. */
  readonly isOnce: boolean
  /** Of a run that begins now. */
  readonly department: string | null
}

/** Durable when it resolves. @throws Problem file-changed */
export async function beginRun({ db, log, clock }: Running, wanted: Wanted): Promise<BegunRun> {
  const { name, type, fileDigest, isAnew, isOnce, department } = wanted
  const pathDigest = sha256(utf8(name))
  const mapDigest = sha256(utf8(canonicalJson(wanted.map)))
  return db.transaction(async (tx) => {
    const newest = await findNewestRun(tx, { pathDigest, type })
    if (newest && (isOnce || !newest.isFinished) && !isAnew) {
      const isSame =
        equalBytes(newest.fileDigest, fileDigest) && equalBytes(newest.mapDigest, mapDigest)
      if (!isSame) throw new Problem('file-changed', { runId: newest.runId })
      const batches = await loadBatches(tx, newest.runId)
      return { ...newest, done: batches.reduce(addTotals, nothing), batches: batches.length }
    }
    const run = { runId: randomUUID(), type, at: clock(), fileDigest, pathDigest, mapDigest }
    await addRun(tx, { ...run, department })
    const at = run.at.toISOString()
    await log.append(tx, [
      {
        ...{ kind: 'import-started', at, runId: run.runId, type, file: hex(fileDigest) },
        ...(department === null ? {} : { department }),
      },
    ])
    return { ...run, done: nothing, batches: 0, isFinished: false }
  })
}

/** With what came of it. @throws Problem import-under-way when another process was quicker */
export async function recordBatch(
  tx: Tx,
  batch: { readonly runId: string; readonly ordinal: number; readonly totals: ImportTotals },
): Promise<void> {
  const isOurs = await addBatch(tx, batch)
  if (!isOurs) throw new Problem('import-under-way', { runId: batch.runId })
}

export async function endRun(
  { db, log, clock }: Running,
  { runId, type, fileDigest }: ImportRun,
  totals: ImportTotals,
): Promise<void> {
  const { rows, issued, existing, quarantined } = totals
  const at = clock()
  const entry = { kind: 'import-finished', at: at.toISOString(), runId, type } as const
  // The totals by division can be longer than an entry may be; their digest never is.
  const digest = toBase64url(sha256(utf8(canonicalJson({ ...totals }))))
  await db.transaction(async (tx) => {
    await addResult(tx, { runId, totals, at })
    await log.append(tx, [
      {
        ...{ ...entry, file: hex(fileDigest), totals: digest },
        ...{ rows, issued, existing, quarantined },
      },
    ])
  })
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

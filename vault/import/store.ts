/** Every statement on import runs: what was begun, what came of it, and the rows that were not taken. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import type { Finding } from '../issue/draft-checks.ts'
import type { ImportTotals } from './tally.ts'

export interface ImportRun {
  readonly runId: string
  readonly type: string
  readonly at: Date
  readonly fileDigest: Uint8Array
  readonly pathDigest: Uint8Array
  readonly mapDigest: Uint8Array
}

export interface StartedRun extends ImportRun {
  readonly isFinished: boolean
}

/** What is wrong with a line, where, and what stands there looks like; nothing personal. */
export interface QuarantineFinding extends Finding {
  readonly column?: string
  readonly shape?: string
}

export interface QuarantinedLine {
  readonly line: number
  readonly findings: readonly QuarantineFinding[]
}

interface QuarantinedRow extends QuarantinedLine {
  /** The row as it stood in the file, encrypted. */
  readonly sealed: Uint8Array
  readonly wrappedKey: Uint8Array
}

export async function addRun(
  tx: Tx,
  run: ImportRun & { readonly department: string | null },
): Promise<void> {
  const { runId, type, at, fileDigest, pathDigest, mapDigest, department } = run
  await tx.execute(sql`
    insert into vault.import_run (run_id, file_digest, type, started_at, path_digest, map_digest,
                                  department)
    values (${runId}, ${Buffer.from(fileDigest)}, ${type}, ${at}, ${Buffer.from(pathDigest)},
            ${Buffer.from(mapDigest)}, ${department})`)
}

/** The last time licences of a type were imported from a path. */
export function findNewestRun(
  db: Tx,
  { pathDigest, type }: Pick<ImportRun, 'pathDigest' | 'type'>,
): Promise<StartedRun | undefined> {
  return db.row<StartedRun>(sql`
    select run_id as "runId", type, started_at as at, file_digest as "fileDigest",
           path_digest as "pathDigest", map_digest as "mapDigest",
           exists (select from vault.import_result r where r.run_id = run.run_id) as "isFinished"
      from vault.import_run run
     where path_digest = ${Buffer.from(pathDigest)} and type = ${type}
     order by started_at desc, run_id desc
     limit 1`)
}

export function findRun(
  db: Tx,
  runId: string,
): Promise<
  { type: string; department: string | null; at: Date; finishedAt: Date | null } | undefined
> {
  return db.row(sql`
    select run.type, run.department, run.started_at as at, result.finished_at as "finishedAt"
      from vault.import_run run
      left join vault.import_result result on result.run_id = run.run_id
     where run.run_id = ${runId}`)
}

/** What the batches of a run have come to, in order. */
export async function loadBatches(db: Tx, runId: string): Promise<ImportTotals[]> {
  const rows = await db.rows<{ totals: ImportTotals }>(sql`
    select totals
      from vault.import_batch
     where run_id = ${runId}
     order by ordinal`)
  return rows.map(({ totals }) => totals)
}

/** Answers false when the batch was there already. */
export async function addBatch(
  db: Tx,
  { runId, ordinal, totals }: { runId: string; ordinal: number; totals: ImportTotals },
): Promise<boolean> {
  const added = await db.execute(sql`
    insert into vault.import_batch (run_id, ordinal, totals)
    values (${runId}, ${ordinal}, ${JSON.stringify(totals)}::jsonb)
        on conflict do nothing`)
  return added > 0
}

export async function addResult(
  tx: Tx,
  { runId, totals, at }: { runId: string; totals: ImportTotals; at: Date },
): Promise<void> {
  await tx.execute(sql`
    insert into vault.import_result (run_id, finished_at, totals)
    values (${runId}, ${at}, ${JSON.stringify(totals)}::jsonb)`)
}

interface ClaimedLine {
  readonly line: number
  readonly numberIndex: Uint8Array
  readonly holdersDigest: Uint8Array
}

/** The line that gave a number first, for whom, and whether the vault had the number before the run. */
export interface Claim {
  readonly first: number
  readonly holdersDigest: Uint8Array
  readonly isKnown: boolean
}

/**
 * Notes which line gave each number first, and answers it for each of these lines, in their order:
 * often itself. A number that an earlier line gave keeps that line. `offset 0` keeps the planner from
 * reading all numbers, or all lines of the run, for each batch.
 */
export async function claimNumbers(
  db: Tx,
  { runId, type }: { readonly runId: string; readonly type: string },
  lines: readonly ClaimedLine[],
): Promise<Claim[]> {
  if (lines.length === 0) return []
  return db.rows<Claim>(sql`
    with given as materialized (
      select number_index, line, holders_digest, ordinality
        from unnest(${lines.map(({ numberIndex }) => numberIndex)}::bytea[],
                    ${lines.map(({ line }) => line)}::integer[],
                    ${lines.map(({ holdersDigest }) => holdersDigest)}::bytea[])
          with ordinality as given (number_index, line, holders_digest, ordinality)
    ), claimed as (
      insert into vault.import_line (run_id, number_index, line, holders_digest, is_known)
      select ${runId}, number_index, line, holders_digest, known.licence_id is not null
        from given
        left join lateral (
               select licence_id
                 from vault.licence_number
                where type = ${type} and number_index = given.number_index
               offset 0) known on true
       order by ordinality
          on conflict do nothing
      returning number_index, line, holders_digest, is_known
    )
    select coalesce(claimed.line, before.line) as first,
           coalesce(claimed.holders_digest, before.holders_digest) as "holdersDigest",
           coalesce(claimed.is_known, before.is_known) as "isKnown"
      from given
      left join claimed on claimed.number_index = given.number_index
      left join lateral (
             select line, holders_digest, is_known
               from vault.import_line
              where claimed.number_index is null
                and run_id = ${runId} and number_index = given.number_index
             offset 0) before on true
     order by ordinality`)
}

/** Notes of these numbers that it was not this run that gave them away. */
export async function noteKnown(
  tx: Tx,
  runId: string,
  lines: readonly Pick<ClaimedLine, 'numberIndex'>[],
): Promise<void> {
  if (lines.length === 0) return
  await tx.execute(sql`
    update vault.import_line
       set is_known = true
     where run_id = ${runId}
       and number_index = any (${lines.map(({ numberIndex }) => numberIndex)}::bytea[])`)
}

/** Who holds the licences that bear these numbers. */
export function findHolders(
  db: Tx,
  type: string,
  numbers: readonly Uint8Array[],
): Promise<{ numberIndex: Uint8Array; holders: readonly Uint8Array[] }[]> {
  return db.rows(sql`
    select n.number_index as "numberIndex", l.holders
      from unnest(${numbers}::bytea[]) as given (number_index)
      join vault.licence_number n on n.type = ${type} and n.number_index = given.number_index
      join vault.licence l on l.licence_id = n.licence_id`)
}

/** Those of the holders, in base64url, who have a licence in force that this run did not bring. */
export async function findLiving(
  db: Tx,
  { runId, type, at }: { readonly runId: string; readonly type: string; readonly at: Date },
  holders: readonly Uint8Array[],
): Promise<Set<string>> {
  const rows = await db.rows<{ holder: Uint8Array }>(sql`
    select distinct h.holder_index as holder
      from vault.holder h
      join vault.licence l on l.licence_id = h.licence_id
      join vault.licence_number n on n.licence_id = l.licence_id
      left join vault.import_line i
        on i.run_id = ${runId} and i.number_index = n.number_index and not i.is_known
      left join lateral (
             select state
               from vault.act
              where licence_id = l.licence_id and effective_at <= ${at}
              order by state in ('valid', 'suspended'), ordinal desc
              limit 1) a on true
     where h.holder_index = any (${holders}::bytea[])
       and h.type = ${type}
       and (l.valid_until is null or l.valid_until > ${at})
       and coalesce(a.state, 'valid') in ('valid', 'suspended')
       and i.run_id is null`)
  return new Set(rows.map(({ holder }) => toBase64url(holder)))
}

/** Rows that are there already stay as they are. */
export async function addQuarantined(
  db: Tx,
  runId: string,
  rows: readonly QuarantinedRow[],
): Promise<void> {
  if (rows.length === 0) return
  await db.execute(sql`
    insert into vault.quarantine (run_id, line, findings, sealed_row, wrapped_key)
    select ${runId}, line, findings, sealed_row, wrapped_key
      from unnest(${rows.map(({ line }) => line)}::integer[],
                  ${rows.map(({ findings }) => JSON.stringify(findings))}::jsonb[],
                  ${rows.map(({ sealed }) => sealed)}::bytea[],
                  ${rows.map(({ wrappedKey }) => wrappedKey)}::bytea[])
        as given (line, findings, sealed_row, wrapped_key)
        on conflict do nothing`)
}

export function loadQuarantine(
  db: Tx,
  { runId, afterLine }: { readonly runId: string; readonly afterLine: number },
  limit: number,
): Promise<QuarantinedLine[]> {
  return db.rows<QuarantinedLine>(sql`
    select line, findings
      from vault.quarantine
     where run_id = ${runId} and line > ${afterLine}
     order by line
     limit ${limit}`)
}

/** The licences that are in the vault for the lines of a run, by issuer and division. */
export function countLicences(
  db: Tx,
  { runId, type }: { readonly runId: string; readonly type: string },
): Promise<{ issuer: string; division: string; licences: number }[]> {
  return db.rows(sql`
    select l.issuer, l.division, count(*) as licences
      from vault.import_line i
      join vault.licence_number n on n.type = ${type} and n.number_index = i.number_index
      join vault.licence l on l.licence_id = n.licence_id
     where i.run_id = ${runId} and not i.is_known
     group by l.issuer, l.division`)
}

/** Every statement on import runs: what was begun, what came of it, and the rows that were not taken. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import type { JsonObject } from '../../sdk/json.ts'
import type { Finding } from '../issue/draft-checks.ts'

interface ImportRun {
  readonly runId: string
  readonly fileDigest: Uint8Array
  readonly type: string
  readonly at: Date
}

export interface QuarantinedLine {
  readonly line: number
  readonly findings: readonly Finding[]
}

interface QuarantinedRow extends QuarantinedLine {
  /** The row as it stood in the file, encrypted. */
  readonly sealed: Uint8Array
  readonly wrappedKey: Uint8Array
}

interface ClaimedLine {
  readonly line: number
  readonly numberIndex: Uint8Array
}

export async function addRun(tx: Tx, { runId, fileDigest, type, at }: ImportRun): Promise<void> {
  await tx.execute(sql`
    insert into vault.import_run (run_id, file_digest, type, started_at)
    values (${runId}, ${Buffer.from(fileDigest)}, ${type}, ${at})`)
}

export async function runExists(db: Tx, runId: string): Promise<boolean> {
  const row = await db.row(sql`
    select run_id
      from vault.import_run
     where run_id = ${runId}`)
  return row !== undefined
}

export async function addResult(
  tx: Tx,
  { runId, totals, at }: { runId: string; totals: JsonObject; at: Date },
): Promise<void> {
  await tx.execute(sql`
    insert into vault.import_result (run_id, finished_at, totals)
    values (${runId}, ${at}, ${JSON.stringify(totals)}::jsonb)`)
}

/**
 * Notes which line gave each number first, and answers it for each of these lines: often itself. A
 * number that an earlier line gave keeps that line.
 */
export async function claimNumbers(
  db: Tx,
  runId: string,
  claims: readonly ClaimedLine[],
): Promise<Map<number, number>> {
  const rows = await db.rows<{ line: number; first: number }>(sql`
    with given as materialized (
      select number_index, line
        from unnest(${claims.map(({ numberIndex }) => Buffer.from(numberIndex))}::bytea[],
                    ${claims.map(({ line }) => line)}::integer[])
          as given (number_index, line)
    ), claimed as (
      insert into vault.import_line (run_id, number_index, line)
      select ${runId}, number_index, line
        from given
       order by line
          on conflict do nothing
      returning number_index, line
    )
    select given.line, coalesce(claimed.line, before.line) as first
      from given
      left join claimed on claimed.number_index = given.number_index
      left join vault.import_line before
        on before.run_id = ${runId} and before.number_index = given.number_index`)
  return new Map(rows.map(({ line, first }) => [line, first]))
}

export async function addQuarantined(
  db: Tx,
  runId: string,
  rows: readonly QuarantinedRow[],
): Promise<void> {
  await db.execute(sql`
    insert into vault.quarantine (run_id, line, findings, sealed_row, wrapped_key)
    select ${runId}, line, findings, sealed_row, wrapped_key
      from unnest(${rows.map(({ line }) => line)}::integer[],
                  ${rows.map(({ findings }) => JSON.stringify(findings))}::jsonb[],
                  ${rows.map(({ sealed }) => Buffer.from(sealed))}::bytea[],
                  ${rows.map(({ wrappedKey }) => Buffer.from(wrappedKey))}::bytea[])
        as given (line, findings, sealed_row, wrapped_key)`)
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

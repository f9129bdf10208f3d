/** Every statement on answered requests and on whom their log entries are about. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'

export interface RequestRow {
  readonly department: string
  readonly rid: string
  readonly attempt: number
  readonly jti: string
  readonly token: string
}

export interface SubjectRow {
  readonly leaf: Uint8Array
  readonly ordinal: number
  readonly subjectIndex: Uint8Array
  readonly salt: Uint8Array
}

/** Consumes tokens and attempts; answers the `jti`s that were new in both respects. */
export async function consumeRequests(
  tx: Tx,
  requests: readonly RequestRow[],
  at: Date,
): Promise<Set<string>> {
  const rows = await tx.rows<{ department: string; rid: string; attempt: number; jti: string }>(sql`
    insert into exchange.request (department, rid, attempt, jti, token, recorded_at)
    select department, rid, attempt, jti, token, ${at}::timestamptz
      from unnest(${requests.map(({ department }) => department)}::text[],
                  ${requests.map(({ rid }) => rid)}::text[],
                  ${requests.map(({ attempt }) => attempt)}::integer[],
                  ${requests.map(({ jti }) => jti)}::text[],
                  ${requests.map(({ token }) => token)}::text[])
        as given (department, rid, attempt, jti, token)
        on conflict do nothing
    returning department, rid, attempt, jti`)
  return new Set(rows.map(requestKey))
}

/** Tells requests apart within one batch. */
export function requestKey(
  row: Pick<RequestRow, 'department' | 'rid' | 'attempt' | 'jti'>,
): string {
  return JSON.stringify([row.department, row.rid, row.attempt, row.jti])
}

export async function tokenIsUsed(
  tx: Tx,
  { department, jti }: { readonly department: string; readonly jti: string },
): Promise<boolean> {
  const row = await tx.row<{ used: boolean }>(sql`
    select exists (select from exchange.request
                    where department = ${department} and jti = ${jti}) as used`)
  return row?.used ?? false
}

export async function addSubjects(tx: Tx, subjects: readonly SubjectRow[]): Promise<void> {
  if (subjects.length === 0) return
  await tx.execute(sql`
    insert into exchange.entry_subject (leaf, ordinal, subject_index, salt)
    select leaf, ordinal, subject_index, salt
      from unnest(${subjects.map(({ leaf }) => Buffer.from(leaf))}::bytea[],
                  ${subjects.map(({ ordinal }) => ordinal)}::integer[],
                  ${subjects.map(({ subjectIndex }) => Buffer.from(subjectIndex))}::bytea[],
                  ${subjects.map(({ salt }) => Buffer.from(salt))}::bytea[])
        as given (leaf, ordinal, subject_index, salt)`)
}

/** Leaves of the entries about one subject. */
export async function leavesAbout(
  db: Tx,
  subjectIndex: Uint8Array,
  limit: number,
): Promise<Uint8Array[]> {
  const rows = await db.rows<{ leaf: Uint8Array }>(sql`
    select distinct leaf
      from exchange.entry_subject
     where subject_index = ${Buffer.from(subjectIndex)}
     limit ${limit}`)
  return rows.map(({ leaf }) => leaf)
}

/** Every statement on answered requests and on whom their log entries are about. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'

export interface RequestRow {
  readonly department: string
  readonly rid: string
  readonly attempt: number
  readonly jti: string
  readonly token: string
  readonly asked: Uint8Array
}

export interface SubjectRow {
  readonly leaf: Uint8Array
  readonly ordinal: number
  readonly subjectIndex: Uint8Array
  readonly salt: Uint8Array
}

/**
 * Consumes tokens and attempts; answers those that were new, and asked what their request id stands for.
 * Among serializable transactions looking for others costs conflicts, so there a first attempt looks only
 * for later ones, which have an index of their own; another first one is met by the primary key.
 */
export async function consumeRequests(
  tx: Tx,
  requests: readonly RequestRow[],
  at: Date,
): Promise<Set<string>> {
  const rows = await tx.rows<{ department: string; rid: string; attempt: number; jti: string }>(sql`
    insert into exchange.request (department, rid, attempt, jti, token, asked, recorded_at)
    select department, rid, attempt, jti, token, asked, ${at}::timestamptz
      from unnest(${requests.map(({ department }) => department)}::text[],
                  ${requests.map(({ rid }) => rid)}::text[],
                  ${requests.map(({ attempt }) => attempt)}::integer[],
                  ${requests.map(({ jti }) => jti)}::text[],
                  ${requests.map(({ token }) => token)}::text[],
                  ${requests.map(({ asked }) => asked)}::bytea[])
        as given (department, rid, attempt, jti, token, asked)
     where not exists (select from exchange.request as later
                        where later.department = given.department and later.rid = given.rid
                          and later.attempt > 1 and later.asked <> given.asked)
       and ((attempt = 1 and current_setting('transaction_isolation') = 'serializable')
         or not exists (select from exchange.request as earlier
                         where earlier.department = given.department and earlier.rid = given.rid
                           and earlier.asked <> given.asked))
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

/** What of a request was used before: its token, its id for something else, its attempt. */
export async function usesOf(
  tx: Tx,
  { department, rid, attempt, jti, asked }: RequestRow,
): Promise<{ readonly token: boolean; readonly another: boolean; readonly attempt: boolean }> {
  const row = await tx.row<{ token: boolean; another: boolean; attempt: boolean }>(sql`
    select exists (select from exchange.request
                    where department = ${department} and jti = ${jti}) as token,
           exists (select from exchange.request
                    where department = ${department} and rid = ${rid}
                      and asked <> ${Buffer.from(asked)}) as another,
           exists (select from exchange.request
                    where department = ${department} and rid = ${rid}
                      and attempt = ${attempt}) as attempt`)
  return row ?? { token: false, another: false, attempt: false }
}

export async function addSubjects(tx: Tx, subjects: readonly SubjectRow[]): Promise<void> {
  if (subjects.length === 0) return
  await tx.execute(sql`
    insert into exchange.entry_subject (leaf, ordinal, subject_index, salt)
    select leaf, ordinal, subject_index, salt
      from unnest(${subjects.map(({ leaf }) => leaf)}::bytea[],
                  ${subjects.map(({ ordinal }) => ordinal)}::integer[],
                  ${subjects.map(({ subjectIndex }) => subjectIndex)}::bytea[],
                  ${subjects.map(({ salt }) => salt)}::bytea[])
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

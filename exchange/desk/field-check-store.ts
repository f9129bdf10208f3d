/** Every statement on how often departments have asked whether items are right. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import { fromBase64url } from '../../sdk/base64url.ts'

export interface FieldCheckRow {
  readonly department: string
  readonly type: string
  /** Keyed index, base64url. */
  readonly subject: string
  readonly at: Date
}

export async function countFieldChecks(
  tx: Tx,
  { department, type, subject }: FieldCheckRow,
  since: Date,
): Promise<number> {
  const row = await tx.row<{ checks: number }>(sql`
    select count(*) as checks
      from exchange.field_check
     where department = ${department} and type = ${type}
       and subject_index = ${Buffer.from(fromBase64url(subject))} and asked_at > ${since}`)
  return row?.checks ?? 0
}

export async function addFieldCheck(
  tx: Tx,
  { department, type, subject, at }: FieldCheckRow,
): Promise<void> {
  await tx.execute(sql`
    insert into exchange.field_check (department, type, subject_index, asked_at)
    values (${department}, ${type}, ${Buffer.from(fromBase64url(subject))}, ${at})`)
}

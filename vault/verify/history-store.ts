/** Every statement on what was known of a licence, and when it became known. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import type { Act, State } from '../change/lifecycle.ts'

export interface RecordedAct {
  readonly act: Act
  readonly state: State
  readonly reason: string
  readonly department: string
  readonly officer: string
  readonly effective_at: Date
  readonly recorded_at: Date
  readonly leaf: Uint8Array
  /** The licence that took its place. */
  readonly successor: string | null
}

/** In the order in which they were recorded. */
export function findActsKnown(
  db: Tx,
  { licenceId, knownAt }: { readonly licenceId: string; readonly knownAt: Date | undefined },
  limit: number,
): Promise<RecordedAct[]> {
  return db.rows<RecordedAct>(sql`
    select act, state, reason, department, officer, effective_at, recorded_at, leaf, successor
      from vault.act
     where licence_id = ${licenceId}
       and (${knownAt ?? null}::timestamptz is null or recorded_at <= ${knownAt ?? null})
     order by ordinal
     limit ${limit}`)
}

/** When a licence that is kept here was stored. */
export async function findRecordedAt(db: Tx, licenceId: string): Promise<Date | undefined> {
  const row = await db.row<{ recorded_at: Date }>(sql`
    select recorded_at
      from vault.licence
     where licence_id = ${licenceId}`)
  return row?.recorded_at
}

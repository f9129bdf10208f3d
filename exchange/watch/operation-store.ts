/** What the operation of the exchange looks at: what waits for a head, and the time in the database. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'

export interface Operation {
  readonly pending: number
  /** When the entry that has waited longest was recorded; null when none waits. */
  readonly oldestPending: Date | null
  readonly now: Date
}

export async function readOperation(db: Tx): Promise<Operation> {
  const row = await db.row<Operation>(sql`
    select (select count(*) from log.pending) as pending,
           (select entry.recorded_at
              from log.pending
              join log.entry on entry.id = pending.entry_id
             order by pending.entry_id
             limit 1) as "oldestPending",
           clock_timestamp() as now`)
  if (!row) throw new Error('a question without a table has one answer')
  return row
}

/** How much there is in the log to be verified. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'

export interface LogSize {
  readonly entries: number
  readonly heads: number
}

export async function countLog(db: Tx): Promise<LogSize> {
  const row = await db.row<LogSize>(sql`
    select (select count(*) from log.entry) as entries,
           (select count(*) from log.checkpoint) as heads`)
  return row ?? { entries: 0, heads: 0 }
}

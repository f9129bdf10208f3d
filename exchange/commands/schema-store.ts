/** Whether a database is one of ours. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'

export async function hasOurTables(db: Tx): Promise<boolean> {
  const row = await db.row<{ found: boolean }>(sql`
    select to_regclass('log.entry') is not null and to_regclass('vault.licence') is not null
        as found`)
  return row?.found ?? false
}

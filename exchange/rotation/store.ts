/** The lock that lets one rotation at a time work on an exchange; the database holds it for us. */
import { locks, sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'

/** Held until the transaction ends, however it ends. */
export async function takeRotationLock(tx: Tx): Promise<boolean> {
  const row = await tx.row<{ taken: boolean }>(sql`
    select pg_try_advisory_xact_lock(${locks.rotation}) as taken`)
  return row?.taken ?? false
}

/** A transaction that says nothing for long is ended by the server. */
export async function keepLock(tx: Tx): Promise<void> {
  await tx.execute(sql`select 1`)
}

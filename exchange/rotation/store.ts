/** The lock that lets one rotation at a time work on an exchange; the database holds it for us. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'

/** "zt keys" as a number, unlike any other advisory lock of ours. */
const rotationLock = 8_820_746_019

/** Held until the transaction ends, however it ends. */
export async function takeRotationLock(tx: Tx): Promise<boolean> {
  const row = await tx.row<{ taken: boolean }>(sql`
    select pg_try_advisory_xact_lock(${rotationLock}) as taken`)
  return row?.taken ?? false
}

/** A transaction that says nothing for long is ended by the server. */
export async function keepLock(tx: Tx): Promise<void> {
  await tx.execute(sql`select 1`)
}

/** Every statement on idempotency keys: what each has stood for since it was first used. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'

interface RequestKey {
  readonly department: string
  readonly key: string
}

interface Claim extends RequestKey {
  /** Keyed digest of the request. */
  readonly asked: Uint8Array
  /** What the licence will be called, unless the key has given it a name already. */
  readonly licenceId: string
}

/** Says what the key stands for, now or since an earlier request. */
export async function claimRequest(
  db: Tx,
  { department, key, asked, licenceId }: Claim,
  at: Date,
): Promise<{ asked: Uint8Array; licenceId: string } | undefined> {
  await db.execute(sql`
    insert into vault.request (department, key, asked, licence_id, asked_at)
    values (${department}, ${key}, ${Buffer.from(asked)}, ${licenceId}, ${at})
        on conflict do nothing`)
  return db.row(sql`
    select asked, licence_id as "licenceId"
      from vault.request
     where department = ${department} and key = ${key}`)
}

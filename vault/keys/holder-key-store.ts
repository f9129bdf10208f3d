/** Every statement on holders' keys but their rotation (`wrapped-store.ts`). */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import { toBase64url } from '../../sdk/base64url.ts'

/** A holder by blind index in base64url, and the holder's key under a key-encryption key. */
interface HolderKey {
  readonly holder: string
  readonly wrappedKey: Uint8Array
}

/** `offset 0` has each looked for in its own partition alone. */
export async function findHolderKeys(
  db: Tx,
  holders: readonly string[],
): Promise<Map<string, Uint8Array>> {
  const rows = await db.rows<{ holder_index: Uint8Array; wrapped_key: Uint8Array }>(sql`
    select asked.holder_index, holder_key.wrapped_key
      from unnest(${holders.map(indexOf)}::bytea[]) as asked (holder_index)
      join lateral (
             select wrapped_key
               from vault.holder_key
              where holder_index = asked.holder_index
             offset 0) holder_key on true`)
  return new Map(rows.map((row) => [toBase64url(row.holder_index), row.wrapped_key]))
}

/** A holder who has a key keeps it. */
export function addHolderKeys(db: Tx, keys: readonly HolderKey[]): Promise<number> {
  return db.execute(sql`
    insert into vault.holder_key (holder_index, wrapped_key)
    select holder_index, wrapped_key
      from unnest(${keys.map(({ holder }) => indexOf(holder))}::bytea[],
                  ${keys.map(({ wrappedKey }) => wrappedKey)}::bytea[])
        as given (holder_index, wrapped_key)
        on conflict do nothing`)
}

/** Whether a licence of this holder is just being sealed. */
export async function isBeingIssued(tx: Tx, holder: string): Promise<boolean> {
  const row = await tx.row<{ found: boolean }>(sql`
    select exists (select from (select facts from vault.intent
                                 union all
                                select facts from vault.succession) begun
                    where facts -> 'holders' @> jsonb_build_array(
                            jsonb_build_object('index', ${holder}::text))) as found`)
  return row?.found ?? false
}

/** As zt_keeper. Answers the key that was there, still wrapped. */
export async function deleteHolderKey(tx: Tx, holder: string): Promise<Uint8Array | undefined> {
  const row = await tx.row<{ wrapped_key: Uint8Array }>(sql`
    delete from vault.holder_key
     where holder_index = ${indexOf(holder)}
    returning wrapped_key`)
  return row?.wrapped_key
}

function indexOf(holder: string): Buffer {
  return Buffer.from(holder, 'base64url')
}

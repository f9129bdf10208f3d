/** Every statement on idempotency keys: what each has stood for since it was first used. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'

interface RequestKey {
  readonly department: string
  readonly key: string
}

export interface Claim extends RequestKey {
  /** Keyed digest of the request. */
  readonly asked: Uint8Array
  /** What the licence will be called, unless the key has given it a name already. */
  readonly licenceId: string
}

export interface Claimed extends Claim {
  /** When the key was first used. */
  readonly askedAt: Date
}

/** Answers those whose key was new. In the order of keys, so that two of them never wait for each other. */
export function addRequests(db: Tx, claims: readonly Claim[], at: Date): Promise<Claimed[]> {
  return db.rows(sql`
    insert into vault.request (department, key, asked, licence_id, asked_at)
    select department, key, asked, licence_id, ${at}::timestamptz
      from unnest(${claims.map(({ department }) => department)}::text[],
                  ${claims.map(({ key }) => key)}::text[],
                  ${claims.map(({ asked }) => asked)}::bytea[],
                  ${claims.map(({ licenceId }) => licenceId)}::text[])
        as given (department, key, asked, licence_id)
     order by department, key
        on conflict do nothing
    returning department, key, asked, licence_id as "licenceId", asked_at as "askedAt"`)
}

/** What the keys have stood for since an earlier request. `offset 0` has each looked for by its key. */
export function findRequests(db: Tx, keys: readonly RequestKey[]): Promise<Claimed[]> {
  return db.rows(sql`
    select wanted.department, wanted.key, request.asked, request.licence_id as "licenceId",
           request.asked_at as "askedAt"
      from unnest(${keys.map(({ department }) => department)}::text[],
                  ${keys.map(({ key }) => key)}::text[]) as wanted (department, key)
      join lateral (
             select asked, licence_id, asked_at
               from vault.request
              where department = wanted.department and key = wanted.key
             offset 0) request on true`)
}

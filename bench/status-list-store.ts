/** Statements that revoke licences which nobody issued, by their places in the status lists. */
import { sql } from '../db/postgres.ts'
import type { Tx } from '../db/postgres.ts'

export interface Places {
  readonly from: number
  readonly until: number
  readonly every: number
}

export async function addRevoked(owner: Tx, { from, until, every }: Places): Promise<void> {
  await owner.execute(sql`
    insert into vault.licence (licence_id, type, type_version, issuer, division, grade, valid_from,
                               valid_until, holders, sealed, document_digest, status_position, leaf,
                               recorded_at)
    select 'bench.' || n, 'type', '1', 'issuer', '460100', 'B', now(), null,
           array[sha256(int8send(n))], ''::bytea, sha256(int8send(n)), n, sha256(int8send(-n)), now()
      from generate_series(${from}::bigint, ${until}::bigint - 1, ${every}::bigint) as n`)
  await owner.execute(sql`
    insert into vault.act (licence_id, ordinal, act, state, reason, effective_at, recorded_at,
                           department, officer, status_position, leaf)
    select 'bench.' || n, 1, 'revoke', 'revoked', 'obtained-by-fraud', now(), now(), 'bench', 'bench', n,
           sha256(int8send(n))
      from generate_series(${from}::bigint, ${until}::bigint - 1, ${every}::bigint) as n`)
}

/** As if all places before this one had been given. */
export async function settlePlaces(owner: Tx, given: number): Promise<void> {
  await owner.execute(sql`select setval('vault.status_position', ${given})`)
  await owner.execute(sql`vacuum analyze vault.licence, vault.act`)
}

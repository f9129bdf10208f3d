/** Every statement on the departments' registered request keys. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'

export interface KeyRow {
  readonly kid: string
  readonly department: string
  /** Certificates, DER, the key's own first. */
  readonly chain: readonly Uint8Array[]
}

export interface ListedKey extends KeyRow {
  readonly isRetired: boolean
}

export interface FoundKey extends ListedKey {
  /** How many keys of its department are retired. */
  readonly retirements: number
}

export function findKey(db: Tx, kid: string): Promise<FoundKey | undefined> {
  return db.row<FoundKey>(sql`
    select kid, department, chain,
           exists (select from exchange.key_retirement where kid = key.kid) as "isRetired",
           (select count(*)
              from exchange.key_retirement as retirement
              join exchange.department_key as other on other.kid = retirement.kid
             where other.department = key.department) as retirements
      from exchange.department_key as key
     where kid = ${kid}`)
}

/** By department, of one or of all. */
export function listKeys(db: Tx, department: string | null, limit: number): Promise<ListedKey[]> {
  return db.rows<ListedKey>(sql`
    select kid, department, chain,
           exists (select from exchange.key_retirement where kid = key.kid) as "isRetired"
      from exchange.department_key as key
     where ${department}::text is null or department = ${department}
     order by department, kid
     limit ${limit}`)
}

export async function addRetirement(tx: Tx, kid: string, leaf: Uint8Array): Promise<void> {
  await tx.execute(sql`
    insert into exchange.key_retirement (kid, leaf)
    values (${kid}, ${Buffer.from(leaf)})`)
}

export async function addKey(tx: Tx, key: KeyRow, leaf: Uint8Array): Promise<void> {
  await tx.execute(sql`
    insert into exchange.department_key (kid, department, chain, leaf)
    values (${key.kid}, ${key.department}, ${key.chain}::bytea[],
            ${Buffer.from(leaf)})`)
}

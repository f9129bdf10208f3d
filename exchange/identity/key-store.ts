/** Every statement on the departments' registered request keys. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'

export interface KeyRow {
  readonly kid: string
  readonly department: string
  /** Certificates, DER, the key's own first. */
  readonly chain: readonly Uint8Array[]
}

export function findKey(db: Tx, kid: string): Promise<KeyRow | undefined> {
  return db.row<KeyRow>(sql`
    select kid, department, chain
      from exchange.department_key
     where kid = ${kid}`)
}

export async function addKey(tx: Tx, key: KeyRow, leaf: Uint8Array): Promise<void> {
  await tx.execute(sql`
    insert into exchange.department_key (kid, department, chain, leaf)
    values (${key.kid}, ${key.department}, ${key.chain.map((der) => Buffer.from(der))}::bytea[],
            ${Buffer.from(leaf)})`)
}

/** Every statement on the departments' registered request keys. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'

export interface KeyRow {
  readonly kid: string
  readonly department: string
  /** SubjectPublicKeyInfo, DER. */
  readonly public_key: Uint8Array
  readonly valid_from: Date
  readonly valid_until: Date
}

export function findKey(db: Tx, kid: string): Promise<KeyRow | undefined> {
  return db.row<KeyRow>(sql`
    select kid, department, public_key, valid_from, valid_until
      from exchange.department_key
     where kid = ${kid}`)
}

export async function addKey(tx: Tx, key: KeyRow, leaf: Uint8Array): Promise<void> {
  await tx.execute(sql`
    insert into exchange.department_key (kid, department, public_key, valid_from, valid_until, leaf)
    values (${key.kid}, ${key.department}, ${Buffer.from(key.public_key)}, ${key.valid_from},
            ${key.valid_until}, ${Buffer.from(leaf)})`)
}

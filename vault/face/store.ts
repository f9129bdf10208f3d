/** Every statement on the codes of licences. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'

/** Codes follow from identifiers, so giving one again changes nothing. */
export async function addFaceCode(tx: Tx, code: Uint8Array, licenceId: string): Promise<void> {
  await tx.execute(sql`
    insert into vault.face_code (code, licence_id)
    values (${Buffer.from(code)}, ${licenceId})
        on conflict do nothing`)
}

export async function findFaceCode(db: Tx, code: Uint8Array): Promise<string | undefined> {
  const row = await db.row<{ licence_id: string }>(sql`
    select licence_id
      from vault.face_code
     where code = ${Buffer.from(code)}`)
  return row?.licence_id
}

export interface ShowCode {
  readonly digest: Uint8Array
  readonly licenceId: string
  readonly shownAt: Date
  readonly expiresAt: Date
}

/** A code that was given to an earlier attempt ends when it was said to. */
export async function addShowCode(tx: Tx, code: ShowCode): Promise<void> {
  const { digest, licenceId, shownAt, expiresAt } = code
  await tx.execute(sql`
    insert into vault.show_code (code_digest, licence_id, shown_at, expires_at)
    values (${Buffer.from(digest)}, ${licenceId}, ${shownAt}, ${expiresAt})
        on conflict do nothing`)
}

export async function findShowCode(
  tx: Tx,
  digest: Uint8Array,
): Promise<{ licenceId: string; expiresAt: Date } | undefined> {
  const row = await tx.row<{ licence_id: string; expires_at: Date }>(sql`
    select licence_id, expires_at
      from vault.show_code
     where code_digest = ${Buffer.from(digest)}`)
  return row && { licenceId: row.licence_id, expiresAt: row.expires_at }
}

interface Scan {
  readonly digest: Uint8Array
  readonly department: string
  readonly officer: string
  readonly key: string
}

/** Whether this scan is the one; a second waits for the first and then is not. */
export async function addScan(tx: Tx, scan: Scan & { readonly at: Date }): Promise<boolean> {
  const { digest, at, department, officer, key } = scan
  const rows = await tx.rows<{ code_digest: Uint8Array }>(sql`
    insert into vault.show_scan (code_digest, scanned_at, department, officer, request_id)
    values (${Buffer.from(digest)}, ${at}, ${department}, ${officer}, ${key})
        on conflict do nothing
    returning code_digest`)
  return rows.length === 1
}

/** Whether the one scan there was is an earlier attempt at this one. */
export async function isScanOf(tx: Tx, scan: Scan): Promise<boolean> {
  const { digest, department, officer, key } = scan
  const row = await tx.row(sql`
    select code_digest
      from vault.show_scan
     where code_digest = ${Buffer.from(digest)}
       and department = ${department} and officer = ${officer} and request_id = ${key}`)
  return row !== undefined
}

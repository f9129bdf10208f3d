/** Every statement of the verification of the vault; read as an auditor, who sees nothing personal. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import { toBase64url } from '../../sdk/base64url.ts'

export async function countRows(db: Tx): Promise<{ licences: number; acts: number }> {
  const row = await db.row<{ licences: number; acts: number }>(sql`
    select (select count(licence_id) from vault.licence) as licences,
           (select count(licence_id) from vault.act) as acts`)
  return row ?? { licences: 0, acts: 0 }
}

export interface LicenceDigest {
  readonly digest: string
  readonly leaf: string
}

export async function findLicenceDigests(
  db: Tx,
  licenceIds: readonly string[],
): Promise<Map<string, LicenceDigest>> {
  const rows = await db.rows<{ licence_id: string; digest: Uint8Array; leaf: Uint8Array }>(sql`
    select licence_id, document_digest as digest, leaf
      from vault.licence
     where licence_id = any (${licenceIds}::text[])`)
  return new Map(
    rows.map(({ licence_id: licenceId, digest, leaf }) => [
      licenceId,
      { digest: toBase64url(digest), leaf: toBase64url(leaf) },
    ]),
  )
}

export interface ActState {
  readonly licenceId: string
  readonly state: string
  /** When it took effect, as the log writes times. */
  readonly at: string
  readonly successor: string | null
}

/** By leaf, base64url. */
export async function findActStates(
  db: Tx,
  licenceIds: readonly string[],
): Promise<Map<string, ActState>> {
  const rows = await db.rows<{
    licence_id: string
    state: string
    at: Date
    successor: string | null
    leaf: Uint8Array
  }>(sql`
    select licence_id, state, effective_at as at, successor, leaf
      from vault.act
     where licence_id = any (${licenceIds}::text[])`)
  return new Map(
    rows.map(({ licence_id: licenceId, at, leaf, ...act }) => [
      toBase64url(leaf),
      { licenceId, ...act, at: at.toISOString() },
    ]),
  )
}

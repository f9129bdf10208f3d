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

export interface LicenceFacts {
  readonly leaf: string
  /** By the names and in the form that the log has. */
  readonly facts: Readonly<Record<'document' | 'department' | 'type' | 'grade' | 'at', string>>
}

export async function findLicenceFacts(
  db: Tx,
  licenceIds: readonly string[],
): Promise<Map<string, LicenceFacts>> {
  const rows = await db.rows<{
    licence_id: string
    leaf: Uint8Array
    document_digest: Uint8Array
    issuer: string
    type: string
    grade: string
    recorded_at: Date
  }>(sql`
    select licence_id, leaf, document_digest, issuer, type, grade, recorded_at
      from vault.licence
     where licence_id = any (${licenceIds}::text[])`)
  return new Map(
    rows.map(({ licence_id: licenceId, leaf, ...row }) => {
      const { document_digest: digest, issuer: department, type, grade, recorded_at: at } = row
      const facts = { document: toBase64url(digest), department, type, grade, at: at.toISOString() }
      return [licenceId, { leaf: toBase64url(leaf), facts }]
    }),
  )
}

/** Those of them with an act that stands at another place of the status lists than the licence itself. */
export async function findMisplaced(db: Tx, licenceIds: readonly string[]): Promise<Set<string>> {
  const rows = await db.rows<{ licence_id: string }>(sql`
    select distinct act.licence_id
      from vault.act
      join vault.licence on licence.licence_id = act.licence_id
     where act.licence_id = any (${licenceIds}::text[])
       and act.status_position <> licence.status_position`)
  return new Set(rows.map(({ licence_id: licenceId }) => licenceId))
}

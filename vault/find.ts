/** Finding licences by identifier or holder, and opening what is stored of them. */
import type { Tx } from '../db/postgres.ts'
import { toBase64url } from '../sdk/base64url.ts'
import { fromUtf8 } from '../sdk/primitives.ts'
import type { BlindIndex, Party } from './blind.ts'
import { decrypt } from './cipher.ts'
import type { KeyWrapper } from './key-wrapper.ts'
import type { State } from './lifecycle.ts'
import { findHolders, findLicence, findLicencesOf } from './store.ts'
import type { LicenceRow } from './store.ts'

export interface Finding {
  readonly db: Tx
  readonly blind: BlindIndex
  readonly wrapper: KeyWrapper
}

/** A licence as the vault knows it at a time, its document with every item. */
export interface StoredLicence {
  readonly licenceId: string
  readonly type: string
  readonly issuer: string
  readonly division: string
  readonly grade: string
  readonly state: State | 'expired'
  readonly validFrom: Date
  /** First moment out of force; null for 长期. */
  readonly validUntil: Date | null
  readonly document: string
  readonly statusPosition: number
  /** Log entry of the issue. */
  readonly leaf: Uint8Array
}

/** No holder has more licences than this in one answer. */
export const licencesPerHolderMax = 200

export async function findById(
  vault: Finding,
  licenceId: string,
  at: Date,
): Promise<StoredLicence | undefined> {
  const row = isShaped(licenceId) ? await findLicence(vault.db, licenceId, at) : undefined
  return row && open(vault, row, at)
}

/** Newest first, whatever their state. */
export async function findByHolder(
  vault: Finding,
  { holder, types }: { readonly holder: Party; readonly types?: readonly string[] },
  at: Date,
): Promise<StoredLicence[]> {
  const who = { holderIndex: vault.blind.party(holder), types: types ?? null }
  const rows = await findLicencesOf(vault.db, who, at, licencesPerHolderMax)
  return Promise.all(rows.map((row) => open(vault, row, at)))
}

/** Whom a licence belongs to, as blind indexes in base64url, without opening it. */
export async function holdersOf(
  { db }: Pick<Finding, 'db'>,
  licenceId: string,
): Promise<{ type: string; holders: string[] } | undefined> {
  const row = isShaped(licenceId) ? await findHolders(db, licenceId) : undefined
  return row && { type: row.type, holders: row.holders.map(toBase64url) }
}

/** No identifier looks otherwise, and text with NUL PostgreSQL cannot even compare. */
export function isShaped(licenceId: string): boolean {
  return /^[0-9A-Za-z.]{1,128}$/.test(licenceId)
}

async function open(vault: Finding, row: LicenceRow, at: Date): Promise<StoredLicence> {
  const licenceId = row.licence_id
  const dataKey = await vault.wrapper.unwrap(row.wrapped_key, licenceId)
  const expired = row.valid_until !== null && row.valid_until <= at && row.state === 'valid'
  return {
    ...{ licenceId, type: row.type, issuer: row.issuer, division: row.division, grade: row.grade },
    state: expired ? 'expired' : row.state,
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    document: fromUtf8(decrypt(dataKey, row.sealed, `licence:${licenceId}`)),
    statusPosition: row.status_position,
    leaf: row.leaf,
  }
}

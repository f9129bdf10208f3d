/** Every statement on cases. A case is opened and closed by rows that are never changed. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'

export interface CaseKey {
  readonly department: string
  readonly number: string
}

export interface CaseRow {
  readonly item: string
  readonly opened_at: Date
  readonly closed_at: Date | null
}

export interface PartyRow {
  readonly role: string
  readonly party_index: Uint8Array
  readonly wrapped_key: Uint8Array
  readonly sealed: Uint8Array
}

export function findCase(db: Tx, { department, number }: CaseKey): Promise<CaseRow | undefined> {
  return db.row<CaseRow>(sql`
    select opening.item, opening.opened_at, closing.closed_at
      from exchange.case_opening opening
      left join exchange.case_closing closing
        on closing.department = opening.department and closing.number = opening.number
     where opening.department = ${department} and opening.number = ${number}`)
}

export function findParties(db: Tx, { department, number }: CaseKey): Promise<PartyRow[]> {
  return db.rows<PartyRow>(sql`
    select role, party_index, wrapped_key, sealed
      from exchange.case_party
     where department = ${department} and number = ${number}
     order by role`)
}

export async function addCase(
  tx: Tx,
  { department, number }: CaseKey,
  { item, officer, at }: { readonly item: string; readonly officer: string; readonly at: Date },
): Promise<void> {
  await tx.execute(sql`
    insert into exchange.case_opening (department, number, item, officer, opened_at)
    values (${department}, ${number}, ${item}, ${officer}, ${at})`)
}

export async function addParty(
  tx: Tx,
  { department, number }: CaseKey,
  party: PartyRow,
): Promise<void> {
  await tx.execute(sql`
    insert into exchange.case_party (department, number, role, party_index, wrapped_key, sealed)
    values (${department}, ${number}, ${party.role}, ${Buffer.from(party.party_index)},
            ${Buffer.from(party.wrapped_key)}, ${Buffer.from(party.sealed)})`)
}

export async function addClosing(
  tx: Tx,
  { department, number }: CaseKey,
  { officer, at }: { readonly officer: string; readonly at: Date },
): Promise<void> {
  await tx.execute(sql`
    insert into exchange.case_closing (department, number, officer, closed_at)
    values (${department}, ${number}, ${officer}, ${at})`)
}

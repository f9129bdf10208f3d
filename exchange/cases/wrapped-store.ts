/** Every statement on the wrapped keys of case parties as such; run as zt_keeper. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import { wrappedForm } from '../../vault/index.ts'
import type { KeyUse, WrappedRow, WrappedTable } from '../../vault/index.ts'

const { bareLength, idLength } = wrappedForm

interface PartyKey extends WrappedRow {
  readonly department: string
  readonly number: string
  readonly role: string
}

export const partyKeys: WrappedTable<PartyKey> = {
  page: (db, { after, active, most }) =>
    db.rows<PartyKey>(sql`
      select department, number, role, wrapped_key as "wrappedKey",
             'case:' || department || '/' || number || '/' || role as context
        from exchange.case_party
       where (${after?.department}::text is null
              or (department, number, role)
                 > (${after?.department}::text, ${after?.number}::text, ${after?.role}::text))
         and (octet_length(wrapped_key) = ${bareLength}
              or substring(wrapped_key for ${idLength}) <> ${active}::bytea)
       order by department, number, role
       limit ${most}`),
  save: (db, rows) =>
    db.execute(sql`
      update exchange.case_party as party
         set wrapped_key = given.rewrapped
        from unnest(${rows.map(({ row }) => row.department)}::text[],
                    ${rows.map(({ row }) => row.number)}::text[],
                    ${rows.map(({ row }) => row.role)}::text[],
                    ${rows.map(({ row }) => row.wrappedKey)}::bytea[],
                    ${rows.map(({ wrappedKey }) => wrappedKey)}::bytea[])
             as given (department, number, role, wrapped_key, rewrapped)
       where party.department = given.department
         and party.number = given.number
         and party.role = given.role
         and party.wrapped_key = given.wrapped_key`),
}

export function countWrappedParties(db: Tx): Promise<KeyUse[]> {
  return db.rows<KeyUse>(sql`
    select case when octet_length(wrapped_key) = ${bareLength}
                then '' else encode(substring(wrapped_key for ${idLength}), 'hex') end as id,
           count(*) as keys
      from exchange.case_party
     group by 1`)
}

/** Every statement on the wrapped keys of the vault as such, whatever they encrypt; run as zt_keeper. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import { wrappedForm } from './key-wrapper.ts'
import type { KeyUse, WrappedRow, WrappedTable } from './wrapped-keys.ts'

const { bareLength, idLength } = wrappedForm

interface HolderKey extends WrappedRow {
  readonly holderIndex: Uint8Array
}

export const holderKeys: WrappedTable<HolderKey> = {
  page: (db, { after, active, most }) =>
    db.rows<HolderKey>(sql`
      select holder_index as "holderIndex", wrapped_key as "wrappedKey",
             'holder:' || translate(encode(holder_index, 'base64'), '+/=', '-_') as context
        from vault.holder_key
       where (${after?.holderIndex}::bytea is null or holder_index > ${after?.holderIndex}::bytea)
         and (octet_length(wrapped_key) = ${bareLength}
              or substring(wrapped_key for ${idLength}) <> ${active}::bytea)
       order by holder_index
       limit ${most}`),
  save: (db, rows) =>
    db.execute(sql`
      update vault.holder_key as holder
         set wrapped_key = given.rewrapped
        from unnest(${rows.map(({ row }) => row.holderIndex)}::bytea[],
                    ${rows.map(({ row }) => row.wrappedKey)}::bytea[],
                    ${rows.map(({ wrappedKey }) => wrappedKey)}::bytea[])
             as given (holder_index, wrapped_key, rewrapped)
       where holder.holder_index = given.holder_index
         and holder.wrapped_key = given.wrapped_key`),
}

interface QuarantineKey extends WrappedRow {
  readonly runId: string
  readonly line: number
}

export const quarantineKeys: WrappedTable<QuarantineKey> = {
  page: (db, { after, active, most }) =>
    db.rows<QuarantineKey>(sql`
      select run_id as "runId", line, 'quarantine:' || run_id || ':' || line as context,
             wrapped_key as "wrappedKey"
        from vault.quarantine
       where (${after?.runId}::text is null
              or (run_id, line) > (${after?.runId}::text, ${after?.line}::integer))
         and (octet_length(wrapped_key) = ${bareLength}
              or substring(wrapped_key for ${idLength}) <> ${active}::bytea)
       order by run_id, line
       limit ${most}`),
  save: (db, rows) =>
    db.execute(sql`
      update vault.quarantine as quarantine
         set wrapped_key = given.rewrapped
        from unnest(${rows.map(({ row }) => row.runId)}::text[],
                    ${rows.map(({ row }) => row.line)}::integer[],
                    ${rows.map(({ row }) => row.wrappedKey)}::bytea[],
                    ${rows.map(({ wrappedKey }) => wrappedKey)}::bytea[])
             as given (run_id, line, wrapped_key, rewrapped)
       where quarantine.run_id = given.run_id
         and quarantine.line = given.line
         and quarantine.wrapped_key = given.wrapped_key`),
}

/** By which keys everything in the vault is wrapped. */
export function countWrapped(db: Tx): Promise<KeyUse[]> {
  return db.rows<KeyUse>(sql`
    with wrapped (bytes) as (
      select wrapped_key from vault.holder_key
      union all
      select wrapped_key from vault.quarantine
    )
    select case when octet_length(bytes) = ${bareLength}
                then '' else encode(substring(bytes for ${idLength}), 'hex') end as id,
           count(*) as keys
      from wrapped
     group by 1`)
}

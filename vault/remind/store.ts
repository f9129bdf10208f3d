/** Every statement on reminders of licences that are about to end. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import type { LicenceEvent } from '../event/store.ts'

/** Notes that somebody is reminded of these; whoever notes one first is answered it, and nobody else. */
export function addReminders(
  tx: Tx,
  { at, until }: { readonly at: Date; readonly until: Date },
  most: number,
): Promise<LicenceEvent[]> {
  return tx.rows(sql`
    with ending as (
      select l.licence_id, l.type, l.issuer, l.division, l.valid_until, coalesce(a.ordinal, 0) as acts
        from vault.licence l
        left join lateral (
               select state, ordinal
                 from vault.act
                where licence_id = l.licence_id and effective_at <= ${at}
                order by state in ('valid', 'suspended'), ordinal desc
                limit 1) a on true
       where l.valid_until > ${at} and l.valid_until <= ${until}
         and coalesce(a.state, 'valid') = 'valid'
         and not exists (select from vault.reminder where licence_id = l.licence_id)
       order by l.valid_until, l.licence_id
       limit ${most}
    ), noted as (
      insert into vault.reminder (licence_id)
      select licence_id
        from ending
          on conflict do nothing
      returning licence_id
    )
    select 'expiring' as kind, licence_id as "licenceId", type, issuer, division, 'valid' as state,
           acts, valid_until as at
      from ending
      join noted using (licence_id)
     order by valid_until, licence_id`)
}

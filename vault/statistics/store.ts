/** Every statement of the statistics: sums of the counts, and the whole to be counted again. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import type { CountedMovement, LicenceEvent } from '../event/store.ts'

/** Null where it is not asked for. */
export interface CountRow {
  readonly type: string | null
  readonly issuer: string | null
  readonly division: string | null
  readonly month: string | null
  readonly state: string | null
  readonly entered: number
  readonly gone: number
  readonly standing: number
}

export interface CountQuestion {
  readonly by: Readonly<Record<'type' | 'issuer' | 'division' | 'month' | 'state', boolean>>
  /** First days of months, the last one included. */
  readonly from: string
  readonly to: string
  readonly type: string | null
  readonly issuer: string | null
  readonly divisions: { readonly first: string; readonly last: string } | null
}

/**
 * `standing` is how many are in the state at the end of the period, or of each month where months are
 * asked for: whatever entered it up to then and has not gone.
 */
export function sumCounts(
  db: Tx,
  { by, from, to, type, issuer, divisions }: CountQuestion,
  most: number,
): Promise<CountRow[]> {
  return db.rows(sql`
    with monthly as (
      select case when ${by.type} then type end as type,
             case when ${by.issuer} then issuer end as issuer,
             case when ${by.division} then division end as division,
             case when ${by.state} then state end as state,
             month, sum(entered) as entered, sum(gone) as gone
        from vault.licence_count
       where month <= ${to}::date
         and (${type}::text is null or type = ${type})
         and (${issuer}::text is null or issuer = ${issuer})
         and (${divisions?.first ?? null}::text is null
              or division between ${divisions?.first ?? null} and ${divisions?.last ?? null})
       group by 1, 2, 3, 4, 5
    ), running as (
      select type, issuer, division, state, month, entered, gone,
             sum(entered - gone) over (partition by type, issuer, division, state
                                       order by month) as standing
        from monthly
    )
    select type, issuer, division, case when ${by.month} then to_char(month, 'YYYY-MM') end as month,
           state,
           (coalesce(sum(entered) filter (where month >= ${from}::date), 0))::bigint as entered,
           (coalesce(sum(gone) filter (where month >= ${from}::date), 0))::bigint as gone,
           ((array_agg(standing order by running.month desc))[1])::bigint as standing
      from running
     where not ${by.month} or month >= ${from}::date
     group by 1, 2, 3, 4, 5
     order by 1, 2, 3, 4, 5
     limit ${most}`)
}

/** In their order, those behind one of them. */
export async function findIdsAfter(db: Tx, after: string, most: number): Promise<string[]> {
  const rows = await db.rows<{ licence_id: string }>(sql`
    select licence_id
      from vault.licence
     where licence_id > ${after}
     order by licence_id
     limit ${most}`)
  return rows.map(({ licence_id: licenceId }) => licenceId)
}

export function findCounts(db: Tx): Promise<CountedMovement[]> {
  return db.rows(sql`
    select type, issuer, division, month, state, entered, gone
      from vault.licence_count`)
}

export function findPending(db: Tx): Promise<LicenceEvent[]> {
  return db.rows(sql`
    select kind, licence_id as "licenceId", type, issuer, division, state, acts, at
      from vault.event_pending
     order by id`)
}

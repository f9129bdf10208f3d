/** Every statement of the search for licences: by what stands in clear, and by keyed indexes. */
import { plannedEachTime, sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import type { State } from '../change/lifecycle.ts'

/** A licence by what stands in clear, with the newest act that was effective at the time asked for. */
export interface FactsRow {
  readonly licence_id: string
  readonly type: string
  readonly issuer: string
  readonly division: string
  readonly grade: string
  readonly valid_from: Date
  readonly valid_until: Date | null
  readonly status_position: number
  readonly state: State
  /** How many acts are stored, whenever they took effect. */
  readonly acts: number
}

/** What is not asked for is null. */
export interface Conditions {
  readonly ids: readonly string[] | null
  readonly type: string | null
  readonly issuer: string | null
  /** The first and the last division, both of six digits. */
  readonly divisions: { readonly first: string; readonly last: string } | null
  readonly begins: { readonly from: Date | null; readonly until: Date | null }
  readonly ends: { readonly from: Date | null; readonly until: Date | null }
}

export interface Page {
  /** Behind this place; null for the first page. */
  readonly after: number | null
  readonly most: number
}

/** Newest first. What is null costs nothing. */
export function findFacts(
  db: Tx,
  { ids, type, issuer, divisions, begins, ends }: Conditions,
  { state, at }: { readonly state: 'valid' | 'expired' | null; readonly at: Date },
  { after, most }: Page,
): Promise<FactsRow[]> {
  return db.rows(
    plannedEachTime(sql`
    select l.licence_id, l.type, l.issuer, l.division, l.grade, l.valid_from, l.valid_until,
           l.status_position, coalesce(a.state, 'valid') as state,
           (select count(*) from vault.act where licence_id = l.licence_id) as acts
      from vault.licence l
      left join lateral (
             select state
               from vault.act
              where licence_id = l.licence_id and effective_at <= ${at}
              order by state in ('valid', 'suspended'), ordinal desc
              limit 1) a on true
     where (${after}::bigint is null or l.status_position < ${after})
       and (${ids}::text[] is null or l.licence_id = any (${ids}::text[]))
       and (${type}::text is null or l.type = ${type})
       and (${issuer}::text is null or l.issuer = ${issuer})
       and (${divisions?.first ?? null}::text is null
            or l.division between ${divisions?.first ?? null} and ${divisions?.last ?? null})
       and (${begins.from}::timestamptz is null or l.valid_from >= ${begins.from})
       and (${begins.until}::timestamptz is null or l.valid_from < ${begins.until})
       and (${ends.from}::timestamptz is null or l.valid_until >= ${ends.from})
       and (${ends.until}::timestamptz is null or l.valid_until < ${ends.until})
       and (${state}::text is null
            or ${state}::text =
               case when coalesce(a.state, 'valid') in ('valid', 'suspended') and l.valid_until <= ${at}
                    then 'expired' else coalesce(a.state, 'valid') end)
     order by l.status_position desc
     limit ${most}`),
  )
}

/** The same for a state that only an act leads to, which is why the acts are looked through first. */
export function findFactsByAct(
  db: Tx,
  { ids, type, issuer, divisions, begins, ends }: Conditions,
  { state, at }: { readonly state: State; readonly at: Date },
  { after, most }: Page,
): Promise<FactsRow[]> {
  return db.rows(
    plannedEachTime(sql`
    select l.licence_id, l.type, l.issuer, l.division, l.grade, l.valid_from, l.valid_until,
           l.status_position, a.state,
           (select count(*) from vault.act where licence_id = l.licence_id) as acts
      from vault.act a
      join vault.licence l on l.licence_id = a.licence_id
     where a.state = ${state} and a.effective_at <= ${at}
       and (${after}::bigint is null or a.status_position < ${after})
       and not exists (
             select from vault.act other
              where other.licence_id = a.licence_id and other.effective_at <= ${at}
                and (other.state not in ('valid', 'suspended'), other.ordinal)
                    > (a.state not in ('valid', 'suspended'), a.ordinal))
       and (${state} <> 'suspended' or coalesce(l.valid_until > ${at}, true))
       and (${ids}::text[] is null or l.licence_id = any (${ids}::text[]))
       and (${type}::text is null or l.type = ${type})
       and (${issuer}::text is null or l.issuer = ${issuer})
       and (${divisions?.first ?? null}::text is null
            or l.division between ${divisions?.first ?? null} and ${divisions?.last ?? null})
       and (${begins.from}::timestamptz is null or l.valid_from >= ${begins.from})
       and (${begins.until}::timestamptz is null or l.valid_from < ${begins.until})
       and (${ends.from}::timestamptz is null or l.valid_until >= ${ends.from})
       and (${ends.until}::timestamptz is null or l.valid_until < ${ends.until})
     order by a.status_position desc
     limit ${most}`),
  )
}

export async function findIdsOfHolder(
  db: Tx,
  holderIndex: Uint8Array,
  most: number,
): Promise<string[]> {
  const rows = await db.rows<{ licence_id: string }>(sql`
    select licence_id
      from vault.holder
     where holder_index = ${Buffer.from(holderIndex)}
     limit ${most}`)
  return rows.map(({ licence_id: licenceId }) => licenceId)
}

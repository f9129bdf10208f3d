/** Every statement on events: appended with what they tell of, put in order, and handed out. */
import { locks, sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import type { State } from '../change/lifecycle.ts'
import type { Life, Movement } from './movements.ts'

export interface LicenceEvent {
  readonly kind: 'issued' | 'changed' | 'superseded' | 'expiring'
  readonly licenceId: string
  readonly type: string
  readonly issuer: string
  readonly division: string
  /** That it is in since, or with its issue. */
  readonly state: State
  /** How many acts there were of it by then, this one included: none at its issue. */
  readonly acts: number
  /** When it took effect. */
  readonly at: Date
}

export async function addPending(tx: Tx, events: readonly LicenceEvent[]): Promise<void> {
  await tx.execute(sql`
    insert into vault.event_pending (kind, licence_id, type, issuer, division, state, acts, at)
    select kind, licence_id, type, issuer, division, state, acts, at
      from unnest(${events.map(({ kind }) => kind)}::text[],
                  ${events.map(({ licenceId }) => licenceId)}::text[],
                  ${events.map(({ type }) => type)}::text[],
                  ${events.map(({ issuer }) => issuer)}::text[],
                  ${events.map(({ division }) => division)}::text[],
                  ${events.map(({ state }) => state)}::text[],
                  ${events.map(({ acts }) => acts)}::integer[],
                  ${events.map(({ at }) => at)}::timestamptz[])
             with ordinality as given (kind, licence_id, type, issuer, division, state, acts, at, place)
     order by place`)
}

/** Waits for its turn to put events in order; released by the end of the transaction, however it ends. */
export async function lockSettler(tx: Tx): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${locks.settler})`)
}

/** Moves the oldest events of the queue behind all that have their place; the caller holds the lock. */
export function placeEvents(tx: Tx, at: Date, most: number): Promise<LicenceEvent[]> {
  return tx.rows(sql`
    with taken as (
      delete from vault.event_pending
       where id = any (array(select id from vault.event_pending order by id limit ${most}))
      returning id, kind, licence_id, type, issuer, division, state, acts, at
    ), placed as (
      insert into vault.event (ordinal, kind, licence_id, type, issuer, division, state, at,
                               settled_at)
      select coalesce((select max(ordinal) from vault.event), 0) + row_number() over (order by id),
             kind, licence_id, type, issuer, division, state, at, ${at}::timestamptz
        from taken
    )
    select kind, licence_id as "licenceId", type, issuer, division, state, acts, at
      from taken
     order by id`)
}

/** Of the oldest those that were put in order before a time; the newest of all stays. */
export function dropEvents(db: Tx, before: Date, most: number): Promise<number> {
  return db.execute(sql`
    delete from vault.event
     where ordinal in (select ordinal
                         from (select ordinal, settled_at
                                 from vault.event
                                order by ordinal
                                limit ${most}) as oldest
                        where settled_at < ${before})
       and ordinal < (select max(ordinal) from vault.event)`)
}

/** A licence as it is counted, with every act that is stored. */
export interface LifeRow extends Life {
  readonly licenceId: string
  readonly type: string
  readonly issuer: string
  readonly division: string
}

/** Each once, however often it is asked for. `offset 0` has each looked for in its own partition alone. */
export async function findLives(db: Tx, licenceIds: readonly string[]): Promise<LifeRow[]> {
  const rows = await db.rows<
    Omit<LifeRow, 'acts'> & { states: State[] | null; times: Date[] | null }
  >(sql`
    select l.licence_id as "licenceId", l.type, l.issuer, l.division, l.valid_from as "validFrom",
           l.valid_until as "validUntil", a.states, a.times
      from unnest(${[...new Set(licenceIds)]}::text[]) as asked (licence_id)
      join lateral (
             select licence_id, type, issuer, division, valid_from, valid_until
               from vault.licence
              where licence_id = asked.licence_id
             offset 0) l on true
      left join lateral (
             select array_agg(state order by ordinal) as states,
                    array_agg(effective_at order by ordinal) as times
               from vault.act
              where licence_id = l.licence_id) a on true`)
  return rows.map(({ states, times, ...row }) => {
    return { ...row, acts: times?.map((at, i) => ({ at, state: states?.[i] ?? 'valid' })) ?? [] }
  })
}

export interface CountedMovement extends Movement {
  readonly type: string
  readonly issuer: string
  readonly division: string
}

/** Each key once. */
export async function addToCounts(tx: Tx, movements: readonly CountedMovement[]): Promise<void> {
  await tx.execute(sql`
    insert into vault.licence_count as stored (type, issuer, division, month, state, entered, gone)
    select type, issuer, division, month, state, entered, gone
      from unnest(${movements.map(({ type }) => type)}::text[],
                  ${movements.map(({ issuer }) => issuer)}::text[],
                  ${movements.map(({ division }) => division)}::text[],
                  ${movements.map(({ month }) => month)}::date[],
                  ${movements.map(({ state }) => state)}::text[],
                  ${movements.map(({ entered }) => entered)}::bigint[],
                  ${movements.map(({ gone }) => gone)}::bigint[])
        as given (type, issuer, division, month, state, entered, gone)
        on conflict (type, issuer, division, month, state) do update
       set entered = stored.entered + excluded.entered, gone = stored.gone + excluded.gone`)
}

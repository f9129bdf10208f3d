/** Every statement on the consumers of events: how far each has come, and who is at work for it. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import type { LicenceEvent } from './store.ts'

export interface Lease {
  readonly consumer: string
  readonly lease: string
}

/** Takes the lease if nobody holds it; answers how far the consumer has come. */
export async function takeLease(
  db: Tx,
  { consumer, lease, at, until }: Lease & { readonly at: Date; readonly until: Date },
): Promise<number | undefined> {
  const row = await db.row<{ ordinal: number }>(sql`
    insert into vault.event_cursor as stored (consumer, ordinal, lease, leased_until)
    values (${consumer}, 0, ${lease}, ${until})
        on conflict (consumer) do update
       set lease = excluded.lease, leased_until = excluded.leased_until
     where stored.leased_until <= ${at}
    returning ordinal`)
  return row?.ordinal
}

/** Answers whether the lease was still held: nobody else may have taken it. */
export async function endLease(
  db: Tx,
  { consumer, lease, at, ordinal }: Lease & { readonly at: Date; readonly ordinal: number },
): Promise<boolean> {
  const ended = await db.execute(sql`
    update vault.event_cursor
       set ordinal = ${ordinal}, leased_until = ${at}
     where consumer = ${consumer} and lease = ${lease} and ordinal <= ${ordinal}`)
  return ended === 1
}

export interface SettledEvent extends Omit<LicenceEvent, 'acts'> {
  /** From 1 on, without a gap. */
  readonly ordinal: number
}

export function findEvents(db: Tx, after: number, most: number): Promise<SettledEvent[]> {
  return db.rows(sql`
    select ordinal, kind, licence_id as "licenceId", type, issuer, division, state, at
      from vault.event
     where ordinal > ${after}
     order by ordinal
     limit ${most}`)
}

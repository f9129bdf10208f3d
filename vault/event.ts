/**
 * Events: what happened to licences, as others are told of it and as it is counted. An event is appended
 * in the transaction of what it tells of, so neither is ever there without the other, and nobody waits
 * for anybody in that; its place among the others it is given afterwards.
 */
import type { Db, Tx } from '../db/postgres.ts'
import { confirmDelivery, takeDelivery } from './event/delivery.ts'
import type { Delivery } from './event/delivery.ts'
import { settleEvents } from './event/settle.ts'
import { dropOld } from './retention.ts'
import { addPending } from './event/store.ts'
import type { LicenceEvent } from './event/store.ts'

/** Any number of events of one transaction is one statement. */
export async function announce(tx: Tx, events: readonly LicenceEvent[]): Promise<void> {
  if (events.length > 0) await addPending(tx, events)
}

export interface Events {
  /** Puts in order and counts what was announced so far; answers how many events that were. */
  settle(): Promise<number>
  /** Lets go of what is older than it is kept (`retention.ts`); answers how many rows. */
  dropOld(): Promise<number>
  /** The next events for a consumer; undefined while another is at work for it. */
  take(consumer: string): Promise<Delivery | undefined>
  /** Says that they have arrived. False when they took too long: then they come again. */
  confirm(delivery: Delivery): Promise<boolean>
}

/** @param parts whose `db` is connected as zt_sequencer */
export function createEvents({
  db,
  clock,
}: {
  readonly db: Db
  readonly clock: () => Date
}): Events {
  return {
    settle: () => settleEvents(db, clock()),
    dropOld: () => dropOld(db, clock()),
    take: (consumer) => takeDelivery(db, consumer, clock()),
    confirm: (delivery) => confirmDelivery(db, delivery, clock()),
  }
}

/**
 * Handing out events, as zt_sequencer: each consumer gets every event in order, at least once. Whoever
 * works for a consumer holds its lease; when they die with it, another is given the same events after it
 * has run out.
 */
import { randomUUID } from 'node:crypto'
import type { Tx } from '../../db/postgres.ts'
import { endLease, findEvents, takeLease } from './cursor-store.ts'
import type { Lease, SettledEvent } from './cursor-store.ts'

/** Events of one delivery, and how long there is for them. */
const limits = { events: 500, leaseMs: 60_000 } as const

export interface Delivery extends Lease {
  /** None when the consumer has had them all. */
  readonly events: readonly SettledEvent[]
  /** How many before them were gone when it came for them. */
  readonly missed: number
}

/** Undefined while somebody else is at work for this consumer. A new one begins with the first event there is. */
export async function takeDelivery(
  db: Tx,
  consumer: string,
  at: Date,
): Promise<Delivery | undefined> {
  const until = new Date(at.getTime() + limits.leaseMs)
  const lease = randomUUID()
  const ordinal = await takeLease(db, { consumer, lease, at, until })
  if (ordinal === undefined) return undefined
  const events = await findEvents(db, ordinal, limits.events)
  if (events.length === 0) await endLease(db, { consumer, lease, at, ordinal })
  const missed = (events[0]?.ordinal ?? ordinal + 1) - ordinal - 1
  return { consumer, lease, events, missed }
}

/** Answers false when the lease had been given to another: those events come once more. */
export function confirmDelivery(db: Tx, delivery: Delivery, at: Date): Promise<boolean> {
  const { consumer, lease, events } = delivery
  const ordinal = events.at(-1)?.ordinal
  if (ordinal === undefined) return Promise.resolve(true)
  return endLease(db, { consumer, lease, at, ordinal })
}

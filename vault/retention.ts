/**
 * What is kept for a time and then goes, as zt_sequencer: events, for consumers that were away; and signed
 * status lists, for those who ask what was given out. Licences, acts and the log stay for ever, and so does
 * what both are made from.
 */
import type { Tx } from '../db/postgres.ts'
import { dropEvents } from './event/store.ts'
import { dropStatusLists } from './status-list-store.ts'

/** A consumer may be away for a year, and what was valid on a day of the last month can be shown. */
const daysKept = { events: 400, statusLists: 31 } as const

const limits = { batch: 5_000, batchesPerCall: 200 } as const

const dayMs = 86_400_000

/** Answers how many rows are gone; what is left for another time is not waited for. */
export async function dropOld(db: Tx, at: Date): Promise<number> {
  const before = (days: number): Date => new Date(at.getTime() - days * dayMs)
  return (
    (await untilNone((most) => dropEvents(db, before(daysKept.events), most))) +
    (await untilNone((most) => dropStatusLists(db, before(daysKept.statusLists), most)))
  )
}

async function untilNone(drop: (most: number) => Promise<number>): Promise<number> {
  let total = 0
  for (let batches = 0; batches < limits.batchesPerCall; batches += 1) {
    const dropped = await drop(limits.batch)
    total += dropped
    if (dropped < limits.batch) break
  }
  return total
}

/**
 * Putting events in order and counting them, as zt_sequencer: the queue that everybody appends to is
 * emptied by one at a time, who alone writes the events with their places and the counts. All three are
 * one transaction, so an event is counted exactly once.
 */
import type { Db, Tx } from '../../db/postgres.ts'
import { addToCounts, findLives, lockSettler, placeEvents } from './store.ts'
import type { CountedMovement, LicenceEvent, LifeRow } from './store.ts'
import { movementsOfNewest } from './movements.ts'
import type { Movement } from './movements.ts'

const limits = { batch: 5_000, batchesPerCall: 1_000 } as const

/** Everything announced before the call; answers how many events it was. */
export async function settleEvents(db: Db, at: Date): Promise<number> {
  let total = 0
  for (let batches = 0; batches < limits.batchesPerCall; batches += 1) {
    const settled = await db.transaction((tx) => settleBatch(tx, at), 'read committed')
    total += settled
    if (settled < limits.batch) break
  }
  return total
}

async function settleBatch(tx: Tx, at: Date): Promise<number> {
  await lockSettler(tx)
  const events = await placeEvents(tx, at, limits.batch)
  if (events.length === 0) return 0
  await addToCounts(tx, await countEvents(tx, events))
  return events.length
}

/** What events add to the counts, each place in them once, in the order of the places. */
export async function countEvents(
  db: Tx,
  events: readonly LicenceEvent[],
): Promise<CountedMovement[]> {
  const moving = events.filter(({ kind }) => kind !== 'expiring')
  const rows = await findLives(
    db,
    moving.map(({ licenceId }) => licenceId),
  )
  const lives = new Map(rows.map((life) => [life.licenceId, life]))
  return summed(
    moving.flatMap(({ licenceId, acts }) => {
      const life = lives.get(licenceId)
      // What was deleted behind our back adds nothing; the check of the vault names it.
      if (!life || life.acts.length < acts) return []
      // As it was with the event, though more may have happened since.
      const then = { ...life, acts: life.acts.slice(0, acts) }
      return movementsOfNewest(then).map((movement) => counted(life, movement))
    }),
  )
}

export function counted({ type, issuer, division }: LifeRow, movement: Movement): CountedMovement {
  return { type, issuer, division, ...movement }
}

export function placeOf({ type, issuer, division, month, state }: CountedMovement): string {
  return [type, issuer, division, month, state].join(' ')
}

export function summed(movements: readonly CountedMovement[]): CountedMovement[] {
  const sums = new Map<string, CountedMovement>()
  for (const movement of movements) {
    const place = placeOf(movement)
    const { entered = 0, gone = 0 } = sums.get(place) ?? {}
    sums.set(place, {
      ...movement,
      entered: entered + movement.entered,
      gone: gone + movement.gone,
    })
  }
  return [...sums]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, sum]) => sum)
    .filter(({ entered, gone }) => entered !== 0 || gone !== 0)
}

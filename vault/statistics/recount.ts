/** Counting again what is kept incrementally, from the licences and acts themselves, and comparing. */
import type { Db, Tx } from '../../db/postgres.ts'
import { movementsOf } from '../event/movements.ts'
import { counted, countEvents, placeOf, summed } from '../event/settle.ts'
import { findLives } from '../event/store.ts'
import type { CountedMovement } from '../event/store.ts'
import { findCounts, findIdsAfter, findPending } from './store.ts'

const pageMax = 5_000

/** The places of the counts that are not what they should be; none when all is well. */
export function wrongCounts(db: Db): Promise<string[]> {
  return db.transaction(async (tx) => {
    const pending = await countEvents(tx, await findPending(tx))
    const kept = byPlace(summed([...(await findCounts(tx)), ...pending]))
    const right = byPlace(await countAgain(tx))
    return [...new Set([...kept.keys(), ...right.keys()])].filter((place) => {
      const [is, should] = [kept.get(place), right.get(place)]
      return is?.entered !== should?.entered || is?.gone !== should?.gone
    })
  }, 'snapshot')
}

async function countAgain(tx: Tx): Promise<CountedMovement[]> {
  let sums: CountedMovement[] = []
  let after = ''
  for (;;) {
    const ids = await findIdsAfter(tx, after, pageMax)
    const lives = await findLives(tx, ids)
    const movements = lives.flatMap((life) => movementsOf(life).map((one) => counted(life, one)))
    sums = summed([...sums, ...movements])
    after = ids.at(-1) ?? ''
    if (ids.length < pageMax) return sums
  }
}

function byPlace(movements: readonly CountedMovement[]): Map<string, CountedMovement> {
  return new Map(movements.map((movement) => [placeOf(movement), movement]))
}

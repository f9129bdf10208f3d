/**
 * Announcing that licences are about to end, once for each: a licence has one term, and its renewal is
 * another licence. Whoever should remind the holder hears it as an event, and running this again, or
 * twice at once, announces nothing twice.
 */
import type { Db } from '../db/postgres.ts'
import { Problem } from '../sdk/problem.ts'
import { announce } from './event.ts'
import { addReminders } from './remind/store.ts'

export const remindLimits = { daysStandard: 30, daysMax: 366, batch: 1_000 } as const

const dayMs = 86_400_000

/**
 * Answers how many were announced; each batch is durable by itself.
 * @throws Problem invalid-request
 */
export async function remind(
  { db, clock }: { readonly db: Db; readonly clock: () => Date },
  days: number = remindLimits.daysStandard,
): Promise<number> {
  const { batch, daysMax } = remindLimits
  if (!Number.isInteger(days) || days < 1 || days > daysMax) {
    throw new Problem('invalid-request', { place: 'days', expected: `1 to ${daysMax}` })
  }
  const at = clock()
  const until = new Date(at.getTime() + days * dayMs)
  let reminded = 0
  for (;;) {
    const ending = await db.transaction(async (tx) => {
      const noted = await addReminders(tx, { at, until }, batch)
      await announce(tx, noted)
      return noted.length
    }, 'read committed')
    reminded += ending
    // A short batch may be the work of another who runs this too; what is left is theirs.
    if (ending === 0) return reminded
  }
}

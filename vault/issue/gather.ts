/**
 * Calls that come while a batch is on its way share the next one: statements and commits cost the same
 * for one and for many. There is no timer; nobody waits for others to come.
 */
import { setImmediate } from 'node:timers/promises'
import { Problem, problemFrom } from '../../sdk/problem.ts'

interface Gathering<Asked, Told> {
  /** One outcome for each, in their order; it throws when nothing was done for any. */
  readonly work: (batch: readonly Asked[]) => Promise<PromiseSettledResult<Told>[]>
  readonly batchMax: number
  /** So that one batch computes while another is in the database. */
  readonly batchesAtOnce: number
  /** More are turned away, so nobody waits without end. */
  readonly waitingMax: number
}

interface Waiting<Asked, Told> {
  readonly asked: Asked
  readonly resolve: (told: Told) => void
  readonly reject: (reason: unknown) => void
}

/** @throws Problem database-unavailable when too many wait for it already */
export function createGathering<Asked, Told>(
  gathering: Gathering<Asked, Told>,
): (asked: Asked) => Promise<Told> {
  const { batchMax, batchesAtOnce, waitingMax } = gathering
  const waiting: Waiting<Asked, Told>[] = []
  let busy = 0
  let atWork = 0

  async function drain(): Promise<void> {
    busy += 1
    while (waiting.length > 0) {
      // Whoever was answered just now may ask again in the same turn.
      await setImmediate()
      const batch = waiting.splice(0, fairShare())
      atWork += 1
      await settle(gathering.work, batch)
      atWork -= 1
    }
    busy -= 1
  }

  /** Or all who ask one after the other would always be in one batch, and nothing beside it. */
  function fairShare(): number {
    return Math.min(batchMax, Math.ceil(waiting.length / (batchesAtOnce - atWork)))
  }

  return async (asked) => {
    if (waiting.length >= waitingMax) {
      throw new Problem('database-unavailable', { reason: 'resources' })
    }
    const { promise, resolve, reject } = Promise.withResolvers<Told>()
    waiting.push({ asked, resolve, reject })
    if (busy < batchesAtOnce) void drain() // Settles every promise it takes; it cannot reject itself.
    return promise
  }
}

async function settle<Asked, Told>(
  work: Gathering<Asked, Told>['work'],
  batch: readonly Waiting<Asked, Told>[],
): Promise<void> {
  if (batch.length === 0) return
  try {
    const outcomes = await work(batch.map(({ asked }) => asked))
    batch.forEach(({ resolve, reject }, i) => {
      const outcome = outcomes[i]
      if (outcome?.status === 'fulfilled') resolve(outcome.value)
      else reject(outcome ? outcome.reason : new Error('a batch answered fewer than asked'))
    })
  } catch (thrown) {
    if (batch.length === 1 || problemFrom(thrown).code === 'database-unavailable') {
      for (const { reject } of batch) reject(thrown)
      return
    }
    // What is wrong with one must not be told to the others.
    for (const one of batch) await settle(work, [one])
  }
}

/**
 * Keeps the promise of the receipts: sequences soon after it is woken, and at least every second, until
 * it is stopped. A failure is reported and tried again; the promise is then kept late or, if the log is
 * damaged, not at all, and the alarm says so.
 */
import { setTimeout } from 'node:timers/promises'
import type { Problem } from '../sdk/problem.ts'
import { problemFrom } from '../sdk/problem.ts'

const idleMs = 1_000

/** A round costs the same for one entry as for a thousand: a busy log gathers them meanwhile. */
const gatherMs = 100

export interface Sequencing {
  /** To be called after the commit of an append; calls while one is due are one. */
  wake(): void
  /** Resolves when the batch at work is done. */
  stop(): Promise<void>
}

export function runSequencer(
  sequence: () => Promise<number>,
  report: (problem: Problem) => void,
): Sequencing {
  const stopped = new AbortController()
  let alarm = new AbortController()

  async function loop(): Promise<void> {
    while (!stopped.signal.aborted) {
      // Replaced before the work: a wake during it must lead to another round.
      alarm = new AbortController()
      const failed = await sequence().then(
        () => false,
        (thrown: unknown) => {
          report(problemFrom(thrown))
          return true
        },
      )
      await rest(gatherMs, stopped.signal)
      // After a failure only the clock may wake us, or a busy exchange would hammer the database.
      await rest(idleMs, failed ? stopped.signal : AbortSignal.any([alarm.signal, stopped.signal]))
    }
  }

  const done = loop()
  return {
    wake: () => {
      alarm.abort()
    },
    stop: () => {
      stopped.abort()
      return done
    },
  }
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  // An aborted wait rejects; being woken is what it is for.
  await setTimeout(ms, undefined, { signal, ref: false }).catch(() => undefined)
}

/** Strikes a busy system at moments that the seed repeats, one blow at a time. */
import { createRandom, seed } from './settings.ts'

/** A blow falls up to this long after the request that set it off was sent: inside what is under way. */
const delayMs = 40

export interface Injector {
  /** To be told how many requests were sent so far. */
  readonly sent: (count: number) => void
  /** How many blows fell, when all have. */
  readonly done: () => Promise<number>
}

export function createInjector(
  { requests, faults }: { readonly requests: number; readonly faults: number },
  strike: () => Promise<void>,
): Injector {
  const random = createRandom(seed)
  const moments = Array.from({ length: faults }, () => 1 + random(requests)).sort((a, b) => a - b)
  let striking = Promise.resolve()
  let struck = 0
  return {
    sent: (count) => {
      for (; moments[0] !== undefined && moments[0] <= count; moments.shift()) {
        const later = Promise.withResolvers<undefined>()
        setTimeout(later.resolve, random(delayMs), undefined)
        striking = striking.then(async () => {
          await later.promise
          await strike()
          struck += 1
        })
        // Whoever waits for the end hears of it; until then it must not end the process.
        striking.catch(() => undefined)
      }
    },
    done: async () => {
      await striking
      return struck
    },
  }
}

/**
 * Turns of departments: how many requests of one department are worked on at once, and how many more
 * may wait. Each department has turns of its own, so one that floods us waits for itself. Who may ask
 * at all was decided before; what is asked is decided later.
 */
import { Problem } from '../../sdk/problem.ts'
import { turnLimits } from './parts.ts'

export interface Turns {
  /**
   * Runs the work in its turn, first come first served. Whoever gives up waiting leaves the queue.
   * @throws Problem too-many-requests when the queue of the department is full; nothing was done
   */
  readonly take: <T>(turn: Turn, work: () => Promise<T>) => Promise<T>
}

interface Turn {
  readonly department: string
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

interface Line {
  running: number
  /** In the order they came; a set, because any of them may leave. */
  readonly waiting: Set<() => void>
}

export function createTurns(): Turns {
  const lines = new Map<string, Line>()
  return {
    take: async ({ department, signal }, work) => {
      const line = lines.get(department) ?? { running: 0, waiting: new Set() }
      lines.set(department, line)
      if (line.running < turnLimits.atOnce) line.running += 1
      else await enqueue(line, signal)
      try {
        return await work()
      } finally {
        pass(line)
        if (line.running === 0) lines.delete(department)
      }
    },
  }
}

function enqueue({ waiting }: Line, signal: AbortSignal): Promise<void> {
  if (waiting.size >= turnLimits.waiting) {
    throw new Problem('too-many-requests', { limit: turnLimits.atOnce + turnLimits.waiting })
  }
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const begin = (): void => {
    signal.removeEventListener('abort', leave)
    resolve(undefined)
  }
  const leave = (): void => {
    waiting.delete(begin)
    reject(new Problem('took-too-long'))
  }
  waiting.add(begin)
  signal.addEventListener('abort', leave, { once: true })
  return promise
}

/** A turn that ends is handed to the one who waited longest. */
function pass(line: Line): void {
  const [next] = line.waiting
  if (next) {
    line.waiting.delete(next)
    next()
  } else line.running -= 1
}

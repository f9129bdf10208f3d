/**
 * Many licences at once, on the cores there are: the verdicts of `verifyLicence`, in the order of the
 * documents. Each thread gets a copy of the trust once, and takes the next few documents when it has
 * answered some. Whoever has licences again and again keeps the threads, for one that begins costs as
 * much as two thousand licences. This file is its own thread. With `client.ts` and `pkcs12.ts` it is the
 * only part of the sdk that does more than compute.
 */
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { verifyLicence } from './licence.ts'
import type { GivenStatusList, LicenceQuestion, LicenceVerdict } from './licence.ts'
import { Problem, problemFrom } from './problem.ts'
import type { Trust } from './trust.ts'

export const batchLimits = { threads: 64, documentsAtOnce: 64 } as const

/** So that the next one lies ready when a thread has answered one. */
const portionsAtOnce = 2

/** A thread knows no vault, so the status is a signed list or unknown. */
export type LicenceTask = Omit<LicenceQuestion, 'trust' | 'status'> & {
  readonly document: string
  readonly status?: string | GivenStatusList
}

/** Threads that live until they are closed, under one trust. */
export interface LicencePool {
  /** @throws Problem internal when a thread dies; whatever the others found is not told then. */
  readonly verify: (tasks: readonly LicenceTask[]) => Promise<readonly LicenceVerdict[]>
  readonly close: () => Promise<void>
}

interface PoolQuestion {
  readonly trust: Trust
  readonly threads?: number
}

/** @throws Problem internal when a thread dies; whatever the others found is not told then. */
export async function verifyLicences(
  tasks: readonly LicenceTask[],
  { trust, threads = availableParallelism() }: PoolQuestion,
): Promise<readonly LicenceVerdict[]> {
  if (tasks.length === 0) return []
  const portions = Math.ceil(tasks.length / batchLimits.documentsAtOnce)
  const pool = openLicencePool({ trust, threads: Math.min(threads, portions) })
  try {
    return await pool.verify(tasks)
  } finally {
    await pool.close()
  }
}

export function openLicencePool({
  trust,
  threads = availableParallelism(),
}: PoolQuestion): LicencePool {
  const waiting: Portion[] = []
  const count = Math.max(1, Math.min(threads, batchLimits.threads))
  const started = Array.from({ length: count }, () => startThread(trust, waiting))
  return {
    async verify(tasks) {
      const answers = portionsOf(tasks, count).map(
        (some) =>
          new Promise<readonly LicenceVerdict[]>((resolve, reject) => {
            waiting.push({ tasks: some, resolve, reject })
          }),
      )
      for (const thread of started) thread.feed()
      return (await Promise.all(answers)).flat()
    },
    async close() {
      await Promise.all(started.map(({ worker }) => worker.terminate()))
    },
  }
}

interface Portion {
  readonly tasks: readonly LicenceTask[]
  readonly resolve: (verdicts: readonly LicenceVerdict[]) => void
  readonly reject: (problem: Problem) => void
}

/** Large ones cost fewer messages; the last ones are small, so that all threads end together. */
function portionsOf(
  tasks: readonly LicenceTask[],
  threads: number,
): readonly (readonly LicenceTask[])[] {
  const portions: (readonly LicenceTask[])[] = []
  for (let from = 0, size; from < tasks.length; from += size) {
    const share = Math.ceil((tasks.length - from) / (threads * portionsAtOnce))
    size = Math.min(share, batchLimits.documentsAtOnce)
    portions.push(tasks.slice(from, from + size))
  }
  return portions
}

interface Thread {
  readonly worker: Worker
  /** Has it take what waits, as far as it may. */
  readonly feed: () => void
}

function startThread(trust: Trust, waiting: Portion[]): Thread {
  const worker = new Worker(new URL(import.meta.url), { workerData: { [duty]: trust } })
  const taken: Portion[] = []
  let death: Problem | undefined
  const feed = (): void => {
    while (taken.length < portionsAtOnce) {
      const portion = waiting.shift()
      if (!portion) return
      if (death) portion.reject(death)
      else hand(portion)
    }
  }
  const hand = (portion: Portion): void => {
    try {
      worker.postMessage(portion.tasks)
      taken.push(portion)
    } catch (thrown) {
      portion.reject(problemFrom(thrown))
    }
  }
  const die = (problem: Problem): void => {
    death ??= problem
    for (const portion of taken.splice(0)) portion.reject(death)
    feed()
  }
  worker.on('message', (verdicts: readonly LicenceVerdict[]) => {
    taken.shift()?.resolve(verdicts)
    feed()
  })
  worker.on('error', (thrown) => {
    die(problemFrom(thrown))
  })
  worker.on('exit', (code) => {
    die(new Problem('internal', {}, { cause: new Error(`a thread ended with ${code}`) }))
  })
  return { worker, feed }
}

/** Tells our threads from those in which somebody else imports this file. */
const duty = 'zhengtong-licences'

function serve(trust: Trust): void {
  parentPort?.on('message', (tasks: readonly LicenceTask[]) => {
    const verdicts = tasks.map(({ document, ...asked }) =>
      verifyLicence(document, { trust, ...asked }),
    )
    parentPort?.postMessage(verdicts)
  })
}

const given = workerData as Readonly<Record<string, Trust>> | null // Ours, or nobody's.
if (!isMainThread && given?.[duty]) serve(given[duty])

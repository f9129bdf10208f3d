/**
 * Many licences at once, on the cores there are: the verdicts of `verifyLicence`, in the order of the
 * documents. Each thread gets a copy of the trust once, and takes the next few documents when it has
 * answered the last ones. This file is its own thread. With `client.ts` and `pkcs12.ts` it is the only
 * part of the sdk that does more than compute.
 */
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { verifyLicence } from './licence.ts'
import type { GivenStatusList, LicenceQuestion, LicenceVerdict } from './licence.ts'
import { Problem, problemFrom } from './problem.ts'
import type { Trust } from './trust.ts'

export const batchLimits = { threads: 64, documentsAtOnce: 32 } as const

/** A thread knows no vault, so the status is a signed list or unknown. */
export type LicenceTask = Omit<LicenceQuestion, 'trust' | 'status'> & {
  readonly document: string
  readonly status?: string | GivenStatusList
}

/** @throws Problem internal when a thread dies; whatever the others found is not told then. */
export async function verifyLicences(
  tasks: readonly LicenceTask[],
  { trust, threads = availableParallelism() }: { readonly trust: Trust; readonly threads?: number },
): Promise<readonly LicenceVerdict[]> {
  const verdicts: LicenceVerdict[] = []
  const count = Math.min(
    threads,
    batchLimits.threads,
    Math.ceil(tasks.length / batchLimits.documentsAtOnce),
  )
  const workers = Array.from({ length: count }, () => {
    return new Worker(new URL(import.meta.url), { workerData: { [duty]: trust } })
  })
  let next = 0
  const take = (): Portion | undefined => {
    const from = next
    next += batchLimits.documentsAtOnce
    return from < tasks.length ? { from, tasks: tasks.slice(from, next) } : undefined
  }
  const keep = ({ from, verdicts: some }: Answered): void => {
    for (const [i, verdict] of some.entries()) verdicts[from + i] = verdict
  }
  try {
    await Promise.all(workers.map((worker) => drain(worker, take, keep)))
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  return verdicts
}

interface Portion {
  readonly from: number
  readonly tasks: readonly LicenceTask[]
}

interface Answered {
  readonly from: number
  readonly verdicts: readonly LicenceVerdict[]
}

/** Keeps one thread busy until nothing is left to take. */
function drain(
  worker: Worker,
  take: () => Portion | undefined,
  keep: (answered: Answered) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const hand = (): void => {
      const portion = take()
      if (portion) worker.postMessage(portion)
      else resolve()
    }
    worker.on('message', (answered: Answered) => {
      keep(answered)
      hand()
    })
    worker.on('error', (thrown) => {
      reject(problemFrom(thrown))
    })
    worker.on('exit', (code) => {
      reject(new Problem('internal', {}, { cause: new Error(`a thread ended with ${code}`) }))
    })
    hand()
  })
}

/** Tells our threads from those in which somebody else imports this file. */
const duty = 'zhengtong-licences'

function serve(trust: Trust): void {
  parentPort?.on('message', ({ from, tasks }: Portion) => {
    const verdicts = tasks.map(({ document, ...asked }) =>
      verifyLicence(document, { trust, ...asked }),
    )
    parentPort?.postMessage({ from, verdicts })
  })
}

const given = workerData as Readonly<Record<string, Trust>> | null // Ours, or nobody's.
if (!isMainThread && given?.[duty]) serve(given[duty])

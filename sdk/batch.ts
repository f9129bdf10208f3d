/**
 * Many licences at once, on the cores there are: the verdicts of `verifyLicence`, in the order of the
 * documents. Each thread gets a copy of the trust once, and takes the next few documents when it has
 * answered some. Whoever has licences again and again keeps the threads, for one that begins costs as
 * much as two thousand licences. This file is its own thread. With `client.ts` and `pkcs12.ts` it is the
 * only part of the sdk that does more than compute.
 */
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { verifyLicence } from './licence.ts'
import type { GivenStatusList, LicenceQuestion, LicenceVerdict } from './licence.ts'
import { openThreads, portionsOf } from './threads.ts'
import type { Trust } from './trust.ts'

export const batchLimits = { threads: 64, documentsAtOnce: 64 } as const

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
  const count = Math.max(1, Math.min(threads, batchLimits.threads))
  const pool = openThreads<readonly LicenceTask[], readonly LicenceVerdict[]>({
    ...{ program: new URL(import.meta.url), data: { [duty]: trust }, threads: count },
  })
  const portions = { threads: count, most: batchLimits.documentsAtOnce }
  return {
    verify: async (tasks) => (await Promise.all(portionsOf(tasks, portions).map(pool.run))).flat(),
    close: pool.close,
  }
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

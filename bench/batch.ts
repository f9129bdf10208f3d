/**
 * How much faster many threads verify licences than one, beside how much faster they verify raw
 * signatures: with threads started for it, then with threads that were there. A machine that is busy
 * gives a second thread nothing; then only what the processors computed in all says something, so it
 * is told besides.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { openLicencePool, verifyLicences } from '../sdk/batch.ts'
import { verifyLicence } from '../sdk/licence.ts'
import { createSample, rawVerifications } from './licence.ts'
import { median, repeated } from './measure.ts'
import type { Work } from './measure.ts'

const documents = 10_000
const rounds = 2

export async function measureBatches(): Promise<void> {
  const threads = availableParallelism()
  const { pki, taskOf, raw } = await createSample()
  const { trust } = pki
  const task = taskOf(5)
  const { document, ...asked } = task
  const tasks = Array.from({ length: documents }, () => ({ ...task }))
  const signature = rawVerifications(raw)
  const alone: Work = () => repeated(documents, () => verifyLicence(document, { trust, ...asked }))
  const rawAlone: Work = () => repeated(documents, signature.plain)
  const rawOn = async (workers: readonly Worker[]): Promise<number> => {
    await Promise.all(workers.map((worker) => answerOf(worker, documents / threads)))
    return documents
  }
  const startRaw = (): Worker[] =>
    Array.from({ length: threads }, () => {
      return new Worker(new URL('./raw-thread.ts', import.meta.url), { workerData: raw })
    })
  await compareScaling('threads started for it', {
    ...{ alone, rawAlone },
    together: async () => (await verifyLicences(tasks, { trust, threads })).length,
    rawTogether: async () => {
      const workers = startRaw()
      const count = await rawOn(workers)
      await stop(workers)
      return count
    },
  })
  const pool = openLicencePool({ trust, threads })
  const rawWorkers = startRaw()
  await compareScaling('threads kept', {
    ...{ alone, rawAlone },
    together: async () => (await pool.verify(tasks)).length,
    rawTogether: () => rawOn(rawWorkers),
  })
  await Promise.all([pool.close(), stop(rawWorkers)])
}

function answerOf(worker: Worker, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject).once('message', () => {
      resolve()
    })
    worker.postMessage(count)
  })
}

function stop(workers: readonly Worker[]): Promise<unknown> {
  return Promise.all(workers.map((worker) => worker.terminate()))
}

interface Scaling {
  readonly alone: Work
  readonly together: Work
  readonly rawAlone: Work
  readonly rawTogether: Work
}

async function compareScaling(how: string, works: Scaling): Promise<void> {
  const seen: Spent[] = []
  for (let round = -1; round < rounds; round += 1) {
    const alone = await spent(works.alone)
    const together = await spent(works.together)
    const rawAlone = await spent(works.rawAlone)
    const rawTogether = await spent(works.rawTogether)
    const ratio = (of: keyof Spent): number =>
      alone[of] / together[of] / (rawAlone[of] / rawTogether[of])
    if (round >= 0) seen.push({ time: ratio('time'), cpu: ratio('cpu') })
  }
  const [time, cpu] = [median(seen.map((one) => one.time)), median(seen.map((one) => one.cpu))]
  process.stdout.write(
    `batch, ${documents} licences, 5 disclosed, ${availableParallelism()} ${how}: ` +
      `${time.toFixed(3)} of the scaling of raw signatures by the clock, ${cpu.toFixed(3)} by the processor\n`,
  )
}

interface Spent {
  readonly time: number
  readonly cpu: number
}

async function spent(work: Work): Promise<Spent> {
  const [begun, cpu] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return { time: performance.now() - begun, cpu: user + system }
}

/**
 * How much faster many threads verify licences than one, beside how much faster they verify raw
 * signatures: starting the threads is part of both. A machine that is busy gives a second thread
 * nothing; then only what the processors computed in all says something, so it is told besides.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { verifyLicences } from '../sdk/batch.ts'
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
  const inThread = (): Promise<void> => {
    const workerData = { ...raw, count: documents / threads }
    const worker = new Worker(new URL('./raw-thread.ts', import.meta.url), { workerData })
    return new Promise((resolve, reject) => {
      worker.once('error', reject).once('exit', () => {
        resolve()
      })
    })
  }
  const seen: { readonly time: number; readonly cpu: number }[] = []
  for (let round = -1; round < rounds; round += 1) {
    const alone = await spent(() =>
      repeated(documents, () => verifyLicence(document, { trust, ...asked })),
    )
    const together = await spent(
      async () => (await verifyLicences(tasks, { trust, threads })).length,
    )
    const rawAlone = await spent(() => repeated(documents, signature.plain))
    const rawTogether = await spent(
      async () => (await Promise.all(Array.from({ length: threads }, inThread))).length,
    )
    const ratio = (of: keyof Spent): number =>
      alone[of] / together[of] / (rawAlone[of] / rawTogether[of])
    if (round >= 0) seen.push({ time: ratio('time'), cpu: ratio('cpu') })
  }
  const [time, cpu] = [median(seen.map((one) => one.time)), median(seen.map((one) => one.cpu))]
  process.stdout.write(
    `batch, ${documents} licences, 5 disclosed, ${threads} threads: ` +
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

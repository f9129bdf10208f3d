/**
 * How much faster many threads verify licences than one, beside how much faster they verify raw
 * signatures: with threads started for it, then with threads that were there. A machine that is busy
 * gives a second thread nothing; then only what the processors computed in all says something, so it
 * is told besides.
 */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { openLicencePool, verifyLicences } from '../sdk/batch.ts'
import type { LicenceTask } from '../sdk/batch.ts'
import { verifyLicence } from '../sdk/licence.ts'
import type { Trust } from '../sdk/trust.ts'
import { createSample, rawVerifications } from './licence.ts'
import type { RawSignature } from './licence.ts'
import { median, perSecond, repeated } from './measure.ts'
import type { Rates, Work } from './measure.ts'

const threads = availableParallelism()
/** Of what one thread does alone: its turn is as short as that of several. */
const aloneInTurn = 1_000
/** So many turns first: a thread that is not yet warm is easy to beat. */
const turnsToWarm = 12
const kept = { documents: 2_000, rounds: 16 } as const
const started = { documents: 10_000, rounds: 4 } as const
/** Raw signatures are handed out as licences are, so that no thread waits for a slower one. */
const signaturesAtOnce = 50

interface Batch {
  readonly trust: Trust
  readonly tasks: readonly LicenceTask[]
  readonly raw: RawSignature
  readonly alone: Work
  readonly rawAlone: Work
}

export async function measureBatches(): Promise<void> {
  const { pki, taskOf, raw } = await createSample()
  const { trust } = pki
  const task = taskOf(5)
  const { document, ...asked } = task
  const { plain } = rawVerifications(raw)
  const batch: Batch = {
    ...{ trust, raw, tasks: Array.from({ length: started.documents }, () => ({ ...task })) },
    alone: () => repeated(aloneInTurn, () => verifyLicence(document, { trust, ...asked })),
    rawAlone: () => repeated(aloneInTurn, plain),
  }
  const cache = await mkdtemp(join(tmpdir(), 'zhengtong-bench-'))
  // Threads inherit it, and start with it as fast as from the package that was built.
  process.env['NODE_COMPILE_CACHE'] = cache
  try {
    for (let turn = 0; turn < turnsToWarm; turn += 1) await batch.alone()
    await measureStarted(batch)
    await measureKept(batch)
  } finally {
    delete process.env['NODE_COMPILE_CACHE']
    await rm(cache, { recursive: true })
  }
}

async function measureStarted({ trust, tasks, raw, ...alone }: Batch): Promise<void> {
  await compareScaling('threads started for it', {
    ...{ ...started, ...alone },
    together: async () => (await verifyLicences(tasks, { trust, threads })).length,
    rawTogether: async () => {
      const workers = startRaw(raw)
      const count = await verifyRaw(workers, started.documents)
      await stop(workers)
      return count
    },
  })
}

async function measureKept({ trust, tasks, raw, ...alone }: Batch): Promise<void> {
  const some = tasks.slice(0, kept.documents)
  const pool = openLicencePool({ trust, threads })
  const workers = startRaw(raw)
  for (let turn = 0; turn < turnsToWarm; turn += 1) await pool.verify(some)
  await compareScaling('threads kept', {
    ...{ ...kept, ...alone },
    together: async () => (await pool.verify(some)).length,
    rawTogether: () => verifyRaw(workers, kept.documents),
  })
  await Promise.all([pool.close(), stop(workers)])
}

function startRaw(raw: RawSignature): readonly Worker[] {
  return Array.from({ length: threads }, () => {
    return new Worker(new URL('./raw-thread.ts', import.meta.url), { workerData: raw })
  })
}

async function verifyRaw(workers: readonly Worker[], count: number): Promise<number> {
  let left = count
  const work = async (worker: Worker): Promise<void> => {
    while (left > 0) {
      left -= signaturesAtOnce
      worker.postMessage(signaturesAtOnce)
      await once(worker, 'message')
    }
  }
  await Promise.all(workers.map(work))
  return count
}

function stop(workers: readonly Worker[]): Promise<unknown> {
  return Promise.all(workers.map((worker) => worker.terminate()))
}

interface Scaling {
  readonly documents: number
  readonly rounds: number
  readonly alone: Work
  readonly together: Work
  readonly rawAlone: Work
  readonly rawTogether: Work
}

async function compareScaling(how: string, works: Scaling): Promise<void> {
  const { documents, rounds } = works
  const seen: Rates[] = []
  for (let round = -Math.ceil(rounds / 4); round < rounds; round += 1) {
    const alone = await perSecond(works.alone)
    const together = await perSecond(works.together)
    const rawTogether = await perSecond(works.rawTogether)
    const rawAlone = await perSecond(works.rawAlone)
    const ratio = (clock: keyof Rates): number =>
      together[clock] / alone[clock] / (rawTogether[clock] / rawAlone[clock])
    if (round >= 0) seen.push({ wall: ratio('wall'), cpu: ratio('cpu') })
  }
  const [wall, cpu] = [median(seen.map((one) => one.wall)), median(seen.map((one) => one.cpu))]
  process.stdout.write(
    `batch, ${documents} licences, 5 disclosed, ${threads} ${how}: ` +
      `${wall.toFixed(3)} of the scaling of raw signatures by the clock, ${cpu.toFixed(3)} by the processor\n`,
  )
}

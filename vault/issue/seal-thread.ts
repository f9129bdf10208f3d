/** One of the threads of `seal-threads.ts`: seals what it is told to, under the trust it began with. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Trust } from '../../sdk/trust.ts'
import { createLint } from './lint.ts'
import { sealOne } from './seal-one.ts'
import type { SealAnswer, SealTask } from './seal-threads.ts'
import { localSigner } from './signer.ts'

const trust = workerData as Trust // Ours.

async function answer({ at, seals, licences }: SealTask): Promise<SealAnswer> {
  const lint = createLint({ trust: () => trust, clock: () => at })
  const signer = localSigner(seals)
  const sealed = licences.map(async ({ issuer, ...licence }) => {
    const document = await sealOne({ lint, seal: signer.sealOf(issuer), at }, licence)
    return [licence.licenceId, document] as const
  })
  const outcomes = await Promise.allSettled(sealed)
  return outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}

parentPort?.on('message', (task: SealTask) => {
  void answer(task).then((sealed) => parentPort?.postMessage(sealed))
})

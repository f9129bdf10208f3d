/**
 * One of the threads of `seal-threads.ts`: answers those of its tasks' licences that could be sealed,
 * under the trust it began with.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { Trust } from '../../sdk/trust.ts'
import { createLint } from './lint.ts'
import { packed } from './seal-answer.ts'
import type { SealAnswer } from './seal-answer.ts'
import { sealOne } from './seal-one.ts'
import type { SealTask } from './seal-threads.ts'
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
  return packed(outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
}

parentPort?.on('message', (task: SealTask) => {
  void answer(task).then((sealed) => parentPort?.postMessage(sealed, [sealed.bytes.buffer]))
})

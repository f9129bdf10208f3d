/** One of the threads of `batch.ts`: verifies the signature it is given as often as it is told to. */
import { verify } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import type { RawSignature } from './licence.ts'
import { repeated } from './measure.ts'

const { message, key, plain } = workerData as RawSignature // Ours.
const wrapped = { key, dsaEncoding: 'ieee-p1363' } as const
parentPort?.on('message', (count: number) => {
  repeated(count, () => {
    if (!verify('sha256', message, wrapped, plain)) throw new Error('it must verify')
  })
  parentPort?.postMessage(count)
})

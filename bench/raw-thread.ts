/** One of the threads of `batch.ts`: verifies the signature it is given so many times, and ends. */
import { verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { workerData } from 'node:worker_threads'
import { repeated } from './measure.ts'

interface Duty {
  readonly message: Uint8Array
  readonly key: KeyObject
  readonly plain: Uint8Array
  readonly count: number
}

const { message, key, plain, count } = workerData as Duty // Ours.
const wrapped = { key, dsaEncoding: 'ieee-p1363' } as const
repeated(count, () => {
  if (!verify('sha256', message, wrapped, plain)) throw new Error('it must verify')
})

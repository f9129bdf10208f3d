import { expect, test } from 'vitest'
import { Problem } from '../../sdk/problem.ts'
import { createGathering } from './gather.ts'

const limits = { batchMax: 3, batchesAtOnce: 1, waitingMax: 6 }

/** Doubles even numbers, refuses odd ones, and can do nothing for any with 13 among them. */
function doubling(given = limits) {
  const batches: number[][] = []
  const work = (batch: readonly number[]): Promise<PromiseSettledResult<number>[]> => {
    batches.push([...batch])
    if (batch.includes(13)) return Promise.reject(new Error('thirteen'))
    if (batch.includes(0)) return Promise.reject(new Problem('database-unavailable'))
    return Promise.allSettled(
      batch.map((n) => (n % 2 === 0 ? Promise.resolve(n * 2) : Promise.reject(new Error('odd')))),
    )
  }
  return { batches, double: createGathering({ work, ...given }) }
}

async function told(answers: readonly Promise<number>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(answers)
  return settled.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)))
}

test('calls of one moment are one batch, in their order, and no larger than may be', async () => {
  const { double, batches } = doubling()
  expect(await told([2, 4, 6, 8].map(double))).toEqual([4, 8, 12, 16])
  expect(await told([10].map(double))).toEqual([20])
  expect(batches).toEqual([[2, 4, 6], [8], [10]])
})

test('who calls while a batch is on its way is in the next one', async () => {
  const { double, batches } = doubling()
  const first = double(2).then(() => Promise.all([double(4), double(6)]))
  await Promise.all([first, double(8)])
  expect(batches).toEqual([
    [2, 8],
    [4, 6],
  ])
})

test('those of one moment are shared out, so that one batch computes while another waits', async () => {
  const bothAreUnderWay = Promise.withResolvers<undefined>()
  const batches: number[][] = []
  const work = async (batch: readonly number[]): Promise<PromiseSettledResult<number>[]> => {
    if (batches.push([...batch]) === 2) bothAreUnderWay.resolve(undefined)
    await bothAreUnderWay.promise
    return batch.map((value) => ({ status: 'fulfilled', value }))
  }
  const same = createGathering({ work, ...limits, batchMax: 4, batchesAtOnce: 2 })
  expect(await told([2, 4, 6, 8, 10].map(same))).toEqual([2, 4, 6, 8, 10])
  expect(batches).toEqual([
    [2, 4, 6],
    [8, 10],
  ])
})

test('each caller is told of their own refusal, and nobody of another’s', async () => {
  const { double } = doubling()
  expect(await told([2, 3, 4].map(double))).toEqual([4, 'Error: odd', 8])
})

test('a batch that fails as a whole is tried again one by one, unless the database is away', async () => {
  const { double, batches } = doubling()
  expect(await told([2, 13, 4].map(double))).toEqual([4, 'Error: thirteen', 8])
  expect(batches).toEqual([[2, 13, 4], [2], [13], [4]])
  const away = await Promise.allSettled([2, 0].map(double))
  expect(away).toEqual(
    [0, 1].map(() => ({
      status: 'rejected',
      reason: expect.objectContaining({ code: 'database-unavailable' }) as unknown,
    })),
  )
  expect(batches.slice(4)).toEqual([[2, 0]])
})

test('more than may wait are turned away, and the others are served', async () => {
  const { double } = doubling({ ...limits, waitingMax: 2 })
  const answers = await told([2, 4, 6].map(double))
  expect(answers).toEqual([4, 8, expect.stringContaining('database-unavailable')])
})

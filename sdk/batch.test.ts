import { expect, test } from 'vitest'
import { createForge, types } from '../test/forging.ts'
import { createIssuing, issuingAt as at } from '../test/issuing.ts'
import { batchLimits, openLicencePool, verifyLicences } from './batch.ts'
import { verifyLicence } from './licence.ts'

const issuing = await createIssuing(types)
const { document, freshList, edited, logged } = createForge(issuing)
const { trust } = issuing

test('threads answer what one would, in order', async () => {
  const tasks = Array.from({ length: 2 * batchLimits.documentsAtOnce + 1 }, (_, i) => {
    const shown = i % 3 === 0 ? edited({ claims: { exp: i } }) : document
    return {
      document: i % 5 === 0 ? 'noise' : shown,
      at,
      status: freshList,
      evidence: logged(shown),
    }
  })
  const verdicts = await verifyLicences(tasks, { trust, threads: 2 })
  expect(verdicts).toEqual(
    tasks.map(({ document: one, ...asked }) => verifyLicence(one, { trust, ...asked })),
  )
  expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(['valid', 'invalid']))
})

test('threads that are kept answer several at once and again, until they are closed', async () => {
  const pool = openLicencePool({ trust, threads: 1 })
  const noise = { document: 'noise', at }
  const many = Array<typeof noise>(4 * batchLimits.documentsAtOnce).fill(noise)
  const [shown, others] = await Promise.all([pool.verify([{ document, at }]), pool.verify(many)])
  expect(shown).toEqual([verifyLicence(document, { trust, at })])
  expect(others).toEqual(many.map(() => verifyLicence('noise', { trust, at })))
  expect(await pool.verify([])).toEqual([])
  await pool.close()
  await expect(pool.verify([noise])).rejects.toThrow('internal')
})

test('what no message can carry is refused, and the thread goes on', async () => {
  const pool = openLicencePool({ trust, threads: 1 })
  const uncarried = { document, at, status: (() => 'valid') as unknown as string }
  await expect(pool.verify([uncarried])).rejects.toThrow('internal')
  expect(await pool.verify([{ document: 'noise', at }])).toMatchObject([{ verdict: 'invalid' }])
  await pool.close()
})

test('nothing needs no thread', async () => {
  expect(await verifyLicences([], { trust })).toEqual([])
})

test('a thread that dies is a problem and no waiting', async () => {
  process.once('worker', (worker) => void worker.terminate())
  const verdicts = verifyLicences([{ document, at }], { trust, threads: 1 })
  await expect(verdicts).rejects.toThrow('internal')
})

import { expect, test } from 'vitest'
import { createForge, types } from '../test/forging.ts'
import { createIssuing, issuingAt as at } from '../test/issuing.ts'
import { batchLimits, verifyLicences } from './batch.ts'
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

test('nothing needs no thread', async () => {
  expect(await verifyLicences([], { trust })).toEqual([])
})

test('a thread that dies is a problem and no waiting', async () => {
  process.once('worker', (worker) => void worker.terminate())
  const verdicts = verifyLicences([{ document, at }], { trust, threads: 1 })
  await expect(verdicts).rejects.toThrow('internal')
})

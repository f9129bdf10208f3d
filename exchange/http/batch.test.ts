import { expect, test } from 'vitest'
import { Problem } from '../../sdk/problem.ts'
import { batchLimits, createBatches } from './batch.ts'
import type { AnswerLine } from './batch.ts'

const echo: AnswerLine = (question) => Promise.resolve({ question })

async function told(text: string, answerLine: AnswerLine = echo): Promise<unknown[]> {
  const lines: unknown[] = []
  for await (const some of createBatches().answer(text, answerLine)) {
    for (const line of some.trimEnd().split('\n')) lines.push(JSON.parse(line))
  }
  return lines
}

test('a line in is a line out, in the same order, however long each takes', async () => {
  const count = batchLimits.linesAtOnce * 3 + 1
  const text = Array.from({ length: count }, (_, n) => `{"n":${n}}\n`).join('')
  const waiting: (() => void)[] = []
  const lastFirst: AnswerLine = (question) =>
    new Promise((resolve) => {
      waiting.push(() => {
        resolve({ question })
      })
      queueMicrotask(() => waiting.pop()?.())
    })
  expect(await told(text, lastFirst)).toEqual(
    Array.from({ length: count }, (_, n) => ({ question: { n } })),
  )
})

test('a line that cannot be answered says why, and the others are answered', async () => {
  const answers = await told('{"a":1}\n\nnonsense\n{"b":2}', (question) => {
    if (JSON.stringify(question) === '{"b":2}') return Promise.reject(new Error('王彩云'))
    return echo(question)
  })
  expect(answers).toMatchObject([
    { question: { a: 1 } },
    ...[{ problem: { code: 'invalid-json' } }, { problem: { code: 'invalid-json' } }],
    { problem: { code: 'internal' } },
  ])
  expect(JSON.stringify(answers)).not.toContain('王彩云')
})

test('a line and a batch have their limits', async () => {
  const long = `{"a":"${'x'.repeat(batchLimits.lineLength)}"}`
  expect(await told(`${long}\n{}`)).toMatchObject([
    { problem: { code: 'body-too-large' } },
    { question: {} },
  ])
  expect(await told('{}\n'.repeat(batchLimits.lines))).toHaveLength(batchLimits.lines)
  await expect(told('{}\n'.repeat(batchLimits.lines + 1))).rejects.toThrow(/^too-many:/)
})

test('no more than so many at once; whoever goes away makes room', async () => {
  const batches = createBatches()
  const begin = () => batches.answer('{}\n'.repeat(100), echo)
  const [first] = Array.from({ length: batchLimits.atOnce }, begin)
  expect(begin).toThrow(Problem)
  await first?.next()
  await first?.return(undefined)
  expect((await begin().next()).value).toContain('question')
})

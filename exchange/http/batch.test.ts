import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { fastify as Fastify } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Problem } from '../../sdk/problem.ts'
import { batchLimits, createBatches } from './batch.ts'
import type { AnswerLine } from './batch.ts'
import { openRow } from './route.ts'
import { addRoutes } from './routes.ts'
import { createTurns } from './turns.ts'

const echo: AnswerLine = (question) => Promise.resolve({ question })

async function told(text: string, answerLine: AnswerLine = echo): Promise<unknown[]> {
  const lines: unknown[] = []
  for await (const some of createBatches().answer(text, answerLine)) {
    for (const line of String(some).trimEnd().split('\n')) lines.push(JSON.parse(line))
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

test('no more than so many at once; whoever goes away makes room, read or not', async () => {
  const batches = createBatches()
  const begin = (): Readable => batches.answer('{}\n'.repeat(100), echo)
  const all = Array.from({ length: batchLimits.atOnce }, begin)
  expect(begin).toThrow(Problem)
  if (all[0]) await once(all[0], 'readable')
  await Promise.all(all.map((one) => once(one.destroy(), 'close')))
  const again = Array.from({ length: batchLimits.atOnce }, begin)
  expect(begin).toThrow(/^too-many-requests:/)
  await Promise.all(again.map((one) => once(one.resume(), 'close')))
  expect(await begin().toArray()).toHaveLength(Math.ceil(100 / batchLimits.linesAtOnce))
})

describe('over a connection', () => {
  const nobody = (): never => {
    throw new Error('nobody asks for this')
  }
  const desk = { attend: nobody, issue: nobody, change: nobody, reissue: nobody }
  const batches = createBatches()
  const app = Fastify()
  let gate = Promise.withResolvers<undefined>()
  let port = 0

  beforeAll(async () => {
    const row = openRow({
      ...{ method: 'POST', path: '/batch', name: 'batch', who: 'anyone', problems: [] },
      summary: { zh: '批量', en: 'A batch' },
      ...{ raw: { 'application/x-ndjson': 'text' }, answer: { type: 'application/x-ndjson' } },
      tell: ({ body }) => {
        const answers = batches.answer(String(body), async (question) => {
          if (JSON.stringify(question) === '{"wait":1}') await gate.promise
          return { question }
        })
        app.server.emit('batch', answers)
        return Promise.resolve({ body: answers })
      },
    })
    const type = 'application/x-ndjson'
    app.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body)
    })
    addRoutes(app, [row], {
      ...{ authenticate: nobody, vaultDesk: { ...desk, reservePlaces: nobody, accept: nobody } },
      ...{ clock: () => new Date(0), turns: createTurns(), rate: nobody },
    })
    port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  })

  afterAll(() => app.close())

  const requestOf = (lines: string): string =>
    [
      ...['POST /batch HTTP/1.1', 'host: localhost', 'content-type: application/x-ndjson'],
      ...[`content-length: ${lines.length}`, '', lines],
    ].join('\r\n')

  async function nextBatches(count: number): Promise<Readable[]> {
    const begun: Readable[] = []
    const { promise, resolve } = Promise.withResolvers<Readable[]>()
    const take = (answers: Readable): void => {
      if (begun.push(answers) === count) resolve(begun)
    }
    app.server.on('batch', take)
    await promise
    app.server.off('batch', take)
    return begun
  }

  async function serves(): Promise<void> {
    const reply = await fetch(`http://127.0.0.1:${port}/batch`, {
      ...{ method: 'POST', body: '{}\n', headers: { 'content-type': 'application/x-ndjson' } },
    })
    expect([reply.status, await reply.text()]).toEqual([200, '{"question":{}}\n'])
  }

  test('whoever sends and leaves at once makes room', async () => {
    for (let left = 0; left < batchLimits.atOnce; left += 1) {
      const client = connect(port, '127.0.0.1')
      const begun = nextBatches(1)
      client.write(requestOf('{}\n'.repeat(1_000)), () => client.destroy())
      for (const one of await begun) if (!one.closed) await once(one, 'close')
    }
    await serves()
  })

  test('so does what waited for another answer on the same connection', async () => {
    gate = Promise.withResolvers()
    const long = `{"a":"${'x'.repeat(15_000)}"}\n`.repeat(60)
    const begun = nextBatches(2)
    const connected = once(app.server, 'connection') as Promise<[Socket]> // By node:http.
    const client = connect(port, '127.0.0.1')
    client.write(requestOf('{"wait":1}\n') + requestOf(long))
    const closed = (await begun).map((one) => once(one, 'close'))
    const [served] = await connected
    const gone = once(served, 'close')
    client.destroy()
    await gone
    gate.resolve(undefined)
    await Promise.all(closed)
    await serves()
  })
})

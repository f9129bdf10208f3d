import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { fastify as Fastify } from 'fastify'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Json } from '../../sdk/json.ts'
import { Problem } from '../../sdk/problem.ts'
import { batchLimits, createBatches } from './batch.ts'
import type { Answering } from './batch.ts'
import { openRow } from './route.ts'
import { addRoutes } from './routes.ts'
import { createTurns } from './turns.ts'

type Answer = (question: Json) => Promise<object>

const echo: Answer = (question) => Promise.resolve({ question })

/** Line by line, as if each were looked at alone. */
function answering(answer: Answer): Answering<Json> {
  return { read: (line) => line, answer: (lines) => Promise.all(lines.map(answer)) }
}

const echoes = answering(echo)
const bytes = (text: string): Uint8Array => Buffer.from(text)
const input = (...pieces: readonly Uint8Array[]): Readable => Readable.from(pieces)

async function told(given: Readable | string): Promise<unknown[]>
async function told<Q>(given: Readable | string, asked: Answering<Q>): Promise<unknown[]>
async function told(given: Readable | string, asked: Answering<Json> = echoes): Promise<unknown[]> {
  const lines: unknown[] = []
  const all = typeof given === 'string' ? input(bytes(given)) : given
  for await (const some of createBatches().answer(all, asked, 'here')) {
    for (const line of String(some).trimEnd().split('\n')) lines.push(JSON.parse(line))
  }
  return lines
}

const numbered = (count: number): string =>
  Array.from({ length: count }, (_, n) => `{"n":${n}}\n`).join('')
const numbers = (count: number): object[] =>
  Array.from({ length: count }, (_, n) => ({ question: { n } }))

test('a line in is a line out, in the same order, however long each takes', async () => {
  const count = batchLimits.linesAtOnce * 3 + 1
  const waiting: (() => void)[] = []
  const lastFirst: Answer = (question) =>
    new Promise((resolve) => {
      waiting.push(() => {
        resolve({ question })
      })
      queueMicrotask(() => waiting.pop()?.())
    })
  expect(await told(numbered(count), answering(lastFirst))).toEqual(numbers(count))
})

test.for([1, 2, 7, 8, 9, 1_000])(
  'it does not matter where the pieces of %i bytes end',
  async (size) => {
    const all = bytes('{"a":"证照"}\n\n{"b":2}\r\n{"c":3}')
    const pieces: Uint8Array[] = []
    for (let from = 0; from < all.length; from += size) pieces.push(all.subarray(from, from + size))
    expect(await told(input(...pieces))).toMatchObject([
      ...[{ question: { a: '证照' } }, { problem: { code: 'invalid-json' } }],
      ...[{ question: { b: 2 } }, { question: { c: 3 } }],
    ])
  },
)

test('a line that cannot be answered says why, and the others are answered', async () => {
  const answers = await told(
    input(bytes('{"a":1}\n\nnonsense\n"'), Uint8Array.of(0xff), bytes('"\n{"b":2}\n{"c":3}')),
    {
      read: (line: Json) => {
        if (JSON.stringify(line) === '{"b":2}') throw new Error('王彩云')
        return Object(line) as object
      },
      answer: (lines) =>
        Promise.resolve(
          lines.map((line) => ('a' in line ? new Problem('unknown-licence') : { line })),
        ),
    },
  )
  expect(answers).toMatchObject([
    { problem: { code: 'unknown-licence' } },
    ...[{ problem: { code: 'invalid-json' } }, { problem: { code: 'invalid-json' } }],
    { problem: { code: 'invalid-encoding' } },
    { problem: { code: 'internal' } },
    { line: { c: 3 } },
  ])
  expect(JSON.stringify(answers)).not.toContain('王彩云')
})

test('what fails for lines together is the answer to each of them', async () => {
  const failing = { ...echoes, answer: () => Promise.reject(new Problem('database-unavailable')) }
  const problem = { code: 'database-unavailable' }
  expect(await told('{}\nx\n{}', failing)).toMatchObject([
    ...[{ problem }, { problem: { code: 'invalid-json' } }, { problem }],
  ])
})

test.for([-1, 0, 1])('a line of the most bytes and %i', async (more) => {
  const line = `{"a":"${'x'.repeat(batchLimits.lineBytes - 8 + more)}"}`
  expect(await told(`${line}\n{}\n${line}`)).toMatchObject(
    more > 0
      ? [
          ...[{ problem: { code: 'body-too-large' } }, { question: {} }],
          { problem: { code: 'body-too-large' } },
        ]
      : [{ question: {} }, { question: {} }, { question: {} }],
  )
})

test.for([-1, 0, 1])('the most lines and %i', async (more) => {
  const answers = await told(numbered(batchLimits.lines + more))
  const most = Math.min(batchLimits.lines, batchLimits.lines + more)
  expect(answers.slice(0, most)).toEqual(numbers(most))
  expect(answers.slice(most)).toMatchObject(more > 0 ? [{ problem: { code: 'too-many' } }] : [])
})

test('lines after the last that is answered are read, and not kept', async () => {
  let read = 0
  function* endless(): Generator<Uint8Array> {
    for (; read < 3; read += 1) yield bytes('{}\n'.repeat(batchLimits.lines))
  }
  const answers = await told(Readable.from(endless()))
  expect([answers.length, read]).toEqual([batchLimits.lines + 1, 3])
})

test('nothing is read further ahead of its reader than the lines that wait for it', async () => {
  let sent = 0
  let answered = 0
  function* endless(): Generator<Uint8Array> {
    for (;;) yield bytes(`{"n":${(sent += 1)}}\n`.repeat(batchLimits.linesAtOnce))
  }
  const given = Readable.from(endless(), { highWaterMark: 1 })
  const counted: Answering<Json> = {
    ...echoes,
    answer: (lines) => {
      answered += lines.length
      return echoes.answer(lines)
    },
  }
  const answers = createBatches().answer(given, counted, 'here')
  for (let taken = 1; taken <= 3; taken += 1) {
    await once(answers, 'readable')
    await setImmediate() // Whatever could be read without anybody taking an answer.
    expect(answered).toBe(taken * batchLimits.linesAtOnce)
    expect(sent).toBeLessThanOrEqual(taken + 2)
    expect(answers.read()).not.toBeNull()
  }
  await once(answers.destroy(), 'close')
  expect(given.destroyed).toBe(true)
})

test('no more than so many at once; whoever goes away makes room, read or not', async () => {
  const batches = createBatches()
  let networks = 0
  const begin = (): Readable => {
    networks += 1
    return batches.answer(input(bytes(numbered(100))), echoes, `network ${networks}`)
  }
  const all = Array.from({ length: batchLimits.atOnce }, begin)
  expect(begin).toThrow(Problem)
  if (all[0]) await once(all[0], 'readable')
  await Promise.all(all.map((one) => once(one.destroy(), 'close')))
  const again = Array.from({ length: batchLimits.atOnce }, begin)
  expect(begin).toThrow(/^too-many-requests:/)
  await Promise.all(again.map((one) => once(one.resume(), 'close')))
  expect(await begin().toArray()).toHaveLength(Math.ceil(100 / batchLimits.linesAtOnce))
})

test('one network leaves room for others, and has it again when it leaves', async () => {
  const batches = createBatches()
  const begin = (from: string): Readable => batches.answer(input(bytes('{}\n')), echoes, from)
  const [one] = Array.from({ length: batchLimits.ofOneNetwork }, () => begin('here'))
  expect(() => begin('here')).toThrow(/^too-many-requests:/)
  expect(await begin('there').toArray()).toHaveLength(1)
  if (one) await once(one.destroy(), 'close')
  expect(await begin('here').toArray()).toHaveLength(1)
})

test('whoever neither sends nor leaves loses the place after the time of a batch', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const silent = new Readable({ read: () => undefined })
    const answers = createBatches().answer(silent, echoes, 'here')
    const ended = once(answers.resume(), 'close').catch((thrown: unknown) => thrown)
    vi.advanceTimersByTime(batchLimits.ms - 1)
    expect(silent.destroyed).toBe(false)
    vi.advanceTimersByTime(1)
    await ended
    expect([silent.destroyed, answers.destroyed]).toEqual([true, true])
  } finally {
    vi.useRealTimers()
  }
})

describe('over a connection', () => {
  const nobody = (): never => {
    throw new Error('nobody asks for this')
  }
  const batches = createBatches()
  const app = Fastify()
  let gate = Promise.withResolvers<undefined>()
  let port = 0

  beforeAll(async () => {
    const row = openRow({
      ...{ method: 'POST', path: '/batch', name: 'batch', who: 'anyone', problems: [] },
      summary: { zh: '批量', en: 'A batch' },
      ...{ raw: { 'application/x-ndjson': 'stream' }, answer: { type: 'application/x-ndjson' } },
      tell: ({ body, from }) => {
        if (!(body instanceof Readable)) throw new Error('a body comes as a stream')
        const asked = answering(async (question) => {
          if (JSON.stringify(question) === '{"wait":1}') await gate.promise
          return { question }
        })
        const answers = batches.answer(body, asked, from)
        app.server.emit('batch', answers)
        return Promise.resolve({ body: answers })
      },
    })
    addRoutes(app, [row], {
      ...{ authenticate: nobody, attend: nobody },
      ...{ clock: () => new Date(0), turns: createTurns(), rate: nobody, streaming: new WeakSet() },
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
    const long = `{"a":"${'x'.repeat(700)}"}\n`.repeat(60)
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

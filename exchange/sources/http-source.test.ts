/** A department's service that does its worst: nothing of it leaves, nobody else waits for it. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { people } from '../../demo/sample.ts'
import type { Company } from '../../demo/sample.ts'
import type { Purpose } from '../../sdk/request-token.ts'
import { canariesIn } from '../../test/canary.ts'
import { codesIn, createTestWorld } from '../../test/world.ts'
import type { Reply, TestWorld } from '../../test/world.ts'
import { sourceAddress } from './address.ts'

type Behaviour = (response: ServerResponse, request: IncomingMessage) => void

const { legalRepresentative, stranger } = people
const { idNumber, name } = legalRepresentative
const token = 'a secret of the police'.replaceAll(' ', '-')
const canary = '金丝雀'
const json = { 'content-type': 'application/json' }

const says =
  (body: string, status = 200, headers: Record<string, string> = json): Behaviour =>
  (response) => {
    response.writeHead(status, headers).end(body)
  }
const answers = (values: unknown, keys: unknown = { idNumber }, more = {}): Behaviour =>
  says(JSON.stringify({ keys, values, ...more }))

const honest = answers({ name })
/** Each a 200 with one thing wrong, or something that is no answer at all. */
const nonsense: Readonly<Record<string, Behaviour>> = {
  'a redirect': says('', 302, { location: 'http://127.0.0.1:1/', ...json }),
  'a redirect that keeps the question': says('', 307, { location: '/elsewhere', ...json }),
  'a page': says(`<html>${canary}</html>`, 200, { 'content-type': 'text/html' }),
  'a page said to be JSON': says(`<script>${canary}</script>`),
  'JSON of another type': says(JSON.stringify({ keys: { idNumber }, values: { name } }), 200, {
    'content-type': 'text/plain',
  }),
  'no content type': says('{}', 200, {}),
  'a compressed answer': says('{}', 200, { ...json, 'content-encoding': 'gzip' }),
  'half of an object': says(`{"keys":{"idNumber":"${idNumber}"},"values":{"name":"${canary}`),
  'no text at all': says(''),
  'an array': says(`["${canary}"]`),
  'a member twice': says(
    `{"keys":{"idNumber":"${idNumber}"},"values":{"name":"${name}","name":"${canary}"}}`,
  ),
  'a prototype': says(`{"keys":{"idNumber":"${idNumber}"},"values":{"__proto__":{"name":"x"}}}`),
  'no UTF-8': (response) => {
    response.writeHead(200, json).end(Buffer.from('{"keys":"\xff"}', 'latin1'))
  },
  'deep nesting': says('['.repeat(30_000)),
  'another person': answers({ name: canary }, { idNumber: stranger.idNumber }),
  'no person': answers({ name: canary }, {}),
  'a person and a half': answers({ name: canary }, { idNumber, name }),
  'a field nobody asked for': answers({ name, address: canary }),
  'a member nobody knows': answers({ name }, { idNumber }, { note: canary }),
  'no field': answers({}),
  'no values': says(JSON.stringify({ keys: { idNumber } })),
  'found and nothing': answers(null),
  'a number for a name': answers({ name: 7 }),
  'an object for a name': answers({ name: { toString: canary } }),
  'a list for a name': answers({ name: [canary] }),
  'a name too long': answers({ name: canary.repeat(30) }),
  'a name with a control character': answers({ name: `${canary}\u001b[2J` }),
  'not found, said by somebody else': says('<h1>404</h1>', 404, { 'content-type': 'text/html' }),
  'not found, of nobody': says('{}', 404),
  'not found, of another': says(
    JSON.stringify({ keys: { idNumber: stranger.idNumber }, values: null }),
    404,
  ),
  'not found, and yet values': says(
    JSON.stringify({ keys: { idNumber }, values: { name: canary } }),
    404,
  ),
  'a status without a meaning': says('{}', 299),
  'a question it does not like': says('{}', 400),
  'a size beyond the limit, announced': (response) => {
    response.writeHead(200, { ...json, 'content-length': '1000000000' })
    response.write('{')
  },
  'a gigabyte': (response) => {
    response.writeHead(200, json)
    const piece = Buffer.alloc(65_536, ' ')
    let left = 16_384
    const pour = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= 1
        poured += piece.length
        if (!response.write(piece)) return void response.once('drain', pour)
      }
      response.end()
    }
    pour()
  },
}
const silence: Readonly<Record<string, Behaviour>> = {
  'no header': () => undefined,
  'a header a byte at a time': ({ socket }) => {
    drip(socket, 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n')
  },
  'a body a byte at a time': (response) => {
    response.writeHead(200, json)
    drip(response, JSON.stringify({ keys: { idNumber }, values: { name } }))
  },
  'a connection reset': ({ socket }) => {
    if (socket && 'resetAndDestroy' in socket) socket.resetAndDestroy()
  },
  'a connection reset in the middle': (response) => {
    response.writeHead(200, json)
    response.write('{"keys":', () => response.destroy())
  },
  'no HTTP': ({ socket }) => socket?.end('SSH-2.0-nonsense\r\n'),
  'an error of its own': says(canary, 500),
  'an error with a page': says(`<h1>${canary}</h1>`, 503, { 'content-type': 'text/html' }),
  'a secret that is refused': says('{}', 401),
  'too many questions': says('{}', 429),
}

interface Writable {
  write: (text: string) => unknown
  readonly destroyed: boolean
}

function drip(to: Writable | null, text: string): void {
  let at = 0
  const timer = setInterval(() => {
    if (!to || to.destroyed || at === text.length) clearInterval(timer)
    else to.write(text.charAt(at))
    at += 1
  }, 1_000)
}

let behaviour: Behaviour
let poured = 0
const asked: { readonly request: IncomingMessage; readonly body: string }[] = []
const server = createServer((request, response) => {
  response.on('error', () => undefined)
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (text: string) => (body += text))
  request.on('end', () => {
    asked.push({ request, body })
    behaviour(response, request)
  })
})
let world: TestWorld
let company: Company
let purpose: Purpose

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo // A TCP listener has one.
  const url = `http://127.0.0.1:${port}/police/`
  world = await createTestWorld({
    sources: new Map([['police', sourceAddress('POLICE', { url, token })]]),
  })
  company = await world.newCompany()
  purpose = await world.openCase(company)
})

afterAll(async () => {
  await world.close()
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
})

/** An answer closes the breaker, and tells that what happened before has left nothing behind. */
beforeEach(async () => {
  world.clock.now = new Date(world.clock.now.getTime() + 6_000)
  behaviour = honest
  expect((await ask()).json['data']).toMatchObject({
    populationRegistry: { identityMatches: true },
  })
  asked.length = 0
})

function ask(): Promise<Reply> {
  return world.ask(
    `query ($holder: HolderInput!, $id: String!, $name: String!) {
      licences(holder: $holder, types: ["businessLicence"]) { ... on BusinessLicence { name } }
      populationRegistry(idNumber: $id) { identityMatches(name: $name) }
    }`,
    { holder: { codeType: '001', code: company.uscc }, id: idNumber, name },
    { purpose },
  )
}

async function fails(how: Behaviour, code: 'source-fault' | 'source-unavailable'): Promise<number> {
  behaviour = how
  const before = await world.newestEntry()
  const begun = performance.now()
  const reply = await ask()
  const tookMs = performance.now() - begun
  expect(reply.json['data'], reply.text).toEqual({
    licences: [{ name: company.name }],
    populationRegistry: null,
  })
  expect(codesIn(reply)).toEqual([code])
  expect(reply.text).not.toContain(canary)
  const entries = await world.entriesAfter(before)
  expect(entries.map(({ body }) => body)).toMatchObject([
    { decision: 'partial', items: [{ decision: 'allowed' }, { decision: 'failed', code }] },
  ])
  return tookMs
}

test('the question is in the body, with the secret, and with no more than was allowed', async () => {
  await ask()
  expect(asked).toHaveLength(1)
  const [{ request, body } = { request: undefined, body: '' }] = asked
  expect(request).toMatchObject({ method: 'POST', url: '/police/population/person' })
  expect(request?.headers).toMatchObject({
    ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  })
  expect(JSON.parse(body)).toEqual({ fields: ['name'], keys: { idNumber } })
  expect(request?.rawHeaders.join(' ')).not.toContain(idNumber)
})

test.for(Object.entries(nonsense))('%s is a fault of the source', async ([, how]) => {
  expect(await fails(how, 'source-fault')).toBeLessThan(3_500)
  expect(asked).toHaveLength(1)
})

test('of a gigabyte hardly anything is taken', () => {
  expect(poured).toBeGreaterThan(0)
  expect(poured).toBeLessThan(16_000_000)
})

test.for(Object.entries(silence))('%s: the source cannot answer now', async ([, how]) => {
  expect(await fails(how, 'source-unavailable')).toBeLessThan(3_500)
})

test('not found, with the question repeated, is an answer: nothing found', async () => {
  behaviour = says(JSON.stringify({ keys: { idNumber }, values: null }), 404)
  const before = await world.newestEntry()
  const reply = await ask()
  expect(codesIn(reply)).toEqual([])
  expect(reply.json['data']).toMatchObject({ populationRegistry: null })
  const [entry] = await world.entriesAfter(before)
  expect(entry?.body['items']).toMatchObject([
    { decision: 'allowed' },
    { decision: 'nothing-found' },
  ])
})

test('no value is a value, and neither yes nor no', async () => {
  behaviour = answers({ name: null })
  const reply = await ask()
  expect(codesIn(reply)).toEqual([])
  expect(reply.json['data']).toMatchObject({ populationRegistry: { identityMatches: null } })
})

test('after five failures in a row it is not asked at all; after a rest it is, and all is well', async () => {
  const dead = says('', 500)
  for (let i = 0; i < 5; i += 1) await fails(dead, 'source-unavailable')
  expect(asked).toHaveLength(5)
  // Slow now: who is answered at once was not waiting for it.
  expect(await fails(() => undefined, 'source-unavailable')).toBeLessThan(1_000)
  expect(asked).toHaveLength(5)
  const samples = await (await fetch(world.world.serving.metricsUrl ?? '')).text()
  expect(samples).toContain('zhengtong_source_breaker_open{source="police"} 1')
  world.clock.now = new Date(world.clock.now.getTime() + 5_000)
  await fails(dead, 'source-unavailable')
  expect(asked).toHaveLength(6)
  await fails(honest, 'source-unavailable')
  world.clock.now = new Date(world.clock.now.getTime() + 5_000)
  behaviour = honest
  expect(codesIn(await ask())).toEqual([])
  expect(codesIn(await ask())).toEqual([])
})

test('nonsense, however much, does not open the breaker: another person’s record may be fine', async () => {
  for (let i = 0; i < 6; i += 1) await fails(answers({ name: 7 }), 'source-fault')
  behaviour = honest
  expect(codesIn(await ask())).toEqual([])
})

test('of many at once eight are asked (concurrentMax); the others hear at once that it cannot answer now', async () => {
  const waiting: ServerResponse[] = []
  const { promise: full, resolve } = Promise.withResolvers<undefined>()
  behaviour = (response) => {
    if (waiting.push(response) === 8) resolve(undefined)
  }
  const first = Array.from({ length: 8 }, ask)
  await full
  expect(codesIn(await ask())).toEqual(['source-unavailable'])
  expect(asked).toHaveLength(8)
  for (const response of waiting) honest(response, response.req)
  expect((await Promise.all(first)).flatMap(codesIn)).toEqual([])
})

test('nobody’s name or number, nor the secret, is in the operator’s log or in an error', () => {
  expect(canariesIn(world.lines.join('\n'), [company.name, company.uscc])).toEqual([])
  expect(canariesIn(world.told.join('\n'), [company.name, company.uscc])).toEqual([])
  const all = [...world.lines, ...world.told].join('\n')
  expect(all).not.toContain(canary)
  expect(all).not.toContain(token)
})

/**
 * Bad input at the door, numbered: names, headers, methods and bytes that other servers have believed.
 * Ids of other departments are tried over every route in `access.slow.test.ts`, and OPTIONS, PUT and
 * addresses that are nothing in `bad-input.slow.test.ts`. A request id need not be sent: without one the server makes it.
 *
 * Not here, because there is nothing yet that could be attacked:
 *
 *   cookies, session fixation, TOTP replay, clickjacking, open redirects   no console yet
 *   uploads of HTML, SVG or images                                         no uploads yet
 *   ranges of exports, formula cells of exports                            no exports yet
 *   webhook addresses                                                      no webhooks yet
 *   ETag and If-Match                                                      no conditional requests yet
 */
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Company } from '../../demo/sample.ts'
import { httpLimits } from '../../exchange/http/parts.ts'
import type { Purpose } from '../../sdk/request-token.ts'
import { routesOf } from '../routes.ts'
import { codesIn, createTestWorld, partiesOf } from '../world.ts'
import type { Forged, TestWorld } from '../world.ts'

let world: TestWorld
let company: Company
let purpose: Purpose

beforeAll(async () => {
  world = await createTestWorld()
  company = await world.newCompany()
  purpose = await world.openCase(company)
})

afterAll(() => world.close())

const nothing = '{"query":"{ __typename }"}'
const open = { method: 'GET', path: '/livez', token: undefined } as const

async function sent(forged: Forged): Promise<string> {
  const reply = await world.send(forged)
  return [reply.status, ...codesIn(reply)].join(' ')
}

/** What comes back for bytes written as they are, until the end. */
function answersTo(bytes: string): Promise<string> {
  const { port } = new URL(world.world.serving.url)
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes))
    socket.setEncoding('latin1')
    socket.on('data', (piece: string) => (text += piece))
    socket.on('error', reject)
    socket.on('close', () => {
      resolve(text)
    })
  })
}

async function statusesFor(bytes: string): Promise<number[]> {
  const answers = (await answersTo(bytes)).matchAll(/HTTP\/1\.[01] (\d{3}) /g)
  return [...answers].map(([, status]) => Number(status))
}

const request = (line: string, ...headers: readonly string[]): string =>
  [line, 'Host: x', ...headers, '', ''].join('\r\n')
const last = 'Connection: close'

describe('bytes', () => {
  test.for<[what: string, bytes: string, statuses: readonly number[]]>([
    [
      '1 two lengths',
      `${request('POST /verify HTTP/1.1', 'Content-Length: 2', 'Content-Length: 3', last)}{}`,
      [400],
    ],
    [
      '2 a length and chunks',
      `${request('POST /verify HTTP/1.1', 'Content-Length: 2', 'Transfer-Encoding: chunked', last)}0\r\n\r\n`,
      [400],
    ],
    [
      '3 chunks within other words',
      `${request('POST /verify HTTP/1.1', 'Transfer-Encoding: chunked, identity', last)}0\r\n\r\n`,
      [400],
    ],
    ['4 a negative length', request('POST /verify HTTP/1.1', 'Content-Length: -1', last), [400]],
    ['5 a header folded over lines', request('GET /livez HTTP/1.1', 'A: b', ' c', last), [400]],
    [
      '6 a space before the colon',
      request('GET /livez HTTP/1.1', 'Content-Length : 0', last),
      [400],
    ],
    ['7 a NUL in a header', request('GET /livez HTTP/1.1', 'A: b\u0000c', last), [400]],
    ['8 no host', 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n', [400]],
    [
      '9 two questions at once',
      `${request('GET /livez HTTP/1.1')}${request('GET /livez HTTP/1.1', last)}`,
      [200, 200],
    ],
    ['10 HTTP/1.0', 'GET /livez HTTP/1.0\r\n\r\n', [200]],
    ['11 HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
    ['12 TRACE', request('TRACE /livez HTTP/1.1', last), [404]],
    ['12 QUERY, which not even the router knows', request('QUERY /verify HTTP/1.1', last), [404]],
    ['13 a method nobody knows', request('BREW /livez HTTP/1.1', last), [400]],
    [
      '14 an address of another host is a path here (RFC 9112 §3.2.2)',
      request('GET http://evil.example/livez HTTP/1.1', last),
      [200],
    ],
    [
      '15 100-continue',
      `${request('POST /verify HTTP/1.1', 'Expect: 100-continue', 'Content-Type: application/json', 'Content-Length: 2', last)}{}`,
      [100, 400],
    ],
    [
      '16 an expectation nobody has',
      request('GET /livez HTTP/1.1', 'Expect: miracles', last),
      [417],
    ],
    [
      '17 10,000 headers',
      request('GET /livez HTTP/1.1', ...Array.from({ length: 10_000 }, (_, i) => `a${i}: b`), last),
      [431],
    ],
  ])('%s', async ([, bytes, statuses]) => {
    expect(await statusesFor(bytes)).toEqual(statuses)
  })
})

test('17 b what is no HTTP is answered with the request id that its problem names', async () => {
  const text = await answersTo(request('BREW /livez HTTP/1.1', last))
  const [, id = 'none'] = /^exchange-request-id: ([0-9a-f-]{36})\r$/m.exec(text) ?? []
  expect(text).toContain(`"instance":"urn:zhengtong:request:${id}"`)
})

describe('headers that are not believed', () => {
  test.for<[what: string, headers: Readonly<Record<string, string>>]>([
    ['18 another method', { 'x-http-method-override': 'DELETE', 'x-method-override': 'PUT' }],
    ['19 another address', { 'x-original-url': '/graphql', 'x-rewrite-url': '/graphql' }],
    ['20 another sender', { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' }],
    ['21 another host', { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }],
    ['22 an origin of null', { origin: 'null' }],
    ['23 a language of 8 KiB', { 'accept-language': 'x'.repeat(8_192) }],
    ['24 a range', { range: 'bytes=0-0' }],
    ['25 conditions', { 'if-match': '*', 'if-none-match': '*', 'if-modified-since': 'x' }],
  ])('%s', async ([, headers]) => {
    const reply = await world.send({ ...open, headers })
    expect([reply.status, reply.text]).toEqual([200, '{"status":"ok"}'])
    for (const name of ['access-control-allow-origin', 'server', 'x-powered-by', 'location'])
      expect(reply.headers.get(name)).toBeNull()
  })

  test('26 a body that is packed is not unpacked', async () => {
    const body = gzipSync(Buffer.alloc(1_000_000))
    expect(await sent({ body, headers: { 'content-encoding': 'gzip' } })).toMatch(/^(400|415) /)
  })

  test('26 b what is too large is told the limit of its own address', async () => {
    const body = 'x'.repeat(httpLimits.verifyBody + 1)
    const headers = { 'content-type': 'application/dc+sd-jwt' }
    const { json } = await world.send({ path: '/verify', token: undefined, body, headers })
    expect(json['detail']).toEqual({ limit: httpLimits.verifyBody })
  })

  test.for([
    open,
    { ...open, path: '/nothing' },
    { ...open, path: '/%zz' },
    { ...open, path: `/status-lists/${'1'.repeat(201)}` },
    { body: nothing },
    { body: '{' },
    { body: nothing, token: 'x' },
  ])('27 every answer says how it may be read: %j', async (forged) => {
    const { headers } = await world.send(forged)
    expect(headers.get('exchange-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    )
    expect(headers.get('server')).toBeNull()
  })
})

describe('names and members', () => {
  test.for([
    ...[
      '..',
      '../x',
      '..%2fx',
      '%252e%252e%252fx',
      '..\\x',
      'x%00',
      '.',
      ' ',
      'x.',
      'CON',
      'x'.repeat(300),
    ],
    ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'lісence'],
  ])('28 a type of licence called %j is unknown, and nothing else', async (type) => {
    const query =
      'query ($t: [String!]) { licences(holder: {codeType: "001", code: "x"}, types: $t) { type } }'
    const reply = await world.ask(query, { t: [type] }, { purpose })
    expect(['invalid-request', 'not-a-party', 'unknown-resource']).toContain(codesIn(reply)[0])
  })

  test('29 no route takes a prototype', async () => {
    const routes = await routesOf(world.world.exchange.logger)
    const posts = routes.flatMap((route) => {
      const [method, path = ''] = route.split(' ')
      return method === 'POST' && path !== '/verify/batch' ? [path.replace(/:\w+/, 'x')] : []
    })
    expect(posts.length).toBeGreaterThan(10)
    for (const path of posts) {
      for (const body of [
        '{"__proto__":{"role":"auditor"}}',
        '{"constructor":{"prototype":{"role":1}}}',
      ])
        expect([path, await sent({ path, body })]).toEqual([
          path,
          expect.stringMatching(/^400 invalid-(json|request)$/),
        ])
      expect(Object.hasOwn(Object.prototype, 'role')).toBe(false)
    }
  })

  test.for(['role', 'department', 'departmentId', 'approvedBy', 'officer'])(
    '30 %s cannot be given with a case or an act',
    async (name) => {
      const query = 'mutation ($input: CaseInput!) { openCase(input: $input) { number } }'
      const input = {
        number: 'ML-mass',
        item: purpose.item,
        parties: partiesOf(company),
        [name]: 'x',
      }
      expect(codesIn(await world.ask(query, { input }))).toEqual(['invalid-query'])
      const body = JSON.stringify({ act: 'revoke', reason: 'obtained-by-fraud', [name]: 'x' })
      expect(await sent({ path: '/vault/licences/x/acts', body })).toBe('400 invalid-request')
    },
  )

  test('31 the case of another department is nobody’s case', async () => {
    const other = { department: 'haikouMarket' }
    const close = `mutation { closeCase(number: "${purpose.case}") { state } }`
    expect(codesIn(await world.ask(close, {}, other))).toEqual(['unknown-case'])
    const plan = `{ materials(item: "${purpose.item}", case: "${purpose.case}") { item } }`
    expect(codesIn(await world.ask(plan, {}, { ...other, purpose })).length).toBe(1)
    expect(codesIn(await world.ask('{ audit(first: 1) { next } }', {}, other))).toEqual([
      'not-an-auditor',
    ])
  })

  test.for([
    ['32 of 128 characters', 'k'.repeat(128), '200'],
    ['33 of 129 characters', 'k'.repeat(129), '400 invalid-request'],
    ['34 of 256 characters', 'k'.repeat(256), '400 invalid-request'],
    ['35 of no characters', '', '400 invalid-request'],
    ['36 with a path in it', '../k', '400 invalid-request'],
  ])('a request id %s', async ([, key = '', expected]) => {
    expect(await sent({ body: nothing, headers: { 'idempotency-key': key } })).toBe(expected)
  })

  test('37 a request id is one request, also for many at once; another department’s is another', async () => {
    const headers = { 'idempotency-key': 'once-only' }
    const tries = Array.from({ length: 4 }, () => sent({ body: nothing, headers }))
    expect((await Promise.all(tries)).sort()).toEqual([
      ...['200', ...Array.from({ length: 3 }, () => '409 attempt-already-recorded')],
    ])
    expect(await sent({ body: nothing, headers, department: 'haikouMarket' })).toBe('200')
  })

  test.for([
    ['38 another body', { body: '{"query":"{ grants { code } }"}' }],
    ['39 another purpose', { purpose: { item: 'foodBusinessPermitNew', case: 'ML-other' } }],
  ] as const)(
    'a request id stands for what it was used for: %s is refused',
    async ([name, other]) => {
      const headers = { 'idempotency-key': `kept-${name.slice(0, 2)}` }
      const next = { headers: { ...headers, attempt: '2' } }
      expect(await sent({ body: nothing, headers })).toBe('200')
      expect(await sent({ body: nothing, ...other, ...next })).toBe('422 request-id-reused')
      expect(await sent({ body: nothing, ...next })).toBe('200')
    },
  )

  test('40 also for who counts attempts backwards', async () => {
    const tried = (attempt: number, body: string): Promise<string> =>
      sent({ body, headers: { 'idempotency-key': 'backwards', attempt: `${attempt}` } })
    expect(await tried(2, nothing)).toBe('200')
    expect(await tried(1, '{"query":"{ grants { code } }"}')).toBe('422 request-id-reused')
    expect(await tried(1, nothing)).toBe('200')
  })

  const opening = (number: string): Forged => {
    const query = 'mutation ($input: CaseInput!) { openCase(input: $input) { state } }'
    const input = { number, item: purpose.item, parties: partiesOf(company) }
    return { body: JSON.stringify({ query, variables: { input } }) }
  }
  const closing = (number: string): Forged => {
    const query = 'mutation ($number: ID!) { closeCase(number: $number) { state } }'
    return { body: JSON.stringify({ query, variables: { number } }) }
  }
  const suspending = (licenceId: string): Forged => ({
    ...{ department: 'haikouMarket', path: `/vault/licences/${licenceId}/acts` },
    body: JSON.stringify({ act: 'suspend', reason: 'under-investigation' }),
  })
  const newCase = async (): Promise<string> => (await world.openCase(company)).case
  const newLicence = async (): Promise<string> => {
    const { uscc } = await world.newCompany()
    const search = { path: '/vault/search', body: JSON.stringify({ licenceNo: uscc }) }
    const { json } = await world.send({ ...search, department: 'haikouMarket' })
    const [found] = json['licences'] as { licenceId: string }[]
    return found?.licenceId ?? ''
  }

  test.for<[what: string, name: () => string | Promise<string>, of: (name: string) => Forged]>([
    ['41 opening a case', () => `ML-${randomUUID()}`, opening],
    ['42 closing a case', newCase, closing],
    ['43 an act on a licence', newLicence, suspending],
  ])(
    '%s has a request id of its own, however attempts are counted',
    async ([, name, forgedFor]) => {
      const [first, second] = [await name(), await name()]
      const key = randomUUID()
      const tried = async (attempt: number, of: string, id = key): Promise<string> => {
        const headers = { 'idempotency-key': id, attempt: `${attempt}` }
        return (await sent({ ...forgedFor(of), headers })).replace('201', '200')
      }
      const changesSince = async (entry: number): Promise<unknown[]> => {
        const kinds = (await world.entriesAfter(entry)).map(({ body }) => body['kind'])
        return kinds.filter((kind) => kind !== 'refusal' && kind !== 'answer')
      }
      expect(await tried(2, first)).toBe('200')
      const before = await world.newestEntry()
      expect(await tried(1, second)).toBe('422 request-id-reused')
      expect(await tried(3, second)).toBe('422 request-id-reused')
      expect(await changesSince(before)).toEqual([])
      expect(await tried(1, second, randomUUID())).toBe('200')
      expect(await changesSince(before)).toHaveLength(1)
    },
  )
})

/** What is malformed, too much or made to harm: refused at its limit, recorded, and no harm to others. */
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { people } from '../../demo/sample.ts'
import type { Company } from '../../demo/sample.ts'
import { queryLimits } from '../../exchange/graphql/limits.ts'
import { jsonLimits } from '../../sdk/json.ts'
import type { JsonObject } from '../../sdk/json.ts'
import type { Purpose } from '../../sdk/request-token.ts'
import { canariesIn } from '../canary.ts'
import { character } from '../character.ts'
import { codesIn, createTestWorld, partiesOf } from '../world.ts'
import type { Forged, Reply, TestWorld } from '../world.ts'

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
const get = (path: string): Promise<Reply> => world.send({ method: 'GET', path, token: undefined })

describe('content types and methods', () => {
  const open = (number: string): string =>
    JSON.stringify({
      query: 'mutation ($input: CaseInput!) { openCase(input: $input) { number } }',
      variables: { input: { number, item: purpose.item, parties: partiesOf(company) } },
    })

  test.for([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'text/plain;charset=UTF-8',
    'application/graphql',
    'application/xml',
    'application/jsonp',
    'application/json5',
    'image/png',
    'nonsense',
  ])('%s: 415, and nothing was done', async (type) => {
    const before = await world.newestEntry()
    const body = open('ML-other-type')
    const reply = await world.send({ body, headers: { 'content-type': type } })
    expect([reply.status, codesIn(reply)]).toEqual([415, ['unsupported-media-type']])
    expect(await world.entriesAfter(before)).toEqual([])
  })

  test('JSON with a charset is JSON', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    expect((await world.send({ body: nothing, headers })).status).toBe(200)
  })

  test('GET is not for questions: 405, and it says what is', async () => {
    for (const path of ['/graphql', '/graphql?query={__typename}']) {
      const reply = await world.send({ method: 'GET', path })
      expect([reply.status, codesIn(reply)]).toEqual([405, ['method-not-allowed']])
      expect(reply.headers.get('allow')).toBe('POST')
    }
  })

  test.for(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s /graphql is nothing', async (method) => {
    expect((await world.send({ method, body: nothing })).status).toBe(404)
  })
})

describe('bodies that are no question', () => {
  const nested = (depth: number): string =>
    `{"query":"{ __typename }","variables":{"x":${'['.repeat(depth - 2)}${']'.repeat(depth - 2)}}}`
  const members = (count: number): string =>
    `{"query":"{ __typename }","variables":{${Array.from({ length: count }, (_, i) => `"m${i}":1`).join()}}}`
  const text = (length: number): string =>
    `{"query":"{ __typename }","variables":{"x":"${'x'.repeat(length)}"}}`

  const bodies: readonly [what: string, body: string | Uint8Array, code: string][] = [
    ['1 nothing', '', 'invalid-json'],
    ['2 half an object', '{', 'invalid-json'],
    ['3 a batch', `[${nothing},${nothing}]`, 'invalid-json'],
    ['4 a text', '"{ __typename }"', 'invalid-json'],
    ['5 null', 'null', 'invalid-json'],
    [
      '6 the query twice',
      '{"query":"{ __typename }","query":"{ grants { code } }"}',
      'invalid-json',
    ],
    ['7 a variable twice', '{"query":"{ __typename }","variables":{"a":1,"a":2}}', 'invalid-json'],
    ['8 __proto__', '{"query":"{ __typename }","variables":{"__proto__":{"a":1}}}', 'invalid-json'],
    ['9 one level too deep', nested(jsonLimits.depth + 1), 'invalid-json'],
    ['10 10,000 levels', nested(10_000), 'invalid-json'],
    ['11 one member too many', members(jsonLimits.membersPerObject + 1), 'invalid-json'],
    ['12 a string one too long', text(jsonLimits.stringLength + 1), 'invalid-json'],
    [
      '13 a lone surrogate',
      '{"query":"{ __typename }","variables":{"a":"\\ud800"}}',
      'invalid-json',
    ],
    [
      '14 a number that is none',
      '{"query":"{ __typename }","variables":{"a":1e400}}',
      'invalid-json',
    ],
    ['15 two values', `${nothing}${nothing}`, 'invalid-json'],
    ['16 not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 'invalid-encoding'],
    ['17 UTF-16', new Uint8Array(Buffer.from(nothing, 'utf16le')), 'invalid-json'],
    ['18 extensions', '{"query":"{ __typename }","extensions":{}}', 'invalid-request'],
    ['19 a persisted query', '{"id":"abc"}', 'invalid-request'],
    ['20 no query', '{}', 'invalid-query'],
    ['21 a query of null', '{"query":null}', 'invalid-query'],
    ['22 a query that is a number', '{"query":1}', 'invalid-query'],
    ['23 variables that are text', '{"query":"{ __typename }","variables":"x"}', 'invalid-query'],
    ['24 variables in a list', '{"query":"{ __typename }","variables":[]}', 'invalid-query'],
    [
      '25 two operations, none named',
      '{"query":"query A { __typename } query B { __typename }"}',
      'invalid-query',
    ],
    [
      '26 an operation that is not there',
      '{"query":"query A { __typename }","operationName":"B"}',
      'invalid-query',
    ],
    [
      '27 an operation named by a number',
      '{"query":"query A { __typename }","operationName":3}',
      'invalid-query',
    ],
    ['28 a subscription', '{"query":"subscription { grants { code } }"}', 'invalid-query'],
  ]

  test.for(bodies)('%s: 400, with one entry that says why', async ([, body, code]) => {
    const before = await world.newestEntry()
    const reply = await world.send({ body })
    expect([reply.status, codesIn(reply)]).toEqual([400, [code]])
    const entries = await world.entriesAfter(before)
    expect(entries.map((entry) => entry.body)).toMatchObject([
      { kind: 'refusal', decision: 'refused', items: [{ resource: 'graphql', code }] },
    ])
  })

  test('29 the token of what could not be read is used up', async () => {
    const token = await world.token({ body: '{' })
    expect((await world.send({ body: '{', token })).status).toBe(400)
    expect((await world.send({ body: '{', token })).status).toBe(401)
  })
})

describe('queries built to hurt', () => {
  test('what is too complex leaves an entry that says so', async () => {
    const before = await world.newestEntry()
    await world.ask(
      `{ grants { ${'code @include(if: true) '.repeat(queryLimits.directives + 1)} } }`,
    )
    const entries = await world.entriesAfter(before)
    expect(entries.map(({ body }) => body)).toMatchObject([
      { kind: 'refusal', items: [{ code: 'query-too-complex' }] },
    ])
  })

  const bombs: readonly [what: string, query: string][] = [
    ['fragments doubled 19 times', doubled(19, 'grants { code }')],
    ['fragments doubled 60 times', doubled(60, 'grants { code }')],
    ['doubled under aliases', aliased(8)],
    ['a fragment in itself', '{ ...A } fragment A on Query { ...A }'],
    ['fragments in a circle', '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'],
    [
      'a circle nobody enters',
      '{ __typename } fragment A on Query { ...B } fragment B on Query { ...A }',
    ],
    ['one field 990 times', `{ grants { ${'code '.repeat(990)} } }`],
    ['selections 300 deep', `{ grants ${'{ code '.repeat(300)}${'}'.repeat(300)} }`],
    ['inline fragments 400 deep', `{ ${'... { '.repeat(400)} __typename ${'} '.repeat(400)} }`],
    ['lists 900 deep', `{ grants(department: ${'['.repeat(450)}${']'.repeat(450)}) { code } }`],
    ['an unknown directive 300 times', `{ grants { ${'code @nope '.repeat(300)} } }`],
    ['an unknown field 300 times', `{ grants { ${'nope '.repeat(300)} } }`],
    [
      '100 operations',
      Array.from({ length: 100 }, (_, i) => `query Q${i} { __typename }`).join(' '),
    ],
    ['a comment of 60,000 characters', `# ${'x'.repeat(60_000)}\n{ nope }`],
    ['@defer', '{ grants { ... @defer { code } } }'],
    ['@stream', '{ grants @stream(initialCount: 0) { code } }'],
    ['an empty selection', '{ grants { } }'],
    ['a number beyond all numbers', '{ audit(first: 99999999999999999999) { next } }'],
    ['a homoglyph', '{ lісence(licenceId: "1") { type } }'],
    ['a NUL', '{ grants { code\u0000 } }'],
    ['an escaped lone surrogate', '{ grants(department: "\\uD800") { code } }'],
    ['a mutation for a query', '{ openCase { number } }'],
  ]

  function doubled(times: number, leaf: string): string {
    const all = Array.from({ length: times }, (_, i) => {
      const inner = i === times - 1 ? leaf : `...F${i + 1} ...F${i + 1}`
      return `fragment F${i} on Query { ${inner} }`
    })
    return `{ ...F0 ...F0 __schema: __typename a: __typename b: __typename c: __typename d: __typename } ${all.join(' ')}`
  }

  function aliased(times: number): string {
    const all = Array.from({ length: times }, (_, i) => {
      const inner = i === times - 1 ? 'code' : `...F${i + 1} x${i}: code ...F${i + 1} y${i}: code`
      return `fragment F${i} on Grant { ${inner} }`
    })
    return `{ grants { ...F0 } } ${all.join(' ')}`
  }

  test.for(bombs)('%s: 400 in a moment, in few words', async ([, query]) => {
    const began = performance.now()
    const reply = await world.ask(query, {}, { purpose })
    expect(reply.status).toBe(400)
    expect(performance.now() - began).toBeLessThan(2_000)
    expect(reply.text.length).toBeLessThan(8_000)
    expect(['invalid-query', 'query-too-complex']).toContain(codesIn(reply)[0])
    expect((await get('/livez')).status).toBe(200)
  })

  test.for([
    ['{ grant { code } }', 'grants'],
    ['{ grants { cod } }', 'code'],
    ['{ populationRegistri(idNumber: "1") { name } }', 'populationRegistry'],
    ['{ sealedJuvenileRecord(idNumber: "1") { name } }', 'sealedJuvenileRecords'],
    ['{ grants(departmen: "x") { code } }', 'department'],
    ['{ licences(holder: {codeTyp: "001", code: "x"}) { type } }', 'codeType'],
    ['{ grants { ... on Gran { code } } }', '"Grant"'],
    ['{ grants { code @includ(if: true) } }', 'include'],
    ['mutation { openCas(input: {}) { number } }', 'openCase'],
  ])('a wrong name is not helped to a right one: %s', async ([query = '', right = '']) => {
    const reply = await world.ask(query)
    expect([reply.status, new Set(codesIn(reply))]).toEqual([400, new Set(['invalid-query'])])
    expect(reply.text).not.toContain('Did you mean')
    const { message } = (reply.json['errors'] as { message: string }[])[0] ?? { message: '' }
    expect(message.replaceAll('on type "Grant"', '')).not.toContain(
      `"${right.replaceAll('"', '')}"`,
    )
  })

  const number = people.legalRepresentative.idNumber
  test.for<[query: string, variables: JsonObject]>([
    [`{ populationRegistry(idNumber: ${number}) { name } }`, {}],
    [`{ populationRegistry(idNumber: ["${number}"]) { name } }`, {}],
    [`{ populationRegistry(idNumber: "${number}" "${number}") { name } }`, {}],
    [`{ populationRegistry("${number}") { name } }`, {}],
    [`{ licences(holder: "${number}") { type } }`, {}],
    ['query ($id: String!) { populationRegistry(idNumber: $id) { name } }', { id: [number] }],
    ['query ($h: HolderInput!) { licences(holder: $h) { type } }', { h: { code: number } }],
    [
      'query ($h: HolderInput!) { licences(holder: $h) { type } }',
      { h: { codeType: '111', code: [number] } },
    ],
    ['query ($h: HolderInput!) { licences(holder: $h) { type } }', { h: number }],
    ['query ($id: String!) { populationRegistry(idNumber: $id) { name } }', { id: `${number}0` }],
  ])('an error does not repeat what was sent: %s', async ([query, variables]) => {
    const reply = await world.ask(query, variables, { purpose })
    expect(reply.status).toBe(400)
    expect(reply.text).not.toContain(number)
  })
})

describe('hostile text in every argument', () => {
  const hostile = fc.oneof(
    fc.constantFrom(
      ...[
        "' or 1=1 --",
        '"; drop table log.entry; --',
        '%',
        '_',
        '\\',
        '${7*7}',
        '{{7*7}}',
        '\u0000',
      ],
      ...['a\u0000b', '\u202e', '\ufeff', '\uffff', '1'.repeat(10_000), '__proto__', 'constructor'],
      ...[
        'toString',
        '../../etc/passwd',
        'NaN',
        '-1',
        '1e999',
        'null',
        '',
        ' ',
        '\n',
        '𠮷',
        '张三',
      ],
    ),
    fc.string({ unit: character, maxLength: 40 }),
  )
  const places: readonly ((
    text: string,
  ) => [query: string, variables: JsonObject, forged?: Forged])[] = [
    (a) => ['query ($a: String) { grants(department: $a) { code } }', { a }],
    (a) => ['query ($a: ID!) { licence(licenceId: $a) { type } }', { a }],
    (a) => [
      'query ($a: [String!]) { licences(holder: {codeType: "001", code: "x"}, types: $a) { type } }',
      { a: [a] },
    ],
    (a) => [
      'query ($a: HolderInput!) { licences(holder: $a) { type } }',
      { a: { codeType: a, code: a } },
    ],
    (a) => ['query ($a: String!) { populationRegistry(idNumber: $a) { name } }', { a }],
    (a) => ['query ($a: String!) { legalEntityBase(uscc: $a) { name } }', { a }],
    (a) => [
      `query ($a: String!) { populationRegistry(idNumber: "${people.legalRepresentative.idNumber}") { identityMatches(name: $a) } }`,
      { a },
    ],
    (a) => [
      `query ($a: String!) { populationRegistry(idNumber: "${people.legalRepresentative.idNumber}") { ageAtLeast(years: $a) } }`,
      { a },
    ],
    (a) => ['query ($a: String!) { materials(item: $a, case: $a, fetch: true) { item } }', { a }],
    (a) => ['mutation ($a: ID!) { closeCase(number: $a) { state } }', { a }],
    (a) => [
      'mutation ($a: CaseInput!) { openCase(input: $a) { state } }',
      { a: { number: a, item: a, parties: [{ role: a, codeType: a, code: a, name: a }] } },
    ],
    (a) => [
      'query ($a: AuditFilter) { audit(filter: $a, first: 1) { next } }',
      { a: { kind: a, department: a, officer: a, case: a, item: a, decision: a, licenceId: a } },
      { department: 'haikouAffairs' },
    ],
    (a) => [
      'query ($a: AuditFilter) { audit(filter: $a, first: 1) { next } }',
      { a: { subject: { codeType: a, code: a }, from: a } },
      { department: 'haikouAffairs' },
    ],
    (a) => [
      'query ($a: String) { audit(after: $a, first: 1) { next } }',
      { a },
      { department: 'haikouAffairs' },
    ],
  ]

  test.for(places.map((place, i) => [i, place] as const))(
    '%i: no defect, no outage, no case',
    async ([, place]) => {
      await fc.assert(
        fc.asyncProperty(hostile, async (text) => {
          const [query, variables, forged] = place(text)
          const reply = await world.ask(query, variables, { purpose, ...forged })
          expect(reply.status, reply.text).toBeLessThan(500)
          for (const code of codesIn(reply))
            expect(code, reply.text).not.toMatch(/^(internal|none|audit-)/)
        }),
        { numRuns: 6 },
      )
    },
  )

  test.for(['', '-1', '1.5', 'x', '99999999999', ' ', '1e2', '１８'])(
    'an age of %j is no age',
    async (years) => {
      const resources = { department: 'haikouResources', officer: 'officer-9' }
      const reply = await world.ask(
        'query ($y: String!) { populationRegistry(idNumber: "460300190001019996") { ageAtLeast(years: $y) } }',
        { y: years },
        { purpose, ...resources },
      )
      expect((reply.json['data'] as JsonObject | null)?.['populationRegistry'] ?? null).toBeNull()
    },
  )

  test.for<[JsonObject]>([
    [{ first: 0 }],
    [{ first: -1 }],
    [{ first: 201 }],
    [{ first: 1_000_000_000 }],
    [{ after: 'x' }],
    [{ after: '-1' }],
    [{ after: '1;--' }],
    [{ filter: { from: 'yesterday' } }],
    [{ filter: { until: '0000-00-00' } }],
    [{ filter: { until: `2026 (${'x'.repeat(40_000)})` } }],
  ])('a page of the audit that cannot be: %j', async ([variables]) => {
    const reply = await world.ask(
      'query ($first: Int, $after: String, $filter: AuditFilter) { audit(first: $first, after: $after, filter: $filter) { next } }',
      { first: 1, ...variables },
      { department: 'haikouAffairs' },
    )
    expect([reply.status, codesIn(reply)]).toEqual([400, ['invalid-request']])
  })

  test('a filter of nulls filters nothing', async () => {
    const reply = await world.ask(
      'query ($filter: AuditFilter) { audit(first: 3, filter: $filter) { entries { kind } } }',
      { filter: { kind: null, from: null, until: null, subject: null } },
      { department: 'haikouAffairs' },
    )
    expect(codesIn(reply)).toEqual([])
    expect((reply.json['data'] as { audit: { entries: [] } }).audit.entries).toHaveLength(3)
  })
})

describe('verification of what is no licence', () => {
  const verify = (body: string | Uint8Array, type = 'application/json'): Promise<Reply> =>
    world.send({ path: '/verify', token: undefined, body, headers: { 'content-type': type } })

  test.for([
    ['1', '', 'invalid-json'],
    ['2', '{}', 'invalid-request'],
    ['3', '[]', 'invalid-json'],
    ['4', '{"document":1}', 'invalid-request'],
    ['5', '{"document":null}', 'invalid-request'],
    ['6', '{"licenceId":"1","document":"2"}', 'invalid-request'],
    ['7', '{"licenceId":"1","licenceId":"2"}', 'invalid-json'],
    ['8', '{"licenceId":"1","grade":"A"}', 'invalid-request'],
    ['9', '{"licenceId":"1","at":1}', 'invalid-request'],
    ['10', '{"licenceId":"1","at":"2026-02-30T00:00:00Z"}', 'invalid-request'],
    ['11', '{"licenceId":"1","at":"2026-11-20"}', 'invalid-request'],
    ['12', '{"licenceId":"1","at":"2026-11-20T01:00:00.001Z"}', 'invalid-request'],
    ['13', '{"licenceId":"1","at":"9999-12-31T23:59:59Z"}', 'invalid-request'],
    ['13 b', '{"licenceId":"1","at":"0000-01-01T00:00:00+14:00"}', 'invalid-request'],
    ['14', `{"document":"${'x'.repeat(262_145)}"}`, 'invalid-json'],
  ])('%s', async ([, body = '', code]) => {
    const reply = await verify(body)
    expect([reply.status, codesIn(reply)]).toEqual([400, [code]])
  })

  test.for(['1.2.3', '', 'x'.repeat(1_000), "' or 1=1 --", '\u0000', '张三'])(
    'an identifier nobody has: %j',
    async (licenceId) => {
      const reply = await verify(JSON.stringify({ licenceId }))
      expect([reply.status, codesIn(reply)]).toEqual([404, ['unknown-licence']])
    },
  )

  const documents: readonly [what: string, document: string][] = [
    ['garbage', 'garbage'],
    ['nothing between the marks', '~~~'],
    ['NUL', '\u0000~'],
    ['a request token', 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA~'],
    ['10,000 disclosures', `a.b.c~${'WyJhIiwiYiIsImMiXQ~'.repeat(10_000)}`],
    ['a header 10,000 deep', `${Buffer.from('['.repeat(10_000)).toString('base64url')}.e30.AAAA~`],
  ]

  test.for(documents)('a document of %s is invalid, in words', async ([, document]) => {
    const reply = await verify(document, 'application/dc+sd-jwt')
    expect([reply.status, reply.json['verdict']]).toEqual([200, 'invalid'])
    const [form] = reply.json['checks'] as JsonObject[]
    expect(form).toMatchObject({ code: 'form', outcome: 'fail' })
  })

  test('bytes that are no text', async () => {
    const reply = await verify(new Uint8Array([0xff, 0xfe, 0]), 'application/dc+sd-jwt')
    expect(codesIn(reply)).toEqual(['invalid-encoding'])
  })
})

describe('addresses that are nothing', () => {
  test.for<[path: string, status: number, code: string]>([
    ['/status-lists/1', 404, 'not-found'],
    ['/status-lists/999999', 404, 'not-found'],
    ['/status-lists/1000000', 404, 'not-found'],
    ['/status-lists/-1', 404, 'not-found'],
    ['/status-lists/0x0', 404, 'not-found'],
    ['/status-lists/0%00', 404, 'not-found'],
    ['/status-lists/', 404, 'not-found'],
    ['/log/proof', 404, 'not-in-log'],
    ['/log/proof?leaf=AAAA', 404, 'not-in-log'],
    [`/log/proof?leaf=${'A'.repeat(43)}`, 404, 'not-in-log'],
    ['/log/proof?leaf=*', 400, 'invalid-encoding'],
    ['/log/proof?leaf=AA==', 400, 'invalid-encoding'],
    ['/log/proof?leaf=AB', 400, 'invalid-encoding'],
    ['/log/proof?leaf=AAAA&leaf=AAAA', 400, 'invalid-request'],
    ['/log/proof?leaf=AAAA&of=x', 400, 'invalid-request'],
    ['/log/consistency', 400, 'invalid-request'],
    ['/log/consistency?old=1', 400, 'invalid-request'],
    ['/log/consistency?old=-1&new=2', 400, 'invalid-request'],
    ['/log/consistency?old=1.5&new=2', 400, 'invalid-request'],
    ['/log/consistency?old=1&old=1&new=2', 400, 'invalid-request'],
    ['/log/consistency?old=3&new=2', 404, 'not-in-log'],
    ['/log/consistency?old=1&new=999999999999999', 404, 'not-in-log'],
    ['/log/consistency?old=1&new=9999999999999999', 400, 'invalid-request'],
    ['/log/consistency?old=1&new=2&shard=99999999999', 404, 'not-in-log'],
    ['/log/consistency?old=1&new=2&shard=1999', 404, 'not-in-log'],
    ['/log/1999/checkpoint', 404, 'not-in-log'],
    ['/log/99999999999/checkpoint', 404, 'not-in-log'],
    ['/log/x/checkpoint', 400, 'invalid-request'],
    ['/log/2026/tile/0/001', 404, 'not-found'],
    ['/log/2026/tile/7/000', 404, 'not-found'],
    ['/log/2026/tile/entries/000', 404, 'not-found'],
    ['/log/2026/tile/0/000.p/0', 404, 'not-found'],
    ['/log/2026/tile/0/000.p/256', 404, 'not-found'],
    ['/log/2026/tile/..%2f..%2fetc%2fpasswd', 404, 'not-found'],
    ['/log/2026/tile/0/%00', 404, 'not-found'],
    ['/log/2026/tile/0/x999/x999/x999/x999/x999/999', 404, 'not-found'],
    ['/%zz', 404, 'not-found'],
    [`/c/${'a'.repeat(201)}`, 404, 'not-found'],
    ['/vault/licences/x/acts', 404, 'not-found'],
    ['/.git/config', 404, 'not-found'],
    ['/graphql/', 404, 'not-found'],
    ['/GraphQL', 404, 'not-found'],
  ])('%s: %i', async ([path, status, code]) => {
    const reply = await get(path)
    expect([reply.status, codesIn(reply)]).toEqual([status, [code]])
    expect(reply.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  })

  test('the first status list is there, and what is there may be kept five seconds', async () => {
    const reply = await get('/status-lists/0')
    expect([reply.status, reply.headers.get('content-type')]).toEqual([
      200,
      'application/statuslist+jwt',
    ])
    expect(reply.headers.get('cache-control')).toBe('public, max-age=4')
  })

  const draft =
    '{"type":"businessLicence","division":"460108","licenceNo":"1","holders":[],"items":{},"validFrom":"2026-11-20","validUntil":null}'

  test.for([
    ['%00', '{"act":"revoke","reason":"obtained-by-fraud"}', 'unknown-licence'],
    ['x', '{"act":"revoke","reason":"obtained-by-fraud"}', 'unknown-licence'],
    ['x', '{', 'invalid-json'],
    ['x', '{}', 'invalid-request'],
    ['x', '{"act":"destroy","reason":"obtained-by-fraud"}', 'invalid-request'],
    ['x', '{"act":"toString","reason":"obtained-by-fraud"}', 'invalid-request'],
    ['x', '{"act":"revoke","reason":"obtained-by-fraud","by":"me"}', 'invalid-request'],
    ['x', '{"act":"revoke","reason":"no reason"}', 'unknown-reason'],
  ])('an act on %s with %s: %s, with its entry', async ([id = '', body = '', code = '']) => {
    const before = await world.newestEntry()
    const reply = await world.send({ path: `/vault/licences/${id}/acts`, body })
    expect(codesIn(reply)).toEqual([code])
    const entries = await world.entriesAfter(before)
    expect(entries.map((entry) => entry.body)).toMatchObject([
      { kind: 'refusal', items: [{ code }] },
    ])
  })

  test.for<[method: string, path: string, body?: string]>([
    ['GET', ''],
    ['POST', '/versions', `{"act":"renew","reason":"period-ended","draft":${draft}}`],
    ['POST', '/copies', '{"purpose":"x","case":"y","expires":"2027-01-01T00:00:00Z"}'],
    ['POST', '/show-codes', '{"minutes":5}'],
  ])('%s of a licence that cannot be%s: unknown, with its entry', async ([method, under, body]) => {
    for (const id of ['%00', 'a%00b', '%F0%9F%98%80', '..%2f..']) {
      const before = await world.newestEntry()
      const path = `/vault/licences/${id}${under}`
      const reply = await world.send({ method, path, ...(body === undefined ? {} : { body }) })
      expect(codesIn(reply), id).toEqual(['unknown-licence'])
      expect((await world.entriesAfter(before)).map((entry) => entry.body)).toMatchObject([
        { kind: 'refusal', items: [{ code: 'unknown-licence' }] },
      ])
    }
  })

  test.for(['/vault/imports/%00', '/vault/imports/a%00b/errors'])(
    '%s: no such run',
    async (path) => {
      expect(codesIn(await world.send({ method: 'GET', path }))).toEqual(['unknown-import-run'])
    },
  )

  test.for(['/c/%00', '/c/a%00b/state'])('%s: no such code', async (path) => {
    expect(codesIn(await get(path))).toEqual(['not-found'])
  })
})

test('nobody’s name or number is in the operator’s log or in an error', () => {
  expect(world.lines.length).toBeGreaterThan(100)
  expect(canariesIn(world.lines.join('\n'), [company.name, company.uscc])).toEqual([])
  expect(canariesIn(world.told.join('\n'), [company.name, company.uscc])).toEqual([])
})

/** Who is not let in, what is not given, and that nothing about it can be got round. */
import { generateKeyPairSync } from 'node:crypto'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { people } from '../../demo/sample.ts'
import type { Company } from '../../demo/sample.ts'
import { canonicalJson } from '../../sdk/json.ts'
import type { Json, JsonObject } from '../../sdk/json.ts'
import { readLicence } from '../../sdk/licence/document.ts'
import { answerHash } from '../../sdk/receipt.ts'
import type { Purpose } from '../../sdk/request-token.ts'
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

const nobody = JSON.stringify({ query: '{ __typename }' })
const second = 1_000

describe('whoever is not authenticated hears one and the same thing', () => {
  const now = (): number => Math.floor(world.clock.now.getTime() / second)
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const parts = async (forged: Forged = {}): Promise<string[]> =>
    (await world.token({ body: nobody, ...forged })).split('.')
  const retold = async (header: JsonObject): Promise<string> => {
    const [, payload = '', signature = ''] = await parts()
    return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.${signature}`
  }
  const kid = async (department: string): Promise<string> => (await world.identity(department)).kid

  const forgeries: readonly [what: string, forge: () => Forged | Promise<Forged>][] = [
    ['1 no token', () => ({ token: undefined })],
    ['2 an empty token', () => ({ token: '' })],
    ['3 garbage', () => ({ token: 'garbage' })],
    ['4 three parts of garbage', () => ({ token: 'a.b.c' })],
    [
      '5 a token of 12,000 letters',
      () => ({ headers: { authorization: `Bearer ${'a'.repeat(12_000)}` } }),
    ],
    ['6 another scheme', async () => basic(await world.token({ body: nobody }))],
    ['7 a signature of zeros', async () => cut(await parts(), 'A'.repeat(86))],
    ['8 no signature', async () => cut(await parts(), '')],
    ['9 the signature of another token', async () => cut(await parts(), (await parts())[2] ?? '')],
    ['10 a key nobody registered', () => ({ key: stranger })],
    ['11 an unknown kid', () => ({ kid: 'A'.repeat(43) })],
    ['12 a kid with SQL in it', () => ({ kid: "' or true --" })],
    ['13 the kid of another department', async () => ({ kid: await kid('haikouMarket') })],
    [
      '14 the key of another department',
      () => ({ department: 'haikouMarket', claims: { iss: 'meilanMarket' } }),
    ],
    ['15 a department of no catalogue', () => ({ claims: { iss: 'stranger' } })],
    [
      '16 alg none',
      async () => ({
        token: await retold({ alg: 'none', typ: 'request+jwt', kid: await kid('meilanMarket') }),
      }),
    ],
    [
      '17 alg HS256',
      async () => ({
        token: await retold({ alg: 'HS256', typ: 'request+jwt', kid: await kid('meilanMarket') }),
      }),
    ],
    [
      '18 a key in the header',
      async () => ({
        token: await retold({
          alg: 'ES256',
          typ: 'request+jwt',
          kid: await kid('meilanMarket'),
          jwk: {},
        }),
      }),
    ],
    ['19 expired this second', () => ({ claims: { iat: now() - 60, exp: now() } })],
    ['20 expired an hour ago', () => ({ claims: { iat: now() - 3_660, exp: now() - 3_600 } })],
    ['21 from the future', () => ({ claims: { iat: now() + 61, exp: now() + 121 } })],
    ['22 a life of 61 seconds', () => ({ claims: { iat: now(), exp: now() + 61 } })],
    ['23 a life of no time', () => ({ claims: { iat: now() + 5, exp: now() + 5 } })],
    ['24 times as text', () => ({ claims: { iat: String(now()), exp: String(now() + 60) } })],
    ['25 another exchange', () => ({ claims: { aud: 'other.example' } })],
    ['26 several exchanges', () => ({ claims: { aud: ['exchange.test'] } })],
    ['27 another method', () => ({ claims: { htm: 'GET' } })],
    ['28 another path', () => ({ claims: { htu: '/verify' } })],
    ['29 another body', async () => ({ token: await world.token({ body: `${nobody} ` }) })],
    ['30 no body hash', () => ({ claims: { bh: undefined } })],
    ['31 a short jti', () => ({ claims: { jti: 'A'.repeat(21) } })],
    ['32 no officer', () => ({ claims: { sub: '' } })],
    ['33 an officer with a control character', () => ({ claims: { sub: 'a\u0000b' } })],
    ['34 a purpose without a case', () => ({ claims: { purpose: { item: 'addressChange' } } })],
    [
      '35 a purpose with more',
      () => ({ claims: { purpose: { item: 'a', case: 'b', grant: 'all' } } }),
    ],
    [
      '36 a purpose with a line break',
      () => ({ claims: { purpose: { item: 'a', case: 'b\nc' } } }),
    ],
  ]

  function cut([header = '', payload = '']: string[], signature: string): Forged {
    return { token: `${header}.${payload}.${signature}` }
  }

  function basic(token: string): Forged {
    return { token: undefined, headers: { authorization: `Basic ${token}` } }
  }

  test.for(forgeries)('%s', async ([, forge]) => {
    const before = await world.newestEntry()
    const reply = await world.send({ body: nobody, ...(await forge()) })
    expect(reply.status).toBe(401)
    expect(reply.headers.get('www-authenticate')).toBe('Bearer')
    expect({ ...reply.json, instance: '' }).toEqual({
      type: 'urn:zhengtong:problem:not-authenticated',
      title: 'The request is not authenticated',
      'title-zh': '身份验证未通过',
      status: 401,
      code: 'not-authenticated',
      remedy: 'Send a fresh request token signed with a registered key.',
      instance: '',
    })
    expect(await world.entriesAfter(before)).toEqual([])
  })

  test('37 the honest token beside them is answered, at both ends of its minute', async () => {
    for (const claims of [
      {},
      { iat: now() - 59, exp: now() + 1 },
      { iat: now() + 60, exp: now() + 61 },
    ]) {
      const reply = await world.send({ body: nobody, claims })
      expect([reply.status, reply.json['data']]).toEqual([200, { __typename: 'Query' }])
    }
  })

  test('38 the same duties hold at the vault’s desk', async () => {
    const path = '/vault/licences/1.2/acts'
    const body = '{"act":"revoke","reason":"obtained-by-fraud"}'
    const stolen = await world.token({ path: '/graphql', body })
    expect((await world.send({ path, body, token: stolen })).status).toBe(401)
    expect((await world.send({ path, body, token: undefined })).status).toBe(401)
    expect((await world.send({ path, body })).status).toBe(404)
  })
})

describe('a token is used once', () => {
  test('39 a replay is refused, whatever request id it comes with', async () => {
    const token = await world.token({ body: nobody })
    expect((await world.send({ body: nobody, token })).status).toBe(200)
    const before = await world.newestEntry()
    for (const headers of [{}, { 'idempotency-key': 'other' }, { attempt: '2' }]) {
      const replay = await world.send({ body: nobody, token, headers })
      expect([replay.status, codesIn(replay)]).toEqual([401, ['not-authenticated']])
      expect(replay.json['data'], 'no data with a refusal').toBeUndefined()
    }
    expect(await world.entriesAfter(before)).toEqual([])
  })

  test.for([
    ['40 with the request id of the first', { 'idempotency-key': 'same-instant' }],
    ['41 with request ids of their own', {}],
  ] as const)('a replay at the same instant: exactly one is answered, %s', async ([, headers]) => {
    for (let round = 0; round < 5; round += 1) {
      const key = 'idempotency-key' in headers ? { 'idempotency-key': `same-${round}` } : {}
      const token = await world.token({ body: nobody })
      const before = await world.newestEntry()
      const others = Array.from({ length: 3 }, () => world.send({ body: nobody }))
      const replies = await Promise.all(
        Array.from({ length: 8 }, () => world.send({ body: nobody, token, headers: key })),
      )
      const statuses = replies.map(({ status }) => status)
      expect(statuses.sort()).toEqual([200, 401, 401, 401, 401, 401, 401, 401])
      for (const other of await Promise.all(others)) expect(other.status).toBe(200)
      expect(await world.entriesAfter(before)).toHaveLength(4)
    }
  })

  test('42 a retry is a new token with the next attempt; the same attempt is refused', async () => {
    const send = (attempt: string): Promise<Reply> =>
      world.send({ body: nobody, headers: { 'idempotency-key': 'retry-1', attempt } })
    const before = await world.newestEntry()
    expect((await send('1')).status).toBe(200)
    const again = await send('1')
    expect([again.status, codesIn(again)]).toEqual([409, ['attempt-already-recorded']])
    expect((await send('2')).json['extensions']).toMatchObject({ requestId: 'retry-1', attempt: 2 })
    const entries = await world.entriesAfter(before)
    expect(entries.map(({ body }) => [body['rid'], body['attempt']])).toEqual([
      ['retry-1', 1],
      ['retry-1', 2],
    ])
  })

  test('43 another department’s request id is its own', async () => {
    const headers = { 'idempotency-key': 'of-both' }
    for (const department of ['meilanMarket', 'haikouMarket']) {
      expect((await world.send({ body: nobody, department, headers })).status).toBe(200)
    }
  })

  test.for([
    ['idempotency-key', ''],
    ['idempotency-key', 'a b'],
    ['idempotency-key', 'x'.repeat(129)],
    ['idempotency-key', '张三'],
    ['attempt', '0'],
    ['attempt', '-1'],
    ['attempt', '1.5'],
    ['attempt', '01'],
    ['attempt', '1001'],
    ['attempt', '99999999999999999999'],
  ])('44 the header %s: %s is refused', async ([name = '', value = '']) => {
    const encoded = Buffer.from(value).toString('latin1')
    const reply = await world.send({ body: nobody, headers: { [name]: encoded } })
    expect([reply.status, codesIn(reply)]).toEqual([400, ['invalid-request']])
  })
})

const { legalRepresentative, premisesOwner, stranger } = people
const party = { id: legalRepresentative.idNumber, name: legalRepresentative.name }

describe('a field without a grant is refused however it is written', () => {
  const holder = (): JsonObject => ({ codeType: '001', code: company.uscc })
  const ways: readonly [how: string, query: string, variables?: JsonObject][] = [
    ['plain', '{ populationRegistry(idNumber: $id) { birthDate } }'],
    ['an alias', '{ populationRegistry(idNumber: $id) { identityMatches: birthDate } }'],
    [
      'an alias of the root',
      '{ legalEntityBase: populationRegistry(idNumber: $id) { birthDate } }',
    ],
    ['an inline fragment', '{ populationRegistry(idNumber: $id) { ... { birthDate } } }'],
    [
      'a typed fragment',
      '{ populationRegistry(idNumber: $id) { ... on PopulationRegistry { birthDate } } }',
    ],
    [
      'a fragment',
      '{ populationRegistry(idNumber: $id) { ...F } } fragment F on PopulationRegistry { birthDate }',
    ],
    [
      'a fragment in a fragment',
      '{ ...R } fragment R on Query { populationRegistry(idNumber: $id) { ...F } } fragment F on PopulationRegistry { ... { birthDate } }',
    ],
    ['@include', '{ populationRegistry(idNumber: $id) { birthDate @include(if: true) } }'],
    [
      '@include by a variable',
      '{ populationRegistry(idNumber: $id) { birthDate @include(if: $yes) } }',
    ],
    ['@skip', '{ populationRegistry(idNumber: $id) { birthDate @skip(if: false) } }'],
    [
      'beside __typename',
      '{ populationRegistry(idNumber: $id) { __typename birthDate source { at } } }',
    ],
    [
      'under a key asked twice',
      '{ populationRegistry(idNumber: $id) { identityMatches(name: $name) } populationRegistry(idNumber: $id) { birthDate } }',
    ],
    [
      'the other way round',
      '{ populationRegistry(idNumber: $id) { birthDate } populationRegistry(idNumber: $id) { identityMatches(name: $name) } }',
    ],
  ]

  test.for(ways)('%s', async ([, query]) => {
    const declared = ['$id: String!']
    if (query.includes('$name')) declared.push('$name: String!')
    if (query.includes('$yes')) declared.push('$yes: Boolean!')
    const reply = await world.ask(
      `query (${declared.join(', ')}) ${query}`,
      { ...party, yes: true },
      { purpose },
    )
    expect(codesIn(reply)).toEqual(['not-granted'])
    expect(reply.text).not.toContain(legalRepresentative.birthDate)
  })

  test('not selected is not asked: @include(if: false) is neither given nor refused', async () => {
    const reply = await world.ask(
      `query ($id: String!, $name: String!) {
        populationRegistry(idNumber: $id) {
          identityMatches(name: $name) birthDate @include(if: false) sex @skip(if: true)
        }
      }`,
      party,
      { purpose },
    )
    expect(reply.json['data']).toEqual({ populationRegistry: { identityMatches: true } })
    expect(codesIn(reply)).toEqual([])
  })

  test('a key asked twice gives what is granted of both selections', async () => {
    const reply = await world.ask(
      `query ($holder: HolderInput!) {
        licences(holder: $holder, types: ["businessLicence"]) { ... on BusinessLicence { name } }
        licences(holder: $holder, types: ["businessLicence"]) { ... on BusinessLicence { scope phone } }
      }`,
      { holder: holder() },
      { purpose },
    )
    const data = reply.json['data'] as { licences: JsonObject[] }
    expect(Object.keys(data.licences[0] ?? {})).toEqual(['name', 'scope', 'phone'])
    expect(data.licences[0]).toMatchObject({ name: company.name, phone: null })
    expect(codesIn(reply)).toEqual(['not-granted'])
  })

  test('fragments on the interface and on other types open nothing', async () => {
    const reply = await world.ask(
      `query ($holder: HolderInput!) {
        licences(holder: $holder, types: ["businessLicence"]) {
          document
          ... on LicenceAnswer { ... on BusinessLicence { legalRep registeredCapital } }
          ... on ResidentIdCard { idNumber }
        }
      }`,
      { holder: holder() },
      { purpose },
    )
    const data = reply.json['data'] as { licences: { document: string }[] }
    expect([...readLicence(data.licences[0]?.document ?? '').items.keys()]).toEqual(['legalRep'])
    expect(codesIn(reply)).toEqual(['not-granted'])
  })

  test('a homoglyph is another field, and no field at all', async () => {
    const reply = await world.ask(
      'query ($id: String!) { populationRegistry(idNumber: $id) { nаme } }',
      party,
      { purpose },
    )
    expect([reply.status, codesIn(reply)]).toEqual([400, ['invalid-query']])
  })

  test('a predicate answers yes or no and never the field it judges', async () => {
    const ask = (name: string): Promise<Reply> =>
      world.ask(
        `query ($id: String!, $name: String!) {
          populationRegistry(idNumber: $id) { identityMatches(name: $name) name }
        }`,
        { id: party.id, name },
        { purpose },
      )
    const yes = await ask(` ${party.name} `)
    expect(yes.json['data']).toEqual({ populationRegistry: { identityMatches: true, name: null } })
    expect(codesIn(yes)).toEqual(['not-granted'])
    const no = await ask('别人')
    expect(no.json['data']).toEqual({ populationRegistry: { identityMatches: false, name: null } })
    expect(no.text).not.toContain(party.name)
  })

  test('a subject is judged by whom it is, not by how often it is asked', async () => {
    const registry = (alias: string, id: string): string =>
      `${alias}: populationRegistry(idNumber: "${id}") { identityMatches(name: "${party.name}") }`
    const asked: readonly (readonly [alias: string, id: string])[] = [
      ['a', stranger.idNumber],
      ['b', legalRepresentative.idNumber],
      ['c', '460300190304050013'],
      ['d', premisesOwner.idNumber],
    ]
    for (const order of [asked, [...asked].reverse()]) {
      const before = await world.newestEntry()
      const query = `{ ${order.map(([alias, id]) => registry(alias, id)).join(' ')} }`
      const reply = await world.ask(query, {}, { purpose })
      expect(reply.json['data']).toEqual({
        ...{ a: null, b: { identityMatches: true } },
        ...{ c: null, d: { identityMatches: false } },
      })
      expect(codesIn(reply)).toEqual(['not-a-party', 'not-a-party'])
      const [entry] = await world.entriesAfter(before)
      const items = entry?.body['items'] as JsonObject[]
      expect(items.map(({ decision }) => decision).sort()).toEqual([
        ...['allowed', 'allowed', 'refused', 'refused'],
      ])
      expect(entry?.body['decision']).toBe('partial')
    }
  })

  test('nothing asked of a resource is no question', async () => {
    for (const selection of ['__typename', 'source { at }']) {
      const reply = await world.ask(
        `query ($id: String!) { populationRegistry(idNumber: $id) { ${selection} } }`,
        party,
        { purpose },
      )
      expect(codesIn(reply)).toEqual(['invalid-request'])
    }
    const none = await world.ask(
      'query ($holder: HolderInput!) { licences(holder: $holder, types: []) { type } }',
      { holder: holder() },
      { purpose },
    )
    expect(codesIn(none)).toEqual(['not-granted'])
  })

  test('a licence is found by identifier only for a case that names its holder', async () => {
    const [licence] = await world.world.exchange.vault.findByHolder(
      { holder: { codeType: '111', code: stranger.idNumber } },
      world.clock.now,
    )
    const mine = await world.world.exchange.vault.findByHolder(
      { holder: { codeType: '001', code: company.uscc } },
      world.clock.now,
    )
    const ask = (id: string, forged: Forged): Promise<Reply> =>
      world.ask('query ($id: ID!) { licence(licenceId: $id) { type document } }', { id }, forged)
    expect(codesIn(await ask(licence?.licenceId ?? '', { purpose }))).toEqual(['not-a-party'])
    expect(codesIn(await ask(mine[0]?.licenceId ?? '', {}))).toEqual(['case-required'])
    expect(codesIn(await ask('1.2.3', { purpose }))).toEqual(['unknown-licence'])
    const found = await ask(mine[0]?.licenceId ?? '', { purpose })
    expect(codesIn(found)).toEqual([])
  })

  test('of each type what is granted: one that is refused does not hide the others', async () => {
    const reply = await world.ask(
      `query ($holder: HolderInput!) {
        licences(holder: $holder, types: ["residentIdCard", "realPropertyCertificate", "noSuchType"]) { type }
      }`,
      { holder: { codeType: '111', code: premisesOwner.idNumber } },
      { purpose },
    )
    expect(reply.json['data']).toEqual({ licences: [{ type: 'realPropertyCertificate' }] })
    expect(new Set(codesIn(reply))).toEqual(new Set(['not-granted', 'unknown-resource']))
  })
})

test('any set of fields of a licence: what comes is what the catalogue’s grants say, field by field (I8)', async () => {
  const { catalogue } = world.world
  const fields = catalogue.licenceTypes.get('businessLicence')?.fields.map(({ code }) => code) ?? []
  const items = ['foodBusinessPermitNew', 'addressChange']
  const cases = new Map<string, Purpose>()
  for (const item of items) cases.set(item, await world.openCase(company, item))
  const given = new Map<string, ReadonlySet<string>>(
    items.map((item) => [
      item,
      new Set(
        catalogue.grants
          .filter((one) => one.department === 'meilanMarket' && one.resource === 'businessLicence')
          .filter((one) => one.items.includes(item))
          .flatMap((one) => one.fields),
      ),
    ]),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...items),
      fc.uniqueArray(fc.constantFrom(...fields), { minLength: 1 }),
      async (item, asked) => {
        const reply = await world.ask(
          `query ($holder: HolderInput!) {
            licences(holder: $holder, types: ["businessLicence"]) {
              document ... on BusinessLicence { ${asked.join(' ')} }
            }
          }`,
          { holder: { codeType: '001', code: company.uscc } },
          { purpose: cases.get(item) ?? purpose },
        )
        expectOnly(reply, { asked, may: given.get(item) ?? new Set() })
      },
    ),
    { numRuns: 25 },
  )
}, 20_000)

/** Judges an answer by itself: nothing of the gate is used here. */
function expectOnly(
  { json }: Reply,
  { asked, may }: { asked: readonly string[]; may: ReadonlySet<string> },
): void {
  const data = json['data'] as { licences: Record<string, string | null>[] } | null
  const refused = asked.filter((field) => !may.has(field))
  if (refused.length === asked.length) {
    expect(data).toBeNull()
    return
  }
  const { document, ...values } = data?.licences[0] ?? {}
  const { items } = readLicence(document ?? '')
  expect([...items.keys()].filter((name) => !asked.includes(name) || !may.has(name))).toEqual([])
  for (const field of refused) expect(values[field]).toBeNull()
  for (const field of items.keys()) expect(values[field]).toBe(items.get(field))
  expect((json['errors'] as Json[] | undefined) ?? []).toHaveLength(refused.length)
  const { receipt } = json['extensions'] as { receipt: string }
  const claims = Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString()
  expect(claims).toContain(answerHash(data))
}

describe('introspection shows what the caller may ask for, and nothing beside it', () => {
  const names = async (forged: Forged = {}): Promise<string> =>
    canonicalJson(
      (await world.ask('{ __schema { types { name fields { name } } } }', {}, forged)).json[
        'data'
      ] ?? null,
    )

  test('a department sees its own grants', async () => {
    const meilan = await names()
    expect(meilan).toContain('"identityMatches"')
    for (const hidden of [
      'maritalStatus',
      'birthDate',
      'registeredCapital',
      'ResidentIdCard',
      'SealedJuvenileRecords',
      'sealedJuvenileRecords',
    ]) {
      expect(meilan).not.toContain(hidden)
    }
    const resources = await names({ department: 'haikouResources' })
    expect(resources).toContain('"maritalStatus"')
    expect(resources).toContain('"ResidentIdCard"')
    expect(resources).not.toContain('"BusinessLicence"')
  })

  test.for([
    '{ __schema { queryType { name } } grants { code } }',
    '{ grants { code } __schema { queryType { name } } }',
    '{ ...F } fragment F on Query { __schema { types { name } } }',
    '{ ... { __schema { types { name } } } }',
    '{ ... on Query { t: __type(name: "SealedJuvenileRecords") { fields { name } } } }',
    '{ __typename __schema { types { name } } }',
    '{ grants { code } ...F } fragment F on Query { __type(name: "ResidentIdCard") { name } }',
    'query A { __schema { queryType { name } } } query B { grants { code } }',
  ])('%s is refused', async (query) => {
    const body = JSON.stringify({
      query,
      ...(query.includes(' query B') ? { operationName: 'A' } : {}),
    })
    const reply = await world.send({ body })
    expect([reply.status, codesIn(reply)]).toEqual([400, ['invalid-query']])
    expect(reply.text).not.toMatch(/sealedOn|idNumber/)
  })

  test('a type one may not see is not there', async () => {
    const reply = await world.ask('{ __type(name: "SealedJuvenileRecords") { name } }')
    expect(reply.json['data']).toEqual({ __type: null })
  })

  test('introspection that feeds on itself is refused', async () => {
    const deep = `{ __schema { types { ${'fields { type { '.repeat(8)} name ${'} }'.repeat(8)} } } }`
    const reply = await world.ask(deep)
    expect([reply.status, codesIn(reply)]).toEqual([400, ['invalid-query']])
  })
})

describe('cases', () => {
  const open = 'mutation ($input: CaseInput!) { openCase(input: $input) { number state } }'
  const close = 'mutation ($n: ID!) { closeCase(number: $n) { state } }'
  const input = (number: string, other: JsonObject = {}): { input: JsonObject } => ({
    input: { number, item: 'foodBusinessPermitNew', parties: partiesOf(company), ...other },
  })

  test('opened twice alike it is the same case; otherwise it is refused and nothing changes', async () => {
    expect((await world.ask(open, input('ML-twice'))).status).toBe(200)
    const before = await world.newestEntry()
    expect((await world.ask(open, input('ML-twice'))).json['data']).toEqual({
      openCase: { number: 'ML-twice', state: 'open' },
    })
    const conflicts = [
      input('ML-twice', { item: 'addressChange' }),
      input('ML-twice', { parties: partiesOf(company).slice(0, 2) }),
      input('ML-twice', { parties: partiesOf({ ...company, name: '别家公司' }) }),
    ]
    for (const conflict of conflicts) {
      const reply = await world.ask(open, conflict)
      expect([reply.status, codesIn(reply)]).toEqual([409, ['case-exists']])
    }
    const kinds = (await world.entriesAfter(before)).map(({ body }) => body['kind'])
    expect(kinds).toEqual(['answer', 'refusal', 'refusal', 'refusal'])
  })

  test('opened by many at once there is one case, and the log says so once', async () => {
    const before = await world.newestEntry()
    const replies = await Promise.all(
      Array.from({ length: 6 }, () => world.ask(open, input('ML-race'))),
    )
    for (const reply of replies) expect(['case-exists', undefined]).toContain(codesIn(reply)[0])
    const opened = (await world.entriesAfter(before)).filter(
      ({ body }) => body['kind'] === 'case-opened',
    )
    expect(opened.map(({ body }) => body['case'])).toEqual(['ML-race'])
    const closings = await Promise.all(
      Array.from({ length: 6 }, () => world.ask(close, { n: 'ML-race' })),
    )
    for (const reply of closings) expect(['case-closed', undefined]).toContain(codesIn(reply)[0])
    const closed = (await world.entriesAfter(before)).filter(
      ({ body }) => body['kind'] === 'case-closed',
    )
    expect(closed).toHaveLength(1)
    expect((await world.ask(close, { n: 'ML-race' })).json['data']).toEqual({
      closeCase: { state: 'closed' },
    })
  })

  test('the entry of an opening names the case opened, whatever the purpose says', async () => {
    const before = await world.newestEntry()
    await world.ask(open, input('ML-own'), { purpose })
    const [entry] = await world.entriesAfter(before)
    expect(entry?.body).toMatchObject({ kind: 'case-opened', case: 'ML-own' })
  })

  test('one mutation, one change: two at once are refused and neither happens', async () => {
    const reply = await world.ask(
      'mutation ($a: CaseInput!, $b: CaseInput!) { a: openCase(input: $a) { number } b: openCase(input: $b) { number } }',
      { a: input('ML-a').input, b: input('ML-b').input },
    )
    expect([reply.status, codesIn(reply)]).toEqual([400, ['invalid-query']])
    expect(codesIn(await world.ask(close, { n: 'ML-a' }))).toEqual(['unknown-case'])
  })

  const [applicant = {}, representative = {}, owner = {}] = partiesOf({
    uscc: '91460108MA5T0001XX',
    name: '某',
  })
  const bad: readonly [what: string, other: () => JsonObject, code: string][] = [
    ['no parties', () => ({ parties: [] }), 'invalid-request'],
    ['no applicant', () => ({ parties: [representative] }), 'invalid-request'],
    [
      'a role twice',
      () => ({ parties: [...partiesOf(company), representative] }),
      'invalid-request',
    ],
    [
      'a role the item does not have',
      () => ({ parties: [...partiesOf(company), { ...owner, role: 'heir' }] }),
      'invalid-request',
    ],
    ['a wrong check character', () => ({ parties: [applicant] }), 'invalid-request'],
    [
      'a number of another kind',
      () => ({ parties: [{ ...partiesOf(company)[0], codeType: '111' }] }),
      'invalid-request',
    ],
    [
      'a kind of number nobody knows',
      () => ({ parties: [{ ...partiesOf(company)[0], codeType: 'toString' }] }),
      'invalid-request',
    ],
    [
      'full-width digits',
      () => ({
        parties: [
          ...partiesOf(company).slice(0, 1),
          { ...representative, code: '４６０３００１９０００１０１９９９６' },
        ],
      }),
      'invalid-request',
    ],
    ['no name', () => ({ parties: [{ ...partiesOf(company)[0], name: '' }] }), 'invalid-request'],
    [
      'a name of 201 characters',
      () => ({ parties: [{ ...partiesOf(company)[0], name: '长'.repeat(201) }] }),
      'invalid-request',
    ],
    ['an unknown item', () => ({ item: 'noSuchItem' }), 'unknown-item'],
    ['a name every object has', () => ({ item: 'constructor' }), 'unknown-item'],
    [
      'an item of another department',
      () => ({ item: 'realPropertyTransfer' }),
      'item-of-other-department',
    ],
    ['an empty number', () => ({ number: '' }), 'invalid-request'],
    ['a number with a slash', () => ({ number: 'a/b' }), 'invalid-request'],
    ['a number with NUL', () => ({ number: 'a\u0000' }), 'invalid-request'],
    ['a number of 65 characters', () => ({ number: 'x'.repeat(65) }), 'invalid-request'],
  ]

  test.for(bad)('%s: refused, and there is no case', async ([, other, code]) => {
    const before = await world.newestEntry()
    const given = input('ML-bad', other())
    const reply = await world.ask(open, given)
    expect(codesIn(reply)).toEqual([code])
    expect(codesIn(await world.ask(close, { n: 'ML-bad' }))).toEqual(['unknown-case'])
    const [entry] = await world.entriesAfter(before)
    expect(entry?.body).toMatchObject({ kind: 'refusal', items: [{ code }] })
    for (const { code: number } of partiesOf(company)) expect(reply.text).not.toContain(number)
  })
})

test('two grants are asked for by name, and nobody’s grants are a secret', async () => {
  const reply = await world.ask('{ grants(department: "haikouResources") { code fields } }')
  const { grants } = reply.json['data'] as { grants: { code: string }[] }
  expect(grants.map(({ code }) => code)).toContain('haikouResourcesTransferIdentity')
  expect((await world.ask('{ grants(department: "stranger") { code } }')).json['data']).toEqual({
    grants: [],
  })
})

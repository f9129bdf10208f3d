/** What fails under us: the answer says so, nothing is half done, and it heals without a restart. */
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { databaseUrl } from '../../db/database.ts'
import { connect, sql } from '../../db/postgres.ts'
import { people } from '../../demo/sample.ts'
import type { Company } from '../../demo/sample.ts'
import { openExchange } from '../../exchange/main.ts'
import type { JsonObject } from '../../sdk/json.ts'
import type { Purpose } from '../../sdk/request-token.ts'
import { canariesIn } from '../canary.ts'
import { codesIn, createTestWorld, partiesOf } from '../world.ts'
import type { Reply, TestWorld } from '../world.ts'
import { createWire } from '../wire.ts'
import type { Wire } from '../wire.ts'

let way: Wire
let world: TestWorld
let company: Company
let purpose: Purpose

beforeAll(async () => {
  way = await createWire(inject('database').url)
  world = await createTestWorld({ through: way.through })
  company = await world.newCompany()
  purpose = await world.openCase(company)
})

afterEach(async () => {
  way.mend()
  await letIn('police', 'login')
  await letIn('civil', 'login')
  await healed()
})

afterAll(async () => {
  await world.close()
  await way.close()
})

/** Everything answers again; a bounded number of tries, each of which takes its own time. */
async function healed(): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await get('/readyz')).status === 200) return
  }
  throw new Error('the exchange did not recover')
}

const get = (path: string): Promise<Reply> => world.send({ method: 'GET', path, token: undefined })

/** What the administrator of a department's database can do: let nobody in, and end who is in. */
async function letIn(department: 'police' | 'civil', how: 'login' | 'nologin'): Promise<void> {
  const name = `${new URL(world.world.settings.databaseUrl).pathname.slice(1)}_${department}`
  await world.owner.execute({ text: `alter role ${name}_reader ${how}`, values: [] })
  if (how === 'login') return
  await world.owner.execute({ text: `grant ${name}_reader to current_user`, values: [] })
  await world.owner.rows(sql`
    select pg_terminate_backend(pid, 2000) from pg_stat_activity where datname = ${name}`)
}

const { legalRepresentative } = people
const both = `query ($holder: HolderInput!, $id: String!, $name: String!) {
  licences(holder: $holder, types: ["businessLicence"]) { ... on BusinessLicence { name } }
  populationRegistry(idNumber: $id) { identityMatches(name: $name) }
}`

function askBoth(): Promise<Reply> {
  const { idNumber: id, name } = legalRepresentative
  return world.ask(both, { holder: { codeType: '001', code: company.uscc }, id, name }, { purpose })
}

test('a department’s service cannot reach its database: its field fails, the licences come, the entry says so', async () => {
  expect(codesIn(await askBoth())).toEqual([])
  await letIn('police', 'nologin')
  const before = await world.newestEntry()
  const reply = await askBoth()
  expect(reply.status).toBe(200)
  expect(reply.json['data']).toEqual({
    licences: [{ name: company.name }],
    populationRegistry: null,
  })
  expect(reply.json['errors']).toMatchObject([
    { path: ['populationRegistry'], extensions: { code: 'source-unavailable', retryAfter: 1 } },
  ])
  const entries = await world.entriesAfter(before)
  expect(entries.map(({ body }) => body)).toMatchObject([
    {
      kind: 'answer',
      decision: 'partial',
      items: [
        { resource: 'businessLicence', decision: 'allowed', fields: ['name'] },
        { resource: 'populationRegistry', decision: 'failed', code: 'source-unavailable' },
      ],
    },
  ])
  expect((await get('/readyz')).status).toBe(200)
  await letIn('police', 'login')
  expect((await askBoth()).json['data']).toMatchObject({
    populationRegistry: { identityMatches: true },
  })
})

test('a department’s database is down: its field fails, and heals', async () => {
  const civil = { department: 'meilanCivil', officer: 'officer-3' }
  const { legalRepresentative: applicant, premisesOwner: intended } = people
  const input = {
    ...{ number: 'MZ-1', item: 'marriageRegistration' },
    parties: [
      { role: 'applicant', codeType: '111', code: applicant.idNumber, name: applicant.name },
      { role: 'intendedSpouse', codeType: '111', code: intended.idNumber, name: intended.name },
    ],
  }
  const opening = 'mutation ($input: CaseInput!) { openCase(input: $input) { number } }'
  expect(codesIn(await world.ask(opening, { input }, civil))).toEqual([])
  const query = `query ($a: String!, $b: String!) {
    a: marriageRegistry(idNumber: $a) { hasNoSpouse }
    b: marriageRegistry(idNumber: $b) { hasNoSpouse }
  }`
  const inCase = { ...civil, purpose: { item: input.item, case: input.number } }
  const married = { a: applicant.idNumber, b: intended.idNumber }
  const askMarried = (): Promise<Reply> => world.ask(query, married, inCase)
  const truth = { a: { hasNoSpouse: false }, b: { hasNoSpouse: true } }
  expect((await askMarried()).json['data']).toEqual(truth)
  await letIn('civil', 'nologin')
  const reply = await askMarried()
  expect(reply.json['data']).toEqual({ a: null, b: null })
  expect(codesIn(reply)).toEqual(['source-unavailable', 'source-unavailable'])
  await letIn('civil', 'login')
  expect((await askMarried()).json['data']).toEqual(truth)
})

const nobody = people.premisesOwner.idNumber
const licence = '{ licence(licenceId: "1.2.156.3005.2.1") { type } }'
const spouse = `{ marriageRegistry(idNumber: "${nobody}") { hasNoSpouse } }`
const plan = `{ materials(item: "marriageRegistration", case: "MZ-1", fetch: true) {
  materials { state } } }`

/** As a migration would that somebody made by hand: the table is there under another name. */
async function renamed(department: '' | '_civil', table: string, work: () => Promise<void>) {
  const { databaseUrl: url } = world.world.settings
  const name = `${new URL(url).pathname.slice(1)}${department}`
  const db = connect({ url: databaseUrl(url, name), name: 'test renaming', max: 1 })
  const [schema = '', was = ''] = table.split('.')
  const rename = (from: string, to: string): Promise<unknown> =>
    db.execute({ text: `alter table ${schema}.${from} rename to ${to}`, values: [] })
  await rename(was, 'misplaced')
  try {
    await work()
  } finally {
    await rename('misplaced', was)
    await db.close()
  }
}

interface Mistake {
  readonly where: string
  readonly query: string
  readonly department: '' | '_civil'
  readonly table: string
  readonly heard: readonly [status: number, ...codes: string[]]
  readonly place: RegExp
  readonly lines: number
}

const mistakes: readonly Mistake[] = [
  {
    ...{ where: 'our own statement', query: licence },
    ...{ department: '', table: 'vault.licence' },
    ...{ heard: [500, 'internal'], place: /vault\/find\.ts:\d+$/, lines: 1 },
  },
  {
    ...{ where: 'a source', query: spouse, department: '_civil', table: 'marriage.person' },
    ...{ heard: [200, 'source-unavailable'], place: /postgres-store\.ts:\d+$/, lines: 1 },
  },
  {
    ...{ where: 'both ways of a plan that goes on', query: plan },
    ...{ department: '_civil', table: 'marriage.person' },
    ...{ heard: [200], place: /postgres-store\.ts:\d+$/, lines: 2 },
  },
]

test.for(mistakes)('a mistake in $where leaves a line with its place', async (mistake) => {
  const { query, department, table, heard, place, lines: count } = mistake
  const purpose = { item: 'marriageRegistration', case: 'MZ-1' }
  const from = world.lines.length
  await renamed(department, table, async () => {
    const asked = { department: 'meilanCivil', officer: 'officer-3', purpose }
    const reply = await world.ask(query, {}, asked)
    expect([reply.status, ...codesIn(reply)]).toEqual(heard)
    const lines = world.lines.slice(from).filter((line) => line.includes('"msg":"defect"'))
    const at = expect.arrayContaining([expect.stringMatching(place)]) as string[]
    const requestId = reply.headers.get('exchange-request-id')
    const line = { requestId, error: 'Error', sqlstate: '42P01', at }
    expect(lines.map((text) => JSON.parse(text) as object)).toMatchObject(
      Array.from({ length: count }, () => line),
    )
    expect(lines.join()).not.toContain(nobody)
  })
})

test('nothing but the failed field was asked: the entry is a failure', async () => {
  await letIn('police', 'nologin')
  const before = await world.newestEntry()
  const { idNumber: id } = legalRepresentative
  const reply = await world.ask(
    'query ($id: String!) { populationRegistry(idNumber: $id) { identityMatches(name: "x") } }',
    { id },
    { purpose },
  )
  expect(codesIn(reply)).toEqual(['source-unavailable'])
  const [entry] = await world.entriesAfter(before)
  expect(entry?.body).toMatchObject({ kind: 'failure', decision: 'failed' })
})

test('the plan of materials asks the applicant for what a dead source cannot give, and says why', async () => {
  await letIn('police', 'nologin')
  const reply = await world.ask(
    `query ($item: String!, $case: String!) {
      materials(item: $item, case: $case, fetch: true) { materials { code state reasons { en } } }
    }`,
    { item: purpose.item, case: purpose.case },
    { purpose },
  )
  const { materials } = (reply.json['data'] as { materials: { materials: JsonObject[] } }).materials
  expect(materials.map(({ state }) => state)).toEqual([
    ...['obtained', 'applicant', 'obtained', 'applicant'],
  ])
  expect(materials[1]?.['reasons']).toEqual([{ en: 'The source cannot answer now' }])
})

test('a source that answers what the catalogue does not know is not believed', async () => {
  const longName = '长'.repeat(65)
  const { idNumber: id } = legalRepresentative
  const rename = (to: string): Promise<void> =>
    world.police(sql`
    update registry.person set name = ${to} where id_number = ${id}`)
  await rename(longName)
  try {
    const reply = await askBoth()
    expect(reply.json['data']).toMatchObject({ populationRegistry: null })
    expect(codesIn(reply)).toEqual(['source-fault'])
    expect(reply.text).not.toContain(longName)
  } finally {
    await rename(legalRepresentative.name)
  }
})

const openCase = (number: string): Promise<Reply> =>
  world.ask('mutation ($input: CaseInput!) { openCase(input: $input) { number state } }', {
    input: { number, item: purpose.item, parties: partiesOf(company) },
  })

test('our database is down: 503 for everything that needs it, and nothing is half done', async () => {
  const before = await world.newestEntry()
  way.cut()
  const path = '/vault/licences/1.2/acts'
  const body = '{"act":"revoke","reason":"obtained-by-fraud"}'
  const replies = await Promise.all([
    askBoth(),
    openCase('ML-dark'),
    world.ask('{ __schema { queryType { name } } }'),
    world.ask('{ nonsense }'),
    world.send({ body: '{' }),
    world.send({ path, body }),
    world.send({ path: '/verify', token: undefined, body: '{"licenceId":"1.2.3"}' }),
    ...['/log/checkpoint', '/log/proof?leaf=AAAA', '/status-lists/0', '/readyz'].map(get),
  ])
  for (const reply of replies) {
    expect(reply.status, reply.text).toBe(503)
    expect(reply.json['data'] ?? null, reply.text).toBeNull()
  }
  for (const reply of replies.slice(0, -1)) {
    expect(reply.headers.get('retry-after'), reply.text).toBe('1')
    expect(['database-unavailable', 'audit-unavailable']).toContain(codesIn(reply)[0])
  }
  expect((await get('/livez')).status).toBe(200)
  way.mend()
  await healed()
  expect(await world.entriesAfter(before)).toEqual([])
  expect(await casesNamed('ML-dark')).toEqual([])
  expect((await openCase('ML-dark')).status).toBe(200)
  expect(codesIn(await askBoth())).toEqual([])
})

test('connections the database ended are replaced: at most the requests under way see it', async () => {
  await world.owner.rows(sql`
    select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()
       and backend_type = 'client backend'`)
  await healed()
  expect(codesIn(await askBoth())).toEqual([])
})

test('a new version that nobody can seal now keeps no exchange from starting', async () => {
  const facts = { issuer: 'meilanMarket', holders: [], taking: { superseded: 'any' } }
  await world.owner.execute(sql`
    insert into vault.succession (licence_id, superseded, facts, draft, begun_at)
    values ('begun', 'any', ${JSON.stringify(facts)}::jsonb, ''::bytea, now())`)
  const lines: string[] = []
  const logTo = { write: (line: string) => void lines.push(line) }
  const started = await openExchange({ ...world.world.exchange.settings, logTo })
  await started.close()
  await world.owner.execute(sql`delete from vault.succession where licence_id = 'begun'`)
  expect(lines.join('')).toContain('licences not finished')
})

test('after all this the log is whole, and the sequencer has gone on', async () => {
  const { log } = world.world.exchange
  await log.sequence()
  expect(await log.check()).toEqual([])
})

test('nobody’s name or number is in the operator’s log or in an error', () => {
  expect(world.lines.length).toBeGreaterThan(30)
  expect(canariesIn(world.lines.join('\n'), [company.name, company.uscc])).toEqual([])
  expect(canariesIn(world.told.join('\n'), [company.name, company.uscc])).toEqual([])
})

function casesNamed(number: string): Promise<unknown[]> {
  return world.owner.rows(sql`select from exchange.case_opening where number = ${number}`)
}

/** The vault over HTTP, as issuing departments and those who check their licences use it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { businessLicence, fictitiousCompany, people } from '../../demo/sample.ts'
import type { Company } from '../../demo/sample.ts'
import { fieldCheckLimits } from '../../exchange/desk/field-check.ts'
import type { JsonObject } from '../../sdk/json.ts'
import type { Purpose } from '../../sdk/request-token.ts'
import type { Place } from '../../vault/index.ts'
import { companies, company as stockOf } from '../dirty-rows.ts'
import { sealAtHome } from '../own-seal.ts'
import { codesIn, createTestWorld } from '../world.ts'
import type { Forged, Reply, TestWorld } from '../world.ts'

let world: TestWorld

beforeAll(async () => {
  world = await createTestWorld()
})

afterAll(() => world.close())

const issuer = { department: 'haikouMarket', officer: 'officer-003' } as const

function post(path: string, body: JsonObject, forged: Forged = {}): Promise<Reply> {
  return world.send({ path, body: JSON.stringify(body), ...forged })
}

/** What the description says of the problems under a status. */
async function described(path: string, status: number): Promise<string[]> {
  const { json } = await world.send({ method: 'GET', path: '/openapi.json', token: undefined })
  const paths = json['paths'] as Readonly<
    Record<string, { post: { responses: Readonly<Record<number, { description: string }>> } }>
  >
  return paths[path]?.post.responses[status]?.description.split(', ') ?? []
}

const told = (reply: Reply): unknown => [reply.status, ...codesIn(reply)]

test('the description is served, and says what the server answers', async () => {
  const reply = await world.send({ method: 'GET', path: '/openapi.json', token: undefined })
  expect(reply.status).toBe(200)
  expect(reply.json['openapi']).toBe('3.1.1')
  expect(Object.keys(reply.json['paths'] as JsonObject)).toContain('/vault/verify-fields')
})

describe('issuing', () => {
  const { type, division, licenceNo, holders, items, validFrom, validUntil } = businessLicence(
    fictitiousCompany(501),
  )
  const draft = {
    ...{ type, division, licenceNo, items, validFrom, validUntil },
    holders: holders.map((holder) => ({ ...holder })),
  }

  test('a draft becomes a licence once, however often it is handed in', async () => {
    const first = await post('/vault/licences', draft, issuer)
    expect(first.status).toBe(201)
    expect(first.json).toMatchObject({ fresh: true })
    const again = await post('/vault/licences', draft, issuer)
    expect(again.json).toEqual({ licenceId: first.json['licenceId'], fresh: false })
  })

  test('under a request id that stands for something else nothing is issued', async () => {
    const headers = { 'idempotency-key': 'asked-for-grants' }
    await post('/graphql', { query: '{ grants { code } }' }, { ...issuer, headers })
    const { licenceNo: number, holders: held } = businessLicence(fictitiousCompany(502))
    const another = { ...draft, licenceNo: number, holders: held.map((one) => ({ ...one })) }
    const before = await world.newestEntry()
    const reused = await post('/vault/licences', another, { ...issuer, headers })
    expect(told(reused)).toEqual([422, 'request-id-reused'])
    expect(await world.entriesAfter(before)).toEqual([])
    const issued = await post('/vault/licences', another, issuer)
    expect(issued.json).toMatchObject({ fresh: true })
  })

  test.for<[what: string, changes: JsonObject, forged: Forged, answer: readonly unknown[]]>([
    [
      'of a department that issues none',
      {},
      { department: 'yandongVillage' },
      [403, 'not-an-issuer'],
    ],
    ['with a number of another form', { licenceNo: 'x' }, issuer, [400, 'invalid-draft']],
    [
      'with an issuer of its own choice',
      { issuer: 'haikouMarket' },
      issuer,
      [400, 'invalid-request'],
    ],
    ['with a grade', { grade: 'A' }, issuer, [400, 'invalid-request']],
    ['without items', { items: null }, issuer, [400, 'invalid-request']],
    ['without a token', {}, { token: undefined }, [401, 'not-authenticated']],
  ])('a draft %s is none, and leaves its entry', async ([, changes, forged, answer]) => {
    const before = await world.newestEntry()
    const reply = await post('/vault/licences', { ...draft, ...changes }, forged)
    expect(told(reply)).toEqual(answer)
    const kinds = (await world.entriesAfter(before)).map(({ body }) => body['kind'])
    expect(kinds).toEqual(answer[0] === 401 ? [] : ['refusal'])
  })
})

describe('what an issuing department reads', () => {
  test('one licence, all of its own, how many; of others nothing', async () => {
    const company = await world.newCompany()
    const mine = await post('/vault/search', { licenceNo: company.uscc }, issuer)
    const [found] = mine.json['licences'] as { licenceId: string; state: string }[]
    expect(found).toMatchObject({ type: 'businessLicence', state: 'valid' })
    const path = `/vault/licences/${found?.licenceId ?? ''}`
    const show = { method: 'GET', path, ...issuer } as const
    const shown = await world.send(show)
    expect(shown.json).toMatchObject({ licenceId: found?.licenceId, state: 'valid' })
    expect(shown.json['history']).toMatchObject([{ act: 'issue', state: 'valid' }])
    expect(shown.text).not.toContain(company.name)
    expect(told(await world.send({ ...show, department: 'meilanMarket' }))).toEqual([
      ...[403, 'not-the-issuer'],
    ])
    const theirs = await post('/vault/search', { licenceNo: company.uscc })
    expect(theirs.json['licences']).toEqual([])
    const months = { by: ['state'], from: '2026-01', to: '2026-12' }
    const counted = await post('/vault/statistics', months, issuer)
    expect([counted.status, Object.keys(counted.json)]).toEqual([200, ['counts']])
    expect(told(await post('/vault/search', { state: 'x' }, issuer))).toEqual([
      ...[400, 'invalid-request'],
    ])
    expect(told(await world.send({ method: 'GET', path: '/vault/imports/x', ...issuer }))).toEqual([
      ...[404, 'unknown-import-run'],
    ])
  })
})

test('the lines an import did not take are read over HTTP, page by page behind a line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zhengtong-errors-'))
  const path = join(folder, 'stock.csv')
  try {
    await writeFile(path, companies('虚构,短', stockOf(701), '虚构', '虚构,短,短'))
    const { vault } = world.world.exchange
    const { runId } = await vault.importLicences({ path, type: 'businessLicence' })
    const [department = ''] = Object.keys((await vault.importStatus(runId)).inVault.byIssuer)
    const read = async (after: string, by = department): Promise<Reply> => {
      const asked = { method: 'GET', path: `/vault/imports/${runId}/errors` }
      const token = await world.token({ ...asked, department: by })
      return world.send({ ...asked, path: `${asked.path}?after=${after}`, token })
    }
    const linesBehind = async (after: string): Promise<unknown[]> => {
      const { lines } = (await read(after)).json as {
        lines: { line: number; findings: object[] }[]
      }
      return lines.map(({ line, findings }) => [line, findings])
    }
    const short = [expect.objectContaining({ field: 'row', rule: 'column-count' })]
    const bad = [2, 4, 5].map((line) => [line, short])
    expect(await linesBehind('0')).toEqual(bad)
    expect(await linesBehind('2')).toEqual(bad.slice(1))
    expect(await linesBehind('5')).toEqual([])
    expect(told(await read('x'))).toEqual([400, 'invalid-request'])
    expect(told(await read('0', 'haikouPolice'))).toEqual([403, 'not-the-issuer'])
    expect((await read('0')).text).not.toContain('虚构')
    const asFile = await world.send({
      ...{ method: 'GET', path: `/vault/imports/${runId}/errors.csv`, department },
    })
    expect(asFile.headers.get('content-disposition')).toContain(`errors-${runId}-0.csv`)
    const [heading, ...rows] = Buffer.from(asFile.bytes).toString().split('\r\n')
    expect(heading).toBe('\ufeffline,column,field,rule,remedy,looks like,中文说明')
    expect(rows.map((row) => row.split(',', 4))).toEqual([
      ...bad.map(([line]) => [String(line), '', 'row', 'column-count']),
      [''],
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('whose file it was reads what is wrong with it, also when nothing of it was taken', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zhengtong-errors-'))
  const path = join(folder, 'bad.csv')
  try {
    await writeFile(path, companies('虚构,短'))
    const { vault } = world.world.exchange
    const file = { path, type: 'businessLicence' }
    await expect(vault.importLicences({ ...file, department: 'yandongVillage' })).rejects.toThrow(
      'not-an-issuer',
    )
    const { runId, issued } = await vault.importLicences({ ...file, ...issuer })
    const get = (rest: string, department: string): Promise<Reply> =>
      world.send({ method: 'GET', path: `/vault/imports/${runId}${rest}`, department })
    expect(issued).toBe(0)
    expect((await get('', issuer.department)).json).toMatchObject({ department: 'haikouMarket' })
    expect((await get('/errors.csv', issuer.department)).text).toContain('column-count')
    expect(told(await get('/errors.csv', 'meilanMarket'))).toEqual([403, 'not-the-issuer'])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a batch is answered line by line, in order', async () => {
  const company = await world.newCompany()
  const found = await post('/vault/search', { licenceNo: company.uscc }, issuer)
  const [licence] = found.json['licences'] as { licenceId: string }[]
  const good = JSON.stringify({ licenceId: licence?.licenceId })
  const lines = Array.from({ length: 40 }, (_, n) => (n % 3 === 1 ? '{"licenceId":"1.2"}' : good))
  const reply = await fetch(`${world.world.serving.url}/verify/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: `${lines.join('\n')}\n`,
  })
  expect(reply.status).toBe(200)
  const answers = (await reply.text()).trimEnd().split('\n')
  const words = answers.map((line) => {
    const { verdict, problem } = JSON.parse(line) as { verdict?: string; problem?: JsonObject }
    return verdict ?? problem?.['code']
  })
  expect(words).toEqual(lines.map((_, n) => (n % 3 === 1 ? 'unknown-licence' : 'valid')))
})

describe('verifying items', () => {
  let company: Company
  let purpose: Purpose
  let licenceId: string

  beforeAll(async () => {
    company = fictitiousCompany(601)
    purpose = await world.openCase(company)
    licenceId = (await world.world.exchange.vault.issue(businessLicence(company))).licenceId
    await world.world.exchange.log.sequence()
  })

  const holder = (of: Company) => ({ codeType: '001', code: of.uscc })
  const ask = (body: JsonObject, forged: Forged = {}): Promise<Reply> =>
    post('/vault/verify-fields', { type: 'businessLicence', ...body }, { purpose, ...forged })
  const anHourLater = (): void => {
    world.clock.now = new Date(world.clock.now.getTime() + 3_600_000)
  }

  test('the answer is one word, whatever is right or wrong', async () => {
    const { name, uscc } = company
    const items = { name, uscc, legalRep: people.legalRepresentative.name }
    const asked: [JsonObject, string, number][] = [
      [{ holder: holder(company), items }, 'correct-and-valid', 0],
      [{ number: uscc, items: { name: ` ${name}` } }, 'correct-and-valid', 0],
      [{ holder: holder(company), number: uscc }, 'correct-and-valid', 0],
      [{ holder: holder(company), items: { ...items, name: '别的公司' } }, 'partly-wrong', 7],
      [{ holder: holder(company), items: { ...items, legalRep: '' } }, 'partly-wrong', 7],
      [{ holder: holder(company), number: '91460108MA5T00019Y' }, 'nothing-found', 5],
      [{}, 'nothing-asked', 6],
    ]
    const answers: string[] = []
    for (const [body, outcome, number] of asked) {
      const { status, json, text } = await ask(body)
      expect([status, json]).toEqual([200, { outcome, number }])
      answers.push(text)
    }
    expect(new Set(answers).size).toBe(4)
  })

  test('what is not granted is told with the grant that is missing and who gives it', async () => {
    const { json } = await ask({ holder: holder(company), items: { phone: 'x' } })
    expect(json['detail']).toEqual({
      ...{ rule: 'grantCoversField', department: 'meilanMarket', resource: 'businessLicence' },
      ...{ fields: ['phone'], item: purpose.item, owner: ['hainanMarket'] },
    })
  })

  test('a question without a case is refused', async () => {
    const body = { type: 'businessLicence', holder: holder(company) }
    expect(told(await post('/vault/verify-fields', body))).toEqual([403, 'case-required'])
  })

  test.for<[what: string, body: JsonObject, forged: Forged, answer: readonly unknown[]]>([
    ['about nobody', { items: { name: 'x' } }, {}, [403, 'not-a-party']],
    [
      'about a stranger',
      { holder: { codeType: '001', code: '92460108MA5T000290' } },
      {},
      [403, 'not-a-party'],
    ],
    ['by a number nobody has', { number: 'x' }, {}, [403, 'not-a-party']],
    ['of a department without that case', {}, issuer, [404, 'unknown-case']],
    ['for an item that is not granted', { items: { phone: 'x' } }, {}, [403, 'not-granted']],
    [
      'for granted items and one more',
      { items: { name: 'x', phone: 'x' } },
      {},
      [403, 'not-granted'],
    ],
    ['for an item there is not', { items: { fame: 'x' } }, {}, [400, 'unknown-field']],
    ['of what is no licence', { type: 'populationRegistry' }, {}, [400, 'unknown-resource']],
    ['with a member unheard of', { role: 'x' }, {}, [400, 'invalid-request']],
  ])('a question %s is refused, with its entry', async ([, body, forged, answer]) => {
    const before = await world.newestEntry()
    const asked = answer[1] === 'not-a-party' ? body : { holder: holder(company), ...body }
    expect(told(await ask(asked, forged))).toEqual(answer)
    expect(await described('/vault/verify-fields', Number(answer[0]))).toContain(answer[1])
    const entries = await world.entriesAfter(before)
    expect(entries.map(({ body: entry }) => entry['kind'])).toEqual(['refusal'])
  })

  test('an answer has an entry that says what was asked about, and no value', async () => {
    const before = await world.newestEntry()
    anHourLater()
    await ask({ holder: holder(company), items: { name: company.name } })
    const [entry, ...others] = await world.entriesAfter(before)
    expect(others).toEqual([])
    expect(entry?.body).toMatchObject({ kind: 'answer', department: 'meilanMarket' })
    const [item] = entry?.body['items'] as JsonObject[]
    const { subject, arguments: asked, ...rest } = item ?? {}
    expect(rest).toEqual({
      ...{ resource: 'businessLicence', fields: ['name'], decision: 'allowed' },
      grants: ['meilanMarketFoodBusinessLicence'],
    })
    for (const commitment of [subject, asked]) expect(commitment).toMatch(/^[\w-]{43}$/)
    expect(JSON.stringify(entry?.body)).not.toContain(company.name)
  })

  test('who guesses is stopped, until an hour has gone by', async () => {
    anHourLater()
    const guess = (n: number): Promise<Reply> =>
      ask({ holder: holder(company), items: { legalRep: `王${n}` } })
    for (let n = 0; n < fieldCheckLimits.perHour; n += 1) {
      expect((await guess(n)).json).toEqual({ outcome: 'partly-wrong', number: 7 })
    }
    const stopped = await guess(99)
    expect(told(stopped)).toEqual([429, 'too-many-guesses'])
    expect(stopped.headers.get('retry-after')).toBe('3600')
    const right = await ask({ holder: holder(company), items: { name: company.name } })
    expect(told(right)).toEqual([429, 'too-many-guesses'])
    anHourLater()
    expect((await guess(100)).status).toBe(200)
  })

  test('how the licence stands is part of the word', async () => {
    anHourLater()
    const path = `/vault/licences/${licenceId}/acts`
    const outcome = async (): Promise<unknown> => {
      const body = { holder: holder(company), items: { name: company.name } }
      return (await ask(body)).json['outcome']
    }
    await post(path, { act: 'suspend', reason: 'under-investigation' }, issuer)
    expect(await outcome()).toBe('correct-and-suspended')
    await post(path, { act: 'revoke', reason: 'obtained-by-fraud' }, issuer)
    expect(await outcome()).toBe('correct-and-ended')
    const other = fictitiousCompany(602)
    const { vault } = world.world.exchange
    const early = { ...businessLicence(company), licenceNo: other.uscc, validFrom: '2099-01-01' }
    await vault.issue({ ...early, items: { ...early.items, name: other.name } })
    const body = { holder: holder(company), items: { name: other.name } }
    expect((await ask(body)).json['outcome']).toBe('correct-not-yet-active')
    const both = { holder: holder(company), items: { address: early.items['address'] ?? '' } }
    expect((await ask(both)).json['outcome']).toBe('not-enough')
  })
})

test('a department asks for places, seals at home and hands in, through the sdk', async () => {
  const client = await world.world.client(issuer.department, issuer.officer)
  const asked = { requestId: 'places-of-one' }
  const { places } = await client.ask('/vault/places', { count: 1 }, asked)
  const again = await client.ask('/vault/places', { count: 1 }, { ...asked, attempt: 2 })
  expect(again).toEqual({ places })
  const [place] = places as unknown as Place[]
  if (!place) throw new Error('no place was reserved')
  const draft = businessLicence(fictitiousCompany(551))
  const sealing = { place, keysFolder: world.world.settings.keysFolder, at: world.clock.now }
  const { division, licenceNo, holders } = draft
  const { licenceId, fresh } = await client.ask('/vault/documents', {
    ...{ document: await sealAtHome(draft, sealing), division, licenceNo },
    holders: holders.map((holder) => ({ ...holder })),
  })
  expect(fresh).toBe(true)
  const path = `/vault/licences/${licenceId as string}`
  expect(await client.ask(`${path}?at=${world.clock.now.toISOString()}`)).toMatchObject({
    ...{ licenceId, state: 'valid' },
  })
  await expect(client.ask('/vault/licences/1.2')).rejects.toMatchObject({
    ...{ code: 'request-refused', detail: { code: 'unknown-licence' } },
  })
})

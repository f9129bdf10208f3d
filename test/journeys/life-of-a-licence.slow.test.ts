/**
 * The life of a licence, every act of it over HTTP: what the department does, what it may not do, what
 * everybody who verifies is told after each act, and what the log, the events and the counts say of it.
 * The tests are one story and run in their order; the clock is turned between them.
 */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { businessLicence, fictitiousCompany, sampleLicences } from '../../demo/sample.ts'
import type { Company } from '../../demo/sample.ts'
import type { Client } from '../../sdk/client.ts'
import { formatLicenceId, parseLicenceId } from '../../sdk/identifier-licence.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { verifyLicence } from '../../sdk/licence.ts'
import type { IssueEvidence } from '../../sdk/licence.ts'
import { readLicence } from '../../sdk/licence/document.ts'
import type { Purpose } from '../../sdk/request-token.ts'
import { licenceStatusAt, openStatusList } from '../../sdk/status/signer.ts'
import type { Draft } from '../../vault/index.ts'
import { sealAtHome } from '../own-seal.ts'
import { codesIn, createTestWorld } from '../world.ts'
import type { Forged, Reply, TestWorld } from '../world.ts'

let world: TestWorld
let window: Client

beforeAll(async () => {
  world = await createTestWorld()
  window = await world.world.client('meilanMarket', 'officer-017')
})

afterAll(() => world.close())

const city = { department: 'haikouMarket', officer: 'officer-003' } as const
const district = { department: 'meilanMarket', officer: 'officer-017' } as const

/** What is asked twice, as a client does whose line broke: the same key, the next attempt. */
async function twice(path: string, body: JsonObject, by: Forged = city): Promise<Reply> {
  const key = randomBytes(16).toString('hex')
  const ask = (attempt: number): Promise<Reply> =>
    world.send({
      ...{ path, body: JSON.stringify(body), ...by },
      headers: { 'idempotency-key': key, attempt: `${attempt}` },
    })
  const [first, again] = [await ask(1), await ask(2)]
  expect([again.status, again.text]).toEqual([201, first.text])
  return first
}

function post(path: string, body: JsonObject, by: Forged = city): Promise<Reply> {
  return world.send({ path, body: JSON.stringify(body), ...by })
}

function act(licenceId: string, body: JsonObject, by: Forged = city): Promise<Reply> {
  return twice(`/vault/licences/${licenceId}/acts`, body, by)
}

function version(licenceId: string, body: JsonObject, by: Forged = city): Promise<Reply> {
  return twice(`/vault/licences/${licenceId}/versions`, body, by)
}

/** A draft as a department sends it. */
function draftOf(company: Company, changes: Partial<Draft> = {}): JsonObject {
  const { type, division, licenceNo, holders, items, validFrom, validUntil } = {
    ...businessLicence(company),
    ...changes,
  }
  return {
    ...{ type, division, licenceNo, items, validFrom, validUntil },
    holders: holders.map((holder) => ({ ...holder })),
  }
}

/** A licence as the story follows it: its document and the proof of its issue, fetched once. */
interface Followed {
  readonly licenceId: string
  readonly company: Company
  readonly by: Forged
  readonly document: string
  readonly evidence: IssueEvidence
}

interface Answered {
  readonly document: string
  readonly issueEntry: string
  readonly supersedes: string | null
  readonly supersededBy: string | null
}

const purposes = new Map<string, Purpose>()

async function follow(company: Company, reply: Reply, by: Forged = city): Promise<Followed> {
  expect(reply.text).toMatch(/^\{"licenceId"/)
  const licenceId = textIn(reply.json, 'licenceId')
  await world.world.exchange.log.sequence()
  const purpose = purposes.get(company.uscc) ?? (await world.openCase(company))
  purposes.set(company.uscc, purpose)
  const { data } = await window.query<{ licence: Answered }>(
    'query ($id: ID!) { licence(licenceId: $id) { document issueEntry supersedes supersededBy } }',
    { id: licenceId },
    { purpose },
  )
  if (!data) throw new Error('the window got no document')
  const { document, issueEntry, ...links } = data.licence
  const { supersedes = null } = readLicence(document).claims
  expect(links).toEqual({ supersedes, supersededBy: null })
  return { licenceId, company, by, document, evidence: await window.issueEvidence(issueEntry) }
}

/**
 * How a licence stands, from everybody who may say so: its department, the vault's verdict with what it
 * found wrong, the signed list as the sdk reads it, the sdk's own verdict offline, and the word of eight.
 */
async function said({ licenceId, company, by, document, evidence }: Followed): Promise<string[]> {
  turn(1_000)
  const state = textIn(await shownAs({ licenceId, by }), 'state')
  const { json } = await post('/verify', { licenceId }, { token: undefined })
  const status = await window.statusList(document)
  const { trust } = world.world.exchange.settings.keys
  const at = world.clock.now
  const { idx, uri } = readLicence(document).claims.status.status_list
  const list = openStatusList(status, { trust, uri, at })
  const offline = verifyLicence(document, { trust, at, status, evidence })
  return [
    state,
    [textIn(json, 'verdict'), ...wrongIn(json)].join(' '),
    (list.ok && licenceStatusAt(list.list, idx)) || 'no list',
    [offline.verdict, ...wrongIn(offline)].join(' '),
    await wordOn(company),
  ]
}

/** As its department reads it. */
async function shownAs(
  { licenceId, by }: Pick<Followed, 'licenceId' | 'by'>,
  times: Readonly<Record<string, string>> = {},
): Promise<JsonObject> {
  const path = `/vault/licences/${licenceId}`
  const query = new URLSearchParams(times).toString()
  const token = await world.token({ method: 'GET', path, ...by })
  return (await world.send({ method: 'GET', path: `${path}?${query}`, token })).json
}

/** Empty where there is none. */
function textIn(json: JsonObject, name: string): string {
  const value = json[name]
  return typeof value === 'string' ? value : ''
}

function wrongIn(verdict: object): string[] {
  const { checks = [] } = verdict as { checks?: { outcome: string; reason?: string }[] }
  return checks.flatMap(({ outcome, reason = '' }) => (outcome === 'pass' ? [] : [reason]))
}

async function wordOn({ name, uscc }: Company): Promise<string> {
  const holder = { codeType: '001', code: uscc }
  const body = { type: 'businessLicence', holder, number: uscc, items: { name } }
  const purpose = purposes.get(uscc)
  if (!purpose) throw new Error('no case was opened')
  const reply = await post('/vault/verify-fields', body, { ...district, purpose })
  return textIn(reply.json, 'outcome')
}

function turn(ms: number): Date {
  world.clock.now = new Date(world.clock.now.getTime() + ms)
  return world.clock.now
}

const hour = 3_600_000
const day = 24 * hour

/** Kinds of entries with their acts, in the order of the log. */
async function recordedSince(id: number): Promise<string[]> {
  const entries = await world.entriesAfter(id)
  return entries.map(({ body }) => `${textIn(body, 'kind')} ${textIn(body, 'act')}`.trim())
}

const told = (reply: Reply): unknown => [reply.status, ...codesIn(reply)]

async function takeEvents() {
  const { events } = world.world.exchange
  await events.settle()
  const delivery = await events.take('journey')
  if (!delivery || !(await events.confirm(delivery))) throw new Error('no events were delivered')
  return delivery.events
}

/** Standing licences of a department by state. */
async function countsOf(by: Forged): Promise<JsonObject> {
  await world.world.exchange.events.settle()
  const asked = { by: ['state'], from: '2026-11', to: '2027-12', type: 'businessLicence' }
  const { json } = await post('/vault/statistics', asked, by)
  const counts = json['counts'] as { state: string; standing: number }[]
  const standing = counts.filter((one) => one.standing > 0)
  return Object.fromEntries(standing.map(({ state, standing: count }) => [state, count]))
}

function draftOfHome(company: Company, term: Pick<Draft, 'validFrom' | 'validUntil'>): Draft {
  return { ...businessLicence(company), ...term }
}

async function sealedAtHome(draft: Draft, supersedes?: string): Promise<string> {
  const [place] = (await post('/vault/places', { count: 1 })).json['places'] as JsonObject[]
  if (!place) throw new Error('no place was reserved')
  return sealAtHome(draft, {
    place: { idx: Number(place['idx']), uri: textIn(place, 'uri') },
    keysFolder: world.world.settings.keysFolder,
    at: world.clock.now,
    supersedes,
  })
}

async function handIn(
  draft: Draft,
  links: { readonly supersedes?: string } = {},
  succession?: JsonObject,
): Promise<Reply> {
  const { division, licenceNo, holders } = draft
  return post('/vault/documents', {
    ...{ document: await sealedAtHome(draft, links.supersedes), division, licenceNo },
    holders: holders.map((holder) => ({ ...holder })),
    ...(succession && { succession }),
  })
}

/** Nothing is wrong with it, whoever is asked. */
const good = ['valid', 'valid', 'valid', 'valid', 'correct-and-valid']
const ended = (state: string, word = 'correct-and-ended'): string[] => [
  ...[state, 'invalid revoked', 'invalid', 'invalid revoked'],
  word,
]

describe('a licence that its department renews, changes and gives away', () => {
  const company = fictitiousCompany(801)
  const address = '海口市美兰区海甸岛（示例）五西路9号'
  const { items } = businessLicence(company)
  let first: Followed
  let second: Followed
  let third: Followed
  let fourth: Followed
  let beforeRevocation: { at: Date; status: string }

  test('is issued: the vault checks the draft, seals it and has it in the log', async () => {
    const since = await world.newestEntry()
    const reply = await twice('/vault/licences', draftOf(company, { validUntil: '2026-12-31' }))
    expect(reply.status).toBe(201)
    expect(await recordedSince(since)).toEqual(['licence-issued', 'answer', 'answer'])
    first = await follow(company, reply)
    expect(await said(first)).toEqual(good)
  })

  test.for<[what: string, body: JsonObject, by: Forged, answer: readonly unknown[]]>([
    ['restored', { act: 'restore', reason: 'penalty-served' }, city, [409, 'wrong-state']],
    [
      'expired before its time',
      { act: 'expire', reason: 'term-ended' },
      city,
      [409, 'wrong-state'],
    ],
    ['archived', { act: 'archive', reason: 'retention-ended' }, city, [409, 'wrong-state']],
    ['issued again', { act: 'issue', reason: 'x' }, city, [400, 'invalid-request']],
    [
      'renewed without a draft',
      { act: 'renew', reason: 'term-ending' },
      city,
      [400, 'invalid-request'],
    ],
    [
      'revoked for a reason of another act',
      { act: 'revoke', reason: 'lost' },
      city,
      [400, 'unknown-reason'],
    ],
    [
      'revoked by others',
      { act: 'revoke', reason: 'obtained-by-fraud' },
      district,
      [403, 'not-the-issuer'],
    ],
    [
      'transferred to itself',
      { act: 'transfer', reason: 'holder-moved', receiver: 'haikouMarket' },
      city,
      [400, 'not-a-receiver'],
    ],
    [
      'transferred to nobody',
      { act: 'transfer', reason: 'holder-moved' },
      city,
      [400, 'not-a-receiver'],
    ],
    [
      'cancelled in two years',
      { act: 'cancel', reason: 'on-application', effectiveAt: '2028-11-20T00:00:00Z' },
      city,
      [400, 'effect-out-of-bounds'],
    ],
  ])('is not %s', async ([, body, by, answer]) => {
    const since = await world.newestEntry()
    const path = `/vault/licences/${first.licenceId}/acts`
    expect(told(await post(path, body, by))).toEqual(answer)
    expect(await recordedSince(since)).toEqual(['refusal'])
  })

  test('is suspended, and nobody takes it for valid meanwhile', async () => {
    turn(day)
    const since = await world.newestEntry()
    const reply = await act(first.licenceId, { act: 'suspend', reason: 'under-investigation' })
    const now = world.clock.now.toISOString()
    expect(reply.json).toEqual({
      ...{ licenceId: first.licenceId, act: 'suspend', state: 'suspended' },
      ...{ at: now, effectiveAt: now },
    })
    expect(await recordedSince(since)).toEqual(['licence-changed suspend', 'answer'])
    expect(await said(first)).toEqual([
      ...['suspended', 'invalid suspended', 'suspended', 'invalid suspended'],
      'correct-and-suspended',
    ])
    const renewal = { act: 'renew', reason: 'term-ending', draft: draftOf(company) }
    const path = `/vault/licences/${first.licenceId}/versions`
    expect(told(await post(path, renewal))).toEqual([409, 'wrong-state'])
  })

  test('is restored', async () => {
    turn(day)
    await act(first.licenceId, { act: 'restore', reason: 'investigation-closed' })
    expect(await said(first)).toEqual(good)
  })

  test('is renewed: a second version with a longer term, each naming the other', async () => {
    turn(day)
    const since = await world.newestEntry()
    const draft = draftOf(company, { validFrom: '2026-11-23', validUntil: '2027-12-31' })
    const reply = await version(first.licenceId, { act: 'renew', reason: 'term-ending', draft })
    expect(await recordedSince(since)).toEqual([
      ...['licence-issued', 'licence-changed renew', 'answer', 'answer'],
    ])
    second = await follow(company, reply)
    expect(readLicence(second.document).claims).toMatchObject({ supersedes: first.licenceId })
    expect(parseLicenceId(second.licenceId)).toMatchObject({
      ...parseLicenceId(first.licenceId),
      ...{ version: '002', check: expect.any(String) as string },
    })
    expect(await said(second)).toEqual(good)
    // Of the number on the face, the word is about the version in force.
    expect(await said(first)).toEqual(ended('superseded', 'correct-and-valid'))
    const links = await Promise.all([first, second].map((one) => shownAs(one)))
    expect(links).toMatchObject([
      { supersedes: null, supersededBy: second.licenceId },
      { supersedes: first.licenceId, supersededBy: null },
    ])
  })

  test('has one successor', async () => {
    const renewal = { act: 'renew', reason: 'term-ending', draft: draftOf(company) }
    const path = `/vault/licences/${first.licenceId}/versions`
    expect(told(await post(path, renewal))).toEqual([409, 'wrong-state'])
  })

  test('is changed: a third version with another address', async () => {
    turn(day)
    const changed = { items: { ...items, address }, validFrom: '2026-11-24' }
    const draft = draftOf(company, { ...changed, validUntil: '2027-12-31' })
    third = await follow(
      company,
      await version(second.licenceId, { act: 'change', reason: 'data-changed', draft }),
    )
    expect(await said(third)).toEqual(good)
    expect(await said(second)).toEqual(ended('superseded', 'correct-and-valid'))
  })

  test('is transferred, and superseded by the department that received it', async () => {
    turn(day)
    const moved = { act: 'transfer', reason: 'holder-moved', receiver: 'meilanMarket' }
    const shown = { method: 'GET', path: `/vault/licences/${third.licenceId}` }
    expect(told(await world.send({ ...shown, ...district }))).toEqual([403, 'not-the-issuer'])
    await act(third.licenceId, moved)
    const seen = [
      await world.send({ ...shown, ...district }),
      await world.send({ ...shown, ...city }),
    ]
    for (const { json } of seen) expect(json).toMatchObject({ state: 'transferred' })
    expect(await said(third)).toEqual(ended('transferred'))
    const draft = draftOf(company, { items: { ...items, address }, validFrom: '2026-11-25' })
    const taking = { act: 'supersede', reason: 'reissued', draft }
    const path = `/vault/licences/${third.licenceId}/versions`
    expect(told(await post(path, taking, city))).toEqual([403, 'not-the-issuer'])
    fourth = await follow(company, await version(third.licenceId, taking, district), district)
    expect(parseLicenceId(fourth.licenceId)).toMatchObject({
      ...{ issuer: '11460108MB15000151', version: '001' },
    })
    expect(await said(fourth)).toEqual(good)
    expect(await said(third)).toEqual(ended('superseded', 'correct-and-valid'))
  })

  test('is revoked since yesterday, because of what was found out today', async () => {
    turn(day)
    beforeRevocation = { at: world.clock.now, status: await window.statusList(fourth.document) }
    turn(hour)
    const effectiveAt = new Date(world.clock.now.getTime() - 6 * hour).toISOString()
    const reply = await act(
      fourth.licenceId,
      { act: 'revoke', reason: 'obtained-by-fraud', effectiveAt },
      district,
    )
    expect(reply.json).toMatchObject({ state: 'revoked', effectiveAt })
    expect(await said(fourth)).toEqual(ended('revoked'))
  })

  test.for<[what: string, at: number, knownAt: number, answer: readonly unknown[]]>([
    ['before the revocation, as all believed then', -1, -1, ['valid', 'valid']],
    ['now, of before it took effect', -7, 0, ['valid', 'valid']],
    ['now, of after it took effect and before it was known', -1, 0, ['revoked', 'invalid']],
    ['before anybody knew of the licence', 0, -48, ['unknown-licence', 'unknown-licence']],
    ['of tomorrow', 24, 0, ['invalid-request', 'invalid-request']],
    ['as it will be known tomorrow', 0, 24, ['invalid-request', 'invalid-request']],
  ])('what is known of it %s', async ([, at, knownAt, answer]) => {
    const hence = (hours: number): string =>
      new Date(world.clock.now.getTime() + hours * hour).toISOString()
    const times = { at: hence(at), knownAt: hence(knownAt) }
    const shown = await shownAs(fourth, times)
    const { licenceId } = fourth
    const { json } = await post('/verify', { licenceId, ...times }, { token: undefined })
    expect([shown['state'] ?? shown['code'], json['verdict'] ?? json['code']]).toEqual(answer)
    const history = (json['history'] ?? []) as JsonObject[]
    const isKnown = answer[0] === 'valid' || answer[0] === 'revoked'
    expect(history.map(({ act: done }) => done)).toEqual(
      isKnown ? ['issue', ...(knownAt === 0 ? ['revoke'] : [])] : [],
    )
  })

  test('a list from before the revocation proves nothing once it is old, or once another was seen', async () => {
    const { document, evidence } = fourth
    const { trust } = world.world.exchange.settings.keys
    const { status } = beforeRevocation
    const ask = (at: Date, given: Parameters<typeof verifyLicence>[1]['status'] = status) => {
      const verdict = verifyLicence(document, {
        trust,
        at,
        evidence,
        ...(given && { status: given }),
      })
      return [verdict.verdict, ...wrongIn(verdict)]
    }
    expect(ask(beforeRevocation.at)).toEqual(['valid'])
    expect(ask(world.clock.now)).toEqual(['unknown', 'status-list-expired'])
    const newest = await window.statusList(document)
    const at = world.clock.now
    const seen = verifyLicence(document, { trust, at, status: newest, evidence }).statusList
    if (!seen) throw new Error('the newest list was not believed')
    expect(ask(beforeRevocation.at, { token: status, lastSeen: seen })).toEqual([
      ...['unknown', 'status-list-rolled-back'],
    ])
  })

  test('is archived, and nothing follows', async () => {
    turn(day)
    await act(fourth.licenceId, { act: 'archive', reason: 'retention-ended' }, district)
    expect(await said(fourth)).toEqual(ended('archived'))
    const again = { act: 'cancel', reason: 'on-application' }
    const path = `/vault/licences/${fourth.licenceId}/acts`
    expect(told(await post(path, again, district))).toEqual([409, 'wrong-state'])
  })

  test('and was told to whoever waits for events, each act once and in order', async () => {
    const names = new Map([first, second, third, fourth].map((one, i) => [one.licenceId, i + 1]))
    const events = (await takeEvents()).filter(({ licenceId }) => names.has(licenceId))
    expect(
      events.map((one) => `${names.get(one.licenceId) ?? ''} ${one.kind} ${one.state}`),
    ).toEqual([
      ...['1 issued valid', '1 changed suspended', '1 changed valid'],
      ...['2 issued valid', '1 superseded superseded', '3 issued valid', '2 superseded superseded'],
      ...['3 changed transferred', '4 issued valid', '3 superseded superseded'],
      ...['4 changed revoked', '4 changed archived'],
    ])
  })

  test('and is counted', async () => {
    expect(await countsOf(city)).toEqual({ superseded: 3 })
    expect(await countsOf(district)).toEqual({ archived: 1 })
  })
})

describe('a licence that its department seals at home', () => {
  const company = fictitiousCompany(802)
  let first: Followed
  let second: Followed

  test('is handed in, and is a licence like any other', async () => {
    const since = await world.newestEntry()
    const term = { validFrom: '2026-11-20', validUntil: '2026-11-30' }
    const reply = await handIn(draftOfHome(company, term))
    expect(told(reply)).toEqual([201])
    expect(await recordedSince(since)).toEqual(['answer', 'licence-issued', 'answer'])
    first = await follow(company, reply)
    expect(await said(first)).toEqual(good)
  })

  test('runs out: the document says so itself, and no act is needed', async () => {
    turn(5 * day)
    expect(await said(first)).toEqual([
      ...['expired', 'invalid expired', 'valid', 'invalid expired'],
      'correct-and-ended',
    ])
  })

  test('is recorded as expired, which the list then says too', async () => {
    await act(first.licenceId, { act: 'expire', reason: 'term-ended' })
    expect(await said(first)).toEqual([
      ...['expired', 'invalid expired revoked', 'invalid', 'invalid expired revoked'],
      'correct-and-ended',
    ])
  })

  test('is renewed by a document that names it, sealed at home again', async () => {
    const term = { validFrom: '2026-12-02', validUntil: '2027-12-01' }
    const draft = draftOfHome(company, term)
    const succession = { act: 'renew', reason: 'term-ending' }
    const named = { supersedes: first.licenceId }
    expect(told(await handIn(draft, named))).toEqual([422, 'document-not-sound'])
    const since = await world.newestEntry()
    const reply = await handIn(draft, named, succession)
    expect(await recordedSince(since)).toEqual([
      ...['answer', 'licence-issued', 'licence-changed renew', 'answer'],
    ])
    second = await follow(company, reply)
    expect(await said(second)).toEqual(good)
    expect(await said(first)).toEqual([
      ...['superseded', 'invalid expired revoked', 'invalid', 'invalid expired revoked'],
      'correct-and-valid',
    ])
  })

  test('is withdrawn as a penalty', async () => {
    await act(second.licenceId, { act: 'withdraw', reason: 'administrative-penalty' })
    expect(await said(second)).toEqual(ended('withdrawn'))
  })
})

describe('a licence of a company that closes', () => {
  const company = fictitiousCompany(803)
  let licence: Followed
  let renewed: Followed

  test('is renewed ahead of time: until then the old one is in force', async () => {
    const term = { validFrom: '2026-01-01', validUntil: '2026-12-31' }
    licence = await follow(company, await twice('/vault/licences', draftOf(company, term)))
    const draft = draftOf(company, { validFrom: '2027-01-01', validUntil: '2027-12-31' })
    const reply = await version(licence.licenceId, { act: 'renew', reason: 'term-ending', draft })
    expect(reply.json).toMatchObject({ effectiveAt: '2026-12-31T16:00:00.000Z' })
    renewed = await follow(company, reply)
    expect(await said(licence)).toEqual(good)
    expect(await said(renewed)).toEqual([
      ...['valid', 'invalid not-yet-valid', 'valid', 'invalid not-yet-valid'],
      'correct-and-valid',
    ])
    turn(31 * day)
    expect(await said(renewed)).toEqual(good)
  })

  test('is cancelled from a day on that was announced', async () => {
    const effectiveAt = new Date(world.clock.now.getTime() + day).toISOString()
    const closing = { act: 'cancel', reason: 'holder-dissolved', effectiveAt }
    await act(renewed.licenceId, closing)
    expect(await said(renewed)).toEqual(good)
    turn(day)
    expect(await said(renewed)).toEqual(ended('cancelled'))
  })
})

describe('a licence of a type with rules of its own', () => {
  const by = { department: 'haikouResources', officer: 'officer-009' } as const
  const draft = sampleLicences.find(({ type }) => type === 'realPropertyCertificate')
  if (!draft) throw new Error('the sample has no real property')
  const { type, division, licenceNo, holders, items, validFrom, validUntil } = draft
  const whole = { type, division, licenceNo, items, validFrom, validUntil }
  const body: JsonObject = { ...whole, holders: holders.map((holder) => ({ ...holder })) }
  let path: string

  beforeAll(async () => {
    path = `/vault/licences/${textIn((await post('/vault/licences', body, by)).json, 'licenceId')}`
  })

  test.for<[what: string, to: string, asked: JsonObject]>([
    ['suspended', 'acts', { act: 'suspend', reason: 'under-investigation' }],
    ['renewed', 'versions', { act: 'renew', reason: 'term-ending', draft: body }],
  ])('has no such act as to be %s', async ([, to, asked]) => {
    const reply = await post(`${path}/${to}`, asked, by)
    expect(told(reply)).toEqual([409, 'act-not-allowed'])
    expect(reply.json['detail']).toMatchObject({
      acts: ['change', 'cancel', 'revoke', 'supersede', 'archive', 'transfer'],
    })
  })

  test('is verified by its identifier for departments alone, and by the document for anyone', async () => {
    const licenceId = path.slice('/vault/licences/'.length)
    const verify = (asked: JsonObject) => post('/verify', asked, { token: undefined })
    const { typeCode, issuer, version: first } = parseLicenceId(licenceId)
    const nobodys = formatLicenceId({ typeCode, issuer, serial: 'NOSUCHLICENCE', version: first })
    for (const id of [licenceId, nobodys]) {
      expect(told(await verify({ licenceId: id }))).toEqual([403, 'verification-restricted'])
    }
    const found = await world.world.exchange.vault.findById(licenceId, world.clock.now)
    expect((await verify({ document: found?.document ?? '' })).json).toMatchObject({
      ...{ verdict: 'valid', licence: { licenceId, items: {} } },
    })
  })

  test('is changed in what may change, and in nothing else', async () => {
    const change = (changed: Draft['items']) => {
      const asked = { ...body, items: { ...items, ...changed } }
      return post(`${path}/versions`, { act: 'change', reason: 'data-changed', draft: asked }, by)
    }
    const moved = await change({ location: '海口市美兰区（示例）别处', use: '住宅' })
    expect([moved.status, moved.json['detail']]).toEqual([
      ...[400, { findings: ['location: not-changeable'] }],
    ])
    expect(told(await change({ use: '住宅', notes: '更正' }))).toEqual([201])
  })
})

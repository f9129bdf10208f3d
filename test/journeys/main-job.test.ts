/**
 * The main job over HTTP, from the opening of a case to the audit: what is given, what is refused,
 * what can be proven afterwards without trusting whoever keeps the database.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { copyTables } from '../../db/copy.ts'
import { connect, sql } from '../../db/postgres.ts'
import { editOneEntry } from '../../demo/tamper-store.ts'
import { people } from '../../demo/sample.ts'
import type { Company } from '../../demo/sample.ts'
import { checkLog } from '../../log/index.ts'
import { fromBase64url, toBase64url } from '../../sdk/base64url.ts'
import { openCheckpoint } from '../../sdk/checkpoint.ts'
import type { Answer, Client } from '../../sdk/client.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import type { Json, JsonObject } from '../../sdk/json.ts'
import { verifyLicence } from '../../sdk/licence.ts'
import { readLicence } from '../../sdk/licence/document.ts'
import { leafHash, verifyConsistency, verifyInclusion } from '../../sdk/merkle.ts'
import { sha256, utf8 } from '../../sdk/primitives.ts'
import { answerHash, redeemReceipt, verifyReceipt } from '../../sdk/receipt.ts'
import type { Purpose } from '../../sdk/request-token.ts'
import { createTestDatabase } from '../database.ts'
import { createTestWorld, codesIn, partiesOf } from '../world.ts'
import type { Forged, Reply, TestWorld } from '../world.ts'

interface Material {
  readonly code: string
  readonly state: string
  readonly by: string
  readonly resource: string | null
  readonly fields: readonly string[]
  readonly reasons: readonly { readonly zh: string; readonly en: string }[]
  readonly holds: boolean | null
  readonly licences: readonly Licence[] | null
}

interface Licence {
  readonly licenceId: string
  readonly type: string
  readonly document: string
  readonly issueEntry: string
}

const caseNumber = 'ML-2026-000001'
const purpose: Purpose = { item: 'foodBusinessPermitNew', case: caseNumber, basis: '第二十条' }

let world: TestWorld
let company: Company
let window: Client
let began: number
let before: Date
/** Every answer of the window's client, to be held against the log in the end. */
const answers: Answer<unknown>[] = []

async function query<T>(
  document: string,
  variables: JsonObject,
  why: { purpose?: Purpose } = { purpose },
): Promise<Answer<T>> {
  const answer = await window.query<T>(document, variables, why)
  answers.push(answer)
  return answer
}

beforeAll(async () => {
  world = await createTestWorld()
  company = await world.newCompany()
  window = await world.world.client('meilanMarket', 'officer-017')
  began = await world.newestEntry()
})

afterAll(() => world.close())

test('1 · a case is opened', async () => {
  const input = { number: caseNumber, item: purpose.item, parties: partiesOf(company) }
  const { data, errors } = await query(
    'mutation ($input: CaseInput!) { openCase(input: $input) { number item state closedAt } }',
    { input },
    {},
  )
  expect(errors).toEqual([])
  expect(data).toEqual({
    openCase: { number: caseNumber, item: purpose.item, state: 'open', closedAt: null },
  })
  const stored = await world.owner.rows<{ text: string }>(sql`
    select encode(sealed, 'escape') as text from exchange.case_party`)
  expect(stored).toHaveLength(3)
  for (const { text } of stored) expect(text).not.toMatch(/46030019|91460108/)
})

test('2 · the plan waives three materials and leaves one to the applicant, with the reason', async () => {
  const materials = await plan(false)
  expect(materials.map(({ code, state, by, resource }) => [code, state, by, resource])).toEqual([
    ['businessLicence', 'obtainable', 'licence', 'businessLicence'],
    ['legalRepresentativeIdentity', 'obtainable', 'predicate', 'populationRegistry'],
    ['premisesProof', 'obtainable', 'licence', 'realPropertyCertificate'],
    ['layoutPlan', 'applicant', 'applicant', null],
  ])
  expect(materials.at(-1)?.reasons).toEqual([
    {
      zh: '由申请人按拟用场所自行绘制和编制，任何部门均不掌握',
      en: 'The applicant draws it up for these premises; no department holds it',
    },
  ])
  expect(materials.every(({ licences, holds }) => licences === null && holds === null)).toBe(true)
})

const granted: Readonly<Record<string, readonly string[]>> = {
  businessLicence: ['name', 'uscc', 'legalRep', 'address', 'scope'],
  realPropertyCertificate: ['certificateNo', 'location', 'use'],
}
let licence: Licence

test('3 · everything granted comes in one call, and not one disclosure more', async () => {
  const materials = await plan(true)
  expect(materials.map(({ state }) => state)).toEqual([
    ...['obtained', 'obtained', 'obtained'],
    'applicant',
  ])
  expect(materials[1]).toMatchObject({ holds: true, licences: null })
  const licences = materials.flatMap((one) => one.licences ?? [])
  expect(licences.map(({ type }) => type).sort()).toEqual(Object.keys(granted).sort())
  for (const { type, document } of licences) {
    const items = [...readLicence(document).items.keys()].sort()
    expect(items, type).toEqual([...(granted[type] ?? [])].sort())
    expect(document.split('~').length - 2, type).toBe(items.length)
  }
  const found = licences.find(({ type }) => type === 'businessLicence')
  if (!found) throw new Error('there is no business licence')
  licence = found
  expect(readLicence(licence.document).items.get('name')).toBe(company.name)
})

test('4 · the documents verify offline, and so does the receipt', async () => {
  const { trust } = world.world.exchange.settings.keys
  const materials = await plan(true)
  for (const { document, issueEntry } of materials.flatMap((one) => one.licences ?? [])) {
    const evidence = await window.issueEvidence(issueEntry)
    const status = await window.statusList(document)
    const verdict = verifyLicence(document, { trust, at: world.clock.now, status, evidence })
    expect(verdict.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([])
    expect(verdict.verdict).toBe('valid')
  }
  const answer = answers.at(-1)
  if (!answer) throw new Error('there is no answer')
  const receipt = verifyReceipt(answer.receipt, trust.receiptKeys)
  expect(receipt).toMatchObject({
    ok: true,
    claims: { rid: answer.requestId, attempt: 1, dept: 'meilanMarket', iss: trust.exchange },
  })
  expect(answer.claims.ah).toBe(answerHash(answer.data as Json))
  const redeemed = redeemReceipt({
    claims: answer.claims,
    evidence: await window.proof(answer.claims.leaf),
    log: { originPrefix: trust.logOriginPrefix, keys: trust.logKeys },
  })
  expect(redeemed.ok).toBe(true)
})

test('4b · a document verifies no more when a disclosure, a byte or the proof is another', async () => {
  const { trust } = world.world.exchange.settings.keys
  const evidence = await window.issueEvidence(licence.issueEntry)
  const status = await window.statusList(licence.document)
  const question = { trust, at: world.clock.now }
  const [jwt = '', first = '', ...rest] = licence.document.split('~')
  const forgedName = toBase64url(utf8(JSON.stringify(['c2FsdHNhbHRzYWx0c2E', 'name', '别家公司'])))
  const forgeries = {
    'a disclosure of another name': [jwt, forgedName, ...rest].join('~'),
    'the same disclosure twice': [jwt, first, first, ...rest].join('~'),
    'another signature': [`${jwt.slice(0, -4)}AAAA`, first, ...rest].join('~'),
  }
  for (const [name, document] of Object.entries(forgeries)) {
    expect(verifyLicence(document, { ...question, status, evidence }).verdict, name).toBe('invalid')
  }
  expect(verifyLicence(licence.document, { ...question, status }).verdict).toBe('unknown')
  expect(verifyLicence(licence.document, { ...question, evidence }).verdict).toBe('unknown')
})

test('5 · a field without a grant is refused with rule, missing grant, owner and remedy; the rest is given', async () => {
  const { data, errors } = await query<{ licences: { document: string }[] }>(
    `query ($holder: HolderInput!) {
      licences(holder: $holder, types: ["businessLicence"]) {
        document ... on BusinessLicence { name registeredCapital }
      }
    }`,
    { holder: { codeType: '001', code: company.uscc } },
  )
  const [found] = data?.licences ?? []
  expect(found).toMatchObject({ name: company.name, registeredCapital: null })
  expect([...readLicence(found?.document ?? '').items.keys()]).toEqual(['name'])
  expect(errors).toHaveLength(1)
  expect(errors[0]).toMatchObject({
    path: ['licences', 0, 'registeredCapital'],
    extensions: {
      code: 'not-granted',
      rule: 'grantCoversField',
      grantNeeded: {
        department: 'meilanMarket',
        resource: 'businessLicence',
        fields: ['registeredCapital'],
        item: purpose.item,
      },
      owner: ['hainanMarket'],
      remedy: expect.stringContaining('grant') as string,
      title: { zh: '未获得该数据项的授权', en: 'No grant covers this field' },
    },
  })
})

const person = `query ($id: String!, $name: String!) {
  populationRegistry(idNumber: $id) { identityMatches(name: $name) }
}`
const { legalRepresentative, stranger } = people
const aboutParty = { id: legalRepresentative.idNumber, name: legalRepresentative.name }

test('6 · no case, somebody else’s case, a stranger: refused by name', async () => {
  const closed = 'ML-2026-000002'
  const input = { number: closed, item: purpose.item, parties: partiesOf(company) }
  await query('mutation ($input: CaseInput!) { openCase(input: $input) { number } }', { input }, {})
  await query('mutation ($n: ID!) { closeCase(number: $n) { state } }', { n: closed }, {})
  const cases: [code: string, rule: string, asked: Promise<Answer<unknown>>][] = [
    ['case-required', 'purposeIsGiven', query(person, aboutParty, {})],
    ['unknown-case', 'caseIsKnown', query(person, aboutParty, asking({ case: 'ML-2026-999999' }))],
    ['case-closed', 'caseIsOpen', query(person, aboutParty, asking({ case: closed }))],
    [
      'case-of-other-item',
      'caseIsOfItem',
      query(person, aboutParty, asking({ item: 'addressChange' })),
    ],
    ['unknown-item', 'itemIsInForce', query(person, aboutParty, asking({ item: 'curiosity' }))],
    [
      ...(['not-a-party', 'subjectIsParty'] as const),
      query(person, { id: stranger.idNumber, name: stranger.name }),
    ],
  ]
  for (const [code, rule, asked] of cases) {
    const { data, errors } = await asked
    expect(data, code).toEqual({ populationRegistry: null })
    expect(errors.map(({ extensions }) => [extensions.code, extensions['rule']])).toEqual([
      [code, rule],
    ])
  }
  const { errors } = await query(person, aboutParty)
  expect(errors).toEqual([])
})

function asking(other: Partial<Purpose>): { purpose: Purpose } {
  return { purpose: { ...purpose, ...other } }
}

test('7 · only the issuer revokes, with a reason of the list, and once', async () => {
  before = world.clock.now
  world.clock.now = new Date(before.getTime() + 60_000)
  const { licenceId } = licence
  const path = `/vault/licences/${licenceId}/acts`
  const revoke = (forged: Forged): Promise<Reply> =>
    world.send({ path, body: '{"act":"revoke","reason":"obtained-by-fraud"}', ...forged })
  expect(codesIn(await revoke({ department: 'meilanMarket' }))).toEqual(['not-the-issuer'])
  const curious = await revoke({
    department: 'haikouMarket',
    body: '{"act":"revoke","reason":"because"}',
  })
  expect(codesIn(curious)).toEqual(['unknown-reason'])
  const done = await revoke({ department: 'haikouMarket' })
  const at = world.clock.now.toISOString()
  expect([done.status, done.json]).toEqual([
    201,
    { licenceId, act: 'revoke', state: 'revoked', at, effectiveAt: at },
  ])
  const again = await revoke({ department: 'haikouMarket' })
  expect([again.status, again.json]).toEqual([201, done.json])
  const restore = '{"act":"restore","reason":"penalty-served"}'
  const late = await revoke({ department: 'haikouMarket', body: restore })
  expect([late.status, codesIn(late)]).toEqual([409, ['wrong-state']])
  const [entry] = (await world.entriesAfter(began)).filter(
    ({ body }) => body['kind'] === 'licence-changed',
  )
  expect(entry?.body).toMatchObject({ licenceId, state: 'revoked', attempt: 1 })
  expect(entry?.body['ah']).toBe(answerHash(done.json))
})

test('8 · the next verdict is invalid, revoked; before the revocation it was valid', async () => {
  const { trust } = world.world.exchange.settings.keys
  const { licenceId, document } = licence
  const evidence = await window.issueEvidence(licence.issueEntry)
  const status = await window.statusList(document)
  const offline = verifyLicence(document, { trust, at: world.clock.now, status, evidence })
  const verdicts: [string, JsonObject][] = [
    ['offline, by the status list', offline as unknown as JsonObject],
    ['online, by document', (await verify({ document })).json],
    ['online, by licenceId', (await verify({ licenceId })).json],
    ['online, the raw document', (await verify(document, 'application/dc+sd-jwt')).json],
  ]
  for (const [name, { verdict, checks }] of verdicts) {
    expect(verdict, name).toBe('invalid')
    const failed = (checks as JsonObject[]).filter(({ outcome }) => outcome !== 'pass')
    expect(
      failed.map(({ code, reason }) => [code, reason]),
      name,
    ).toEqual([['status', 'revoked']])
  }
  const then = await verify({ licenceId, at: before.toISOString() })
  expect(then.json).toMatchObject({ verdict: 'valid', licence: { licenceId, items: {} } })
  expect((await verify({ document, at: before.toISOString() })).json['verdict']).toBe('valid')
})

function verify(asked: JsonObject | string, type = 'application/json'): Promise<Reply> {
  const body = typeof asked === 'string' ? asked : JSON.stringify(asked)
  return world.send({ path: '/verify', token: undefined, body, headers: { 'content-type': type } })
}

interface AuditEntry {
  readonly leaf: string
  readonly origin: string
  readonly kind: string
  readonly body: string
}

test('9 · the auditor lists who saw what, and each entry is proven to be in the log', async () => {
  const auditor = await world.world.client('haikouAffairs', 'auditor-002')
  const { data } = await auditor.query<{ audit: { entries: AuditEntry[]; next: string | null } }>(
    `query ($case: String!) {
      audit(filter: { case: $case }) { entries { leaf origin kind body officer decision } next }
    }`,
    { case: caseNumber },
  )
  const entries = data?.audit.entries ?? []
  const asked = answers.filter(({ claims }) => entries.some(({ leaf }) => leaf === claims.leaf))
  expect(asked.length).toBe(entries.length)
  expect(new Set(entries.map(({ kind }) => kind))).toEqual(
    new Set(['case-opened', 'answer', 'refusal']),
  )
  const keys = world.world.exchange.settings.keys.trust.logKeys.map(({ key }) => key)
  for (const entry of entries) {
    const leaf = leafHash(utf8(entry.body))
    expect(toBase64url(leaf)).toBe(entry.leaf)
    const { origin, index, size, proof, checkpoint } = await auditor.proof(entry.leaf)
    const head = openCheckpoint(checkpoint, { origin, keys })
    expect(origin).toBe(entry.origin)
    expect(head.size).toBe(size)
    expect(verifyInclusion({ leafHash: leaf, index, size, proof, root: head.root })).toBe(true)
    const other = sha256(leaf)
    expect(verifyInclusion({ leafHash: other, index, size, proof, root: head.root })).toBe(false)
  }
  const nosy = await world.ask('{ audit { next } }')
  expect([nosy.json['data'], codesIn(nosy)]).toEqual([null, ['not-an-auditor']])
})

test('9b · who asked about one person is found by the person, though no entry holds the number', async () => {
  const search = (code: string): Promise<Reply> =>
    world.ask(
      `query ($s: HolderInput!) { audit(filter: { subject: $s }, first: 200) { entries { body } } }`,
      { s: { codeType: '111', code } },
      { department: 'haikouAffairs', officer: 'auditor-002' },
    )
  const found = await search(legalRepresentative.idNumber)
  const { entries } = (found.json['data'] as { audit: { entries: { body: string }[] } }).audit
  expect(entries.length).toBeGreaterThan(5)
  for (const { body } of entries) expect(body).not.toContain(legalRepresentative.idNumber)
  const none = await search('460300190001010100')
  expect(none.json['data']).toEqual({ audit: { entries: [] } })
})

test('9c · a later head is consistent with every earlier one', async () => {
  const { trust } = world.world.exchange.settings.keys
  const heads: { size: number; root: Uint8Array }[] = []
  for (let i = 0; i < 3; i += 1) {
    const { text } = await get('/log/checkpoint')
    heads.push(
      openCheckpoint(text, {
        origin: `${trust.logOriginPrefix}2026`,
        keys: trust.logKeys.map(({ key }) => key),
      }),
    )
    await query(person, aboutParty)
    await world.world.exchange.log.sequence()
  }
  const [first, , last] = heads
  if (!first || !last) throw new Error('there are no heads')
  expect(last.size).toBeGreaterThan(first.size)
  for (const { size, root } of heads) {
    const { json } = await get(`/log/consistency?old=${size}&new=${last.size}`)
    const proof = (json['proof'] as string[]).map(fromBase64url)
    const growth = { oldSize: size, newSize: last.size, oldRoot: root, newRoot: last.root, proof }
    expect(verifyConsistency(growth)).toBe(true)
    expect(verifyConsistency({ ...growth, oldRoot: sha256(root) })).toBe(false)
  }
})

function get(path: string): Promise<Reply> {
  return world.send({ method: 'GET', path, token: undefined })
}

test('10 · one edited row is found and named', async () => {
  await world.world.exchange.log.sequence()
  const database = await createTestDatabase()
  const copy = connect({ url: database.url, name: 'test copy', max: 2 })
  try {
    await copyTables({ from: world.world.exchange.db, to: copy, tables: logTables })
    const { log } = world.world.exchange
    const keys = world.world.exchange.settings.keys.trust.logKeys
    const verification = { db: copy, origin: log.origin, keys, clock: () => world.clock.now }
    expect(await checkLog(verification)).toEqual([])
    const edited = await editOneEntry(copy, caseNumber)
    const findings = await checkLog(verification)
    expect(findings.map(({ row, code }) => [row, code])).toEqual([
      [`log.entry ${edited}`, 'entry-altered'],
    ])
    expect(await log.check()).toEqual([])
  } finally {
    await copy.close()
    await database.drop()
  }
})

const logTables = ['log.entry', 'log.pending', 'log.leaf_position', 'log.tile', 'log.checkpoint']

test('every answer and every refusal has exactly one entry, with its request, attempt and hash (I3)', async () => {
  const entries = await world.entriesAfter(began)
  for (const { requestId, claims } of answers) {
    const mine = entries.filter(({ body }) => body['rid'] === requestId)
    expect(mine, requestId).toHaveLength(1)
    const [entry] = mine
    expect(entry?.body).toMatchObject({ attempt: 1, ah: claims.ah, jti: claims.jti })
    expect(entry?.body['department']).toBe('meilanMarket')
    expect(entry?.body['officer']).toBe('officer-017')
  }
  const requests = await world.owner.rows<{ key: string; token: string }>(sql`
    select department || ' ' || rid || ' ' || attempt || ' ' || jti as key, token
      from exchange.request`)
  const told = entries.flatMap(({ body }) => ('rid' in body ? [keyOf(body)] : []))
  expect(told.sort()).toEqual(requests.map(({ key }) => key).sort())
  for (const { token } of requests) {
    const [, payload = ''] = token.split('.')
    expect(parseJsonObject(Buffer.from(payload, 'base64url').toString())['aud']).toBe(
      'exchange.test',
    )
  }
  for (const { body } of entries.filter((one) => one.body['kind'] === 'refusal')) {
    const reasons = (body['items'] as JsonObject[]).map(({ code }) => code)
    expect(reasons, JSON.stringify(body)).not.toEqual([])
    expect(reasons).not.toContain(undefined)
  }
})

function keyOf({ department, rid, attempt, jti }: JsonObject): string {
  return [department, rid, attempt, jti].map(String).join(' ')
}

async function plan(fetch: boolean): Promise<readonly Material[]> {
  const { data, errors } = await query<{ materials: { materials: Material[] } }>(
    `query ($item: String!, $case: String!, $fetch: Boolean) {
      materials(item: $item, case: $case, fetch: $fetch) {
        materials {
          code state by resource fields reasons { zh en } holds
          licences { licenceId type document issueEntry }
        }
      }
    }`,
    { item: purpose.item, case: caseNumber, fetch },
  )
  expect(errors).toEqual([])
  return data?.materials.materials ?? []
}

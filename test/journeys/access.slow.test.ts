/**
 * Who may ask what, over every route of the server: one row for each, and every cell that is refused is
 * really tried over HTTP. What the gate decides field by field is `exchange/gate/access-matrix.test.ts`.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { businessLicence, fictitiousCompany } from '../../demo/sample.ts'
import type { Company } from '../../demo/sample.ts'
import type { JsonObject } from '../../sdk/json.ts'
import type { Purpose } from '../../sdk/request-token.ts'
import { createSchema } from '../../exchange/graphql/schema.ts'
import { questionFor } from '../faults/operations.ts'
import { registerText, writeRegister } from '../faults/register.ts'
import { handedIn } from '../faults/vault-operations.ts'
import { routesOf } from '../routes.ts'
import { codesIn, createTestWorld, partiesOf } from '../world.ts'
import type { Forged, Reply, TestWorld } from '../world.ts'

let world: TestWorld
let folder: string
let company: Company
let purpose: Purpose
let licenceId: string
let runId: string

/** Of the licences. The case is one of the district's market office. */
const issuer = 'haikouMarket'
const window = 'meilanMarket'

beforeAll(async () => {
  world = await createTestWorld()
  const { vault } = world.world.exchange
  company = fictitiousCompany(701)
  purpose = await world.openCase(company)
  licenceId = (await vault.issue(businessLicence(company))).licenceId
  folder = await mkdtemp(join(tmpdir(), 'zhengtong-access-'))
  const path = join(folder, 'register.csv')
  await writeRegister(path, 0)
  runId = (await vault.importLicences({ path, type: 'businessLicence' })).runId
})

afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true })
})

/** Who else asks, each with a key of its own and a good token, beside who owns what is asked about. */
const others = {
  /** Issues the same type, and has cases of its own. */
  another: (owner: string) => (owner === issuer ? window : issuer),
  /** Issues other types only. */
  housing: () => 'haikouHousing',
  /** Issues nothing. */
  village: () => 'yandongVillage',
  supervisor: () => 'haikouAffairs',
}
type Other = keyof typeof others

interface Row {
  readonly owner: string
  /** As the owner asks; only the token of the others differs. */
  readonly ask: () => Forged | Promise<Forged>
  /** What the owner is told, so that it is known that nothing but who asks is wrong. */
  readonly owned: string
  /** `own`: an answer without anything of the owner's in it. `any`: meant for whoever has the code. */
  readonly told: Readonly<Record<Other, string>>
}

const get = (path: string): Forged => ({ method: 'GET', path })
const post = (path: string, body: unknown): Forged => ({ path, body: JSON.stringify(body) })
const ofRun = (rest = ''): Forged => get(`/vault/imports/${runId}${rest}`)
const asked = (query: string): Forged => ({ body: JSON.stringify({ query }), purpose })
const all = (told: string): Row['told'] =>
  Object.fromEntries(Object.keys(others).map((other) => [other, told])) as Row['told']
const issuers = (another: string, housing = another): Row['told'] => ({
  ...all('403 not-an-issuer'),
  ...{ another, housing },
})

/** Of a company that nobody else asks about, as its issuer hands it in. */
let companies = 710
function newDraft() {
  companies += 1
  const draft = businessLicence(fictitiousCompany(companies))
  const { type, division, licenceNo, holders, items, validFrom, validUntil } = draft
  return { draft, own: { type, division, licenceNo, holders, items, validFrom, validUntil } }
}
/** About a licence of its own. */
async function ofNew(rest: string, body: object): Promise<Forged> {
  const { draft } = newDraft()
  const { licenceId: id } = await world.world.exchange.vault.issue(draft)
  return post(`/vault/licences/${id}/${rest}`, body)
}
async function newVersion(): Promise<Forged> {
  const { draft, own } = newDraft()
  const { licenceId: id } = await world.world.exchange.vault.issue(draft)
  const items = { ...own.items, address: '海口市美兰区海甸岛（示例）五西路9号' }
  const body = { act: 'change', reason: 'data-changed', draft: { ...own, items } }
  return post(`/vault/licences/${id}/versions`, body)
}

const notTheirs = issuers('403 not-the-issuer')
/** Only the market offices handle the item at all. */
const notTheCase = (another: string, status: string): Row['told'] => ({
  ...all(`${status} item-of-other-department`),
  another,
})
const months = { by: ['state'], from: '2026-01', to: '2026-12' }

const ofDepartments: Readonly<Record<string, Row>> = {
  'POST /vault/licences': {
    ...{ owner: issuer, ask: () => post('/vault/licences', newDraft().own), owned: '201' },
    told: issuers('own', '400 invalid-draft'),
  },
  'POST /vault/licences/:licenceId/acts': {
    ...{ owner: issuer, owned: '201', told: notTheirs },
    ask: () => ofNew('acts', { act: 'revoke', reason: 'obtained-by-fraud' }),
  },
  'POST /vault/licences/:licenceId/versions': {
    ...{ owner: issuer, owned: '201', told: issuers('403 not-the-issuer', '400 invalid-draft') },
    ask: newVersion,
  },
  'POST /vault/places': {
    ...{ owner: issuer, ask: () => post('/vault/places', { count: 1 }), owned: '201' },
    told: issuers('own'),
  },
  'POST /vault/documents': {
    ...{
      owner: issuer,
      owned: '201',
      told: issuers('422 document-not-sound', '400 invalid-draft'),
    },
    ask: async () => post('/vault/documents', await handedIn(world, (companies += 1))),
  },
  'GET /vault/licences/:licenceId': {
    ...{ owner: issuer, ask: () => get(`/vault/licences/${licenceId}`), owned: '200' },
    told: notTheirs,
  },
  'POST /vault/search': {
    ...{ owner: issuer, owned: '200', told: issuers('own') },
    ask: () => post('/vault/search', { licenceNo: company.uscc }),
  },
  'POST /vault/statistics': {
    ...{ owner: issuer, ask: () => post('/vault/statistics', months), owned: '200' },
    told: issuers('own'),
  },
  'POST /vault/imports': {
    ...{ owner: window, owned: '201', told: issuers('own') },
    ask: () => post('/vault/imports', { type: 'businessLicence', text: registerText(1) }),
  },
  'GET /vault/imports/:runId': {
    ...{ owner: window, ask: () => ofRun(), owned: '200', told: notTheirs },
  },
  'GET /vault/imports/:runId/errors': {
    ...{ owner: window, ask: () => ofRun('/errors'), owned: '200', told: notTheirs },
  },
  'GET /vault/imports/:runId/errors.csv': {
    ...{ owner: window, ask: () => ofRun('/errors.csv'), owned: '200', told: notTheirs },
  },
  'POST /vault/verify-fields': {
    ...{ owner: window, owned: '200', told: notTheCase('404 unknown-case', '403') },
    ask: () => ({ ...post('/vault/verify-fields', question()), purpose }),
  },
  'POST /vault/licences/:licenceId/copies': {
    ...{ owner: issuer, owned: '201', told: notTheirs },
    ask: () => ofNew('copies', { purpose: 'x', case: 'y', expires: '2026-12-31T00:00:00Z' }),
  },
  'POST /vault/licences/:licenceId/show-codes': {
    ...{ owner: issuer, owned: '201', told: notTheirs },
    ask: () => ofNew('show-codes', { minutes: 5 }),
  },
  'POST /vault/scans': {
    ...{ owner: issuer, owned: '201', told: all('any') },
    ask: async () => {
      const shown = await world.send({
        ...(await ofNew('show-codes', { minutes: 5 })),
        department: issuer,
      })
      return post('/vault/scans', { code: shown.json['code'] })
    },
  },
  'POST /graphql Query.licences': {
    ...{
      owner: window,
      owned: '200',
      told: { ...all('403 not-granted'), another: '200 unknown-case' },
    },
    ask: () => asked(`{ licences(${holder()}) { state ... on BusinessLicence { name } } }`),
  },
  'POST /graphql Query.licence': {
    ...{ owner: window, owned: '200', told: notTheCase('200 unknown-case', '200') },
    ask: () => asked(`{ licence(licenceId: "${licenceId}") { state } }`),
  },
  'POST /graphql Query.materials': {
    ...{ owner: window, owned: '200', told: all('200 unknown-case') },
    ask: () => asked(`{ materials(item: "${purpose.item}", case: "${purpose.case}") { item } }`),
  },
  'POST /graphql Query.audit': {
    ...{ owner: 'haikouAffairs', ask: () => asked('{ audit(first: 1) { next } }'), owned: '200' },
    told: { ...all('200 not-an-auditor'), supervisor: 'any' },
  },
  'POST /graphql Query.grants': {
    ...{ owner: window, ask: () => asked('{ grants { code } }'), owned: '200', told: all('own') },
  },
  'POST /graphql Mutation.openCase': {
    ...{
      owner: window,
      owned: '200',
      told: { ...all('403 item-of-other-department'), another: 'own' },
    },
    ask: () => opening(),
  },
  'POST /graphql Mutation.closeCase': {
    ...{ owner: window, owned: '200', told: all('404 unknown-case') },
    ask: () => asked(`mutation { closeCase(number: "${purpose.case}") { state } }`),
  },
}

const holder = (): string => `holder: {codeType: "001", code: "${company.uscc}"}`

function question() {
  return { type: 'businessLicence', holder: { codeType: '001', code: company.uscc } }
}

function opening(): Forged {
  const query = 'mutation ($input: CaseInput!) { openCase(input: $input) { number } }'
  const input = { number: 'ML-access', item: purpose.item, parties: partiesOf(company) }
  return { body: JSON.stringify({ query, variables: { input } }) }
}

/** For whom no token is asked, and why nobody is kept from anything. */
const ofAnyone: Readonly<Record<string, string>> = {
  'GET /graphql': 'answers nothing: 405',
  'POST /verify': 'who has a licence may know whether it is valid',
  'POST /verify/batch': 'the same, many times',
  'GET /status-lists/:list': 'bits without names',
  'GET /c/:code': 'the words of a state to whoever has a code',
  'GET /c/:code/state': 'a state to whoever has a code',
  'GET /.well-known/jwks.json': 'public keys',
  'GET /openapi.json': 'the description',
  'GET /log/proof': 'hashes',
  'GET /log/consistency': 'hashes',
  'GET /log/checkpoint': 'a signed head',
  'GET /log/:shard/checkpoint': 'a signed head',
  'GET /log/:shard/tile/*': 'hashes; bundles of entries are not served',
  'GET /livez': 'one word',
  'GET /healthz': 'one word',
  'GET /readyz': 'names of a closed list',
}

const told = (reply: Reply): string =>
  [reply.status, ...(reply.status === 201 ? [] : new Set(codesIn(reply)))].join(' ')

test('no route and no field of the schema is without its row', async () => {
  const schema = createSchema(world.world.catalogue, { shows: () => true })
  const { resources } = world.world.catalogue
  const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.keys(type?.getFields() ?? {})
      .filter((field) => !resources.has(field)) // They are asked below.
      .map((field) => `POST /graphql ${type?.name ?? ''}.${field}`),
  )
  const declared = await routesOf(world.world.exchange.logger)
  const routes = declared.filter((route) => route !== 'POST /graphql')
  expect([...Object.keys(ofDepartments), ...Object.keys(ofAnyone)].sort()).toEqual(
    [...routes, ...fields].sort(),
  )
})

describe.each(Object.entries(ofDepartments))('%s', (_, { owner, ask, owned, told: toOthers }) => {
  test('without a token, and with one for another address: 401', async () => {
    const forged = { ...(await ask()), department: owner }
    const before = await world.newestEntry()
    const elsewhere = await world.token({ ...forged, path: '/elsewhere' })
    for (const token of [undefined, elsewhere]) {
      expect(told(await world.send({ ...forged, token }))).toBe('401 not-authenticated')
    }
    expect(await world.entriesAfter(before)).toEqual([])
  })

  test.each(Object.entries(toOthers))('%s is told: %s', async (other, expected) => {
    const department = others[other as Other](owner) // A key of `told` is one of `others`.
    const forged = await ask()
    const before = await world.newestEntry()
    const reply = await world.send({ ...forged, department })
    if (expected === 'any' || expected === 'own') expect(told(reply)).toMatch(/^20[01]$/)
    else {
      expect(told(reply)).toBe(expected)
      expect((await world.entriesAfter(before)).map(({ body }) => body)).toMatchObject([
        { kind: 'refusal', department },
      ])
    }
    if (expected !== 'any') {
      for (const theirs of [licenceId, company.uscc, company.name, runId]) {
        expect(reply.text).not.toContain(theirs)
      }
    }
  })

  test(`whoever it belongs to is answered ${owned}`, async () => {
    expect(told(await world.send({ ...(await ask()), department: owner }))).toBe(owned)
  })
})

test.each(Object.keys(ofAnyone))('%s asks nobody who they are', async (route) => {
  const [method = '', path = ''] = route.replaceAll(/:\w+|\*/g, '0').split(' ')
  const body = method === 'POST' ? { body: '{}' } : {}
  const replies = await Promise.all(
    [undefined, 'garbage'].map((token) => world.send({ method, path, token, ...body })),
  )
  const [without, withGarbage] = replies.map(told)
  expect(without).not.toMatch(/^401/)
  expect(withGarbage).toBe(without)
})

test('no base data are given for the case of another department', async () => {
  const given: string[] = []
  for (const resource of world.world.catalogue.resources.values()) {
    const forged = { body: JSON.stringify(questionFor(resource, { company })), purpose }
    for (const other of Object.values(others)) {
      const reply = await world.send({ ...forged, department: other(window) })
      const { [resource.code]: answer = null } = (reply.json['data'] ?? {}) as JsonObject
      const code = codesIn(reply)[0] ?? 'none'
      const isRefused = answer === null || Object.values(answer).every((value) => value === null)
      if (!isRefused || !refusals.includes(code)) given.push(`${resource.code} ${told(reply)}`)
    }
  }
  expect(given).toEqual([])
})

/** What the gate says of a case that is not the caller's, or before it has looked for one. */
const refusals = ['unknown-case', 'item-of-other-department', 'not-granted', 'field-not-shared']

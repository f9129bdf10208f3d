/**
 * The sample world with a server of its own for a test: real PostgreSQL, real certificates, a clock
 * turned by hand, and requests that may be forged in every part.
 */
import { randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { databaseUrl } from '../db/database.ts'
import { connect, sql } from '../db/postgres.ts'
import type { Db, Statement } from '../db/postgres.ts'
import { dropDepartments } from '../demo/departments.ts'
import { businessLicence, fictitiousCompany, people } from '../demo/sample.ts'
import type { Company } from '../demo/sample.ts'
import { openWorld } from '../demo/world.ts'
import type { World } from '../demo/world.ts'
import type { Serving } from '../exchange/main.ts'
import { openDepartment } from '../exchange/development.ts'
import type { SourceAddress } from '../exchange/sources/address.ts'
import { toBase64url } from '../sdk/base64url.ts'
import { isJsonObject, parseJsonObject } from '../sdk/json.ts'
import type { JsonObject } from '../sdk/json.ts'
import type { Identity } from '../sdk/pkcs12.ts'
import { fromUtf8, utf8 } from '../sdk/primitives.ts'
import { bodyHash, signRequestToken } from '../sdk/request-token.ts'
import type { Purpose, RequestClaims } from '../sdk/request-token.ts'
import { canariesIn } from './canary.ts'
import { createTestDatabase } from './database.ts'
import { beginning, copySharedKeys, exchangeId, prepareSharedKeys, sharedKeys } from './keys.ts'

/** A request with every part open to forgery; what is left out is as an honest client makes it. */
export interface Forged {
  readonly department?: string
  readonly officer?: string
  readonly purpose?: Purpose
  readonly method?: string
  readonly path?: string
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  /** Claims that differ from the honest ones, or more of them. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Instead of the department's own. */
  readonly key?: KeyObject
  readonly kid?: string
  /** Instead of a signed token; undefined sends none. */
  readonly token?: string | undefined
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
  readonly text: string
  /** The body if it is a JSON object, else empty. */
  readonly json: JsonObject
}

export interface LogEntry {
  readonly id: number
  readonly body: JsonObject
}

export interface TestWorld {
  readonly world: World
  readonly clock: { now: Date }
  /** What the operator's log received, one line each. */
  readonly lines: readonly string[]
  /** Who owns the database. */
  readonly owner: Db
  /** A statement of the police's own administrator on their database. */
  readonly police: (statement: Statement) => Promise<void>
  readonly identity: (department: string) => Promise<Identity>
  /** The token an honest client would send, apart from what is forged. */
  readonly token: (forged: Forged) => Promise<string>
  readonly send: (forged: Forged) => Promise<Reply>
  /** Every problem document and every list of errors that was sent back. */
  readonly told: readonly string[]
  /** POST /graphql */
  readonly ask: (query: string, variables?: JsonObject, forged?: Forged) => Promise<Reply>
  /** Every entry after this id, oldest first. */
  readonly entriesAfter: (id: number) => Promise<LogEntry[]>
  readonly newestEntry: () => Promise<number>
  /** Issues the licence of a company nobody used yet. */
  readonly newCompany: () => Promise<Company>
  /** Opens a case for the company, as the window of Meilan district does; answers its purpose. */
  readonly openCase: (company: Company, item?: string) => Promise<Purpose>
  /** Fails when a canary is in the log, in an error or in the metrics. */
  close(): Promise<void>
}

export async function createTestWorld({
  through = (url: string) => url,
  sources = new Map(),
  keysFolder = sharedKeys,
  sm2 = [],
}: {
  /** The way to the database, for tests that cut it. */
  readonly through?: (url: string) => string
  /** In place of the departments' own systems. */
  readonly sources?: ReadonlyMap<string, SourceAddress>
  /** Of its own, for tests that change keys. */
  readonly keysFolder?: string
  /** Departments that run on SM2; it takes a keys folder of their own. */
  readonly sm2?: readonly string[]
} = {}): Promise<TestWorld> {
  await (keysFolder === sharedKeys ? prepareSharedKeys() : copySharedKeys(keysFolder))
  const database = await createTestDatabase()
  const clock = { now: beginning }
  const lines: string[] = []
  const world = await openWorld({
    ...{ databaseUrl: through(database.url), keysFolder, exchangeId, host: '127.0.0.1', port: 0 },
    ...{ clock: () => clock.now, databaseClock: () => clock.now, metricsPort: 0 },
    ...{ report: () => undefined, logLevel: 'debug' },
    ...{ sources, sm2 },
    logTo: { write: (line) => void lines.push(line) },
  })
  const owner = connect({ url: database.url, name: 'test owner', max: 2 })
  const identities = new Map<string, Promise<Identity>>()
  const identity = (department: string): Promise<Identity> => {
    const opened = identities.get(department) ?? openDepartment(keysFolder, department)
    identities.set(department, opened)
    return opened
  }
  const token = (forged: Forged): Promise<string> => tokenFor({ identity, clock }, forged)
  const told: string[] = []
  const send = async (forged: Forged): Promise<Reply> => {
    const reply = await request(world.serving.url, token, forged)
    const { errors = null } = reply.json
    told.push(reply.status >= 400 && errors === null ? reply.text : JSON.stringify(errors))
    return reply
  }
  const ask: TestWorld['ask'] = (query, variables = {}, forged = {}) =>
    send({ body: JSON.stringify({ query, variables }), ...forged })
  let companies = 0
  return {
    ...{ world, clock, lines, told, owner, identity, token, send, ask },
    police: (statement) => onPolice(database.url, statement),
    entriesAfter: (id) => entriesAfter(owner, id),
    newestEntry: () => newestEntry(owner),
    newCompany: async () => {
      companies += 1
      const company = fictitiousCompany(companies)
      await world.exchange.vault.issue(businessLicence(company))
      await world.exchange.log.sequence()
      return company
    },
    openCase: (company, item = 'foodBusinessPermitNew') => openCase(ask, company, item),
    close: async () => {
      const metrics = await readMetrics(world.serving)
      await world.close()
      await owner.close()
      await dropBeside(database.url)
      await database.drop()
      const log = lines.join('\n')
      refuseCanaries({ log, errors: told.join('\n'), metrics })
      if (log.includes('"dropped"'))
        throw new Error(`a line of the log has a wrong member:\n${log}`)
    },
  }
}

async function tokenFor(
  { identity, clock }: { identity: TestWorld['identity']; clock: { now: Date } },
  forged: Forged,
): Promise<string> {
  const { department = 'meilanMarket', officer = 'officer-017', purpose } = forged
  const own = await identity(department)
  const now = Math.floor(clock.now.getTime() / 1000)
  const honest: RequestClaims = {
    ...{ iss: department, sub: officer, aud: exchangeId, iat: now, exp: now + 60 },
    jti: toBase64url(randomBytes(16)),
    ...{ htm: forged.method ?? 'POST', htu: forged.path ?? '/graphql' },
    bh: bodyHash(bytesOf(forged.body ?? '')),
    ...(purpose ? { purpose } : {}),
  }
  return signRequestToken(
    { ...honest, ...forged.claims },
    forged.key ?? own.key,
    forged.kid ?? own.kid,
  )
}

async function request(url: string, token: TestWorld['token'], forged: Forged): Promise<Reply> {
  const { method = 'POST', path = '/graphql', body, headers } = forged
  const bearer = 'token' in forged ? forged.token : await token(forged)
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      accept: 'application/graphql-response+json, application/json',
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  })
  const bytes = new Uint8Array(await response.arrayBuffer())
  const text = new TextDecoder().decode(bytes) // Whatever is no text is nothing to read.
  const isLines = response.headers.get('content-type')?.includes('ndjson') === true
  const isObject = text.startsWith('{') && !isLines
  return {
    ...{ status: response.status, headers: response.headers, bytes, text },
    json: isObject
      ? parseJsonObject(text, { depth: 32, membersPerObject: 1_000, stringLength: 8e6 })
      : {},
  }
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? utf8(body) : body
}

async function entriesAfter(owner: Db, id: number): Promise<LogEntry[]> {
  const rows = await owner.rows<{ id: number; body: Uint8Array }>(sql`
    select id, body from log.entry where id > ${id} order by id`)
  return rows.map((row) => ({ id: row.id, body: parseJsonObject(fromUtf8(row.body)) }))
}

async function newestEntry(owner: Db): Promise<number> {
  const newest = await owner.row<{ id: number }>(sql`
    select id from log.entry order by id desc limit 1`)
  return newest?.id ?? 0
}

async function openCase(ask: TestWorld['ask'], company: Company, item: string): Promise<Purpose> {
  const number = `ML-${randomBytes(6).toString('hex')}`
  const input = { number, item, parties: partiesOf(company) }
  const { status, text } = await ask(
    'mutation ($input: CaseInput!) { openCase(input: $input) { number } }',
    { input },
  )
  if (status !== 200) throw new Error(`the case was not opened: ${text}`)
  return { item, case: number }
}

export function partiesOf({ name, uscc }: Company) {
  const { legalRepresentative, premisesOwner } = people
  return [
    { role: 'applicant', codeType: '001', code: uscc, name },
    {
      ...{ role: 'legalRepresentative', codeType: '111' },
      ...{ code: legalRepresentative.idNumber, name: legalRepresentative.name },
    },
    {
      ...{ role: 'premisesOwner', codeType: '111' },
      ...{ code: premisesOwner.idNumber, name: premisesOwner.name },
    },
  ]
}

/** The codes in a reply, of its errors or of its problem document, in their order. */
export function codesIn({ json }: Reply): string[] {
  if (typeof json['code'] === 'string') return [json['code']]
  const errors = Array.isArray(json['errors']) ? (json['errors'] as JsonObject[]) : []
  return errors.map(({ extensions }) =>
    isJsonObject(extensions) && typeof extensions['code'] === 'string'
      ? extensions['code']
      : 'none',
  )
}

/** What nobody may read in it who reads what the product says to everybody. */
function refuseCanaries(said: Readonly<Record<string, string>>): void {
  const found = Object.entries(said).flatMap(([where, text]) =>
    canariesIn(text).map((canary) => `${where}: ${canary}`),
  )
  if (found.length > 0) throw new Error(`the product told of a person:\n${found.join('\n')}`)
}

/** Empty once the doors are closed. */
async function readMetrics({ metricsUrl = '' }: Serving): Promise<string> {
  try {
    return await (await fetch(metricsUrl)).text()
  } catch {
    return ''
  }
}

async function onPolice(url: string, statement: Statement): Promise<void> {
  const name = `${new URL(url).pathname.slice(1)}_police`
  const db = connect({ url: databaseUrl(url, name), name: 'test police', max: 1 })
  try {
    await db.execute(statement)
  } finally {
    await db.close()
  }
}

/** The sample world makes databases and logins beside ours. */
export async function dropBeside(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1)
  await dropDepartments(url, name)
  const db = connect({ url, name: 'test owner', max: 1 })
  try {
    for (const department of ['police', 'civil']) {
      await db.execute({ text: `drop role ${name}_${department}_reader`, values: [] })
    }
  } finally {
    await db.close()
  }
}

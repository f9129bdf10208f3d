/**
 * Every operation that can be asked of the product, by name, as something that can be tried again with
 * the same key. The sweep holds the list against the schema and the routes, so none is left out.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Resource } from '../../catalogs/catalog.ts'
import { businessLicence, fictitiousCompany, people } from '../../demo/sample.ts'
import type { Company } from '../../demo/sample.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { problemFrom } from '../../sdk/problem.ts'
import { answerHash } from '../../sdk/receipt.ts'
import type { Purpose } from '../../sdk/request-token.ts'
import { codesIn, partiesOf } from '../world.ts'
import type { Forged, TestWorld } from '../world.ts'
import type { Acked, Effect } from './ledger.ts'
import { writeRegister } from './register.ts'

/** One try: what was answered, and with which codes; no answer when nobody knows the outcome. */
export interface Tried {
  readonly answer?: Omit<Acked, 'event' | 'seq'>
  readonly codes: readonly string[]
}

export interface Operation {
  readonly key: string
  readonly rid?: string
  readonly go: (attempt: number) => Promise<Tried>
}

/** Made anew for each case; `n` is another one each time. */
export type Prepare = (n: number) => Promise<Operation> | Operation

/** What everything below is asked about. */
export interface Scene {
  readonly world: TestWorld
  readonly folder: string
  readonly company: Company
  readonly licenceId: string
  readonly document: string
  readonly leaf: string
  readonly purpose: Purpose
  readonly marriage: Purpose
  /** What has to be done first, written down like everything else. */
  readonly before: (operation: Operation) => Promise<unknown>
}

const outages: readonly string[] = ['database-unavailable', 'audit-unavailable']
const civil = { department: 'meilanCivil', officer: 'officer-3' }

/** A licence, two cases and a log with a head. */
export async function setScene(world: TestWorld, folder: string): Promise<Omit<Scene, 'before'>> {
  const company = await world.newCompany()
  const { vault } = world.world.exchange
  const { licenceId } = await vault.issue(businessLicence(company))
  const purpose = await world.openCase(company)
  const { legalRepresentative, premisesOwner } = people
  const parties = [
    person('applicant', legalRepresentative),
    person('intendedSpouse', premisesOwner),
  ]
  const marriage = { item: 'marriageRegistration', case: 'MZ-sweep' }
  const input = { number: marriage.case, item: marriage.item, parties }
  const opened = await world.ask(openCase, { input }, civil)
  const document = await world.ask(documents, holderOf(company), { purpose })
  const [licence] = (
    document.json['data'] as { licences: { document: string; issueEntry: string }[] }
  ).licences
  if (opened.status !== 200 || !licence) throw new Error(`${opened.text} ${document.text}`)
  await world.world.exchange.log.sequence()
  const { document: sealed, issueEntry: leaf } = licence
  return { world, folder, company, licenceId, document: sealed, leaf, purpose, marriage }
}

function person(role: string, { idNumber, name }: { idNumber: string; name: string }) {
  return { role, codeType: '111', code: idNumber, name }
}

const openCase = 'mutation ($input: CaseInput!) { openCase(input: $input) { number state } }'
const closeCase = 'mutation ($number: ID!) { closeCase(number: $number) { number state } }'
const documents = `query ($holder: HolderInput!) {
  licences(holder: $holder, types: ["businessLicence"]) { document issueEntry ... on BusinessLicence { name } }
}`

function holderOf({ uscc }: Company): JsonObject {
  return { holder: { codeType: '001', code: uscc } }
}

export function operationsOf(scene: Scene): Record<string, Prepare> {
  return {
    ...questions(scene),
    ...changes(scene),
    ...addresses(scene),
    ...ofTheVault(scene),
  }
}

function questions(scene: Scene): Record<string, Prepare> {
  const { world, company, licenceId, purpose } = scene
  const ask = (query: string, variables: JsonObject, forged: Forged = { purpose }): Prepare => {
    return (n) =>
      signed(world, `question ${n}`, { ...forged, body: JSON.stringify({ query, variables }) })
  }
  const { item, case: number } = purpose
  const resources = [...world.world.catalogue.resources.values()].map((resource) => {
    const { query, variables } = questionFor(resource, scene)
    const isCivil = resource.code === 'marriageRegistry'
    const forged = isCivil ? { ...civil, purpose: scene.marriage } : { purpose }
    return [`Query.${resource.code}`, ask(query, variables, forged)] as const
  })
  return {
    'Query.licences': ask(documents, holderOf(company)),
    'Query.licence': ask('query ($id: ID!) { licence(licenceId: $id) { state } }', {
      id: licenceId,
    }),
    'Query.materials': ask(
      `query ($item: String!, $number: String!) {
        materials(item: $item, case: $number, fetch: true) { materials { code state } }
      }`,
      { item, number },
    ),
    'Query.audit': ask(
      `query ($subject: HolderInput!) {
        audit(filter: { subject: $subject }, first: 5) { entries { kind leaf } next }
      }`,
      { subject: { codeType: '001', code: company.uscc } },
      { department: 'haikouAffairs' },
    ),
    'Query.grants': ask('{ grants { code } }', {}, {}),
    ...Object.fromEntries(resources),
  }
}

/** What a window is granted, where it is granted something; else the first field, to be refused. */
const selections: Readonly<Record<string, string>> = {
  populationRegistry: `identityMatches(name: "${people.legalRepresentative.name}")`,
  marriageRegistry: 'hasNoSpouse',
}

function questionFor({ code, keys, fields }: Resource, { company }: Scene) {
  const known: Readonly<Record<string, string>> = {
    ...{ uscc: company.uscc, idNumber: people.legalRepresentative.idNumber },
    ...{ division: '460100', period: '2025', parcelNo: '460108000001GB00001' },
  }
  const names = keys.map((key) => key.code)
  const declared = names.map((name) => `$${name}: String!`).join(', ')
  const given = names.map((name) => `${name}: $${name}`).join(', ')
  const selected = selections[code] ?? fields[0]?.code ?? '__typename'
  return {
    query: `query (${declared}) { ${code}(${given}) { ${selected} } }`,
    variables: Object.fromEntries(names.map((name) => [name, known[name] ?? 'unknown'])),
  }
}

function changes({ world, before }: Scene): Record<string, Prepare> {
  const open = (n: number): Operation => {
    const number = `ML-sweep-${n}`
    const input = {
      number,
      item: 'foodBusinessPermitNew',
      parties: partiesOf(fictitiousCompany(n)),
    }
    const body = JSON.stringify({ query: openCase, variables: { input } })
    return signed(world, `open ${number}`, { body }, { kind: 'case', id: number })
  }
  return {
    'Mutation.openCase': open,
    'Mutation.closeCase': async (n) => {
      await before(open(n))
      const number = `ML-sweep-${n}`
      const body = JSON.stringify({ query: closeCase, variables: { number } })
      return signed(world, `close ${number}`, { body }, { kind: 'closing', id: number })
    },
    'POST /vault/licences/:licenceId/acts': async (n) => {
      const { licenceId } = await world.world.exchange.vault.issue(
        businessLicence(fictitiousCompany(n)),
      )
      const forged = {
        ...{ department: 'haikouMarket', path: `/vault/licences/${licenceId}/acts` },
        body: '{"act":"revoke","reason":"obtained-by-fraud"}',
      }
      return signed(world, `revoke ${licenceId}`, forged, { kind: 'act', id: licenceId })
    },
  }
}

/** Addresses anyone may ask, by their routes. */
function addresses({ world, document, leaf }: Scene): Record<string, Prepare> {
  const year = world.clock.now.getUTCFullYear()
  const get = (route: string, path = route): [string, Prepare] => [
    `GET ${route}`,
    (n) => open(world, `get ${n}`, { method: 'GET', path }),
  ]
  return {
    'POST /verify': (n) =>
      open(world, `verify ${n}`, { path: '/verify', body: JSON.stringify({ document }) }),
    ...Object.fromEntries([
      get('/status-lists/:list', '/status-lists/0'),
      get('/log/proof', `/log/proof?leaf=${leaf}`),
      get('/log/consistency', '/log/consistency?old=1&new=2'),
      get('/log/checkpoint'),
      get('/log/:shard/checkpoint', `/log/${year}/checkpoint`),
      get('/log/:shard/tile/*', `/log/${year}/tile/0/000.p/1`),
      ...['/graphql', '/.well-known/jwks.json', '/livez', '/healthz'].map((path) => get(path)),
    ]),
    'GET /readyz': async (n) => {
      await world.world.exchange.log.sequence() // What waits while the clock is turned is held against us.
      return open(world, `ready ${n}`, { method: 'GET', path: '/readyz' })
    },
  }
}

function ofTheVault({ world, folder, before }: Scene): Record<string, Prepare> {
  const { vault, log } = world.world.exchange
  return {
    'vault.issue': (n) => ({
      key: `issue ${n}`,
      go: () =>
        called(async () => {
          const { licenceId } = await vault.issue(businessLicence(fictitiousCompany(n)))
          return { effect: { kind: 'licence', id: licenceId } }
        }),
    }),
    'vault.import': async (n) => {
      const path = join(folder, `${n}.csv`)
      await writeRegister(path, n)
      const go = (): Promise<Tried> =>
        called(async () => {
          const totals = await vault.importLicences({ path, type: 'businessLicence' })
          if (totals.issued + totals.existing !== 2) throw new Error('rows were lost')
          return {}
        })
      return { key: `import ${n}`, go }
    },
    'log.sequence': async (n) => {
      await before(signed(world, `before ${n}`, { body: '{"query":"{ grants { code } }"}' }))
      return {
        key: `sequence ${n}`,
        go: () => called(() => log.sequence().then(() => ({}))),
      }
    },
  }
}

async function called(work: () => Promise<NonNullable<Tried['answer']>>): Promise<Tried> {
  try {
    return { answer: await work(), codes: [] }
  } catch (thrown) {
    const { code } = problemFrom(thrown)
    if (!outages.includes(code)) throw thrown
    return { codes: [code] }
  }
}

/** A request with a token: what leaves has an entry, whatever it says. */
function signed(world: TestWorld, key: string, forged: Forged, effect?: Effect): Operation {
  const rid = toBase64url(randomBytes(16))
  return {
    ...{ key, rid },
    go: async (attempt) => {
      const headers = { 'idempotency-key': rid, attempt: `${attempt}` }
      const reply = await world.send({ ...forged, headers })
      const codes = codesIn(reply)
      if (reply.status === 503) return { codes }
      if (reply.status === 401 || reply.status >= 500)
        throw new Error(`${key}: ${reply.status} ${reply.text}`)
      const data = reply.status === 201 ? reply.json : (reply.json['data'] ?? null)
      const isDone = effect && codes.length === 0
      return { answer: { ...(isDone ? { effect } : {}), answerHash: answerHash(data) }, codes }
    },
  }
}

/** A request without a token, of which nothing is kept. */
function open(world: TestWorld, key: string, forged: Forged): Operation {
  return {
    key,
    go: async () => {
      const reply = await world.send({ ...forged, token: undefined })
      if (reply.status >= 500 && reply.status !== 503) throw new Error(`${key}: ${reply.text}`)
      const codes = codesIn(reply)
      return reply.status === 503 ? { codes } : { answer: {}, codes }
    },
  }
}

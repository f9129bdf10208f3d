/**
 * Every operation that can be asked of the product, by name, as something that can be tried again with
 * the same key; those of the vault are beside this. The sweep holds the list against the schema and the routes, so none is left out.
 */
import type { Resource } from '../../catalogs/catalog.ts'
import { businessLicence, people } from '../../demo/sample.ts'
import type { Company } from '../../demo/sample.ts'
import type { JsonObject } from '../../sdk/json.ts'
import type { Forged, TestWorld } from '../world.ts'
import { batch, caseOf, open, openCase, opening, signed } from './trying.ts'
import type { Prepare, Scene } from './trying.ts'
import { deskOperations, vaultOperations } from './vault-operations.ts'

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
    ...deskOperations(scene),
    ...vaultOperations(scene),
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

/** Of one resource, with keys in the form it wants. */
export function questionFor({ code, keys, fields }: Resource, { company }: Pick<Scene, 'company'>) {
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
  return {
    'Mutation.openCase': (n) => opening(world, n),
    'Mutation.closeCase': async (n) => {
      await before(opening(world, n))
      const { case: number } = caseOf(n)
      const body = JSON.stringify({ query: closeCase, variables: { number } })
      return signed(world, `close ${number}`, { body }, () => ({ kind: 'closing', id: number }))
    },
  }
}

/** In the form of a code, so that it is looked up; a face with a code is drawn for none of this. */
const unknownCode = 'A'.repeat(22)

/** Addresses anyone may ask, by their routes. */
function addresses({ world, document, licenceId, leaf }: Scene): Record<string, Prepare> {
  const year = world.clock.now.getUTCFullYear()
  const get = (route: string, path = route): [string, Prepare] => [
    `GET ${route}`,
    (n) => open(world, `get ${n}`, { method: 'GET', path }),
  ]
  return {
    'POST /verify': (n) =>
      open(world, `verify ${n}`, { path: '/verify', body: JSON.stringify({ document }) }),
    'POST /verify/batch': (n) => batch(world, `batch ${n}`, [licenceId, licenceId, '1.2.3']),
    ...Object.fromEntries([
      get('/status-lists/:list', '/status-lists/0'),
      get('/log/proof', `/log/proof?leaf=${leaf}`),
      get('/log/consistency', '/log/consistency?old=1&new=2'),
      get('/log/checkpoint'),
      get('/log/:shard/checkpoint', `/log/${year}/checkpoint`),
      get('/log/:shard/tile/*', `/log/${year}/tile/0/000.p/1`),
      get('/c/:code/state', `/c/${unknownCode}/state`),
      get('/c/:code', `/c/${unknownCode}`),
      ...['/graphql', '/openapi.json', '/.well-known/jwks.json', '/livez', '/healthz'].map((path) =>
        get(path),
      ),
    ]),
    'GET /readyz': async (n) => {
      await world.world.exchange.log.sequence() // What waits while the clock is turned is held against us.
      return open(world, `ready ${n}`, { method: 'GET', path: '/readyz' })
    },
  }
}

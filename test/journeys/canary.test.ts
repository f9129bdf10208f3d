/**
 * Everything done once with people and companies of the sample; afterwards nobody is found in what the
 * product keeps and says: the columns of its tables, PostgreSQL's own log, and, as in every world of the
 * tests, its log, its errors and its metrics.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { prepareHome } from '../../db/embedded-home.ts'
import { sql } from '../../db/postgres.ts'
import { people } from '../../demo/sample.ts'
import type { Company } from '../../demo/sample.ts'
import { fictitiousUscc } from '../companies.ts'
import { canariesIn } from '../canary.ts'
import { codesIn, createTestWorld } from '../world.ts'
import type { TestWorld } from '../world.ts'

let world: TestWorld
let folder: string
let company: Company

beforeAll(async () => {
  world = await createTestWorld()
  folder = await mkdtemp(join(tmpdir(), 'zhengtong-canary-'))
  company = await world.newCompany()
})

afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true })
})

const { legalRepresentative, stranger } = people

test('a case, materials, predicates, refusals and failures', async () => {
  const purpose = await world.openCase(company)
  const materials = await world.ask(
    `{ materials(item: "${purpose.item}", case: "${purpose.case}", fetch: true) {
         materials { code state licences { document } } } }`,
    {},
    { purpose },
  )
  expect([materials.status, codesIn(materials)]).toEqual([200, []])
  expect(canariesIn(materials.text)).not.toEqual([])
  const ask = `query ($id: String!, $name: String!) {
    populationRegistry(idNumber: $id) { identityMatches(name: $name) address }
  }`
  const { idNumber: id, name } = legalRepresentative
  const partly = await world.ask(ask, { id, name }, { purpose })
  expect(codesIn(partly)).toContain('not-granted')
  const foreign = { id: stranger.idNumber, name: stranger.name }
  expect(codesIn(await world.ask(ask, foreign, { purpose }))).not.toEqual([])
  expect(codesIn(await world.ask(ask, { id: name, name: id }, { purpose }))).not.toEqual([])
  expect(codesIn(await world.ask(`{ ${id}(name: "${name}") }`))).toEqual(['invalid-query'])
  const misplaced = await world.send({
    path: `/${id}?name=${encodeURIComponent(name)}`,
    body: name,
  })
  expect(misplaced.status).toBe(404)
  expect((await world.send({ body: name })).status).toBe(400)
})

test('verification and acts', async () => {
  const [licence] = await world.world.exchange.vault.findByHolder(
    { holder: { codeType: '001', code: company.uscc } },
    world.clock.now,
  )
  if (!licence) throw new Error('the company has a licence')
  const { licenceId } = licence
  const verdict = await world.send({ path: '/verify', body: JSON.stringify({ licenceId }) })
  expect(verdict.json).toMatchObject({ verdict: 'valid' })
  const act = { act: 'revoke', reason: 'obtained-by-fraud' }
  const path = `/vault/licences/${licenceId}/acts`
  const desk = { path, department: 'haikouMarket' }
  const named = await world.send({
    ...desk,
    body: JSON.stringify({ ...act, reason: company.name }),
  })
  expect(codesIn(named)).toEqual(['unknown-reason'])
  expect((await world.send({ ...desk, body: JSON.stringify(act) })).status).toBe(201)
})

test('an import with a row that is put aside', async () => {
  const path = join(folder, 'companies.csv')
  const row = (uscc: string): string =>
    `${company.name},${uscc},2001-12-31,N/A,${legalRepresentative.name},"1,000(万元)",日用百货,海南,海口,${legalRepresentative.address}`
  const header =
    '企业名称,统一社会信用代码,注册日期,企业类型,法人代表,注册资金,经营范围,所在省份,地区,注册地址'
  await writeFile(
    path,
    [header, row(fictitiousUscc(9_001)), row(company.uscc + '1'), ''].join('\n'),
  )
  const { vault, log } = world.world.exchange
  const result = await vault.importLicences({ path, type: 'businessLicence' })
  expect(result).toMatchObject({ issued: 1, quarantined: 1 })
  await log.sequence()
})

interface Column {
  readonly table: string
  readonly column: string
}

test('no column of our tables tells of anybody', async () => {
  const client = new Client({ connectionString: world.world.settings.databaseUrl })
  await client.connect()
  try {
    const { rows: columns } = await client.query<Column>(`
      select format('%I.%I', table_schema, table_name) as table, format('%I', column_name) as column
        from information_schema.columns
       where table_schema in ('db', 'log', 'vault', 'exchange')`)
    expect(columns.length).toBeGreaterThan(80)
    let bytes = 0
    for (const { table, column } of columns) {
      const { rows } = await client.query<{ value: unknown }>(
        `select ${column} as value from ${table} where ${column} is not null`,
      )
      const all = bytesOf(rows.map(({ value }) => value))
      bytes += all.length
      expect(canariesIn(all), `${table}.${column}`).toEqual([])
    }
    expect(bytes).toBeGreaterThan(100_000)
  } finally {
    await client.end()
  }
})

function bytesOf(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value
  if (Array.isArray(value)) return Buffer.concat(value.map(bytesOf))
  return Buffer.from(JSON.stringify(value))
}

test('PostgreSQL’s own log tells of nobody', async ({ skip }) => {
  const { owner } = world
  // Refused by a constraint, and by a type: both would like to say what they were given.
  const [id, name] = [legalRepresentative.idNumber, legalRepresentative.name]
  const twice = sql`insert into db.migration (name, checksum) values (${id}, ${Buffer.alloc(32)})`
  await owner.execute(twice)
  await expect(owner.execute(twice)).rejects.toThrow('23505')
  await owner.execute(sql`delete from db.migration where name = ${id}`)
  const short = sql`insert into db.migration (name, checksum) values (${name}, ${Buffer.alloc(3)})`
  await expect(owner.execute(short)).rejects.toThrow('23514')
  const { folder: server } = inject('database')
  if (server === undefined)
    return skip('the server of this run is not ours, and neither is its log')
  const { log: path } = await prepareHome(server, () => undefined)
  const log = await readFile(path)
  expect(log.includes('violates unique constraint')).toBe(true)
  expect(canariesIn(log)).toEqual([])
})

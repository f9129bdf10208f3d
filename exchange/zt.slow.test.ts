import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadCatalogue } from '../catalogs/catalog.ts'
import { createDevelopmentPki } from '../certs-dev/create.ts'
import { planFrom } from '../certs-dev/from-catalogue.ts'
import { connect, sql } from '../db/postgres.ts'
import { createCommandLine, draft, uscc } from '../test/command-line.ts'
import type { CommandLine, Outcome } from '../test/command-line.ts'
import { createEmptyDatabase, createTestDatabase } from '../test/database.ts'
import type { TestDatabase } from '../test/database.ts'

const root = join(import.meta.dirname, '..')
const node = join(root, 'node_modules/.bin/node')
const exchangeId = 'exchange.test'
const plan = planFrom(loadCatalogue())

let line: CommandLine
let folder: string
let environment: CommandLine['environment']
let zt: CommandLine['zt']
let json: CommandLine['json']
let issue: CommandLine['issue']

beforeAll(async () => {
  line = await createCommandLine(exchangeId)
  ;({ folder, environment, zt, json, issue } = line)
})

afterAll(() => line.close())

/** The program itself, where it is about processes, their streams and their signals. */
function start(args: readonly string[], changed: Record<string, string> = {}) {
  return spawn(node, [join(root, 'exchange/zt.ts'), ...args], {
    env: { ...environment, ...changed },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function run(args: readonly string[], changed?: Record<string, string>): Promise<Outcome> {
  const child = start(args, changed)
  const ended = once(child, 'close')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  await ended
  return { status: child.exitCode, stdout, stderr }
}

const unacceptable: readonly (readonly string[])[] = [
  [],
  ['bogus'],
  ['licence'],
  ['licence', 'verify'],
  ['licence', 'verify', 'x', '--at', 'yesterday'],
  ['licence', 'verify', '/nowhere/at-all'],
  ['licence', 'show', '1.2.156.3005.2.nonsense'],
  ['licence', 'issue', '/etc/hostname'],
  ['licence', 'find', '--state', 'lost'],
  ['licence', 'find', '--after', 'made-up'],
  ['licence', 'find', '--holder', '/etc/hostname'],
  ['licence', 'count', '--by', 'holder'],
  ['licence', 'count', '--from', '2026-13'],
  ['licence', 'remind', '--days', '367'],
  ['audit', 'prove', 'short'],
  ['audit', 'search', '--first', '0'],
  ['audit', 'search', '--first', '1000000'],
  ['audit', 'search', '--kind', 'gossip'],
  ['audit', 'verify', '--database', 'mysql://x/y'],
  ['import', 'run', 'x.csv'],
  ['import', 'run', '/nowhere.csv', '--type', 'residentIdCard'],
  ['grant', 'list', 'nobody'],
  ['grant', 'explain', '--department', 'meilanMarket'],
  ['token', '--department', '../x', '--officer', 'o', '--method', 'GET', '--path', '/'],
  ['token', '--department', 'meilanMarket', '--officer', 'o', '--method', 'GET', '--path', '/?a'],
]

test.for(unacceptable.map((args) => ({ args, line: args.join(' ') })))(
  'zt $line is not understood: exit 2, nothing on stdout',
  async ({ args }) => {
    const { status, stdout, stderr } = await zt(args)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).not.toBe('')
    expect(stderr).not.toMatch(/\n\s+at /)
  },
)

const helps: readonly (readonly string[])[] = [
  ['--help'],
  ['serve', '--help'],
  ['licence', 'verify', '--help'],
  ['audit', 'verify', '--help'],
  ['token', '--help'],
]

test.for(helps.map((args) => ({ args, line: args.join(' ') })))(
  'zt $line begins with examples',
  async ({ args }) => {
    const { status, stdout } = await zt(args, { PORT: 'not a port' })
    expect(status).toBe(0)
    expect(stdout).toMatch(/^Examples:\n {2}npm run -s zt -- /)
  },
)

test('licences are found and counted, and no line is longer than a terminal is wide', async () => {
  const [first, second] = [await issue(801), await issue(802)]
  const holder = join(folder, 'holder.json')
  await writeFile(holder, JSON.stringify({ codeType: '001', code: uscc(801) }))
  const byHolder = await json(['licence', 'find', '--holder', holder])
  expect(byHolder.value).toMatchObject({ licences: [{ licenceId: first, state: 'valid' }] })
  const page = await json(['licence', 'find', '--issuer', 'haikouMarket', '--first', '1'])
  expect(page.value).toMatchObject({ licences: [{ licenceId: second }] })
  const { stdout: found } = await zt(['licence', 'find', '--area', '4601', '--state', 'valid'])
  const since = ['--from', '2026-01']
  const { stdout: counts } = await zt([
    'licence',
    'count',
    '--by',
    'type,issuer,state,month',
    ...since,
  ])
  const shown = await zt(['licence', 'show', found.split('\n')[1]?.trim() ?? ''])
  expect(shown.stdout).toContain(second)
  expect(counts).toMatch(/^type +issuer +state +month +entered +gone +standing$/m)
  expect(counts).toMatch(/^businessLicence +haikouMarket +valid +/m)
  const lengths = [...found.split('\n'), ...counts.split('\n')].map((line) => line.length)
  expect(Math.max(...lengths)).toBeLessThanOrEqual(80)
  expect((await json(['licence', 'remind'])).value).toEqual({ reminded: 0 })
})

test('a wrong setting is named', async () => {
  const { status, stderr } = await zt(['audit', 'verify'], { PORT: '99999' })
  expect(status).toBe(2)
  expect(stderr).toContain('setting: PORT')
})

test('the catalogue of this checkout is sound, and an empty folder is not', async () => {
  expect(await json(['catalog', 'check'])).toMatchObject({ status: 0, value: { ok: true } })
  const { status, value } = await json(['catalog', 'check', await mkdtemp(join(folder, 'empty-'))])
  expect({ status, ok: value['ok'] }).toEqual({ status: 1, ok: false })
  expect(value['findings']).toContain('grants $: is missing; create grants')
})

test('a catalogue that breaks what was promised is refused until it says so', async () => {
  const next = await mkdtemp(join(folder, 'next-'))
  const data = join(import.meta.dirname, '../catalogs')
  await cp(data, next, { recursive: true })
  const file = join(next, 'resources/creditBase.json')
  const resource = JSON.parse(await readFile(file, 'utf8')) as { freshnessHours: number }
  const freshnessHours = resource.freshnessHours + 1
  await writeFile(file, JSON.stringify({ ...resource, freshnessHours }))
  const place = { file: 'resources/creditBase', change: 'freshness-loosened' }
  expect(await json(['catalog', 'diff', data, next])).toMatchObject({
    status: 1,
    value: { ok: false, differences: [{ ...place, kind: 'breaking' }] },
  })
  const reason = { zh: '来源改为每日更新', en: 'The source is updated daily now' }
  const breaks = [{ change: place.change, reason, from: '2026-12-01' }]
  await writeFile(file, JSON.stringify({ ...resource, freshnessHours, breaks }))
  expect(await json(['catalog', 'diff', data, next])).toMatchObject({
    status: 0,
    value: { ok: true, differences: [{ ...place, kind: 'declared', reason }] },
  })
  const { stdout } = await zt(['catalog', 'diff', data, next])
  expect(stdout).toContain('时效放宽 · data may be older (来源改为每日更新 · The source is updated')
  const empty = await mkdtemp(join(folder, 'empty-'))
  expect(await json(['catalog', 'diff', empty])).toMatchObject({ status: 1, value: { ok: false } })
})

const explained = ['--department', 'meilanMarket', '--item', 'foodBusinessPermitNew'] as const
const asked: readonly [string, string, string][] = [
  ['populationRegistry', 'identityMatches', 'allowed by meilanMarketFoodIdentity'],
  ['populationRegistry', 'address', 'refused by grantCoversField, haikouPolice may give it'],
  ['legalEntityBase', 'name', 'allowed by no grant'],
  ['sealedJuvenileRecords', 'name', 'refused by resourceIsShared, haikouPolice may give it'],
  ['unheardOf', 'name', 'refused by resourceIsKnown, nobody may give it'],
]

test.for(asked)('zt grant explain %s.%s: %s', async ([resource, field, expected]) => {
  const question = [...explained, '--resource', resource, '--field', field]
  const { status, value } = await json(['grant', 'explain', ...question])
  const {
    allowed,
    grants,
    rule,
    owners = ['nobody'],
  } = value as {
    allowed: boolean
    grants: string[]
    rule?: string
    owners?: string[]
  }
  const said = allowed
    ? `allowed by ${grants.join() || 'no grant'}`
    : `refused by ${String(rule)}, ${owners.join()} may give it`
  expect(said).toBe(expected)
  expect(status).toBe(allowed ? 0 : 1)
})

test('a licence is issued once, shown, verified, revoked, and invalid from then on', async () => {
  const id = await issue(1)
  expect(await issue(1)).toBe(id)
  const shown = await zt(['licence', 'show', id])
  expect(shown).toMatchObject({ status: 0 })
  expect(shown.stdout).toContain('海口市市场监督管理局')
  expect(shown.stdout, 'what stands in a licence is not for this').not.toContain('林晓岚')

  const valid = await zt(['licence', 'verify', id])
  expect(valid.stdout).toContain('✓ seal')
  expect(valid.stdout).not.toMatch(/[✗?] /)
  expect(valid.status).toBe(0)
  const before = await zt(['licence', 'verify', id, '--at', '2020-01-01'])
  expect(before.status).not.toBe(0)

  const revoke = ['licence', 'revoke', id, '--reason', 'obtained-by-fraud', '--officer', '0731']
  expect((await zt([...revoke, '--department', 'meilanMarket'])).status).toBe(1)
  expect((await zt([...revoke, '--department', 'haikouMarket'])).status).toBe(0)
  const { status, stdout } = await zt(['licence', 'verify', id])
  expect(status).toBe(1)
  expect(stdout).toContain('✗ status')
})

test('a document nobody knows is told from one that is wrong', async () => {
  const file = join(folder, 'not-a-licence')
  await writeFile(file, 'eyJhbGciOiJub25lIn0.e30.~\n')
  expect((await zt(['licence', 'verify', file])).status).toBe(1)
})

test('an identifier the vault does not hold', async () => {
  const id = await issue(2)
  const { status, stderr } = await zt(['licence', 'show', id], { ...(await elsewhere()) })
  expect(status).toBe(1)
  expect(stderr).toContain('zt: unknown-licence')
  expect(stderr).toContain('没有这个证照')
})

test('a draft that does not fit its type says everything that is wrong', async () => {
  const file = join(folder, 'bad-draft.json')
  await writeFile(file, JSON.stringify({ ...draft(3), licenceNo: '1', division: '000000' }))
  const { status, stderr } = await zt(['licence', 'issue', file, '--json'])
  expect(status).toBe(1)
  const { error } = JSON.parse(stderr) as { error: { code: string; detail: { findings: [] } } }
  expect(error.code).toBe('invalid-draft')
  expect(error.detail.findings.length).toBeGreaterThan(1)
})

test('an entry is found, and proven without the database', async () => {
  await issue(4)
  const { value } = await json(['audit', 'search', '--kind', 'licence-issued', '--first', '1'])
  const [entry] = value['entries'] as [{ leaf: string; index: number }]
  expect(await json(['audit', 'prove', entry.leaf])).toMatchObject({
    status: 0,
    value: { ok: true, leaf: entry.leaf, index: entry.index, entry: { kind: 'licence-issued' } },
  })
  for (const begin of ['A', '-', '--']) {
    const unknown = await zt(['audit', 'prove', begin.padEnd(43, 'A'), '--json'])
    expect(unknown.status, begin).toBe(1)
    expect(unknown.stderr).toContain('not-in-log')
  }
})

test('an altered row is named', async () => {
  const { DATABASE_URL: url = '', ...rest } = { ...environment, ...(await elsewhere()) }
  const there = { ...rest, DATABASE_URL: url }
  const file = join(folder, 'draft-5.json')
  await writeFile(file, JSON.stringify(draft(5)))
  expect((await zt(['licence', 'issue', file], there)).status).toBe(0)
  expect(await json(['audit', 'verify'], there)).toMatchObject({ status: 0, value: { ok: true } })

  const owner = connect({ url, name: 'test intruder', max: 1 })
  await owner.execute(sql`alter table log.entry disable trigger append_only`)
  const body = Buffer.from('{"kind":"answer"}')
  await owner.execute(sql`update log.entry set body = ${body} where kind = 'licence-issued'`)
  const altered = await owner.row<{ id: number }>(
    sql`select id from log.entry where body = ${body}`,
  )
  await owner.close()

  const { status, stdout } = await zt(['audit', 'verify', '--database', url])
  expect(status).toBe(1)
  expect(stdout).toContain(`✗ log.entry ${altered?.id ?? ''}  entry-altered`)
})

test('rows of a file are issued once; what is wrong with the others is said line by line', async () => {
  const file = join(folder, 'companies.csv')
  const good = `海口示例百货有限公司,${uscc(71)},2001-02-03,林晓岚`
  await writeFile(file, `企业名称,统一社会信用代码,注册日期,法人代表\n${good}\n坏行,123,,\n`)
  const run = ['import', 'run', file, '--type', 'businessLicence']
  const first = await json(run)
  expect(first).toMatchObject({ status: 5, value: { rows: 2, issued: 1, quarantined: 1 } })
  expect(await json(run)).toMatchObject({ status: 5, value: { issued: 0, existing: 1 } })
  const { runId } = first.value as { runId: string }
  const errors = await zt(['import', 'errors', runId])
  expect(errors.stdout).toMatch(
    /^line,column,field,rule,remedy,looks like,中文说明\n3,统一社会信用代码,uscc,/,
  )
  expect(errors.stdout).not.toContain('坏行')
  const status = await zt(['import', 'status', runId])
  expect(status.stdout).toMatch(/agrees with the vault +yes/)
  expect((await zt(['import', 'status'])).stdout).toContain('rows 2, issued 1, existing 0')
  const rehearsed = await json([...run, '--dry-run'])
  expect(rehearsed).toMatchObject({ status: 5, value: { existing: 1, quarantined: 1 } })
  expect((await zt(['import', 'errors', 'no-such-run'])).status).toBe(1)
})

test('a database without tables is not touched; migrate makes them, once', async () => {
  const empty = await createEmptyDatabase()
  const there = { DATABASE_URL: empty.url }
  const { status, stderr } = await zt(['audit', 'verify'], there)
  expect(status).toBe(4)
  expect(stderr).toContain('zt: database-not-migrated')
  const { value } = await json(['migrate'], there)
  expect(value['applied']).toContain('0001-log')
  expect(await json(['migrate'], there)).toMatchObject({ status: 0, value: { applied: [] } })
  await empty.drop()
})

test('a database that cannot be reached: exit 4', async () => {
  const nowhere = { DATABASE_URL: 'postgres://zt@127.0.0.1:9/zt' }
  for (const args of [['migrate'], ['audit', 'verify'], ['audit', 'search']]) {
    const { status, stderr } = await zt(args, nowhere)
    expect(status).toBe(4)
    expect(stderr).toContain('zt: database-unavailable')
  }
})

test('a database of other keys is refused before anything is written', async () => {
  await issue(6)
  const { status, stderr } = await zt(['audit', 'search'], {
    EXCHANGE_ID: 'other.test',
    ...(await otherKeys()),
  })
  expect(status).toBe(3)
  expect(stderr).toContain('zt: foreign-log')
})

test('development keys serve this machine only', async () => {
  const { status, stderr } = await zt(['serve'], { HOST: '0.0.0.0' })
  expect(status).toBe(3)
  expect(stderr).toContain('zt: development-keys')
})

test('serve prints its address, answers, and stops when told to', async () => {
  const child = start(['serve'])
  const ended = once(child, 'close')
  const first = await new Promise<string>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => {
      resolve(chunk.toString().trim())
    })
  })
  expect((await fetch(new URL('/readyz', first))).status).toBe(200)
  child.kill('SIGTERM')
  await ended
  expect({ status: child.exitCode, signal: child.signalCode }).toEqual({ status: 0, signal: null })
  await expect(fetch(new URL('/readyz', first))).rejects.toThrow()
})

test('the doctor finds a sound exchange, and names what is not', async () => {
  const sound = await json(['doctor'])
  expect(sound).toMatchObject({ status: 0, value: { ok: true } })
  const away = await json(['doctor'], { DATABASE_URL: 'postgres://127.0.0.1:1/none' })
  expect(away).toMatchObject({ status: 1, value: { ok: false } })
  expect(away.value['checks']).toContainEqual(
    expect.objectContaining({ name: 'database', outcome: 'fail', found: 'database-unavailable' }),
  )
})

test('a reader that goes away is no error', async () => {
  const child = start(['grant', 'list'])
  child.stdout.destroy()
  const ended = once(child, 'close')
  expect(await text(child.stderr)).toBe('')
  await ended
  expect(child.exitCode).toBe(0)
})

test('the program ends with the status of its command', async () => {
  const { status, stdout, stderr } = await run(['bogus'])
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toContain('bogus')
})

test('colours are for terminals, and NO_COLOR is heard', async () => {
  const { stdout } = await run(['catalog', 'check'], { NO_COLOR: '1' })
  expect(stdout).not.toContain('\u001b')
})

test('a token is signed by the department named, for exactly this body', async () => {
  const { stdout, status } = await zt([
    ...['token', '--department', 'meilanMarket', '--officer', '0898', '--method', 'POST'],
    ...['--path', '/graphql', '--item', 'foodBusinessPermitNew', '--case', '2026-1'],
  ])
  expect(status).toBe(0)
  const [, payload = ''] = stdout.trim().split('.')
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
    ...{ iss: 'meilanMarket', sub: '0898', aud: exchangeId, htm: 'POST', htu: '/graphql' },
    purpose: { item: 'foodBusinessPermitNew', case: '2026-1' },
  })
})

const others: TestDatabase[] = []
afterAll(async () => {
  for (const other of others) await other.drop()
})

/** Another database of ours, with nothing in it. */
async function elsewhere(): Promise<Record<string, string>> {
  const other = await createTestDatabase()
  others.push(other)
  return { DATABASE_URL: other.url }
}

/** The certificates take long to make and are the same; what the log and the vault keep is not. */
async function otherKeys(): Promise<Record<string, string>> {
  const out = join(folder, 'other-keys')
  await cp(join(folder, 'keys'), out, { recursive: true })
  for (const own of ['log.key.pem', 'kek.key', 'index.key', 'trust.json']) await rm(join(out, own))
  await createDevelopmentPki({ out, exchange: 'other.test', ...plan, at: new Date() })
  return { KEYS_FOLDER: out }
}

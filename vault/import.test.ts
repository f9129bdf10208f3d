import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../db/postgres.ts'
import { Problem } from '../sdk/problem.ts'
import { fictitiousUscc } from '../test/companies.ts'
import { createTestVault } from '../test/vault.ts'
import type { TestVault } from '../test/vault.ts'
import { createRecordCipher } from './index.ts'

let world: TestVault
let folder: string

beforeAll(async () => {
  world = await createTestVault()
  folder = await mkdtemp(join(tmpdir(), 'zhengtong-import-'))
})

afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true })
})

const header =
  '企业名称,统一社会信用代码,注册日期,企业类型,法人代表,注册资金,经营范围,所在省份,地区,注册地址'
const type = 'businessLicence'
let files = 0

async function file(content: string | Uint8Array): Promise<string> {
  files += 1
  const path = join(folder, `${files}.csv`)
  await writeFile(path, content)
  return path
}

function row(
  number: number,
  changes: { division?: string; uscc?: string; day?: string } = {},
): string {
  const uscc = changes.uscc ?? fictitiousUscc(number, changes.division)
  const day = changes.day ?? '2001-12-31'
  return `虚构第${number}号公司,${uscc},${day},N/A,N/A,"1,000(万元)",日用百货,海南,海口,虚构路${number}号`
}

function lines(...rows: readonly string[]): Promise<string> {
  return file([header, ...rows, ''].join('\n'))
}

test('every row is issued or put aside with its reasons, and none stops the file', async () => {
  const path = await lines(
    row(1),
    row(2, { division: '460100' }),
    row(1), // line 4: the number of line 2
    row(3, { uscc: '91460108MA5T000107' }),
    '虚构,两格',
    `"虚构没有引号,${fictitiousUscc(4)}`,
    row(5, { division: '460999' }),
    row(6, { division: '469033' }),
  )
  const heard: number[] = []
  const result = await world.vault.importLicences({ path, type }, ({ rows }) => heard.push(rows))
  const digest = createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
  expect(result).toEqual({
    ...{ runId: expect.any(String) as string, fileDigest: digest, millis: 0, resumedAfter: 0 },
    ...{ encoding: 'utf-8', delimiter: ',' },
    ...{ rows: 8, issued: 3, existing: 0, quarantined: 5 },
    byIssuer: { meilanMarket: 1, haikouMarket: 1, ledongMarket: 1 },
    byDivision: { '460108': 1, '460100': 1, '469033': 1 },
    byRule: {
      ...{ uscc: 1, 'column-count': 1, 'unclosed-quote': 1, 'unknown-division': 1 },
      'duplicate-in-file': 1,
    },
    byFinding: {
      ...{ 'uscc uscc': 1, 'row column-count': 1, 'row unclosed-quote': 1 },
      ...{ 'division unknown-division': 1, 'licenceNo duplicate-in-file': 1 },
    },
    byItem: {
      ...{ uscc: 3, name: 3, establishedOn: 3, registeredCapital: 3, scope: 3, address: 3 },
    },
  })
  expect(heard).toEqual([8])
  const aside = await world.vault.quarantineOf(result.runId)
  expect(aside.map(({ line, findings }) => `${line} ${findings[0]?.rule ?? ''}`)).toEqual([
    ...['4 duplicate-in-file', '5 uscc', '6 column-count', '7 unclosed-quote'],
    '8 unknown-division',
  ])
  expect(aside[0]?.findings[0]?.remedy).toContain('Line 2')
  expect(JSON.stringify(aside)).not.toContain('虚构')
  expect(aside[1]?.findings[0]).toMatchObject({
    ...{ column: '统一社会信用代码', shape: '99999999AA9A999999' },
  })
  expect(await world.vault.quarantineOf(result.runId, 6)).toEqual(aside.slice(3))
})

test('what was imported verifies, with the items of the row', async () => {
  const path = await lines(row(10))
  await world.vault.importLicences({ path, type })
  await world.log.sequence()
  const holder = { codeType: '001', code: fictitiousUscc(10) }
  const [found] = await world.vault.findByHolder({ holder }, world.clock.now)
  expect(found).toMatchObject({ issuer: 'meilanMarket', grade: 'B', validUntil: null })
  const question = { document: found?.document ?? '', at: world.clock.now }
  expect(await world.vault.verify(question)).toMatchObject({ verdict: 'valid' })
})

test('a second run finds everything there already', async () => {
  const path = await lines(row(20), row(21), row(21))
  const first = await world.vault.importLicences({ path, type })
  const second = await world.vault.importLicences({ path, type })
  expect(first).toMatchObject({ rows: 3, issued: 2, existing: 0, quarantined: 1 })
  expect(second).toMatchObject({ rows: 3, issued: 0, existing: 2, quarantined: 1 })
  expect(second.runId).not.toBe(first.runId)
})

test('a file of several batches keeps its order: a number belongs to its first line', async () => {
  const rows = Array.from({ length: 1_200 }, (_, i) => row(1_000 + (i % 1_100)))
  const result = await world.vault.importLicences({ path: await lines(...rows), type })
  expect(result).toMatchObject({ rows: 1_200, issued: 1_100, quarantined: 100 })
  const aside = await world.vault.quarantineOf(result.runId)
  expect(aside.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, i) => 1_102 + i))
  expect(aside.map(({ findings }) => findings[0]?.remedy.match(/\d+/)?.[0])).toEqual(
    Array.from({ length: 100 }, (_, i) => `${i + 2}`),
  )
})

test('a run that broke off is finished by the next one', async () => {
  const path = await lines(row(30), row(31))
  const broken = world.another({
    signer: {
      sealOf: () => {
        throw new Problem('seal-unavailable')
      },
    },
  })
  await expect(broken.importLicences({ path, type })).rejects.toThrow(/^seal-unavailable/)
  const result = await world.vault.importLicences({ path, type })
  expect(result).toMatchObject({ rows: 2, issued: 2, existing: 0 })
  const holder = { codeType: '001', code: fictitiousUscc(31) }
  expect(await world.vault.findByHolder({ holder }, world.clock.now)).toHaveLength(1)
})

test('the log knows when a run began, what file it read and what came of it', async () => {
  const { runId, fileDigest } = await world.vault.importLicences({
    path: await lines(row(40)),
    type,
  })
  const entries = await world.db.rows<{ kind: string; entry: unknown }>(sql`
    select kind, convert_from(body, 'UTF8')::jsonb as entry
      from log.entry
     where convert_from(body, 'UTF8')::jsonb ->> 'runId' = ${runId}
     order by id`)
  expect(entries).toMatchObject([
    { kind: 'import-started', entry: { type, file: fileDigest } },
    { kind: 'import-finished', entry: { type, file: fileDigest, rows: 1, issued: 1 } },
  ])
})

test('a row that was put aside is kept whole, encrypted, in its place', async () => {
  const bad = row(50, { uscc: '91460108MA5T000107' })
  const { runId } = await world.vault.importLicences({ path: await lines(bad), type })
  const kept = await world.db.row<{ sealed: Uint8Array; wrappedKey: Uint8Array }>(sql`
    select sealed_row as sealed, wrapped_key as "wrappedKey"
      from vault.quarantine
     where run_id = ${runId} and line = 2`)
  if (!kept) throw new Error('the row was not kept')
  expect(Buffer.from(kept.sealed).includes('虚构')).toBe(false)
  const cipher = createRecordCipher(world.parts.wrapper)
  const opened = await cipher.open(kept, `quarantine:${runId}:2`)
  expect(Buffer.from(opened).toString('utf8')).toBe(bad)
  await expect(cipher.open(kept, `quarantine:${runId}:3`)).rejects.toThrow(/^stored-data-damaged/)
})

test('CRLF, a byte order mark and a missing last line end change nothing', async () => {
  const path = await file(`\ufeff${header}\r\n${row(60)}\r\n${row(61)}`)
  expect(await world.vault.importLicences({ path, type })).toMatchObject({ rows: 2, issued: 2 })
})

test('a file of a header alone is an import of nothing', async () => {
  expect(await world.vault.importLicences({ path: await lines(), type })).toMatchObject({
    ...{ rows: 0, issued: 0, byIssuer: {} },
  })
})

const refused: readonly { what: string; content: string | Uint8Array; detail: object }[] = [
  { what: 'nothing in it', content: '', detail: { rule: 'empty' } },
  { what: 'blank lines only', content: '\n\n', detail: { rule: 'empty' } },
  { what: 'no header', content: `${row(70)}\n`, detail: { rule: 'header' } },
  {
    what: 'a quote open in its header',
    content: `"${header}\n${row(70)}`,
    detail: { rule: 'header' },
  },
  {
    what: 'UTF-16 that says nothing of it',
    content: Buffer.from(header, 'utf16le'),
    detail: { rule: 'encoding' },
  },
]

test.for(refused)(
  'a file with $what is refused before its first row',
  async ({ content, detail }) => {
    const runs = (): Promise<unknown> =>
      world.db.row(sql`select count(*)::int as runs from vault.import_run`)
    const before = await runs()
    const attempt = world.vault.importLicences({ path: await file(content), type })
    await expect(attempt).rejects.toMatchObject({ code: 'invalid-import-file', detail })
    expect(await runs()).toEqual(before)
  },
)

test('a file that is not there, another type and an unknown run are refused', async () => {
  const { vault } = world
  await expect(vault.importLicences({ path: join(folder, 'none'), type })).rejects.toMatchObject({
    detail: { rule: 'unreadable', code: 'ENOENT' },
  })
  for (const other of ['residentIdCard', 'unheardOf']) {
    const attempt = vault.importLicences({ path: await lines(), type: other })
    await expect(attempt).rejects.toThrow(/^not-importable/)
  }
  await expect(vault.quarantineOf('none')).rejects.toThrow(/^unknown-import-run/)
})

test('of a file that changes while it is read nothing is taken that was not in it', async () => {
  // Three megabytes of rows that go aside: the first batch is stored long before the end is read.
  const texts = Array.from({ length: 3_000 }, () => 'x'.repeat(1_000))
  const path = await lines(...texts)
  const whole = await readFile(path)
  const attempt = world.vault.importLicences({ path, type }, () => {
    writeFileSync(path, whole.toString().replaceAll('x', 'y\n'))
  })
  await expect(attempt).rejects.toMatchObject({ code: 'file-changed' })
  await writeFile(path, whole)
  const { rows, quarantined, resumedAfter } = await world.vault.importLicences({ path, type })
  expect({ rows, quarantined }).toEqual({ rows: 3_000, quarantined: 3_000 })
  expect(resumedAfter).toBeGreaterThan(0)
})

test('a number given away while its row was being sealed is no licence of the run', async () => {
  const { signer } = world.parts
  const path = await lines(row(7_001), row(7_002), row(7_003))
  const others = await lines(row(7_001))
  const [number, another] = [fictitiousUscc(7_002), fictitiousUscc(7_004)]
  const strangers = await file(`号;人;日\n${number};${another};2001-02-03\n`)
  const map = {
    ...{ licenceNo: '号', division: { value: '460108' }, validFrom: '日', items: {} },
    holders: [{ role: 'holder', codeType: '001', code: '人' }],
  }
  const importBoth = async (): Promise<void> => {
    await world.vault.importLicences({ path: others, type })
    await world.vault.importLicences({ path: strangers, type, map })
  }
  let given: Promise<void> | undefined
  const overtaken = world.another({
    signer: {
      sealOf: (department) => {
        const seal = signer.sealOf(department)
        return {
          ...seal,
          sign: async (message) => {
            await (given ??= importBoth())
            return seal.sign(message)
          },
        }
      },
    },
  })
  const result = await overtaken.importLicences({ path, type })
  expect(result).toMatchObject({
    ...{ rows: 3, issued: 1, existing: 1, quarantined: 1 },
    byFinding: { 'licenceNo number-of-another': 1 },
  })
  expect(await world.vault.quarantineOf(result.runId)).toMatchObject([{ line: 3 }])
  const { totals, agrees } = await world.vault.importStatus(result.runId)
  expect({ issued: totals.issued, agrees }).toEqual({ issued: 1, agrees: true })
  const holder = { codeType: '001', code: fictitiousUscc(7_001) }
  expect(await world.vault.findByHolder({ holder }, world.clock.now)).toHaveLength(1)
})

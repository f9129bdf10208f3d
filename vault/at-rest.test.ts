import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listTables } from '../db/backup.ts'
import { sql } from '../db/postgres.ts'
import type { Statement, Tx } from '../db/postgres.ts'
import { people, sampleLicences } from '../demo/sample.ts'
import { toBase64url } from '../sdk/base64url.ts'
import { Problem } from '../sdk/problem.ts'
import { canariesIn } from '../test/canary.ts'
import { fictitiousUscc } from '../test/companies.ts'
import { createTestVault, leaveIntent } from '../test/vault.ts'
import type { TestVault } from '../test/vault.ts'
import { findById } from './find.ts'
import type { Draft } from './index.ts'

let world: TestVault

beforeAll(async () => {
  world = await createTestVault()
})

afterAll(() => world.close())

const { name, idNumber, address } = people.legalRepresentative

function company(number: number): Draft {
  const uscc = fictitiousUscc(number)
  return {
    ...{ type: 'businessLicence', issuer: 'meilanMarket', division: '460108', grade: 'A' },
    ...{ licenceNo: uscc, validFrom: '2020-01-02', validUntil: null },
    holders: [{ role: 'holder', codeType: '001', code: fictitiousUscc(1) }],
    items: { name, uscc, address, establishedOn: '2020-01-02', scope: '日用百货', legalRep: name },
  }
}

/** A good row, and rows whose owners are known to nobody but the quarantine. */
async function importRows(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'zhengtong-at-rest-'))
  const path = join(folder, 'stock.csv')
  const rows = [
    '企业名称,统一社会信用代码,注册日期,企业类型,法人代表,注册资金,经营范围,所在省份,地区,注册地址',
    `${name}商行,${fictitiousUscc(90)},2001-12-31,个体,${name},,零售,海南,海口,${address}`,
    `${name}商行,${idNumber},31/12/01,个体,${name},,零售,海南,海口,${address}`,
    `"${name}\n${address}",${fictitiousUscc(91)},2001-12-31,个体,${name},,${idNumber},海南,海口,${address}`,
  ]
  await writeFile(path, [...rows, ''].join('\n'))
  try {
    const { issued, quarantined } = await world.vault.importLicences({
      ...{ path, type: 'businessLicence' },
    })
    expect({ issued, quarantined }).toEqual({ issued: 1, quarantined: 2 })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Every row of every table of ours, as COPY writes it for a backup. */
async function dump(): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>()
  for (const table of await listTables(world.intruder)) {
    found.set(table.table, await world.intruder.copyOut(table, buffer))
  }
  return found
}

test('nothing in any column of any table says who or what a licence is about', async () => {
  const { vault, events, log } = world
  for (const draft of sampleLicences) await vault.issue(draft)
  await importRows()
  await leaveIntent(world, company(80))
  const { licences } = await vault.search(
    { holder: { codeType: '111', code: idNumber } },
    {},
    world.clock.now,
  )
  const licenceId = licences[0]?.licenceId ?? ''
  await vault.change({
    ...{ licenceId, act: 'revoke', reason: 'obtained-by-fraud' },
    ...{ department: 'haikouPolice', officer: 'officer-1' },
  })
  await vault.remind()
  await events.settle()
  await log.sequence()
  const tables = await dump()
  const filled = [...tables].filter(([, bytes]) => bytes.length > 0).map(([table]) => table)
  expect(filled).toEqual(
    expect.arrayContaining([
      ...['vault.act', 'vault.event', 'vault.holder', 'vault.holder_key', 'vault.import_line'],
      ...['vault.import_run', 'vault.intent', 'vault.licence', 'vault.licence_count'],
      ...['vault.licence_number', 'vault.quarantine', 'log.entry'],
    ]),
  )
  // An imported company's identifier has its credit code, which is public (decision 0023).
  const others = [fictitiousUscc(1), fictitiousUscc(80)]
  const leaks = [...tables].flatMap(([table, bytes]) =>
    canariesIn(bytes, others).map((leak) => `${table}: ${leak}`),
  )
  expect(leaks).toEqual([])
})

test('what does stand in a table is seen, as text and as bytes', async () => {
  await world.intruder.execute(sql`
    insert into vault.reminder (licence_id) values (${name})`)
  await world.intruder.execute(sql`
    update vault.intent set draft = ${Buffer.from(`a${idNumber}`)}`)
  const tables = await dump()
  await world.intruder.execute(sql`delete from vault.reminder`)
  await world.intruder.execute(sql`delete from vault.intent`)
  expect(canariesIn(tables.get('vault.reminder') ?? '')).toContain(`${name} in UTF-8`)
  expect(canariesIn(tables.get('vault.intent') ?? '')).toContain(`${idNumber} in hex`)
})

/** Statements of an intruder that put the ciphertexts of one licence in the place of another's. */
const moves = {
  document: (from: string, to: string) => sql`
    update vault.licence set sealed = (select sealed from vault.licence where licence_id = ${from})
     where licence_id = ${to}`,
  dataKey: (from: string, to: string) => sql`
    update vault.holder
       set wrapped_key = (select wrapped_key from vault.holder where licence_id = ${from})
     where licence_id = ${to}`,
  holderKey: (from: string, to: string) => sql`
    update vault.holder_key
       set wrapped_key = (select k.wrapped_key from vault.holder_key k
                            join vault.holder h using (holder_index) where licence_id = ${from})
     where holder_index = (select holder_index from vault.holder where licence_id = ${to})`,
  licence: (from: string, to: string) => sql`
    with copied as (
      insert into vault.holder (holder_index, type, licence_id, role, wrapped_key)
      select holder_index, type, ${to}, role, wrapped_key
        from vault.holder
       where licence_id = ${from}
    )
    insert into vault.licence (licence_id, type, type_version, issuer, division, grade, valid_from,
                               holders, sealed, document_digest, status_position, leaf, recorded_at)
    select ${to}, type, type_version, issuer, division, grade, valid_from, holders, sealed,
           document_digest, status_position, leaf, recorded_at
      from vault.licence
     where licence_id = ${from}`,
} as const

const moved: Readonly<
  Record<string, { what: (keyof typeof moves)[]; to: 'own' | 'other' | 'next' }>
> = {
  'the document to another licence of the holder': { what: ['document'], to: 'own' },
  'with its key': { what: ['document', 'dataKey'], to: 'own' },
  'to another holder': { what: ['document', 'dataKey'], to: 'other' },
  'with the key of the holder': { what: ['document', 'dataKey', 'holderKey'], to: 'other' },
  'all of it to another version of the licence': { what: ['licence'], to: 'next' },
}

test('a ciphertext opens nowhere but where it was put', async () => {
  const stranger = { role: 'holder', codeType: '001', code: fictitiousUscc(4) }
  const from = await issued(company(2))
  const places = {
    own: await issued(company(3)),
    other: await issued({ ...company(4), holders: [stranger] }),
    next: from.replace(/001\.(.)$/, '002.$1'),
  }
  expect(await opened(world.db, from)).toBe('opened')
  for (const [name, { what, to }] of Object.entries(moved)) {
    const statements = what.map((one) => moves[one](from, places[to]))
    expect(await openedAfter(statements, places[to]), name).toBe('closed')
  }
})

test('a licence that rows alone say is theirs is not opened for anybody', async () => {
  const stranger = { role: 'holder', codeType: '001', code: fictitiousUscc(7) }
  const [from, own] = [
    await issued(company(6)),
    await issued({ ...company(7), holders: [stranger] }),
  ]
  const theirs = Buffer.from(world.parts.blind.party(stranger))
  await world.db.execute(sql`
    insert into vault.holder (holder_index, type, licence_id, role, wrapped_key)
    select ${theirs}, type, licence_id, role, wrapped_key
      from vault.holder
     where licence_id = ${from}`)
  await world.intruder.execute(sql`
    update vault.licence set holders = holders || ${theirs}::bytea where licence_id = ${from}`)
  const found = await world.vault.findByHolder({ holder: stranger }, world.clock.now)
  expect(found.map(({ licenceId }) => licenceId)).toEqual([own])
  const asTheirs = await world.vault.findById(from, world.clock.now, toBase64url(theirs))
  expect(asTheirs?.document).toBeUndefined()
})

test('a licence whose term was altered beside its document is nobody’s answer', async () => {
  const holder = { role: 'holder', codeType: '001', code: fictitiousUscc(9) }
  const licenceId = await issued({ ...company(9), holders: [holder] })
  const type = 'businessLicence'
  const asked = {
    ...{ type, number: undefined, items: { uscc: holder.code } },
    holder: toBase64url(world.parts.blind.party(holder)),
  }
  const answer = () => world.vault.verifyFields(asked, world.clock.now)
  expect(await answer()).toBe('correct-and-valid')
  await world.intruder.execute(sql`
    update vault.licence set valid_until = ${new Date('2021-01-01')} where licence_id = ${licenceId}`)
  await expect(answer()).rejects.toThrow('stored-data-damaged')
})

test('a draft does not open in the place of the document, though one key closed both', async () => {
  const { licenceId: id, draft } = await leaveIntent(world, company(5))
  await world.vault.finishIntents()
  expect(await opened(world.db, id)).toBe('opened')
  const move = sql`update vault.licence set sealed = ${Buffer.from(draft)} where licence_id = ${id}`
  expect(await openedAfter([move], id)).toBe('closed')
})

async function issued(draft: Draft): Promise<string> {
  return (await world.vault.issue(draft)).licenceId
}

/** What the intruder did is undone again. */
async function openedAfter(
  statements: readonly Statement[],
  licenceId: string,
): Promise<'opened' | 'closed'> {
  let found: 'opened' | 'closed' = 'opened'
  const undone = world.intruder.transaction(async (tx) => {
    for (const statement of statements) expect(await tx.execute(statement)).toBe(1)
    found = await opened(tx, licenceId)
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  return found
}

async function opened(db: Tx, licenceId: string): Promise<'opened' | 'closed'> {
  try {
    const found = await findById({ ...world.parts, db }, licenceId, world.clock.now)
    if (!found) throw new Error('the licence is not there')
    return found.document === undefined ? 'closed' : 'opened'
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'stored-data-damaged') return 'closed'
    throw thrown
  }
}

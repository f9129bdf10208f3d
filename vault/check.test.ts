import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from '../db/postgres.ts'
import type { Statement } from '../db/postgres.ts'
import { draftOf } from '../test/companies.ts'
import { createTestVault } from '../test/vault.ts'
import type { TestVault } from '../test/vault.ts'
import { checkVault } from './check.ts'
import { parseJsonObject } from '../sdk/json.ts'
import { readJws } from '../sdk/jws.ts'
import { fromUtf8 } from '../sdk/primitives.ts'

let world: TestVault
let licenceId: string
let count = 0

beforeAll(async () => {
  world = await createTestVault()
})

afterAll(() => world.close())

/** One licence, issued and then revoked. */
beforeEach(async () => {
  count += 1
  const issued = await world.vault.issue(draftOf(count))
  licenceId = issued.licenceId
  await world.vault.change({
    ...{ licenceId, act: 'revoke', reason: 'obtained-by-fraud' },
    ...{ department: 'meilanMarket', officer: 'officer-1' },
  })
  await world.log.sequence()
  world.clock.now = new Date(world.clock.now.getTime() + 5_000)
})

/** What the owner of the database can do, undone afterwards. */
async function tampered(statement: Statement, judge: () => Promise<void>): Promise<void> {
  const { intruder } = world
  await intruder.execute(sql`create schema if not exists kept`)
  await intruder.execute(sql`create table kept.act as select * from vault.act`)
  await intruder.execute(sql`create table kept.licence as select * from vault.licence`)
  await intruder.execute(statement)
  try {
    await judge()
  } finally {
    await intruder.execute(sql`delete from vault.act`)
    await intruder.execute(sql`delete from vault.licence`)
    await intruder.execute(sql`insert into vault.licence select * from kept.licence`)
    await intruder.execute(sql`insert into vault.act select * from kept.act`)
    await intruder.execute(sql`drop schema kept cascade`)
  }
}

const codes = async (): Promise<string[]> =>
  (await checkVault(world)).map(({ code, row }) => `${code} ${row}`)

test('a vault that nobody touched agrees with the log', async () => {
  expect(await codes()).toEqual([])
})

test('a deleted revocation is named, and nobody calls the licence valid', async () => {
  const erase = sql`delete from vault.act where licence_id = ${licenceId}`
  await tampered(erase, async () => {
    expect(await codes()).toEqual([`act-missing vault.act ${licenceId}`])
    const { verdict, checks } = await world.vault.verify({ licenceId, at: world.clock.now })
    expect(verdict).toBe('unknown')
    expect(checks.find(({ code }) => code === 'status')?.outcome).toBe('unknown')
    const found = await world.vault.findById(licenceId, world.clock.now)
    expect(found?.state).toBe('unproven')
    await expect(world.vault.statusList(0)).rejects.toThrow('log-damaged')
  })
  const { verdict } = await world.vault.verify({ licenceId, at: world.clock.now })
  expect(verdict).toBe('invalid')
})

test.for<[what: string, statement: (ordinal: number) => Statement]>([
  [
    'made harmless',
    (ordinal) => sql`
      update vault.act set act = 'restore', state = 'valid'
       where licence_id = ${licenceId} and ordinal = ${ordinal}`,
  ],
  [
    'put off',
    (ordinal) => sql`
      update vault.act set effective_at = effective_at + interval '1 year'
       where licence_id = ${licenceId} and ordinal = ${ordinal}`,
  ],
  [
    'exchanged for one the log does not know',
    (ordinal) => sql`
      update vault.act set act = 'restore', state = 'valid', leaf = sha256(leaf)
       where licence_id = ${licenceId} and ordinal = ${ordinal}`,
  ],
])('nobody calls a licence valid whose revocation was %s', async ([, statement]) => {
  await tampered(statement(1), async () => {
    const { verdict } = await world.vault.verify({ licenceId, at: world.clock.now })
    expect(verdict).toBe('unknown')
    const found = await world.vault.findById(licenceId, world.clock.now)
    expect(found?.state).toBe('unproven')
    const { state } = await world.vault.standingOf({ licenceId, at: world.clock.now })
    expect(state).toBe('unproven')
  })
})

test('a suspension and its end that changed places are found', async () => {
  count += 1
  const issued = await world.vault.issue(draftOf(count))
  licenceId = issued.licenceId
  const by = { licenceId, department: 'meilanMarket', officer: 'officer-1' }
  await world.vault.change({ ...by, act: 'suspend', reason: 'under-investigation' })
  await world.vault.change({ ...by, act: 'restore', reason: 'investigation-closed' })
  const swap = sql`
    update vault.act set ordinal = ordinal + case ordinal when 1 then 10 else 7 end
     where licence_id = ${licenceId}`
  await tampered(swap, async () => {
    expect(new Set(await codes())).toContain(`act-altered vault.act ${licenceId}`)
    const found = await world.vault.findById(licenceId, world.clock.now)
    expect(found?.state).toBe('unproven')
  })
})

test('a list that says nothing new is signed again when a third of its life is over', async () => {
  const second = Math.ceil(world.clock.now.getTime() / 1_000) + 1_000
  const listAt = async (seconds: number) => {
    world.clock.now = new Date((second + seconds) * 1_000 + 900)
    const token = await world.vault.statusList(0)
    return { token, iat: parseJsonObject(fromUtf8(readJws(token).payload))['iat'] }
  }
  const [first, kept, next] = [await listAt(0), await listAt(299), await listAt(300)]
  expect(kept.token).toBe(first.token)
  expect([first.iat, next.iat]).toEqual([second, second + 300])
  const givenAt = (seconds: number): Promise<string> =>
    world.vault.statusList(0, new Date((second + seconds) * 1_000))
  expect([await givenAt(0), await givenAt(299), await givenAt(300)]).toEqual([
    ...[first.token, first.token, next.token],
  ])
  await expect(world.vault.statusList(0, new Date(0))).rejects.toThrow('not-found')
})

test.for<[what: string, statement: () => Statement, finding: () => string]>([
  [
    'an act with another state',
    () => sql`update vault.act set state = 'suspended' where licence_id = ${licenceId}`,
    () => `act-altered vault.act ${licenceId}`,
  ],
  [
    'an act that takes effect later',
    () => sql`
      update vault.act set effective_at = effective_at + interval '1 day'
       where licence_id = ${licenceId}`,
    () => `act-altered vault.act ${licenceId}`,
  ],
  [
    'an act at the place of another licence',
    () => sql`
      update vault.act set status_position = status_position + 1 where licence_id = ${licenceId}`,
    () => `act-altered vault.act ${licenceId}`,
  ],
  [
    'an act for another reason',
    () => sql`update vault.act set reason = 'issued-in-error' where licence_id = ${licenceId}`,
    () => `act-altered vault.act ${licenceId}`,
  ],
  [
    'an act recorded at another time',
    () => sql`
      update vault.act set recorded_at = recorded_at + interval '1 day'
       where licence_id = ${licenceId}`,
    () => `act-altered vault.act ${licenceId}`,
  ],
  [
    'a licence that was recorded at another time',
    () => sql`
      update vault.licence set recorded_at = recorded_at + interval '1 day'
       where licence_id = ${licenceId}`,
    () => `licence-altered vault.licence ${licenceId}`,
  ],
  [
    'a licence of another grade',
    () => sql`update vault.licence set grade = 'D' where licence_id = ${licenceId}`,
    () => `licence-altered vault.licence ${licenceId}`,
  ],
  [
    'an act the log does not know',
    () => sql`
      insert into vault.act
      select licence_id, 2, act, state, reason, effective_at, recorded_at, department, officer,
             status_position, sha256(leaf)
        from vault.act
       where licence_id = ${licenceId}`,
    () => 'act-unlogged vault.act',
  ],
  [
    'a licence with another document',
    () => sql`
      update vault.licence set document_digest = sha256(document_digest)
       where licence_id = ${licenceId}`,
    () => `licence-altered vault.licence ${licenceId}`,
  ],
])('%s is found', async ([, statement, finding]) => {
  await tampered(statement(), async () => {
    expect(await codes()).toEqual([finding()])
  })
})

test('a licence that is gone is named', async () => {
  const { intruder } = world
  await intruder.execute(sql`delete from vault.act where licence_id = ${licenceId}`)
  await intruder.execute(sql`delete from vault.licence where licence_id = ${licenceId}`)
  expect(await codes()).toEqual([
    `licence-missing vault.licence ${licenceId}`,
    `act-missing vault.act ${licenceId}`,
  ])
})

test('the same act asked twice is one act, and answered the same', async () => {
  const again = await world.vault.change({
    ...{ licenceId, act: 'revoke', reason: 'obtained-by-fraud' },
    ...{ department: 'meilanMarket', officer: 'officer-1' },
  })
  expect(again.state).toBe('revoked')
  expect(again.at < world.clock.now).toBe(true)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../db/postgres.ts'
import { sampleLicences } from '../demo/sample.ts'
import { draftOf } from '../test/companies.ts'
import { createTestVault } from '../test/vault.ts'
import type { TestVault } from '../test/vault.ts'
import { checkVault } from './index.ts'
import { announce } from './event.ts'
import type { Delivery } from './event/delivery.ts'
import type { LicenceEvent } from './event/store.ts'
import type { Draft } from './index.ts'

let world: TestVault

beforeAll(async () => {
  world = await createTestVault()
})

afterAll(() => world.close())

let count = 0
const leaseMs = 60_000

function draft(): Draft {
  count += 1
  return draftOf(count)
}

/** For five years at most, as the law has it; a business licence has no end. */
function permit(validUntil: string): Draft {
  const sample = sampleLicences.find(({ type }) => type === 'foodBusinessPermit')
  if (!sample) throw new Error('the sample lost its permit')
  count += 1
  const licenceNo = `JY2460108${`${count}`.padStart(7, '0')}`
  const items = { ...sample.items, permitNo: licenceNo }
  return { ...sample, licenceNo, items, validFrom: '2026-01-01', validUntil }
}

async function issued(asked = draft()): Promise<string> {
  return (await world.vault.issue(asked)).licenceId
}

function revoke(licenceId: string): Promise<unknown> {
  return world.vault.change({
    ...{ licenceId, act: 'revoke', reason: 'obtained-by-fraud' },
    ...{ department: 'meilanMarket', officer: 'officer-1' },
  })
}

function later(ms: number): void {
  world.clock.now = new Date(world.clock.now.getTime() + ms)
}

/** Everything a consumer has not had yet, confirmed. */
async function heardBy(consumer: string): Promise<Delivery['events']> {
  await world.events.settle()
  const delivery = await world.events.take(consumer)
  if (!delivery) throw new Error('somebody is at work for this consumer')
  expect(await world.events.confirm(delivery)).toBe(true)
  return delivery.events
}

function eventOf(licenceId: string): LicenceEvent {
  return {
    ...{ kind: 'expiring', licenceId, type: 'businessLicence', issuer: 'meilanMarket' },
    ...{ division: '460108', state: 'valid', acts: 0, at: world.clock.now },
  }
}

test('what happened is told in order, to each consumer, once it was put in order', async () => {
  const licenceId = await issued()
  later(1_000)
  await revoke(licenceId)
  const at = world.clock.now
  expect((await world.events.take('portal'))?.events).toEqual([])
  const facts = { licenceId, type: 'businessLicence', issuer: 'meilanMarket', division: '460108' }
  const expected = [
    { ordinal: 1, kind: 'issued', ...facts, state: 'valid', at: new Date(at.getTime() - 1_000) },
    { ordinal: 2, kind: 'changed', ...facts, state: 'revoked', at },
  ]
  expect(await heardBy('portal')).toEqual(expected)
  expect(await heardBy('portal')).toEqual([])
  expect(await heardBy('national')).toEqual(expected)
})

test('an act that did not come to be, and one done before, are not told of', async () => {
  const licenceId = await issued()
  await revoke(licenceId)
  await heardBy('portal')
  await revoke(licenceId)
  const undone = world.db.transaction(async (tx) => {
    await announce(tx, [eventOf(licenceId)])
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  expect(await heardBy('portal')).toEqual([])
})

test('who commits late waits for nobody, and is told of late rather than never', async () => {
  await heardBy('portal')
  const { promise: othersAreDone, resolve } = Promise.withResolvers<undefined>()
  const { promise: begun, resolve: begin } = Promise.withResolvers<undefined>()
  const slow = world.db.transaction(async (tx) => {
    await announce(tx, [eventOf('slow')])
    begin(undefined)
    await othersAreDone
  })
  await begun
  await world.db.transaction((tx) => announce(tx, [eventOf('fast.1'), eventOf('fast.2')]))
  const before = await heardBy('portal')
  resolve(undefined)
  await slow
  const after = await heardBy('portal')
  expect([before, after].map((events) => events.map(({ licenceId }) => licenceId))).toEqual([
    ...[['fast.1', 'fast.2'], ['slow']],
  ])
  expect(after[0]?.ordinal).toBe((before.at(-1)?.ordinal ?? 0) + 1)
})

test('when the worker of a consumer dies, another is given the same events after the lease', async () => {
  await heardBy('portal')
  await world.db.transaction((tx) => announce(tx, [eventOf('1'), eventOf('2')]))
  await world.events.settle()
  const workers = await Promise.all([1, 2, 3].map(() => world.events.take('portal')))
  const [dead, ...others] = workers.filter((one) => one !== undefined)
  if (!dead) throw new Error('nobody was given anything')
  expect(others).toEqual([])
  later(leaseMs - 1)
  expect(await world.events.take('portal')).toBeUndefined()
  later(1)
  const next = await world.events.take('portal')
  expect(next?.events).toEqual(dead.events)
  expect(next?.events.map(({ licenceId }) => licenceId)).toEqual(['1', '2'])
  // It was not dead but slow.
  expect(await world.events.confirm(dead)).toBe(false)
  if (next) expect(await world.events.confirm(next)).toBe(true)
  expect(await heardBy('portal')).toEqual([])
})

test('events are put in order once, however many do it at once', async () => {
  await world.events.settle()
  const events = Array.from({ length: 20 }, (_, i) => eventOf(`${i}`))
  await Promise.all(events.map((one) => world.db.transaction((tx) => announce(tx, [one]))))
  const settled = await Promise.all([1, 2, 3, 4].map(() => world.events.settle()))
  expect(settled.reduce((a, b) => a + b)).toBe(20)
  const gaps = await world.intruder.row<{ gaps: number }>(sql`
    select max(ordinal) - count(*) as gaps from vault.event`)
  expect(gaps).toEqual({ gaps: 0 })
})

test('the exchange itself can neither order, alter nor forget events', async () => {
  for (const statement of [
    sql`insert into vault.event (ordinal) values (1)`,
    sql`update vault.event set state = 'valid' where ordinal = 2`,
    sql`delete from vault.event_pending`,
    sql`update vault.licence_count set entered = 0`,
  ]) {
    await expect(world.db.execute(statement), statement.text).rejects.toThrow('42501')
  }
})

test('events go when their time is over, the newest stays, and who comes later is told', async () => {
  const dayMs = 86_400_000
  await issued()
  await issued()
  const heard = await heardBy('early')
  const last = heard.at(-1)?.ordinal ?? 0
  const { now } = world.clock
  later(399 * dayMs)
  expect(await world.events.dropOld()).toBe(0)
  later(2 * dayMs)
  expect(await world.events.dropOld()).toBe(last - 1)
  expect(await world.events.dropOld()).toBe(0)
  const delivery = await world.events.take('late')
  expect(delivery).toMatchObject({ missed: last - 1, events: [{ ordinal: last }] })
  world.clock.now = now
  await issued()
  expect(await heardBy('early')).toMatchObject([{ ordinal: last + 1, kind: 'issued' }])
})

test('what was told is not changed, by nobody', async () => {
  for (const statement of [
    sql`update vault.event set state = 'valid'`,
    sql`truncate vault.event`,
    sql`delete from vault.event`,
    sql`update vault.status_list set version = version + 1`,
    sql`truncate vault.status_list`,
    sql`delete from vault.status_list`,
  ]) {
    await world.vault.statusList(0)
    await expect(world.intruder.execute(statement), statement.text).rejects.toThrow('42501')
  }
})

test('who holds a licence that is about to end is reminded once, of each that is still valid', async () => {
  const endingIn = (days: number): Promise<string> => {
    const end = new Date(world.clock.now.getTime() + days * 86_400_000)
    return issued(permit(end.toISOString().slice(0, 10)))
  }
  const [soon, gone, late] = [await endingIn(10), await endingIn(10), await endingIn(60)]
  await revoke(gone)
  await heardBy('portal')
  expect(await Promise.all([world.vault.remind(30), world.vault.remind(30)])).toContain(1)
  const [reminder, ...others] = await heardBy('portal')
  expect(others).toEqual([])
  expect(reminder).toMatchObject({ kind: 'expiring', licenceId: soon, state: 'valid' })
  expect(reminder?.at).toEqual((await world.vault.findById(soon, world.clock.now))?.validUntil)
  expect(await world.vault.remind(30)).toBe(0)
  expect(await world.vault.remind(90)).toBe(1)
  expect((await heardBy('portal')).map(({ licenceId }) => licenceId)).toEqual([late])
})

test.for([0, 1.5, 367])('nobody is reminded %d days before', async (days) => {
  await expect(world.vault.remind(days)).rejects.toThrow('invalid-request')
})

test('the counts are what the licences and acts add up to, whether settled or not', async () => {
  await issued()
  const parts = { db: world.intruder, log: world.log }
  expect(await checkVault(parts)).toEqual([])
  await world.events.settle()
  expect(await checkVault(parts)).toEqual([])
  await world.intruder.execute(sql`
    update vault.licence_count set entered = entered + 1
     where month = '2020-01-01' and state = 'valid'`)
  expect((await checkVault(parts)).map(({ code, row }) => `${code} ${row}`)).toEqual([
    'count-wrong vault.licence_count businessLicence meilanMarket 460108 2020-01-01 valid',
  ])
})

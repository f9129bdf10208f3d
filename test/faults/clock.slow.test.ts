/** F05: our clock is stepped while the departments' clocks are right, and then put right again. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../../db/postgres.ts'
import { businessLicence } from '../../demo/sample.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import { readJws } from '../../sdk/jws.ts'
import { readLicence } from '../../sdk/licence/document.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { meaningOf, statusAt, verifyStatusList } from '../../sdk/status.ts'
import { checkVault } from '../../vault/index.ts'
import { codesIn, createTestWorld } from '../world.ts'
import type { TestWorld } from '../world.ts'

let world: TestWorld

beforeAll(async () => {
  world = await createTestWorld()
})

afterAll(() => world.close())

/** Asks as a department whose clock says this. */
async function askAt(clock: Date): Promise<string> {
  const iat = Math.floor(clock.getTime() / 1_000)
  const claims = { iat, exp: iat + 60 }
  const reply = await world.ask('{ grants { code } }', {}, { claims })
  return [reply.status, ...codesIn(reply)].join(' ')
}

const suspension = {
  act: 'suspend',
  reason: 'under-investigation',
  department: 'haikouMarket',
  officer: 'officer-003',
} as const

/** When the list that is given out says it was signed, and what it says of a place to whose clock is right. */
async function fetchList(right: Date, idx: number): Promise<{ iat: number; said: string }> {
  const path = '/status-lists/0'
  const { status, text } = await world.send({ method: 'GET', path, token: undefined })
  expect(status).toBe(200)
  const { iat, sub } = parseJsonObject(fromUtf8(readJws(text).payload))
  const { key } = world.world.exchange.settings.keys.status
  const verdict = verifyStatusList(text, key, { uri: JSON.stringify(sub).slice(1, -1), at: right })
  const said = verdict.ok ? meaningOf(statusAt(verdict.list, idx)) : verdict.code
  return { iat: Number(iat), said: String(said) }
}

test.for<[stepSeconds: number, rightClock: string, meanwhile: string]>([
  [-2, '200', 'valid'],
  [-3_600, '401 not-authenticated', 'status-list-expired'],
  [3_600, '401 not-authenticated', 'status-list-from-future'],
])('a step of %i s: who has our time is answered, and heads go on', async (expected) => {
  const [step, answered, meanwhile] = expected
  const right = world.clock.now
  const { log, vault } = world.world.exchange
  const { licenceId } = await vault.issue(businessLicence(await world.newCompany()))
  const { document = '' } = (await vault.findById(licenceId, right)) ?? {}
  const { idx } = readLicence(document).claims.status.status_list
  expect(await askAt(right)).toBe('200')
  await log.sequence()
  const before = await fetchList(right, idx)
  expect(before.said).toBe('valid')
  world.clock.now = new Date(right.getTime() + step * 1_000)
  expect(await askAt(right)).toBe(answered)
  expect(await askAt(world.clock.now)).toBe('200')
  await world.newCompany()
  await vault.change({ licenceId, ...suspension })
  await log.sequence()
  expect((await fetchList(right, idx)).said).toBe(meanwhile)
  const pending = sql`select count(*) as waiting from log.pending`
  expect(await world.owner.row(pending)).toEqual({ waiting: 0 })
  world.clock.now = new Date(right.getTime() + 5_000)
  expect(await askAt(world.clock.now)).toBe('200')
  await vault.change({ ...suspension, licenceId, act: 'revoke', reason: 'obtained-by-fraud' })
  await log.sequence()
  const after = await fetchList(world.clock.now, idx)
  expect(after.said).toBe('invalid')
  expect(after.iat).toBeGreaterThan(before.iat)
  expect(after.iat - world.clock.now.getTime() / 1_000).toBeLessThan(2)
  expect(await log.check()).toEqual([])
  expect(await checkVault(world.world.exchange)).toEqual([])
})

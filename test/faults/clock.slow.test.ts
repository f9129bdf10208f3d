/** F05: our clock is stepped while the departments' clocks are right, and then put right again. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../../db/postgres.ts'
import { businessLicence } from '../../demo/sample.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import { readJws } from '../../sdk/jws.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
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

/** Of every list that was given out so far, oldest first. */
const listsSignedAt: number[] = []

async function fetchList(): Promise<void> {
  const path = '/status-lists/0'
  const { status, text } = await world.send({ method: 'GET', path, token: undefined })
  expect(status).toBe(200)
  listsSignedAt.push(Number(parseJsonObject(fromUtf8(readJws(text).payload))['iat']))
}

test.for<[stepSeconds: number, rightClock: string]>([
  [-2, '200'],
  [-3_600, '401 not-authenticated'],
  [3_600, '401 not-authenticated'],
])('a step of %i s: who has our time is answered, and heads go on', async ([step, expected]) => {
  const right = world.clock.now
  const { log, vault } = world.world.exchange
  const { licenceId } = await vault.issue(businessLicence(await world.newCompany()))
  expect(await askAt(right)).toBe('200')
  await log.sequence()
  await fetchList()
  world.clock.now = new Date(right.getTime() + step * 1_000)
  expect(await askAt(right)).toBe(expected)
  expect(await askAt(world.clock.now)).toBe('200')
  await world.newCompany()
  await vault.change({ licenceId, ...suspension })
  await log.sequence()
  await fetchList()
  const pending = sql`select count(*) as waiting from log.pending`
  expect(await world.owner.row(pending)).toEqual({ waiting: 0 })
  world.clock.now = right
  expect(await askAt(right)).toBe('200')
  await log.sequence()
  await fetchList()
  expect(listsSignedAt).toEqual(listsSignedAt.toSorted((a, b) => a - b))
  expect(await log.check()).toEqual([])
  expect(await checkVault(world.world.exchange)).toEqual([])
})

/** F05: our clock is stepped while the departments' clocks are right, and then put right again. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../../db/postgres.ts'
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

test.for<[stepSeconds: number, rightClock: string]>([
  [-2, '200'],
  [-3_600, '401 not-authenticated'],
  [3_600, '401 not-authenticated'],
])('a step of %i s: who has our time is answered, and heads go on', async ([step, expected]) => {
  const right = world.clock.now
  const { log } = world.world.exchange
  expect(await askAt(right)).toBe('200')
  await log.sequence()
  world.clock.now = new Date(right.getTime() + step * 1_000)
  expect(await askAt(right)).toBe(expected)
  expect(await askAt(world.clock.now)).toBe('200')
  await world.newCompany()
  await log.sequence()
  const pending = sql`select count(*) as waiting from log.pending`
  expect(await world.owner.row(pending)).toEqual({ waiting: 0 })
  world.clock.now = right
  expect(await askAt(right)).toBe('200')
  await log.sequence()
})

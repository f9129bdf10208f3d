import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../db/postgres.ts'
import { Problem } from '../sdk/problem.ts'
import { draftOf } from '../test/companies.ts'
import { createTestVault, leaveIntent } from '../test/vault.ts'
import type { TestVault } from '../test/vault.ts'
import type { Draft } from './index.ts'
import type { Signer } from './issue/signer.ts'

let world: TestVault

beforeAll(async () => {
  world = await createTestVault()
})

afterAll(() => world.close())

let count = 0

function draft(changes: Partial<Draft> = {}): Draft {
  count += 1
  return draftOf(count, changes)
}

function later(ms: number): Date {
  world.clock.now = new Date(world.clock.now.getTime() + ms)
  return world.clock.now
}

async function rowsOf(table: 'licence' | 'intent' | 'holder'): Promise<number> {
  const rows = {
    licence: sql`select count(*)::int as n from vault.licence`,
    intent: sql`select count(*)::int as n from vault.intent`,
    holder: sql`select count(*)::int as n from vault.holder`,
  }
  return (await world.db.row<{ n: number }>(rows[table]))?.n ?? -1
}

const broken: Signer = {
  sealOf: () => {
    throw new Problem('seal-unavailable', { department: 'meilanMarket' })
  },
}

test('a licence that was issued is found by holder and identifier, and verifies as valid', async () => {
  const { vault, log } = world
  const given = draft()
  const { licenceId, fresh } = await vault.issue(given)
  expect(fresh).toBe(true)
  const [holder] = given.holders
  if (!holder) throw new Error('the draft has a holder')
  const found = await vault.findByHolder({ holder }, later(1_000))
  expect(found.map((one) => one.licenceId)).toEqual([licenceId])
  expect(await vault.findById(licenceId, world.clock.now)).toEqual(found[0])
  await log.sequence()
  const question = { document: found[0]?.document ?? '', at: world.clock.now }
  const verdict = await vault.verify(question)
  expect(verdict.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([])
  expect(verdict).toMatchObject({ verdict: 'valid', licence: { licenceId, items: {} } })
  expect(await vault.verify({ licenceId, at: world.clock.now })).toEqual(verdict)
})

test('before its entry is under a head of the log, a licence is of unproven time', async () => {
  const { licenceId } = await world.vault.issue(draft())
  const verdict = await world.vault.verify({ licenceId, at: later(1_000) })
  expect(verdict.verdict).toBe('unknown')
  const open = verdict.checks.filter(({ outcome }) => outcome !== 'pass')
  expect(open.map(({ code }) => code)).toEqual(['proven-time'])
})

test('holders of other types, types not asked for and unknown identifiers find nothing', async () => {
  const { vault, clock } = world
  const given = draft()
  await vault.issue(given)
  const code = given.licenceNo
  const at = clock.now
  expect(await vault.findByHolder({ holder: { codeType: '111', code } }, at)).toEqual([])
  const holder = { codeType: '001', code }
  expect(await vault.findByHolder({ holder, types: ['residentIdCard'] }, at)).toEqual([])
  expect(await vault.findByHolder({ holder, types: ['businessLicence'] }, at)).toHaveLength(1)
  expect(await vault.findById('1.2.3', at)).toBeUndefined()
  await expect(vault.verify({ licenceId: '1.2.3', at })).rejects.toThrow(/^unknown-licence/)
})

test('what was revoked is invalid from then on, and was valid before', async () => {
  const { vault, log, clock } = world
  const { licenceId } = await vault.issue(draft())
  await log.sequence()
  const before = later(60_000)
  later(60_000)
  const change = { licenceId, officer: 'officer1', reason: 'obtained-by-fraud' } as const
  const revoked = await vault.change({ ...change, act: 'revoke', department: 'meilanMarket' })
  expect(revoked).toEqual({ state: 'revoked', at: clock.now, effectiveAt: clock.now })
  expect((await vault.verify({ licenceId, at: before })).verdict).toBe('valid')
  const now = await vault.verify({ licenceId, at: clock.now })
  expect(now.verdict).toBe('invalid')
  const failures = now.checks.filter(({ outcome }) => outcome === 'fail')
  expect(failures.map(({ code, reason }) => `${code} ${reason ?? ''}`)).toEqual(['status revoked'])
  expect((await vault.findById(licenceId, before))?.state).toBe('valid')
  expect((await vault.findById(licenceId, clock.now))?.state).toBe('revoked')
})

test('only the issuer may change a licence, only for a listed reason, only what may follow', async () => {
  const { licenceId } = await world.vault.issue(draft())
  const act = { licenceId, act: 'revoke', officer: 'officer1', department: 'meilanMarket' } as const
  const attempts = [
    [{ ...act, reason: 'obtained-by-fraud', department: 'haikouMarket' }, 'not-the-issuer'],
    [{ ...act, reason: 'on-application' }, 'unknown-reason'],
    [{ ...act, act: 'restore', reason: 'penalty-served' }, 'wrong-state'],
    [{ ...act, reason: 'obtained-by-fraud', licenceId: '1.2.3' }, 'unknown-licence'],
  ] as const
  for (const [asked, code] of attempts) {
    await expect(world.vault.change(asked)).rejects.toThrow(new RegExp(`^${code}`))
  }
  expect((await world.vault.findById(licenceId, world.clock.now))?.state).toBe('valid')
})

test('what the version before this one began is finished once, also by two at once', async () => {
  const given = draft()
  const before = { licences: await rowsOf('licence'), holders: await rowsOf('holder') }
  const begun = await leaveIntent(world, given)
  expect(await rowsOf('intent')).toBe(1)
  const finished = await Promise.all([
    world.vault.finishIntents(),
    world.another({}).finishIntents(),
    world.another({}).finishIntents(),
  ])
  expect(finished.reduce((sum, one) => sum + one)).toBe(1)
  expect(await rowsOf('intent')).toBe(0)
  expect(await rowsOf('licence')).toBe(before.licences + 1)
  expect(await rowsOf('holder')).toBe(before.holders + 1)
  const [holder] = given.holders
  if (!holder) throw new Error('the draft has a holder')
  const found = await world.vault.findByHolder({ holder }, world.clock.now)
  expect(found.map(({ licenceId }) => licenceId)).toEqual([begun.licenceId])
  expect(await world.vault.finishIntents()).toBe(0)
})

test('who asks for the same is told of it when it is there', async () => {
  const given = draft()
  const { licenceId } = await leaveIntent(world, given)
  expect(await world.vault.issue(given)).toEqual({ licenceId, fresh: false })
  expect(await world.vault.findById(licenceId, world.clock.now)).toMatchObject({ licenceId })
  expect(await rowsOf('intent')).toBe(0)
})

test('what could not be sealed has left nothing, and is new when it is asked for again', async () => {
  const given = draft()
  const before = await rowsOf('licence')
  await expect(world.another({ signer: broken }).issue(given)).rejects.toThrow(/^seal-unavailable/)
  expect(await world.vault.finishIntents()).toBe(0)
  expect(await rowsOf('licence')).toBe(before)
  expect((await world.vault.issue(given)).fresh).toBe(true)
})

test('a face number is given once: the second time answers the licence that bears it', async () => {
  const given = draft()
  const first = await world.vault.issue(given)
  const second = await world.vault.issue(given)
  expect(second).toEqual({ licenceId: first.licenceId, fresh: false })
  expect(await world.vault.findById(second.licenceId, world.clock.now)).toMatchObject({
    licenceId: first.licenceId,
  })
})

test('many who issue the same number at once get one licence', async () => {
  const given = draft()
  const before = await rowsOf('licence')
  const issued = await Promise.all(Array.from({ length: 8 }, () => world.vault.issue(given)))
  expect(new Set(issued.map(({ licenceId }) => licenceId)).size).toBe(1)
  expect(issued.filter(({ fresh }) => fresh)).toHaveLength(1)
  expect(await rowsOf('licence')).toBe(before + 1)
})

test('many who issue different numbers at once do not fail each other', async () => {
  const given = Array.from({ length: 30 }, () => draft())
  const issued = await Promise.all(given.map((one) => world.vault.issue(one)))
  expect(issued.every(({ fresh }) => fresh)).toBe(true)
})

test('what is refused to one of many at once is told to nobody else, and leaves them nothing', async () => {
  const { signer } = world.parts
  const sealOf: Signer['sealOf'] = (department) => {
    return department === 'haikouMarket' ? broken.sealOf(department) : signer.sealOf(department)
  }
  const vault = world.another({ signer: { sealOf } })
  await world.vault.issue(draft({ serial: 'GIVEN' }))
  const before = await rowsOf('licence')
  const outcomes = await Promise.allSettled(
    [{}, { issuer: 'haikouMarket', division: '460100' }, {}].map((one) => vault.issue(draft(one))),
  )
  const retried = await Promise.allSettled(
    [{ serial: 'GIVEN' }, {}].map((one) => vault.issue(draft(one))),
  )
  const told = [...outcomes, ...retried].map((one) =>
    one.status === 'fulfilled' ? one.value.fresh : (one.reason as Problem).code,
  )
  expect(told).toEqual([true, 'seal-unavailable', true, 'licence-id-exists', true])
  expect(await rowsOf('licence')).toBe(before + 3)
})

test('a serial given to one licence is refused to another, and nothing is left behind', async () => {
  await world.vault.issue(draft({ serial: 'SAME' }))
  const given = draft({ serial: 'SAME' })
  await expect(world.vault.issue(given)).rejects.toThrow(/^licence-id-exists/)
  expect((await world.vault.issue({ ...given, serial: 'OTHER' })).fresh).toBe(true)
})

test('an edited ciphertext, or one from another row, does not open', async () => {
  const { vault, intruder, clock } = world
  const { licenceId } = await vault.issue(draft())
  const other = await vault.issue(draft())
  const edits = [
    sql`update vault.licence set sealed = set_byte(sealed, 100, get_byte(sealed, 100) # 1)
         where licence_id = ${licenceId}`,
    sql`update vault.licence
           set sealed = (select sealed from vault.licence where licence_id = ${other.licenceId})
         where licence_id = ${licenceId}`,
  ]
  for (const edit of edits) {
    expect(await intruder.execute(edit)).toBe(1)
    const damaged = /^stored-data-damaged/
    await expect(vault.findById(licenceId, clock.now)).rejects.toThrow(damaged)
    await expect(vault.verify({ licenceId, at: clock.now })).rejects.toThrow(damaged)
  }
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sql } from '../db/postgres.ts'
import { parseLicenceId } from '../sdk/identifier-licence.ts'
import { readLicence } from '../sdk/licence/document.ts'
import { Problem, problemFrom } from '../sdk/problem.ts'
import { draftOf } from '../test/companies.ts'
import { createTestVault } from '../test/vault.ts'
import type { TestVault } from '../test/vault.ts'
import { checkVault } from './index.ts'
import type { Change, Draft } from './index.ts'
import type { Reissue } from './reissue.ts'

let world: TestVault

beforeAll(async () => {
  world = await createTestVault()
})

afterAll(() => world.close())

let count = 500

function draft(changes: Partial<Draft> = {}): Draft {
  count += 1
  return draftOf(count, changes)
}

function later(ms = 1_000): Date {
  world.clock.now = new Date(world.clock.now.getTime() + ms)
  return world.clock.now
}

const officer = 'officer1'

async function issued(changes: Partial<Draft> = {}) {
  const given = draft(changes)
  const { licenceId } = await world.vault.issue(given)
  later()
  return { given, licenceId }
}

function changed(given: Draft): Draft {
  return { ...given, items: { ...given.items, address: '海口市美兰区示例路2号' } }
}

function reissueOf(
  { given, licenceId }: { readonly given: Draft; readonly licenceId: string },
  changes: Partial<Reissue> = {},
): Reissue {
  const act = { act: 'change', reason: 'data-changed' } as const
  return { ...act, licenceId, officer, draft: changed(given), ...changes }
}

function change(licenceId: string, changes: Partial<Change>): Promise<unknown> {
  const asked = { act: 'revoke', reason: 'obtained-by-fraud', department: 'meilanMarket' } as const
  return world.vault.change({ ...asked, licenceId, officer, ...changes })
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'done'
  } catch (thrown) {
    return problemFrom(thrown).code
  }
}

async function stateOf(licenceId: string, at = world.clock.now): Promise<string | undefined> {
  return (await world.vault.findById(licenceId, at))?.state
}

test('a new version has the next number, says what it supersedes, and ends the old one', async () => {
  const { vault, log, clock } = world
  const old = await issued()
  const before = clock.now
  later()
  const done = await vault.reissue(reissueOf(old, { case: 'ML-1' }))
  expect(done).toEqual({
    ...{ licenceId: done.licenceId, supersedes: old.licenceId, at: clock.now },
    effectiveAt: clock.now,
  })
  const [first, second] = [old.licenceId, done.licenceId].map(parseLicenceId)
  expect(second).toMatchObject({ serial: first?.serial, issuer: first?.issuer, version: '002' })
  expect([await stateOf(old.licenceId, before), await stateOf(old.licenceId)]).toEqual([
    ...['valid', 'superseded'],
  ])
  const stored = await vault.findById(done.licenceId, clock.now)
  const { claims, items } = readLicence(stored?.document ?? '')
  expect(claims.supersedes).toBe(old.licenceId)
  expect(items.get('address')).toBe('海口市美兰区示例路2号')
  await log.sequence()
  const at = later()
  expect((await vault.verify({ licenceId: done.licenceId, at })).verdict).toBe('valid')
  expect((await vault.verify({ licenceId: old.licenceId, at })).verdict).toBe('invalid')
  expect((await vault.verify({ licenceId: old.licenceId, at: before })).verdict).toBe('valid')
  const third = await vault.reissue(reissueOf({ ...old, licenceId: done.licenceId }))
  expect(parseLicenceId(third.licenceId).version).toBe('003')
})

test('a change does not make the term longer, a renewal does', async () => {
  const old = await issued({ validUntil: '2027-01-01' })
  const longer = { ...changed(old.given), validUntil: '2030-01-01' }
  const refused = world.vault.reissue(reissueOf(old, { draft: longer }))
  await expect(refused).rejects.toMatchObject({
    ...{ code: 'invalid-draft', detail: { findings: ['validUntil: not-changeable'] } },
  })
  const renewal = { act: 'renew', reason: 'term-ending', draft: longer } as const
  expect(await codeOf(world.vault.reissue(reissueOf(old, renewal)))).toBe('done')
})

test('entries on both licences name each other', async () => {
  const old = await issued()
  const { licenceId } = await world.vault.reissue(reissueOf(old, { case: 'ML-2' }))
  const [about, issue] = await Promise.all(
    [old.licenceId, licenceId].map((id) => world.log.search({ licenceId: id }, { first: 1 })),
  )
  const bodyOf = (found: typeof about): unknown =>
    JSON.parse(Buffer.from(found?.[0]?.body ?? []).toString())
  expect(bodyOf(about)).toMatchObject({
    ...{ kind: 'licence-changed', act: 'change', state: 'superseded', successor: licenceId },
    ...{ reason: 'data-changed', case: 'ML-2', officer, department: 'meilanMarket' },
  })
  expect(bodyOf(issue)).toMatchObject({ kind: 'licence-issued', supersedes: old.licenceId })
})

test('a renewal leaves the old licence in force until the new one is', async () => {
  const old = await issued()
  const first = new Date(world.clock.now.getTime() + 30 * 86_400_000).toISOString().slice(0, 10)
  const renew = { act: 'renew', reason: 'term-ending' } as const
  const asked = { ...renew, draft: { ...old.given, validFrom: first } }
  const { licenceId, effectiveAt } = await world.vault.reissue(reissueOf(old, asked))
  expect(effectiveAt).toEqual(new Date(`${first}T00:00:00+08:00`))
  expect(await stateOf(old.licenceId)).toBe('valid')
  expect(await stateOf(old.licenceId, effectiveAt)).toBe('superseded')
  expect(await stateOf(licenceId, effectiveAt)).toBe('valid')
  expect(await codeOf(world.vault.reissue(reissueOf(old, asked)))).toBe('wrong-state')
})

describe('refused is', () => {
  const attempts: readonly (readonly [
    string,
    string,
    (old: Awaited<ReturnType<typeof issued>>) => Reissue | Promise<Reissue>,
  ])[] = [
    ['what nobody has issued', 'unknown-licence', (old) => reissueOf(old, { licenceId: '1.2.3' })],
    [
      'another department',
      'not-the-issuer',
      (old) => reissueOf(old, { draft: { ...old.given, issuer: 'haikouMarket' } }),
    ],
    ['a reason of another act', 'unknown-reason', (old) => reissueOf(old, { reason: 'lost' })],
    [
      'another holder',
      'invalid-draft',
      (old) => reissueOf(old, { draft: { ...old.given, holders: draft().holders } }),
    ],
    [
      'a number that another licence bears',
      'licence-no-exists',
      async (old) => {
        const { given } = await issued()
        return reissueOf(old, { draft: { ...old.given, licenceNo: given.licenceNo } })
      },
    ],
    [
      'a licence that has ended',
      'wrong-state',
      async (old) => {
        await change(old.licenceId, {})
        return reissueOf(old)
      },
    ],
    [
      'an effect before there was a licence',
      'effect-out-of-bounds',
      (old) => reissueOf(old, { effectiveAt: new Date('2019-01-01T00:00:00Z') }),
    ],
    [
      'an item that does not fit',
      'invalid-draft',
      (old) => reissueOf(old, { draft: { ...old.given, items: { name: ' ' } } }),
    ],
  ]
  test.for(attempts)('%s', async ([, code, ask]) => {
    const old = await issued()
    const asked = await ask(old)
    const before = await stateOf(old.licenceId)
    expect(await codeOf(world.vault.reissue(asked))).toBe(code)
    expect(await stateOf(old.licenceId)).toBe(before)
  })
})

test('of two who change one licence at once, one does, and the other is told so', async () => {
  const old = await issued()
  const another = world.another({})
  const [one, two] = [world.vault, another].map((vault) => codeOf(vault.reissue(reissueOf(old))))
  expect([await one, await two].sort()).toEqual(['done', 'wrong-state'])
  const row = await world.db.row<{ n: number }>(
    sql`select count(*)::int as n from vault.succession`,
  )
  expect(row?.n).toBe(0)
})

test('who is overtaken by whoever finishes what it began is told what came of it', async () => {
  const old = await issued()
  const [begun, finished] = [Promise.withResolvers<null>(), Promise.withResolvers<null>()]
  const { signer } = world.parts
  const slow = world.another({
    signer: {
      sealOf: (department) => {
        const seal = signer.sealOf(department)
        return {
          ...seal,
          sign: async (bytes) => {
            begun.resolve(null)
            await finished.promise
            return seal.sign(bytes)
          },
        }
      },
    },
  })
  const asked = slow.reissue(reissueOf(old))
  await begun.promise
  expect(await world.vault.finishIntents()).toBe(1)
  const at = world.clock.now
  later()
  finished.resolve(null)
  const { licenceId, ...done } = await asked
  expect(done).toEqual({ supersedes: old.licenceId, at, effectiveAt: at })
  expect(await stateOf(licenceId)).toBe('valid')
})

test('what a seal that is away leaves behind keeps no other from being finished', async () => {
  const { signer } = world.parts
  const away = (departments: readonly string[]) =>
    world.another({
      signer: {
        sealOf: (department) => {
          if (!departments.includes(department)) return signer.sealOf(department)
          throw new Problem('seal-unavailable', { department })
        },
      },
    })
  const theirs = await issued()
  const ours = await issued({ issuer: 'haikouMarket', division: '460100' })
  const none = away(['meilanMarket', 'haikouMarket'])
  for (const old of [theirs, ours]) {
    expect(await codeOf(none.reissue(reissueOf(old)))).toBe('seal-unavailable')
    later()
  }
  expect(await codeOf(away(['meilanMarket']).finishIntents())).toBe('seal-unavailable')
  expect([await stateOf(theirs.licenceId), await stateOf(ours.licenceId)]).toEqual([
    ...['valid', 'superseded'],
  ])
  expect(await world.vault.finishIntents()).toBe(1)
  expect(await stateOf(theirs.licenceId)).toBe('superseded')
})

describe('a key', () => {
  test('means one reissue, however often it is asked for', async () => {
    const old = await issued()
    const asked = reissueOf(old, { key: 'again' })
    const done = await Promise.all([world.vault, world.another({})].map((v) => v.reissue(asked)))
    later()
    expect(await world.vault.reissue(asked)).toEqual(done[0])
    expect(done[1]).toEqual(done[0])
    const other = { ...asked, reason: 'data-corrected' }
    expect(await codeOf(world.vault.reissue(other))).toBe('request-id-reused')
  })

  test('means one issue, and the same answer', async () => {
    const given = draft()
    const first = await world.vault.issue(given, 'issue-1')
    expect(await world.vault.issue(given, 'issue-1')).toEqual(first)
    expect(await world.vault.issue(given)).toEqual({ ...first, fresh: false })
    expect(await world.vault.issue(given, 'issue-2')).toEqual({ ...first, fresh: false })
    expect(await codeOf(world.vault.issue(draft(), 'issue-1'))).toBe('request-id-reused')
    expect(await codeOf(world.vault.issue(draft(), 'no key!'))).toBe('invalid-request')
  })

  test('means one of those who give it at once, and others who ask then are not concerned', async () => {
    const { vault } = world
    const given = draft()
    const same = await Promise.all([vault.issue(given, 'once-1'), vault.issue(given, 'once-1')])
    expect(new Set(same.map(({ licenceId }) => licenceId)).size).toBe(1)
    const told = ['once-2', 'once-2', 'once-3'].map((key) => codeOf(vault.issue(draft(), key)))
    const [one = '', two = '', other] = await Promise.all(told)
    expect([one, two].sort()).toEqual(['done', 'request-id-reused'])
    expect(other).toBe('done')
  })

  test('means one act, also when others have followed', async () => {
    const { licenceId } = await issued()
    const suspend = { act: 'suspend', reason: 'under-investigation', key: 'act-1' } as const
    const first = await change(licenceId, suspend)
    later()
    await change(licenceId, { act: 'restore', reason: 'investigation-closed' })
    later()
    expect(await change(licenceId, suspend)).toEqual(first)
    expect(await stateOf(licenceId)).toBe('valid')
    expect(await codeOf(change(licenceId, { key: 'act-1' }))).toBe('request-id-reused')
  })
})

test('what was begun is finished at the start, unless it has lost its place', async () => {
  const { vault } = world
  const [sound, lost] = [await issued(), await issued()]
  const broken = world.another({
    signer: {
      sealOf: () => {
        throw new Error('the process ends here')
      },
    },
  })
  for (const old of [sound, lost]) {
    expect(await codeOf(broken.reissue(reissueOf(old, { key: old.licenceId.slice(-8) })))).toBe(
      'internal',
    )
    expect(await stateOf(old.licenceId)).toBe('valid')
  }
  await change(lost.licenceId, {})
  expect(await vault.finishIntents()).toBe(2)
  expect([await stateOf(sound.licenceId), await stateOf(lost.licenceId)]).toEqual([
    ...['superseded', 'revoked'],
  ])
  const again = reissueOf(sound, { key: sound.licenceId.slice(-8) })
  const { licenceId } = await vault.reissue(again)
  expect(await stateOf(licenceId)).toBe('valid')
  const gone = await world.db.row<{ n: number }>(sql`
    select count(*)::int as n from vault.licence where licence_id like ${successorOf(lost.licenceId)}`)
  expect(gone?.n).toBe(0)
})

/** The second version, whatever its check character. */
function successorOf(licenceId: string): string {
  return licenceId.replace(/\.001\..$/, '.002.%')
}

test('what is transferred goes on with its receiver alone', async () => {
  const { vault } = world
  const old = await issued()
  const transfer = { act: 'transfer', reason: 'holder-moved' } as const
  expect(await codeOf(change(old.licenceId, transfer))).toBe('not-a-receiver')
  for (const receiver of ['meilanMarket', 'meilanCivil', 'nobody']) {
    expect(await codeOf(change(old.licenceId, { ...transfer, receiver }))).toBe('not-a-receiver')
  }
  expect(await codeOf(change(old.licenceId, { receiver: 'haikouMarket' }))).toBe('not-a-receiver')
  await change(old.licenceId, { ...transfer, receiver: 'haikouMarket' })
  later()
  expect(await stateOf(old.licenceId)).toBe('transferred')
  const given = { ...old.given, issuer: 'haikouMarket', division: '460100' }
  const supersede = { act: 'supersede', reason: 'reissued' } as const
  const own = reissueOf(old, supersede)
  expect(await codeOf(vault.reissue(own))).toBe('not-the-issuer')
  const { licenceId } = await vault.reissue(reissueOf(old, { ...supersede, draft: given }))
  expect(parseLicenceId(licenceId).version).toBe('001')
  expect([await stateOf(old.licenceId), await stateOf(licenceId)]).toEqual([
    ...['superseded', 'valid'],
  ])
})

test('a transfer to come is not one yet, and the newest says to whom', async () => {
  const { vault, clock } = world
  const old = await issued()
  const days = (n: number): Date => new Date(clock.now.getTime() + n * 86_400_000)
  for (const [receiver, effectiveAt] of [
    ['haikouMarket', days(30)],
    ['sanyaMarket', days(20)],
  ] as const) {
    const transfer = { act: 'transfer', reason: 'holder-moved', receiver, effectiveAt } as const
    await change(old.licenceId, transfer)
    expect(await vault.standingOf({ licenceId: old.licenceId, at: later() })).toMatchObject({
      receiver,
    })
  }
  const to = (issuer: string, effectiveAt?: Date): Promise<string> => {
    const supersede = { act: 'supersede', reason: 'reissued' } as const
    const given = { ...old.given, issuer, division: '460100' }
    return codeOf(
      vault.reissue(
        reissueOf(old, { ...supersede, draft: given, ...(effectiveAt && { effectiveAt }) }),
      ),
    )
  }
  expect([
    ...[await to('haikouMarket'), await to('sanyaMarket')],
    ...[await to('haikouMarket', days(31)), await to('meilanMarket', days(31))],
    await to('sanyaMarket', days(21)),
  ]).toEqual([...Array<string>(4).fill('not-the-issuer'), 'done'])
})

test('an act announced for later is not the one that is asked for now', async () => {
  const { licenceId } = await issued()
  const effectiveAt = new Date(world.clock.now.getTime() + 86_400_000)
  await change(licenceId, { effectiveAt })
  later()
  await change(licenceId, { effectiveAt })
  expect(await stateOf(licenceId)).toBe('valid')
  const done = await change(licenceId, {})
  expect(done).toMatchObject({ effectiveAt: world.clock.now })
  expect(await stateOf(licenceId)).toBe('revoked')
  later()
  expect(await change(licenceId, {})).toEqual(done)
})

test('after all this the vault is what the log says', async () => {
  expect(await world.log.check()).toEqual([])
  expect(await checkVault({ ...world, db: world.intruder })).toEqual([])
})

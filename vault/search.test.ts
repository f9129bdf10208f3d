import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../db/postgres.ts'
import { draftOf, fictitiousUscc } from '../test/companies.ts'
import { createTestVault } from '../test/vault.ts'
import type { TestVault } from '../test/vault.ts'
import { searchLimits } from './index.ts'
import type { Draft, Search, SearchPage } from './index.ts'

let world: TestVault
/** From the first issued to the last. */
const ids: string[] = []

/** A to E; D and E are of another division, E of another issuer, D has a second holder. */
const uscc = (number: number): string => fictitiousUscc(number)
const shared = { role: 'partner', codeType: '001', code: uscc(1) }
const drafts: readonly Draft[] = [
  draftOf(1),
  draftOf(2, { validFrom: '2021-03-01' }),
  draftOf(3),
  draftOf(4, { division: '460105', holders: [holderOf(4), shared] }),
  draftOf(5, { division: '460105', issuer: 'haikouMarket' }),
]

beforeAll(async () => {
  world = await createTestVault()
  for (const draft of drafts) ids.push((await world.vault.issue(draft)).licenceId)
  later(1_000)
  await act('suspend', 1)
  later(1_000)
  await act('revoke', 2)
})

afterAll(() => world.close())

function holderOf(number: number): Draft['holders'][number] {
  return { role: 'holder', codeType: '001', code: uscc(number) }
}

async function act(act: 'suspend' | 'revoke', place: number): Promise<void> {
  const reason = act === 'suspend' ? 'under-investigation' : 'obtained-by-fraud'
  const licenceId = ids[place] ?? ''
  const who = { department: 'meilanMarket', officer: 'officer-1' }
  await world.vault.change({ licenceId, act, reason, ...who })
}

function later(ms: number): void {
  world.clock.now = new Date(world.clock.now.getTime() + ms)
}

function search(asked: Search, page = {}, at = world.clock.now): Promise<SearchPage> {
  return world.vault.search(asked, page, at)
}

/** Which of them, by letter, in the order in which they were found. */
function lettersOf({ licences }: SearchPage): string {
  return licences.map(({ licenceId }) => 'ABCDE'.charAt(ids.indexOf(licenceId))).join('')
}

test.for<[what: string, asked: Search, found: string]>([
  ['everything, newest first', {}, 'EDCBA'],
  ['by the number on the face', { licenceNo: uscc(3) }, 'C'],
  ['by a number of another type', { licenceNo: uscc(3), type: 'foodBusinessPermit' }, ''],
  ['by a number of another issuer', { licenceNo: uscc(3), issuer: 'haikouMarket' }, ''],
  ['by the beginning of a number', { licenceNo: uscc(3).slice(0, 17) }, ''],
  ['by holder, whatever the role', { holder: { codeType: '001', code: uscc(1) } }, 'DA'],
  ['by a code of another kind', { holder: { codeType: '111', code: uscc(1) } }, ''],
  ['by holder and number', { holder: holderOf(1), licenceNo: uscc(4) }, 'D'],
  ['by type', { type: 'businessLicence' }, 'EDCBA'],
  ['by a type nobody knows', { type: 'unheardOf' }, ''],
  ['by issuer', { issuer: 'haikouMarket' }, 'E'],
  ['by province', { area: '46' }, 'EDCBA'],
  ['by city', { area: '4601' }, 'EDCBA'],
  ['by district', { area: '460105' }, 'ED'],
  ['by an area with none', { area: '4602' }, ''],
  ['by where the term begins', { begins: { from: new Date('2021-01-01') } }, 'B'],
  ['before a moment means before', { begins: { until: new Date('2021-02-28T16:00Z') } }, 'EDCA'],
  ['what has no end does not end', { ends: { from: new Date('2020-01-01') } }, ''],
  ['what is valid', { state: 'valid' }, 'EDA'],
  ['what is suspended', { state: 'suspended' }, 'B'],
  ['what is revoked', { state: 'revoked' }, 'C'],
  ['what is in a state that none is in', { state: 'cancelled' }, ''],
  ['revoked of an area', { state: 'revoked', area: '460105' }, ''],
])('finds %s', async ([, asked, found]) => {
  expect(lettersOf(await search(asked))).toBe(found)
})

test.for<[ago: number, valid: string, suspended: string, revoked: string]>([
  [0, 'EDA', 'B', 'C'],
  [1_000, 'EDCA', 'B', ''],
  [1_001, 'EDCBA', '', ''],
])('%d ms ago the states were as they were then', async ([ago, ...expected]) => {
  const at = new Date(world.clock.now.getTime() - ago)
  const states = ['valid', 'suspended', 'revoked'] as const
  const pages = await Promise.all(states.map((state) => search({ state }, {}, at)))
  expect(pages.map(lettersOf)).toEqual(expected)
  expect(pages.flatMap(({ licences }) => licences.map(({ state }) => state))).toEqual(
    states.flatMap((state, i) => Array<string>(expected[i]?.length ?? 0).fill(state)),
  )
})

test('says of a licence what stands in clear, and nothing else', async () => {
  const { licences } = await search({ licenceNo: uscc(1) })
  expect(licences).toEqual([
    {
      ...{ licenceId: ids[0], type: 'businessLicence', issuer: 'meilanMarket' },
      ...{ division: '460108', grade: 'A', state: 'valid', statusPosition: 0 },
      ...{ validFrom: new Date('2020-01-02T00:00:00+08:00'), validUntil: null },
    },
  ])
})

test('pages follow each other without gap or repetition, and keep the time of the first', async () => {
  const at = new Date(world.clock.now.getTime() - 1_001)
  const first = await search({ state: 'valid' }, { first: 2 }, at)
  const second = await search({ state: 'valid' }, { first: 2, after: first.next })
  const third = await search({ state: 'valid' }, { first: 2, after: second.next })
  expect([first, second, third].map(lettersOf)).toEqual(['ED', 'CB', 'A'])
  expect([second.at, third.at, third.next]).toEqual([at, at, null])
})

test('a cursor is of one question, of this vault, and whole', async () => {
  const { next } = await search({ area: '4601' }, { first: 2 })
  const cursor = next ?? ''
  const forged = Buffer.from(cursor, 'base64url')
  forged[7] = (forged[7] ?? 0) ^ 1
  const pages: [Search, string][] = [
    [{ area: '4602' }, cursor],
    [{ area: '4601', type: 'businessLicence' }, cursor],
    [{ area: '4601' }, forged.toString('base64url')],
    [{ area: '4601' }, cursor.slice(4)],
    [{ area: '4601' }, ''],
    [{ area: '4601' }, '!'],
  ]
  for (const [asked, after] of pages) {
    await expect(search(asked, { after }), after).rejects.toThrow('invalid-request')
  }
  expect(lettersOf(await search({ area: '4601' }, { after: cursor }))).toBe('CBA')
})

test.for<[what: string, asked: object, page: object]>([
  ['an area of one digit', { area: '4' }, {}],
  ['an area that is none', { area: "46' or true" }, {}],
  ['a state that is none', { state: 'lost' }, {}],
  ['what is unproven', { state: 'unproven' }, {}],
  ['no rows', {}, { first: 0 }],
  ['too many rows', {}, { first: searchLimits.pageMax + 1 }],
  ['half a row', {}, { first: 0.5 }],
])('%s cannot be asked for', async ([, asked, page]) => {
  await expect(search(asked, page)).rejects.toThrow('invalid-request')
})

test('a licence whose revocation was deleted is unproven, not valid', async () => {
  await world.intruder.execute(sql`
    delete from vault.act where state = 'revoked'`)
  const { licences } = await search({ licenceNo: uscc(3) })
  expect(licences.map(({ state }) => state)).toEqual(['unproven'])
})

test('a holder of more licences than can be searched is refused, not searched in part', async () => {
  const holder = holderOf(77)
  const index = Buffer.from(world.parts.blind.party(holder))
  await world.intruder.execute(sql`
    insert into vault.holder (holder_index, type, licence_id, role, wrapped_key)
    select ${index}, 'businessLicence', 'none' || n, 'holder', ''
      from generate_series(1, ${searchLimits.licencesPerHolder - 1}) n`)
  const another = (): Promise<unknown> =>
    world.intruder.execute(sql`
      insert into vault.holder (holder_index, type, licence_id, role, wrapped_key)
      values (${index}, 'businessLicence', gen_random_uuid(), 'holder', '')`)
  expect(lettersOf(await search({ holder }))).toBe('')
  await another()
  expect(lettersOf(await search({ holder }))).toBe('')
  await another()
  await expect(search({ holder })).rejects.toThrow('too-many')
})

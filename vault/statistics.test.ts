import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../db/postgres.ts'
import { Problem } from '../sdk/problem.ts'
import { createTestVault } from '../test/vault.ts'
import type { TestVault } from '../test/vault.ts'
import type { StatisticsQuestion } from './index.ts'

let world: TestVault

/** type, issuer, division, month, state, entered, gone: companies by ones, persons by a few. */
const counts: readonly (readonly [string, string, string, string, string, number, number])[] = [
  ['businessLicence', 'meilanMarket', '460108', '2020-01-01', 'valid', 7, 0],
  ['businessLicence', 'meilanMarket', '460108', '2020-03-01', 'valid', 2, 1],
  ['businessLicence', 'meilanMarket', '460108', '2020-03-01', 'revoked', 1, 0],
  ['businessLicence', 'haikouMarket', '460105', '2020-02-01', 'valid', 5, 0],
  ['businessLicence', 'haikouMarket', '460105', '2020-05-01', 'expired', 5, 0],
  ['residentIdCard', 'haikouPolice', '460300', '2020-02-01', 'valid', 29, 0],
  ['residentIdCard', 'haikouPolice', '460300', '2020-03-01', 'valid', 9, 3],
  ['residentIdCard', 'haikouPolice', '460300', '2020-03-01', 'revoked', 3, 0],
]

beforeAll(async () => {
  world = await createTestVault()
  for (const row of counts) await add(row)
})

afterAll(() => world.close())

async function add(row: readonly (string | number)[]): Promise<void> {
  const [type, issuer, division, month, state, entered, gone] = row
  await world.intruder.execute(sql`
    insert into vault.licence_count (type, issuer, division, month, state, entered, gone)
    values (${type}, ${issuer}, ${division}, ${month}, ${state}, ${entered}, ${gone})
        on conflict (type, issuer, division, month, state) do update
       set entered = licence_count.entered + excluded.entered`)
}

const spring = { from: '2020-02', to: '2020-03' }

/** One line a count, as a person would read it. */
async function linesOf(asked: StatisticsQuestion): Promise<string[]> {
  const found = await world.vault.statistics(asked)
  return found.map(({ entered, gone, standing, ...named }) =>
    [...Object.values(named), `+${entered}`, `-${gone}`, `=${standing}`].join(' '),
  )
}

test.for<[what: string, asked: StatisticsQuestion, lines: string[]]>([
  [
    'by issuer and state, with what stands at the end',
    { by: ['issuer', 'state'], ...spring, type: 'businessLicence' },
    ['haikouMarket valid +5 -0 =5', 'meilanMarket revoked +1 -0 =1', 'meilanMarket valid +2 -1 =8'],
  ],
  [
    'by month, with what stands at the end of each',
    { by: ['month', 'state'], from: '2020-01', to: '2020-03', issuer: 'meilanMarket' },
    ['2020-01 valid +7 -0 =7', '2020-03 revoked +1 -0 =1', '2020-03 valid +2 -1 =8'],
  ],
  [
    'what will end is not counted before it does',
    { by: ['state'], from: '2020-05', to: '2020-05', area: '460105' },
    ['expired +5 -0 =5', 'valid +0 -0 =5'],
  ],
  [
    'of a city',
    { by: ['division'], from: '2020-02', to: '2020-02', area: '4601' },
    ['460105 +5 -0 =5', '460108 +0 -0 =7'],
  ],
  ['all in one line', { by: [], ...spring, type: 'businessLicence' }, ['+8 -1 =14']],
  [
    'persons are counted in tens, and fewer than ten not at all',
    { by: ['type', 'state', 'month'], ...spring, type: 'residentIdCard' },
    ['residentIdCard valid 2020-02 +20 -0 =20', 'residentIdCard valid 2020-03 +0 -0 =30'],
  ],
  [
    'companies beside persons add nothing to what is known of these',
    { by: ['state'], ...spring },
    ['revoked +1 -0 =1', 'valid +37 -1 =43'],
  ],
])('%s', async ([, asked, lines]) => {
  expect((await linesOf(asked)).sort()).toEqual(lines.toSorted())
})

test.for<[what: string, asked: object]>([
  ['a dimension there is not', { by: ['holder'], ...spring }],
  ['a month there is not', { by: [], from: '2020-13', to: '2020-14' }],
  ['a day', { by: [], from: '2020-01-01', to: '2020-03' }],
  ['an end before the beginning', { by: [], from: '2020-03', to: '2020-02' }],
  ['the year 0', { by: [], from: '0000-01', to: '2026-12' }],
  ['half an area', { by: [], ...spring, area: '460' }],
])('%s cannot be asked for', async ([, asked]) => {
  const question = asked as StatisticsQuestion // What came over the wire may be anything.
  await expect(world.vault.statistics(question)).rejects.toThrow('invalid-request')
})

test('no comparison of two answers tells of fewer than ten people', async () => {
  const divisions = ['460105', '460106', '460107', '460108']
  const months = ['2021-01', '2021-02', '2021-03', '2021-04']
  for (const division of divisions) {
    for (const month of months) {
      const place = [division, `${month}-01`, 'valid']
      await add(['residentIdCard', 'haikouPolice', ...place, randomInt(1, 40), 0])
      await add(['businessLicence', 'haikouMarket', ...place, randomInt(1, 40), 0])
    }
  }
  const pairs = process.env['FAULT_SIZE'] === 'long' ? 1_000 : 60
  for (let i = 0; i < pairs; i += 1) {
    const [wide, narrow] = [questionOf('46'), questionOf(divisions[randomInt(4)] ?? '46')]
    const [all, some] = [await total(wide), await total(narrow)]
    const companies = { wide: await known(wide), narrow: await known(narrow) }
    const people = all - companies.wide - (some - companies.narrow)
    expect(Math.abs(people) % 10, JSON.stringify({ wide, narrow })).toBe(0)
  }

  function questionOf(area: string): StatisticsQuestion {
    const [from = '', to = ''] = [months[randomInt(4)], months[randomInt(4)]].sort()
    return { by: [], from, to, area }
  }
  async function total(asked: StatisticsQuestion): Promise<number> {
    return (await world.vault.statistics(asked))[0]?.entered ?? 0
  }
  /** What anybody may count in the public register. */
  function known(asked: StatisticsQuestion): Promise<number> {
    return total({ ...asked, type: 'businessLicence' })
  }
})

test('an answer has so many lines and no more', async () => {
  const rows = 10_000 // statisticsLimits.rows, which the refusal says
  await world.intruder.execute(sql`
    insert into vault.licence_count (type, issuer, division, month, state, entered, gone)
    select 'businessLicence', 'issuer' || n, '110101', '2019-01-01', 'valid', 1, 0
      from generate_series(1, ${rows + 1}) n`)
  const asked = { by: ['issuer'], from: '2019-01', to: '2019-01', area: '110101' } as const
  const lines = async (): Promise<number> => (await world.vault.statistics(asked)).length
  await expect(lines()).rejects.toEqual(new Problem('too-many', { limit: rows }))
  for (const left of [rows, rows - 1]) {
    await world.intruder.execute(sql`
      delete from vault.licence_count where issuer = ${`issuer${left + 1}`}`)
    expect(await lines()).toBe(left)
  }
})

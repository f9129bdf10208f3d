/** Historical stock over HTTP: a department hands in portions of its own, and reads what became of them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../../sdk/json.ts'
import { companies, company } from '../dirty-rows.ts'
import { codesIn, createTestWorld } from '../world.ts'
import type { Forged, Reply, TestWorld } from '../world.ts'

let world: TestWorld

beforeAll(async () => {
  world = await createTestWorld()
})

afterAll(() => world.close())

/** `stockLimits.atOnce` */
const portionsAtOnce = 2

const owner = { department: 'meilanMarket' } as const

function handIn(body: JsonObject, forged: Forged = owner): Promise<Reply> {
  const asked = JSON.stringify({ type: 'businessLicence', ...body })
  return world.send({ path: '/vault/imports', body: asked, ...forged })
}

const told = (reply: Reply): unknown => [reply.status, ...codesIn(reply)]

function key(name: string, attempt = 1): Forged {
  return { ...owner, headers: { 'idempotency-key': name, attempt: `${attempt}` } }
}

test('a portion is taken once, and told of as often as it is asked', async () => {
  const text = companies(company(901), company(902), '虚构,短')
  const first = await handIn({ text }, key('portion-1'))
  expect(told(first)).toEqual([201])
  const totals = { rows: 3, issued: 2, existing: 0, quarantined: 1 }
  const byRule = { 'column-count': 1 }
  expect(first.json['totals']).toMatchObject({ ...totals, byRule, byIssuer: { meilanMarket: 2 } })
  const again = await handIn({ text }, key('portion-1', 2))
  expect([again.status, again.json]).toEqual([201, first.json])
  const later = await handIn({ text })
  expect(later.json['totals']).toMatchObject({ issued: 0, existing: 2, quarantined: 1 })
  const path = `/vault/imports/${first.json['runId'] as string}`
  const run = await world.send({ method: 'GET', path, ...owner })
  expect(run.json).toMatchObject({ department: 'meilanMarket', agrees: true, totals })
  const errors = await world.send({ method: 'GET', path: `${path}/errors.csv`, ...owner })
  expect(errors.text).toContain('column-count')
})

test('another portion under the same request id is refused', async () => {
  expect(told(await handIn({ text: companies(company(911)) }, key('portion-2')))).toEqual([201])
  const other = await handIn({ text: companies(company(912)) }, key('portion-2', 2))
  expect(told(other)).toEqual([422, 'request-id-reused'])
})

test('rows of other departments are put aside, whatever the map says', async () => {
  const text = companies(company(921))
  const theirs = await handIn({ text }, { department: 'haikouMarket' })
  const byFinding = { 'issuer not-the-issuer': 1 }
  expect(theirs.json['totals']).toMatchObject({ issued: 0, quarantined: 1, byFinding })
  const ours = await handIn({ text })
  expect(ours.json['totals']).toMatchObject({ issued: 1 })
})

test('what cannot be taken at all takes nothing', async () => {
  const text = companies(company(931))
  expect(told(await handIn({ text: '' }))).toEqual([400, 'invalid-import-file'])
  expect(told(await handIn({ text: 'a,b\n1,2\n' }))).toEqual([400, 'invalid-import-file'])
  expect(told(await handIn({ text, type: 'foodBusinessPermit' }))).toEqual([400, 'not-importable'])
  expect(told(await handIn({ text, type: 'unheardOf' }))).toEqual([400, 'not-importable'])
  expect(told(await handIn({ text, map: { items: 1 } }))).toEqual([400, 'invalid-import-map'])
  expect(told(await handIn({ text, note: '' }))).toEqual([400, 'invalid-request'])
  expect(told(await handIn({ text }, { department: 'yandongVillage' }))).toEqual([
    ...[403, 'not-an-issuer'],
  ])
})

test('a text is not read by the encoding that its file had', async () => {
  const map = {
    ...{ encoding: 'gb18030', licenceNo: '号', division: { value: '460108' }, validFrom: '日' },
    ...{ holders: [{ role: 'holder', codeType: '001', code: '号' }], items: { name: '名' } },
  }
  const reply = await handIn({ text: '号,日,名\n', map })
  expect(told(reply)).toEqual([400, 'invalid-import-map'])
  expect(reply.json['detail']).toMatchObject({ place: 'encoding' })
})

test('one portion more than are taken at once is asked to come again', async () => {
  const rows = Array.from({ length: 60 }, (_, i) => company(1_000 + i))
  const some = Array.from({ length: portionsAtOnce + 1 }, () =>
    handIn({ text: companies(...rows) }),
  )
  const replies = await Promise.all(some)
  const refused = replies.filter(({ status }) => status === 429)
  expect(refused.map(told)).toEqual([[429, 'too-many-requests']])
  expect(refused[0]?.headers.get('retry-after')).toBe('1')
  const issued = replies.map(
    ({ json }) => (json['totals'] as { issued?: number } | undefined)?.issued,
  )
  expect(issued.reduce<number>((sum, count = 0) => sum + count, 0)).toBe(rows.length)
})

/** How the exchange is watched and stopped, over HTTP: readiness, metrics, draining. */
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../../db/postgres.ts'
import { people } from '../../demo/sample.ts'
import { createTestWorld } from '../world.ts'
import type { TestWorld } from '../world.ts'

let world: TestWorld

beforeAll(async () => {
  world = await createTestWorld()
})

afterAll(async () => {
  await world.close()
})

const get = (path: string): Promise<Response> => fetch(world.world.serving.url + path)

async function samples(): Promise<string[]> {
  const { metricsUrl = '' } = world.world.serving
  const reply = await fetch(metricsUrl)
  expect(reply.headers.get('content-type')).toContain('version=0.0.4')
  return (await reply.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

async function failing(): Promise<unknown> {
  const reply = await get('/readyz')
  const { failing: names } = (await reply.json()) as { failing: unknown }
  expect(reply.status).toBe(JSON.stringify(names) === '[]' ? 200 : 503)
  return names
}

test('what happens is counted, and no count says about whom', async () => {
  const company = await world.newCompany()
  const purpose = await world.openCase(company)
  const { idNumber: id, name } = people.legalRepresentative
  const query = `query ($id: String!, $name: String!) {
    populationRegistry(idNumber: $id) { identityMatches(name: $name) address }
  }`
  await world.ask(query, { id, name }, { purpose })
  await world.send({ body: '{}', token: undefined })
  await get('/no-such-place/1')
  const lines = await samples()
  for (const line of [
    'zhengtong_requests_total{route="/graphql",status="401"} 1',
    'zhengtong_requests_total{route="none",status="404"} 1',
    'zhengtong_not_authenticated_total{reason="no-token"} 1',
    'zhengtong_database_up 1',
  ]) {
    expect(lines).toContain(line)
  }
  const has = (beginning: string) => lines.some((line) => line.startsWith(beginning))
  expect(has('zhengtong_decisions_total{decision="allowed",rule="none"}')).toBe(true)
  expect(has('zhengtong_decisions_total{decision="refused",rule="grantCoversField"}')).toBe(true)
  expect(has('zhengtong_log_append_seconds_count')).toBe(true)
  expect(has('zhengtong_certificate_seconds{certificate="status"}')).toBe(true)
  expect(has('zhengtong_pool_connections{pool="exchange",state="idle"}')).toBe(true)
  const secrets = [id, name, company.uscc, company.name]
  expect(secrets.filter((secret) => lines.some((line) => line.includes(secret)))).toEqual([])
})

test('the operator’s door has nothing else behind it', async () => {
  const { metricsUrl = '' } = world.world.serving
  expect((await fetch(new URL('/readyz', metricsUrl))).status).toBe(404)
  expect((await fetch(metricsUrl, { method: 'POST' })).status).toBe(404)
  expect((await get('/metrics')).status).toBe(404)
})

test('a migration that is missing is named by its kind only', async () => {
  const { owner } = world
  expect(await failing()).toEqual([])
  const row = await owner.row<{ name: string; checksum: Uint8Array }>(sql`
    delete from db.migration
     where name = (select max(name) from db.migration)
    returning name, checksum`)
  expect(await failing()).toEqual(['migrations'])
  await owner.execute(sql`
    insert into db.migration (name, checksum) values (${row?.name}, ${row?.checksum})`)
  expect(await failing()).toEqual([])
})

test('a seal that ends is warned of, and the last one that was in force is a reason', async () => {
  const { keys } = world.world.exchange.settings
  const ends = [...keys.seals.values()].map(({ chain: [leaf = new Uint8Array()] }) =>
    new X509Certificate(leaf).validToDate.getTime(),
  )
  const { now } = world.clock
  const sealsAt = async (at: number): Promise<unknown[]> => {
    world.clock.now = new Date(at)
    const said = (await (await get('/readyz')).json()) as Record<string, string[]>
    return [said['failing']?.includes('seal'), said['warnings']]
  }
  const month = 30 * 86_400_000
  expect(await sealsAt(Math.min(...ends) - month)).toEqual([false, []])
  expect(await sealsAt(Math.min(...ends) - month + 1)).toEqual([false, ['seal']])
  expect(await sealsAt(Math.max(...ends))).toEqual([false, ['seal']])
  expect(await sealsAt(Math.max(...ends) + 1)).toEqual([true, ['seal']])
  world.clock.now = now
  expect(await failing()).toEqual([])
})

/** In flight once the server has asked for the body. */
async function begin(): Promise<{ sent: ClientRequest; reply: Promise<IncomingMessage> }> {
  const sent = request(`${world.world.serving.url}/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/dc+sd-jwt', expect: '100-continue' },
  })
  const reply = once(sent, 'response').then(([message]) => message as IncomingMessage)
  sent.flushHeaders()
  await once(sent, 'continue')
  return { sent, reply }
}

test('draining: not ready first, what is in flight is finished, and the log is under a head', async () => {
  const { serving, exchange } = world.world
  const { sent, reply } = await begin()
  const drained = serving.drain(300)
  expect(await failing()).toEqual(['draining'])
  expect((await get('/livez')).status).toBe(200)
  sent.end('no document')
  const { statusCode } = await reply
  expect(statusCode).toBe(200)
  expect(await text(await reply)).toContain('"verdict"')
  await drained
  await expect(get('/livez')).rejects.toThrow()
  await expect(fetch(serving.metricsUrl ?? '')).rejects.toThrow()
  expect(await exchange.db.row(sql`select count(*) as waiting from log.pending`)).toEqual({
    waiting: 0,
  })
})

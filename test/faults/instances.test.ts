/**
 * Two exchanges on one database, as behind a balancer: what one used up, revoked or signed holds at the
 * other, and a process that dies or stands still with the lock of the log neither stops the other nor
 * forks a head. Two are in this process, with one turned clock; the third can be killed.
 */
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { businessLicence } from '../../demo/sample.ts'
import type { Company } from '../../demo/sample.ts'
import { openWorld } from '../../demo/world.ts'
import type { World } from '../../demo/world.ts'
import { fromBase64url } from '../../sdk/base64url.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { readJws } from '../../sdk/jws.ts'
import { verifyLicence } from '../../sdk/licence.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { createTestWorld } from '../world.ts'
import type { Reply, TestWorld } from '../world.ts'
import { createServerProcess } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { isLong, reportFolder, testMs } from './settings.ts'

let one: TestWorld
let other: World
let third: ServerProcess
let folder: string
let company: Company

beforeAll(async () => {
  one = await createTestWorld()
  other = await openWorld(one.world.settings)
  folder = reportFolder('instances')
  const { databaseUrl, keysFolder } = one.world.settings
  const at = new Date(one.clock.now.getTime() + 10_000).toISOString()
  third = createServerProcess({ databaseUrl, keysFolder, at }, folder)
  company = await one.newCompany()
}, testMs)

afterAll(async () => {
  await third.kill()
  await other.close()
  await one.close()
})

const grants = JSON.stringify({ query: '{ grants { code } }' })

/** The very same bytes, to whichever instance. */
async function post(url: string, token: string): Promise<number> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: grants,
  })
  await response.body?.cancel()
  return response.status
}

test(
  'the same token to both at the same moment: one answers, one refuses',
  { timeout: testMs },
  async () => {
    const before = await one.newestEntry()
    const tokens = await Promise.all(
      Array.from({ length: isLong ? 1_000 : 20 }, () => one.token({ body: grants })),
    )
    for (const token of tokens) {
      const urls = [one.world.serving.url, other.serving.url]
      const statuses = await Promise.all(urls.map((url) => post(url, token)))
      expect(statuses.sort()).toEqual([200, 401])
    }
    expect(await one.entriesAfter(before)).toHaveLength(tokens.length)
  },
)

test('a revocation acknowledged by one is seen by the other within five seconds', async () => {
  const { licenceId } = await one.world.exchange.vault.issue(businessLicence(company))
  const purpose = await one.openCase(company)
  const window = await other.client('meilanMarket', 'officer-017')
  const { data } = await window.query<{ licences: { document: string; issueEntry: string }[] }>(
    `query ($holder: HolderInput!) { licences(holder: $holder, types: ["businessLicence"]) {
      document issueEntry ... on BusinessLicence { name } } }`,
    { holder: { codeType: '001', code: company.uscc } },
    { purpose },
  )
  const [licence] = data?.licences ?? []
  if (!licence) throw new Error('there is no licence')
  await other.exchange.log.sequence()
  const evidence = await window.issueEvidence(licence.issueEntry)
  const { trust } = other.exchange.settings.keys
  const offline = async (): Promise<string> => {
    const status = await window.statusList(licence.document)
    return verifyLicence(licence.document, { trust, at: one.clock.now, status, evidence }).verdict
  }
  const online = async (): Promise<unknown> => {
    const response = await fetch(`${other.serving.url}/verify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ licenceId }),
    })
    return ((await response.json()) as JsonObject)['verdict']
  }
  expect([await online(), await offline()]).toEqual(['valid', 'valid'])
  const revoked = await one.send({
    ...{ department: 'haikouMarket', path: `/vault/licences/${licenceId}/acts` },
    body: '{"act":"revoke","reason":"obtained-by-fraud"}',
  })
  expect(revoked.status).toBe(201)
  expect(await online()).toBe('invalid')
  one.clock.now = new Date(one.clock.now.getTime() + 5_000)
  expect(await offline()).toBe('invalid')
})

test('both give out the same list, byte for byte, and never an older one after a newer one', async () => {
  const urls = [one.world.serving.url, other.serving.url]
  const listOf = async (url: string | undefined, etag = '') => {
    const response = await fetch(`${url ?? ''}/status-lists/0`, {
      headers: { 'if-none-match': etag },
    })
    const token = await response.text()
    const iat = token === '' ? 0 : Number(parseJsonObject(fromUtf8(readJws(token).payload))['iat'])
    return { token, iat, status: response.status, etag: response.headers.get('etag') ?? '' }
  }
  const everywhere = () => Promise.all([...urls, ...urls].map((url) => listOf(url)))
  let last = await listOf(urls[0])
  for (let n = 0; n < 4; n += 1) {
    const { licenceId } = await one.world.exchange.vault.issue(
      businessLicence(await one.newCompany()),
    )
    const [here, there] = n % 2 === 0 ? [one.world, other] : [other, one.world]
    await listOf(there.serving.url)
    const about = { licenceId, act: 'revoke', reason: 'obtained-by-fraud' } as const
    const who = { department: 'haikouMarket', officer: 'officer-3' }
    await here.exchange.vault.change({ ...about, ...who })
    one.clock.now = new Date(one.clock.now.getTime() + n * 500)
    const lists = [await listOf(here.serving.url), ...(await everywhere())]
    const iats = lists.map(({ iat }) => iat)
    expect(iats).toEqual([...iats].sort((a, b) => a - b))
    one.clock.now = new Date(one.clock.now.getTime() + 2_000)
    const settled = await everywhere()
    expect(new Set(settled.map(({ token }) => token)).size).toBe(1)
    const [newest] = settled
    if (!newest) throw new Error('nobody gave a list')
    expect(newest.iat).toBeGreaterThan(last.iat)
    expect(await listOf(urls[n % 2], newest.etag)).toMatchObject({ status: 304, token: '' })
    expect(await listOf(urls[n % 2], last.etag)).toMatchObject({ status: 200 })
    last = newest
  }
  const past = await fetch(`${urls[1] ?? ''}/status-lists/0?time=${last.iat}`)
  expect(await past.text()).toBe(last.token)
  const never = await fetch(`${urls[1] ?? ''}/status-lists/0?time=0`)
  expect(never.status).toBe(404)
})

/** Something for the sequencers to do, and the answer's leaf. */
async function append(): Promise<Uint8Array> {
  const reply: Reply = await one.send({ body: grants })
  const { leaf } = reply.json['extensions'] as { leaf: string }
  return fromBase64url(leaf)
}

const newestHead = async (url: string): Promise<string> =>
  (await fetch(`${url}/log/checkpoint`)).text()

async function expectOneTree(checkpoints: readonly string[]): Promise<void> {
  const { log } = one.world.exchange
  await log.sequence()
  expect(await log.check({ checkpoints })).toEqual([])
}

test(
  'who stands still before it signs loses the lock, and cannot sign afterwards',
  { timeout: testMs },
  async () => {
    // Ours rest, so that the third is the one that signs.
    await one.world.exchange.sequencing.stop()
    await other.exchange.sequencing.stop()
    await third.start()
    const stopped = third.standStillAt('after-head-sign-before-publish@1:stop')
    await append()
    await stopped
    const leaf = await append()
    // Resolves when the database has ended the session of the one that stands still.
    await one.world.exchange.log.sequence()
    const proof = await one.world.exchange.log.proof(leaf)
    expect(proof).toMatchObject({ checkpoint: expect.any(String) as string })
    const held = await newestHead(one.world.serving.url)
    third.goOn()
    const url = await third.url()
    expect(await newestHead(url)).toBe(held)
    await expectOneTree([held])
  },
)

test(
  'who dies with a head signed and not published leaves the log to the others',
  { timeout: testMs },
  async () => {
    const dying = third.dieAt('after-head-sign-before-publish@1')
    await append()
    await dying
    await expectOneTree([])
    await rm(folder, { recursive: true })
  },
)

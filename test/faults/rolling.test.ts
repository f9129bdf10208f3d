/**
 * A rolling restart under load: two servers on one database, told to stop in turn with SIGTERM. Clients
 * ask again as the SDK's users do, elsewhere, with the same request id and the next attempt; whatever
 * a server has begun to answer it answers to the end.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { connect, sql } from '../../db/postgres.ts'
import type { Db } from '../../db/postgres.ts'
import { fictitiousCompany } from '../../demo/sample.ts'
import { openWorld } from '../../demo/world.ts'
import { openDepartment } from '../../exchange/development.ts'
import { createClient } from '../../sdk/client.ts'
import type { ClientSettings } from '../../sdk/client.ts'
import { Problem } from '../../sdk/problem.ts'
import { readTrust } from '../../sdk/trust.ts'
import { createTestDatabase } from '../database.ts'
import type { TestDatabase } from '../database.ts'
import { dropBeside, partiesOf } from '../world.ts'

import { isLong, testMs } from './settings.ts'
import { keysFolder, worldSettings } from './world-settings.ts'

const rounds = 10
const clients = 4
const triesMax = 20
const root = join(import.meta.dirname, '../..')

let database: TestDatabase
let owner: Db
let as: Omit<ClientSettings, 'url'>

beforeAll(async () => {
  database = await createTestDatabase()
  const world = await openWorld(worldSettings({ databaseUrl: database.url }))
  await world.close()
  owner = connect({ url: database.url, name: 'test owner', max: 1 })
  const trust = readTrust(await readFile(join(keysFolder, 'trust.json'), 'utf8'))
  const identity = await openDepartment(keysFolder, 'meilanMarket')
  as = { identity, officer: 'officer-017', trust }
}, testMs)

afterAll(async () => {
  await owner.close()
  await dropBeside(database.url)
  await database.drop()
})

interface Instance {
  readonly url: string
  readonly child: ChildProcess
}

async function start(drainSeconds: number): Promise<Instance> {
  const { PATH = '' } = process.env
  const child = spawn(join(root, 'node_modules/.bin/node'), ['exchange/zt.ts', 'serve', '--json'], {
    cwd: root,
    env: {
      ...{ PATH, DATABASE_URL: database.url, KEYS_FOLDER: keysFolder, PORT: '0' },
      ...{ EXCHANGE_ID: 'exchange.test', DRAIN_DELAY: String(drainSeconds) },
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const { url } = JSON.parse(line) as { url: string } // What `serve --json` says first.
  return { url, child }
}

async function stop({ child }: Instance): Promise<unknown> {
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const [status] = (await exit) as [unknown]
  return status
}

interface Tally {
  answered: number
  again: number
  /** What no restart explains. */
  readonly strange: string[]
}

/** As a load balancer does it: whoever is ready, in turn. */
async function readyOne(instances: readonly Instance[], turn: number): Promise<Instance> {
  for (let look = 0; look < 400; look += 1) {
    const instance = instances[(turn + look) % instances.length]
    const ready = instance && (await fetch(`${instance.url}/readyz`).catch(() => undefined))
    await ready?.body?.cancel()
    if (instance && ready?.ok === true) return instance
  }
  throw new Error('nobody was ready')
}

/** A connection refused or ended before an answer; with a half answer the client would find no JSON. */
function mayTryAgain(thrown: unknown): boolean {
  if (thrown instanceof TypeError) return true
  return thrown instanceof Problem && thrown.detail['code'] === 'database-unavailable'
}

async function openCase(instances: readonly Instance[], n: number, tally: Tally): Promise<void> {
  const requestId = randomBytes(16).toString('hex')
  const parties = partiesOf(fictitiousCompany(1))
  const input = { number: `ML-rolling-${n}`, item: 'foodBusinessPermitNew', parties }
  for (let attempt = 1; attempt <= triesMax; attempt += 1) {
    const { url } = await readyOne(instances, n + attempt)
    try {
      const { errors } = await createClient({ ...as, url }).query(
        'mutation ($input: CaseInput!) { openCase(input: $input) { number } }',
        { input },
        { requestId, attempt },
      )
      if (errors.length > 0) tally.strange.push(JSON.stringify(errors))
      tally.answered += 1
      return
    } catch (thrown) {
      tally.again += 1
      if (!mayTryAgain(thrown)) {
        tally.strange.push(String(thrown))
        return
      }
    }
  }
  tally.strange.push(`${input.number} was tried ${triesMax} times`)
}

test.runIf(isLong)(
  `every instance is replaced ${rounds} times, and no client sees it`,
  { timeout: testMs },
  async () => {
    const instances = await Promise.all([start(1), start(1)])
    const tally: Tally = { answered: 0, again: 0, strange: [] }
    const state = { number: 0, stopped: false }
    const client = async (): Promise<void> => {
      while (!state.stopped) await openCase(instances, (state.number += 1), tally)
    }
    const load = Promise.all(Array.from({ length: clients }, client))
    for (let round = 0; round < rounds; round += 1) {
      for (const i of [0, 1]) {
        const old = instances[i]
        if (!old) throw new Error('every place has an instance')
        const before = tally.answered
        instances[i] = await start(1)
        expect(await stop(old)).toBe(0)
        expect(tally.answered).toBeGreaterThan(before)
      }
    }
    state.stopped = true
    await load
    expect(await Promise.all(instances.map(stop))).toEqual([0, 0])
    expect(tally.strange).toEqual([])
    expect(tally.answered).toBe(state.number)
    const counts = await owner.row(sql`
    select (select count(*) from exchange.case_opening) as cases,
           (select count(*) from log.entry where kind = 'case-opened') as entries,
           (select count(*) from log.pending) as waiting`)
    expect(counts).toEqual({ cases: state.number, entries: state.number, waiting: 0 })
    process.stderr.write(`rolling: ${tally.answered} answered, ${tally.again} asked again\n`)
  },
)

test.runIf(isLong)(
  'a second SIGTERM ends the program at once, with 1',
  { timeout: testMs },
  async () => {
    const { url, child } = await start(300)
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await vi.waitFor(async () => {
      expect((await fetch(`${url}/readyz`)).status).toBe(503)
    })
    child.kill('SIGTERM')
    expect(await exit).toEqual([1, null])
  },
)

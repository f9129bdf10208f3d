/** Two versions of the program on one database: the order of an update, and the way back. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from '../../db/migrate.ts'
import { businessLicence, fictitiousCompany } from '../../demo/sample.ts'
import { connectExchange, openExchange, serve } from '../../exchange/main.ts'
import type { Serving } from '../../exchange/main.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { createClient } from '../../sdk/client.ts'
import type { Client } from '../../sdk/client.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { createTestWorld, partiesOf } from '../world.ts'
import type { TestWorld } from '../world.ts'

let world: TestWorld
/** The migrations as the next version brings them. */
let folder: string

beforeAll(async () => {
  world = await createTestWorld()
  folder = await mkdtemp(join(tmpdir(), 'migrations-'))
  await cp(join(import.meta.dirname, '../../db/migrations'), folder, { recursive: true })
})

afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true })
})

interface Running {
  readonly exchange: Exchange
  readonly serving: Serving
  readonly client: Client
}

async function clientOf(serving: Serving): Promise<Client> {
  const { exchange } = world.world
  const identity = await world.identity('meilanMarket')
  const { trust } = exchange.settings.keys
  const clock = () => world.clock.now
  return createClient({ url: serving.url, identity, officer: 'officer-017', trust, clock })
}

async function nextVersion(): Promise<Running> {
  const settings = { ...world.world.exchange.settings, migrations: folder }
  const exchange = await openExchange(settings)
  const serving = await serve(exchange, { host: '127.0.0.1', port: 0 })
  return { exchange, serving, client: await clientOf(serving) }
}

const mutation = 'mutation ($input: CaseInput!) { openCase(input: $input) { number } }'
const item = 'foodBusinessPermitNew'
const query = `query ($case: String!) {
  materials(item: "${item}", case: $case, fetch: true) { materials { code state } }
}`

/** One case after another until told to stop; every answer must be a good one. */
function load(client: Client, name: string) {
  const state = { stopped: false, number: 0, waiting: [] as (() => void)[] }
  const company = fictitiousCompany(1)
  const running = (async () => {
    while (!state.stopped) {
      const number = `ML-${name}-${(state.number += 1)}`
      await openAndAsk({ opens: client, asks: client }, number, partiesOf(company))
      for (const goOn of state.waiting.splice(0)) goOn()
    }
  })()
  return {
    /** Resolves when one more case is done from its beginning to its end. */
    oneMore: async () => {
      for (let i = 0; i < 2; i += 1) {
        const done = new Promise<void>((resolve) => state.waiting.push(resolve))
        await Promise.race([done, running])
      }
    },
    stop: async () => {
      state.stopped = true
      await running
    },
  }
}

async function openAndAsk(
  { opens, asks }: { readonly opens: Client; readonly asks: Client },
  number: string,
  parties: ReturnType<typeof partiesOf>,
): Promise<void> {
  const opened = await opens.query(mutation, { input: { number, item, parties } })
  expect(opened.errors).toEqual([])
  const variables: JsonObject = { case: number }
  const asked = await asks.query(query, variables, { purpose: { item, case: number } })
  expect(asked.errors).toEqual([])
}

async function isReady({ url }: Serving): Promise<boolean> {
  return (await fetch(`${url}/readyz`)).ok
}

test('an update: added to under load, side by side, taken away when the older one has left', async () => {
  const older = world.world
  const company = await world.newCompany()
  const client = await clientOf(older.serving)
  const loads = [load(client, 'older')]
  const everyone = () => Promise.all(loads.map((one) => one.oneMore()))
  await everyone()

  await writeFile(
    join(folder, '0900-remark.expand.sql'),
    `alter table exchange.case_opening add column remark text;
     alter table log.entry add column remark text;
     alter table vault.act add column remark text;`,
  )
  const url = older.settings.databaseUrl
  expect(await migrate(url, { folder })).toEqual(['0900-remark.expand'])
  const newer = await nextVersion()
  loads.push(load(newer.client, 'newer'))
  await everyone()

  // What one has written is read, continued and verified by the other.
  await openAndAsk({ opens: client, asks: newer.client }, 'ML-there', partiesOf(company))
  await openAndAsk({ opens: newer.client, asks: client }, 'ML-and-back', partiesOf(company))
  const issuers = [older.exchange, newer.exchange]
  for (const [i, issuer] of issuers.entries()) {
    const { licenceId } = await issuer.vault.issue(businessLicence(fictitiousCompany(100 + i)))
    await issuer.log.sequence()
    const other = issuers[1 - i]
    const verdict = await other?.vault.verify({ licenceId, at: world.clock.now })
    expect(verdict?.verdict).toBe('valid')
  }
  expect([await isReady(older.serving), await isReady(newer.serving)]).toEqual([true, true])

  // The older version needs the column, so as long as it is there the column stays.
  await writeFile(
    join(folder, '0901-no-remark.contract.sql'),
    'alter table vault.act drop column remark;',
  )
  await expect(migrate(url, { folder })).rejects.toMatchObject({
    code: 'older-program',
    detail: { name: '0901-no-remark.contract' },
  })
  await everyone()

  // The way back: the older version starts on the newer tables.
  const again = await connectExchange(older.exchange.settings)
  await again.close()

  await Promise.all(loads.map((one) => one.stop()))
  await newer.serving.close()
  await newer.exchange.close()
  await older.serving.close()
  await older.exchange.close()
  expect(await migrate(url, { folder })).toEqual(['0901-no-remark.contract'])
  await expect(connectExchange(older.exchange.settings)).rejects.toMatchObject({
    code: 'unknown-migration',
  })
  const last = await nextVersion()
  await openAndAsk({ opens: last.client, asks: last.client }, 'ML-last', partiesOf(company))
  await last.serving.close()
  expect(await last.exchange.log.check()).toEqual([])
  await last.exchange.close()
})

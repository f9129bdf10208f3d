import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, sql } from '../../db/postgres.ts'
import { createTestDatabase } from '../../test/database.ts'
import { canariesIn } from '../../test/canary.ts'
import { createTestWorld } from '../../test/world.ts'
import type { TestWorld } from '../../test/world.ts'
import { localKeyWrapper } from '../../vault/index.ts'
import { createBackup, restoreBackup, verifyBackup } from './backup-work.ts'

let world: TestWorld
let parent: string
let folder: string
let made: Awaited<ReturnType<typeof createBackup>>
let company: Awaited<ReturnType<TestWorld['newCompany']>>

beforeAll(async () => {
  world = await createTestWorld()
  parent = await mkdtemp(join(tmpdir(), 'zhengtong-backup-'))
  folder = join(parent, 'one')
  company = await world.newCompany()
  await world.openCase(company)
  await world.world.exchange.log.sequence()
  made = await create(folder)
})

afterAll(async () => {
  await world.close()
  await rm(parent, { recursive: true })
})

function create(to: string) {
  const { wrapper, settings } = world.world.exchange
  const { databaseUrl: url, exchangeId: exchange, catalogue } = settings
  const at = world.clock.now
  return createBackup({ url, folder: to, wrapper, at, exchange, catalogue: catalogue.version })
}

async function restore(from: string, url: string) {
  const { wrapper, settings } = world.world.exchange
  const { trust } = settings.keys
  return restoreBackup({ url, folder: from, wrapper, trust, clock: () => world.clock.now })
}

const countRows = sql`
  select (select count(*) from log.entry) as entries,
         (select count(*) from vault.licence) as licences,
         (select count(*) from exchange.case_party) as parties`

test('the drill: create, verify, restore, and everything holds and goes on', async () => {
  const { wrapper } = world.world.exchange
  expect((await verifyBackup(folder, wrapper)).id).toBe(made.id)
  const database = await createTestDatabase()
  const owner = connect({ url: database.url, name: 'test restored', max: 1 })
  try {
    expect((await restore(folder, database.url)).findings).toEqual([])
    const counts = await owner.row<Record<string, number>>(countRows)
    expect(counts).toEqual(await world.owner.row(countRows))
    expect(Object.values(counts ?? {}).every((count) => count > 0)).toBe(true)
    const positions = sql`select last_value from vault.status_position`
    expect(await owner.row(positions)).toEqual(await world.owner.row(positions))
    await expect(restore(folder, database.url)).rejects.toMatchObject({
      code: 'backup-target',
      detail: { rule: 'not-empty' },
    })
  } finally {
    await owner.close()
    await database.drop()
  }
})

test('nothing of a person or a company can be read in the files', async () => {
  const files = await readdir(folder)
  expect(files).toContain('vault.licence.copy.aes')
  for (const name of files) {
    const bytes = await readFile(join(folder, name))
    expect(canariesIn(bytes, [company.name, company.uscc]), name).toEqual([])
  }
})

test('a folder that is there is not written to', async () => {
  await expect(create(folder)).rejects.toMatchObject({ code: 'backup-target' })
})

test('another key opens nothing', async () => {
  const stranger = localKeyWrapper(() => ({ active: { id: '', key: randomBytes(32) }, others: [] }))
  await expect(verifyBackup(folder, stranger)).rejects.toMatchObject({ code: 'backup-damaged' })
})

test('one byte anywhere, and it is no backup and nothing is restored', async () => {
  const database = await createTestDatabase()
  const owner = connect({ url: database.url, name: 'test restored', max: 1 })
  try {
    for (const name of ['log.entry.copy.aes', 'vault.licence.copy.aes', 'manifest.json']) {
      const path = join(folder, name)
      const sound = await readFile(path)
      for (const place of [0, Math.floor(sound.length / 2), sound.length - 3]) {
        const flipped = Buffer.from(sound)
        flipped[place] = (flipped[place] ?? 0) ^ 1
        await writeFile(path, flipped)
        await expect(restore(folder, database.url), `${name} ${place}`).rejects.toMatchObject({
          code: 'backup-damaged',
        })
      }
      await writeFile(path, sound)
    }
    expect(await owner.row(countRows)).toEqual({ entries: 0, licences: 0, parties: 0 })
  } finally {
    await owner.close()
    await database.drop()
  }
})

test('a log that goes on without the heads of the backup is found out', async () => {
  const database = await createTestDatabase()
  try {
    const shorter = { ...world.world.exchange.settings.keys.trust, logOriginPrefix: 'other/log/' }
    const { wrapper } = world.world.exchange
    const clock = () => world.clock.now
    const { findings } = await restoreBackup({
      ...{ url: database.url, folder, wrapper, trust: shorter, clock },
    })
    expect(findings.map(({ code }) => code)).toContain('held-head-invalid')
  } finally {
    await database.drop()
  }
})

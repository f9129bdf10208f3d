import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createEmptyDatabase } from '../test/database.ts'
import type { TestDatabase } from '../test/database.ts'
import { checkServer, enterDatabase, migrate, migrationStandings } from './migrate.ts'
import { connect, sql } from './postgres.ts'
import type { Db } from './postgres.ts'

const first = 'create schema probe; create table probe.thing (id int primary key);'
const second = 'insert into probe.thing (id) values (1);'

let folder: string
let database: TestDatabase
let db: Db

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migrations-'))
  database = await createEmptyDatabase()
  db = connect({ url: database.url, name: 'test' })
})

afterEach(async () => {
  await db.close()
  await database.drop()
  await rm(folder, { recursive: true })
})

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text)
}

function things(): Promise<unknown[]> {
  return db.rows(sql`select id from probe.thing order by id`)
}

test('each file is applied once, in the order of the numbers', async () => {
  await write({ '0002-fill.sql': second, '0001-make.sql': first, 'README.md': 'not a migration' })
  expect(await migrate(database.url, { folder })).toEqual(['0001-make', '0002-fill'])
  expect(await migrate(database.url, { folder })).toEqual([])
  await write({ '0003-more.sql': 'insert into probe.thing (id) values (2)' })
  expect(await migrate(database.url, { folder })).toEqual(['0003-more'])
  expect(await things()).toEqual([{ id: 1 }, { id: 2 }])
})

test('processes that start together apply each file once between them', async () => {
  await write({ '0001-make.sql': first, '0002-fill.sql': second })
  const other = await createEmptyDatabase()
  try {
    const urls = [database.url, database.url, database.url, other.url]
    const applied = await Promise.all(urls.map((url) => migrate(url, { folder })))
    expect(applied.slice(0, 3).flat().sort()).toEqual(['0001-make', '0002-fill'])
    expect(applied[3]).toEqual(['0001-make', '0002-fill'])
    expect(await things()).toEqual([{ id: 1 }])
  } finally {
    await other.drop()
  }
})

test('a file that fails leaves nothing of itself, and the files before it stay', async () => {
  await write({ '0001-make.sql': first, '0002-fill.sql': `${second} select 1 / 0;` })
  await expect(migrate(database.url, { folder })).rejects.toThrow('22012')
  expect(await things()).toEqual([])
  await write({ '0002-fill.sql': second })
  expect(await migrate(database.url, { folder })).toEqual(['0002-fill'])
})

test.for<[string, Record<string, string>, object]>([
  [
    'a file that was changed after it was applied',
    { '0001-make.sql': `${first} -- and more` },
    { code: 'changed-migration', detail: { name: '0001-make' } },
  ],
  [
    'a file that comes after a higher one was applied',
    { '0002-between.sql': second },
    { code: 'invalid-migration', detail: { file: '0002-between', rule: 'order' } },
  ],
  [
    'a number given twice',
    { '0001-twice.sql': second },
    { code: 'invalid-migration', detail: { file: '0001-twice.sql', rule: 'number' } },
  ],
  [
    'a name without a number',
    { 'more.sql': second },
    { code: 'invalid-migration', detail: { file: 'more.sql', rule: 'name' } },
  ],
])('%s is refused, and nothing happens', async ([, files, expected]) => {
  await write({ '0001-make.sql': first, '0003-fill.sql': second })
  await migrate(database.url, { folder })
  await write(files)
  await expect(migrate(database.url, { folder })).rejects.toMatchObject(expected)
  expect(await things()).toEqual([{ id: 1 }])
})

test('a program older than its database refuses it', async () => {
  await write({ '0001-make.sql': first, '0002-fill.sql': second })
  await migrate(database.url, { folder })
  await rm(join(folder, '0002-fill.sql'))
  await expect(migrate(database.url, { folder })).rejects.toMatchObject({
    code: 'unknown-migration',
    detail: { name: '0002-fill' },
  })
})

test.for(['zt_app', 'zt_sequencer', 'zt_auditor'])(
  'a connection can become %s, which cannot log in and rules nobody',
  async (role) => {
    await migrate(database.url, { folder })
    const session = connect({ url: database.url, name: 'test', role })
    try {
      expect(await session.row(sql`select current_user as role`)).toEqual({ role })
      const rights = sql`
        select rolcanlogin or rolsuper or rolcreaterole or rolcreatedb or rolbypassrls as any
          from pg_roles where rolname = ${role}`
      expect(await session.row(rights)).toEqual({ any: false })
    } finally {
      await session.close()
    }
  },
)

test('a connection that forgets what it acknowledged is refused by name', async () => {
  await db.transaction(async (tx) => {
    await checkServer(tx)
    await tx.execute(sql`set local synchronous_commit = off`)
    await expect(checkServer(tx)).rejects.toMatchObject({
      code: 'unsafe-database',
      detail: { setting: 'synchronous_commit', value: 'off' },
    })
  })
})

test('what a database is set to makes no connection of ours forget', async () => {
  const name = new URL(database.url).pathname.slice(1)
  await db.execute({ text: `alter database "${name}" set synchronous_commit = off`, values: [] })
  const fresh = connect({ url: database.url, name: 'test' })
  try {
    await checkServer(fresh)
  } finally {
    await fresh.close()
  }
})

const later = 'create table probe.more (id int primary key);'

test.for([
  { file: '0002-more.expand.sql', whenMissing: 'missing', whenUnknown: 'later' },
  { file: '0002-less.contract.sql', whenMissing: 'waiting', whenUnknown: 'unknown' },
  { file: '0002-other.sql', whenMissing: 'missing', whenUnknown: 'unknown' },
])('$file: before it $whenMissing, to an older program $whenUnknown', async (expected) => {
  const { file, whenMissing, whenUnknown } = expected
  const name = file.slice(0, -'.sql'.length)
  await write({ '0001-make.sql': first })
  await migrate(database.url, { folder })
  expect(await migrationStandings(db, folder)).toEqual([])
  await write({ [file]: later })
  expect(await migrationStandings(db, folder)).toEqual([{ name, standing: whenMissing }])
  await migrate(database.url, { folder })
  expect(await migrationStandings(db, folder)).toEqual([])
  await rm(join(folder, file))
  const standings = [{ name, standing: whenUnknown }]
  expect(await migrationStandings(db, folder)).toEqual(standings)
  const entered = enterDatabase(database.url, { name: 'older', folder })
  if (whenUnknown === 'unknown') {
    const refusal = { code: 'unknown-migration', detail: { name } }
    await expect(entered).rejects.toMatchObject(refusal)
    await expect(migrate(database.url, { folder })).rejects.toMatchObject(refusal)
    return
  }
  const leave = await entered
  expect(await migrate(database.url, { folder })).toEqual([])
  await leave()
})

test('what an older program cannot bear waits until it is gone, and says who is there', async () => {
  await write({ '0001-make.sql': first })
  await migrate(database.url, { folder })
  const leave = await enterDatabase(database.url, { name: 'version one', folder })
  await write({
    '0002-more.expand.sql': later,
    '0003-less.contract.sql': 'drop table probe.thing;',
  })
  const postponed: string[] = []
  const applied = await migrate(database.url, {
    folder,
    postponed: ({ code, detail: { name, programs } }) => {
      postponed.push(`${code} ${String(name)} ${String(programs).replace(/\d+/, 'N')}`)
    },
  })
  expect(applied).toEqual(['0002-more.expand'])
  expect(postponed).toEqual([
    'older-program 0003-less.contract version one process N from this machine',
  ])
  const leaveToo = await enterDatabase(database.url, { name: 'version two', folder })
  const refused = migrate(database.url, { folder })
  await expect(refused).rejects.toMatchObject({ code: 'older-program' })
  expect(await things()).toEqual([])
  await leave()
  expect(await migrate(database.url, { folder })).toEqual(['0003-less.contract'])
  await leaveToo()
})

test('what needs the contraction is not begun while an older program is there', async () => {
  await write({ '0001-make.sql': first })
  await migrate(database.url, { folder })
  const leave = await enterDatabase(database.url, { name: 'version one', folder })
  await write({ '0002-less.contract.sql': 'select 1', '0003-more.expand.sql': later })
  const postponed = (): void => expect.unreachable()
  const refused = migrate(database.url, { folder, postponed })
  await expect(refused).rejects.toMatchObject({ code: 'older-program' })
  await leave()
})

test('presence outlives the loss of its connection', async () => {
  await write({ '0001-make.sql': first })
  await migrate(database.url, { folder })
  const leave = await enterDatabase(database.url, { name: 'version one', folder })
  const present = sql`select pid from pg_stat_activity
    where application_name = 'version one' and datname = current_database()`
  const [before] = await db.rows(present)
  await db.rows(sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'version one' and datname = current_database()`)
  await vi.waitFor(
    async () => {
      const [now] = await db.rows(present)
      expect(now).toBeDefined()
      expect(now).not.toEqual(before)
    },
    { timeout: 10_000 },
  )
  await leave()
  await vi.waitFor(async () => {
    expect(await db.rows(present)).toEqual([])
  })
})

test('a table that is in use is asked for again and again, and nobody waits behind for long', async () => {
  await write({ '0001-make.sql': first })
  await migrate(database.url, { folder })
  await write({ '0002-more.expand.sql': 'alter table probe.thing add column more text' })
  const released = Promise.withResolvers<undefined>()
  const inUse = Promise.withResolvers<undefined>()
  const reader = db.transaction(async (tx) => {
    await tx.rows(sql`select id from probe.thing`)
    inUse.resolve(undefined)
    await released.promise
  })
  await inUse.promise
  const migrated = migrate(database.url, { folder })
  const attempts = sql`select from pg_stat_activity
    where query like 'alter table probe.thing%' and wait_event_type = 'Lock'`
  const waiting = (count: number) =>
    vi.waitFor(async () => {
      expect(await db.rows(attempts)).toHaveLength(count)
    })
  await waiting(1)
  await waiting(0)
  expect(await things()).toEqual([])
  released.resolve(undefined)
  await reader
  expect(await migrated).toEqual(['0002-more.expand'])
})

test('a migration whose server process dies in the middle leaves nothing, and runs again', async () => {
  await write({ '0001-make.sql': first, '0002-fill.sql': `${second} select pg_sleep(60);` })
  const asleep = sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event = 'PgSleep'`
  const interrupted = expect(migrate(database.url, { folder })).rejects.toMatchObject({
    code: 'database-unavailable',
  })
  await vi.waitFor(async () => {
    expect(await db.rows(asleep)).toHaveLength(1)
  })
  await interrupted
  expect(await things()).toEqual([])
  await write({ '0002-fill.sql': second })
  expect(await migrate(database.url, { folder })).toEqual(['0002-fill'])
  expect(await things()).toEqual([{ id: 1 }])
})

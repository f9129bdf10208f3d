import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createEmptyDatabase } from '../test/database.ts'
import type { TestDatabase } from '../test/database.ts'
import { checkServer, migrate } from './migrate.ts'
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
  expect(await migrate(database.url, folder)).toEqual(['0001-make', '0002-fill'])
  expect(await migrate(database.url, folder)).toEqual([])
  await write({ '0003-more.sql': 'insert into probe.thing (id) values (2)' })
  expect(await migrate(database.url, folder)).toEqual(['0003-more'])
  expect(await things()).toEqual([{ id: 1 }, { id: 2 }])
})

test('processes that start together apply each file once between them', async () => {
  await write({ '0001-make.sql': first, '0002-fill.sql': second })
  const other = await createEmptyDatabase()
  try {
    const urls = [database.url, database.url, database.url, other.url]
    const applied = await Promise.all(urls.map((url) => migrate(url, folder)))
    expect(applied.slice(0, 3).flat().sort()).toEqual(['0001-make', '0002-fill'])
    expect(applied[3]).toEqual(['0001-make', '0002-fill'])
    expect(await things()).toEqual([{ id: 1 }])
  } finally {
    await other.drop()
  }
})

test('a file that fails leaves nothing of itself, and the files before it stay', async () => {
  await write({ '0001-make.sql': first, '0002-fill.sql': `${second} select 1 / 0;` })
  await expect(migrate(database.url, folder)).rejects.toThrow('22012')
  expect(await things()).toEqual([])
  await write({ '0002-fill.sql': second })
  expect(await migrate(database.url, folder)).toEqual(['0002-fill'])
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
  await migrate(database.url, folder)
  await write(files)
  await expect(migrate(database.url, folder)).rejects.toMatchObject(expected)
  expect(await things()).toEqual([{ id: 1 }])
})

test('a program older than its database refuses it', async () => {
  await write({ '0001-make.sql': first, '0002-fill.sql': second })
  await migrate(database.url, folder)
  await rm(join(folder, '0002-fill.sql'))
  await expect(migrate(database.url, folder)).rejects.toMatchObject({
    code: 'unknown-migration',
    detail: { name: '0002-fill' },
  })
})

test.for(['zt_app', 'zt_sequencer', 'zt_auditor'])(
  'a connection can become %s, which cannot log in and rules nobody',
  async (role) => {
    await migrate(database.url, folder)
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

test('a server that forgets what it acknowledged is refused by name', async () => {
  await checkServer(db)
  const name = new URL(database.url).pathname.slice(1)
  await db.execute({ text: `alter database "${name}" set synchronous_commit = off`, values: [] })
  const later = connect({ url: database.url, name: 'test' })
  try {
    await expect(checkServer(later)).rejects.toMatchObject({
      code: 'unsafe-database',
      detail: { setting: 'synchronous_commit', value: 'off' },
    })
  } finally {
    await later.close()
  }
})

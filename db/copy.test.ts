import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEmptyDatabase } from '../test/database.ts'
import type { TestDatabase } from '../test/database.ts'
import { copyTables } from './copy.ts'
import { connect, sql } from './postgres.ts'
import type { Db } from './postgres.ts'

interface Side {
  database: TestDatabase
  db: Db
}

/** More than the buffers between two servers hold. */
const rows = 50_000

let source: Side
let target: Side

beforeAll(async () => {
  source = await createSide()
  target = await createSide()
  await source.db.execute(sql`
    insert into probe.entry (body)
    select convert_to('entry ' || number || repeat(E'\\t\\n\\\\', 20), 'UTF8') from generate_series(1, ${rows}) number`)
  await source.db.execute(sql`insert into probe.part (id, entry) values (1, 1), (2, ${rows})`)
})

afterAll(async () => {
  for (const { database, db } of [source, target]) {
    await db.close()
    await database.drop()
  }
})

async function createSide(): Promise<Side> {
  const database = await createEmptyDatabase()
  const db = connect({ url: database.url, name: 'test' })
  await db.execute(sql`create schema probe`)
  await db.execute(sql`
    create table probe.entry (
      id bigint generated always as identity primary key,
      gone text,
      body bytea not null,
      size int generated always as (octet_length(body)) stored,
      made_by text not null default 'the table'
    )`)
  await db.execute(sql`alter table probe.entry drop column gone`)
  await db.execute(sql`
    create table probe.part (
      id int primary key,
      entry bigint not null references probe.entry
    ) partition by hash (id)`)
  await db.execute(sql`
    create table probe.part_0 partition of probe.part for values with (modulus 2, remainder 0)`)
  await db.execute(sql`
    create table probe.part_1 partition of probe.part for values with (modulus 2, remainder 1)`)
  await db.execute(sql`
    create function probe.mark() returns trigger language plpgsql as $$
    begin new.made_by := 'a trigger'; return new; end $$`)
  await db.execute(sql`
    create trigger mark before insert on probe.entry for each row execute function probe.mark()`)
  return { database, db }
}

function digest(db: Db): Promise<unknown> {
  return db.row(sql`
    select count(id) as rows, md5(string_agg(id || ' ' || body || size || made_by, ',' order by id))
      from probe.entry`)
}

test('whole tables arrive as they were, with their numbers, and count on from there', async () => {
  const tables = ['probe.entry', 'probe.part']
  expect(await copyTables({ from: source.db, to: target.db, tables })).toEqual([rows, 2])
  expect(await digest(target.db)).toEqual(await digest(source.db))
  const next = sql`insert into probe.entry (body) values ('') returning id, made_by`
  expect(await target.db.row(next)).toEqual({ id: rows + 1, made_by: 'a trigger' })
})

test('a table that is not there stops the copy, and nothing is left behind', async () => {
  await target.db.execute(sql`truncate probe.entry, probe.part`)
  const tables = ['probe.entry', 'probe.part', 'probe.unheard_of']
  await expect(copyTables({ from: source.db, to: target.db, tables })).rejects.toThrow('unheard_of')
  expect(await target.db.row(sql`select count(id) as rows from probe.entry`)).toEqual({ rows: 0 })
  expect(await source.db.row(sql`select count(id) as rows from probe.entry`)).toEqual({ rows })
})

test('a copy refused half way leaves nothing behind, and both connections go on', async () => {
  await target.db.execute(sql`truncate probe.entry, probe.part`)
  await target.db.execute(sql`
    insert into probe.entry (id, body) overriding system value values (3, 'already here')`)
  const from = connect({ url: source.database.url, name: 'test', max: 1 })
  const to = connect({ url: target.database.url, name: 'test', max: 1 })
  try {
    await expect(copyTables({ from, to, tables: ['probe.entry'] })).rejects.toThrow('23505')
    expect(await to.rows(sql`select id from probe.entry`)).toEqual([{ id: 3 }])
    expect(await from.row(sql`select count(id) as rows from probe.entry`)).toEqual({ rows })
  } finally {
    await from.close()
    await to.close()
  }
})

test('rows refused while many more wait are forgotten, and the connection goes on', async () => {
  await target.db.execute(sql`truncate probe.entry, probe.part`)
  const to = connect({ url: target.database.url, name: 'test', max: 1 })
  const entries = { table: 'probe.entry', columns: ['id', 'body'] }
  /** Pieces so small that a stream would take many of them before it says that it is full. */
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('no number\t\n')
    for (let id = 1; id <= 20_000; id += 1) {
      yield Buffer.from(`${id}\t${'x'.repeat(1_000)}\n`)
      if (id % 1_000 === 0) await new Promise(setImmediate)
    }
  }
  try {
    await expect(to.copyBytesIn(entries, pieces())).rejects.toThrow('22P02')
    expect(await to.row(sql`select count(id) as rows from probe.entry`)).toEqual({ rows: 0 })
  } finally {
    await to.close()
  }
})

test('a reader that stops early leaves the connection whole', async () => {
  const from = connect({ url: source.database.url, name: 'test', max: 1 })
  const entries = { table: 'probe.entry', columns: ['id', 'body'] }
  try {
    const stopped = from.copyOut(entries, async (bytes) => {
      for await (const chunk of bytes) if (chunk.length > 0) throw new Error('enough')
    })
    await expect(stopped).rejects.toThrow('enough')
    await from.copyOut(entries, () => Promise.resolve())
    expect(await from.row(sql`select 1 as one`)).toEqual({ one: 1 })
  } finally {
    await from.close()
  }
})

test('a connection lost in the middle of a copy is a Problem, on either side', async () => {
  const entries = { table: 'probe.entry', columns: ['id', 'body'] }
  const lost = connect({ url: source.database.url, name: 'lost', max: 1 })
  const terminate = (): Promise<number> =>
    source.db.execute(sql`
      select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where datname = current_database() and application_name = 'lost'`)
  async function* endless(): AsyncGenerator<[number, string]> {
    for (let id = rows + 1; ; id += 1) {
      yield [id, 'x'.repeat(1_000)]
      if (id === rows + 2_000) await terminate()
    }
  }
  const expected = { code: 'database-unavailable' }
  try {
    const out = lost.copyOut(entries, async (bytes) => {
      for await (const chunk of bytes) if (chunk.length > 0) await terminate()
    })
    await expect(out).rejects.toMatchObject(expected)
    await expect(lost.copyIn(entries, endless())).rejects.toMatchObject(expected)
    expect(await lost.row(sql`select count(id) as rows from probe.entry`)).toEqual({ rows })
  } finally {
    await lost.close()
  }
})

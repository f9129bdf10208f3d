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

let source: Side
let target: Side

beforeAll(async () => {
  source = await createSide()
  target = await createSide()
  await source.db.execute(sql`
    insert into probe.entry (body)
    select convert_to('entry ' || number || E'\\t\\n\\\\', 'UTF8') from generate_series(1, 5000) number`)
  await source.db.execute(sql`insert into probe.part (id, entry) values (1, 1), (2, 5000)`)
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
  expect(await copyTables({ from: source.db, to: target.db, tables })).toEqual([5000, 2])
  expect(await digest(target.db)).toEqual(await digest(source.db))
  const next = sql`insert into probe.entry (body) values ('') returning id, made_by`
  expect(await target.db.row(next)).toEqual({ id: 5001, made_by: 'a trigger' })
})

test('a copy that fails half way leaves nothing behind', async () => {
  await target.db.execute(sql`truncate probe.entry, probe.part`)
  const tables = ['probe.entry', 'probe.part', 'probe.unheard_of']
  await expect(copyTables({ from: source.db, to: target.db, tables })).rejects.toThrow('unheard_of')
  expect(await target.db.row(sql`select count(id) as rows from probe.entry`)).toEqual({ rows: 0 })
  expect(await source.db.row(sql`select count(id) as rows from probe.entry`)).toEqual({
    rows: 5000,
  })
})

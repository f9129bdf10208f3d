import { readFile, writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { character } from '../test/character.ts'
import { createTestDatabase } from '../test/database.ts'
import type { TestDatabase } from '../test/database.ts'
import { connect, selectFrom, sql, uniqueViolation } from './postgres.ts'
import type { Connection } from './pool.ts'
import type { Db, Tx } from './postgres.ts'

let database: TestDatabase
let db: Db

beforeAll(async () => {
  database = await createTestDatabase()
  db = connect({ url: database.url, name: 'test' })
  await db.execute(sql`create schema probe`)
  await db.execute(sql`
    create table probe.counter (name text primary key, value int not null check (value >= 0))`)
  await db.execute(sql`
    create table probe.sample (
      id bigint generated always as identity,
      text text,
      bytes bytea,
      at timestamptz,
      day date,
      facts jsonb,
      length int generated always as (length(text)) stored
    )`)
})

beforeEach(async () => {
  await db.execute(sql`truncate probe.counter, probe.sample`)
})

afterAll(async () => {
  await db.close()
  await database.drop()
})

function increment(name: string): (tx: Tx) => Promise<void> {
  return async (tx) => {
    const row = await tx.row<{ value: number }>(
      sql`select value from probe.counter where name = ${name}`,
    )
    await tx.execute(
      sql`update probe.counter set value = ${(row?.value ?? 0) + 1} where name = ${name}`,
    )
  }
}

async function addCounter(name: string): Promise<void> {
  await db.execute(sql`insert into probe.counter (name, value) values (${name}, 0)`)
}

async function valueOf(name: string): Promise<number | undefined> {
  const row = await db.row<{ value: number }>(
    sql`select value from probe.counter where name = ${name}`,
  )
  return row?.value
}

/** From another pool, as an operator or a failover would. */
async function terminateOthers(name: string): Promise<number> {
  const operator = connect({ url: database.url, name: 'operator', max: 1 })
  try {
    return await operator.execute(sql`
      select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where datname = current_database() and application_name = ${name}`)
  } finally {
    await operator.close()
  }
}

async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

test('a value is a parameter, never text', async () => {
  const evil = "'; drop table probe.counter; --"
  expect(sql`select ${1}, ${evil}`).toMatchObject({ text: 'select $1, $2', values: [1, evil] })
  expect(await db.row(sql`select ${evil}::text as value`)).toEqual({ value: evil })
})

test('a plan that a migration overtook is given up with its connection', async () => {
  const readKind = () => db.row<{ kind: unknown }>(sql`select kind from probe.kind`)
  await db.execute(sql`create table probe.kind (kind integer)`)
  await db.execute(sql`insert into probe.kind (kind) values (${7})`)
  expect(await readKind()).toEqual({ kind: 7 })
  await db.execute(sql`alter table probe.kind alter column kind type text`)
  expect(await thrownBy(readKind())).toMatchObject({ code: 'database-unavailable' })
  expect(await readKind()).toEqual({ kind: '7' })
})

test.for<[string, string, unknown]>([
  ['a bigint is a number', 'select 9007199254740991::bigint as value', 9007199254740991],
  ['bigints are numbers', `select '{1,NULL,-2}'::bigint[] as value`, [1, null, -2]],
  ['no bigints are no numbers', `select '{}'::bigint[] as value`, []],
  ['a day is its text', `select '2026-02-28'::date as value`, '2026-02-28'],
  ['days are texts', `select '{2026-02-28}'::date[] as value`, ['2026-02-28']],
  [
    'an instant is a Date',
    `select '2026-01-01T08:00+08'::timestamptz as value`,
    new Date(1767225600000),
  ],
  ['a numeric stays text', 'select 0.10::numeric as value', '0.10'],
  ['bytes are bytes', `select '\\x00ff'::bytea as value`, Buffer.from([0, 255])],
  ['texts are texts', `select '{a,"b,c"}'::text[] as value`, ['a', 'b,c']],
])('columns arrive in our types: %s', async ([, text, value]) => {
  expect(await db.row({ text, values: [] })).toEqual({ value })
})

const bytes = [Uint8Array.of(), Uint8Array.of(0, 92, 34, 255), new Uint8Array(70_000).fill(44)]

test.for<[string, (Uint8Array | null)[]]>([
  ['none', []],
  ['one without any', bytes.slice(0, 1)],
  ['several, short and long', bytes],
  ['some of them null', [null, ...bytes]],
])('arrays of bytes arrive as they left: %s', async ([, given]) => {
  const [row] = await db.rows<{ hex: (string | null)[] }>(sql`
    select coalesce(array_agg(encode(given, 'hex') order by place), '{}') as hex
      from unnest(${given}::bytea[]) with ordinality as given (given, place)`)
  expect(row?.hex).toEqual(given.map((one) => one && Buffer.from(one).toString('hex')))
})

test.for<[string, (string | null)[]]>([
  ['plain ones', ['a', 'b c', '2026-01-01T00:00:00.000Z', '', '琼']],
  ['what means something in an array', ['{', '},', ',', '"', '\\', '\\"', "'", '\n\t', '\u2028']],
  ['the word null and none at all', ['NULL', 'null', null]],
  ['none but nulls', [null, null]],
])('lists of texts arrive as they left: %s', async ([, given]) => {
  expect(await db.row(sql`select ${given}::text[] as value`)).toEqual({ value: given })
})

test('lists of numbers arrive as they left', async () => {
  const given = [0, -1, Number.MAX_SAFE_INTEGER, null]
  expect(await db.row(sql`select ${given}::bigint[] as value`)).toEqual({ value: given })
  const fractions = [0.1, -2.5e10]
  expect(await db.row(sql`select ${fractions}::float8[] as value`)).toEqual({ value: fractions })
})

test('a bigint that a number cannot hold is a defect, not another number', async () => {
  await expect(db.row(sql`select 9007199254740992::bigint as value`)).rejects.toThrow(/safe/)
  expect(await db.row(sql`select 1 as value`)).toEqual({ value: 1 })
})

test('one row is asked for, and several are a defect', async () => {
  expect(await db.row(sql`select 1 as value where false`)).toBeUndefined()
  await expect(db.row(sql`select generate_series(1, 2)`)).rejects.toThrow('found several')
})

test('a table of the catalogue is asked by key, and answers in texts', async () => {
  await addCounter("o'clock")
  await addCounter('b')
  const question = { table: 'probe.counter', columns: ['value', 'name'] }
  const ask = (value: string): Promise<unknown> =>
    db.row(selectFrom({ ...question, where: [{ column: 'name', value }] }))
  expect(await ask("o'clock")).toEqual({ found: ['0', "o'clock"] })
  expect(await ask('none')).toBeUndefined()
  const several = selectFrom({ ...question, where: [{ column: 'value', value: '0' }] })
  await expect(db.row(several)).rejects.toThrow('several')
  expect(() => selectFrom({ ...question, where: [] })).toThrow('key')
  const evil = { column: 'name" is not null --', value: '' }
  expect(() => selectFrom({ ...question, where: [evil] })).toThrow('name')
})

test('an update says how many rows it touched', async () => {
  await addCounter('a')
  await addCounter('b')
  expect(await db.execute(sql`update probe.counter set value = 7`)).toBe(2)
})

test('names without a schema lead nowhere', async () => {
  await expect(db.execute(sql`create table stray (id int)`)).rejects.toThrow('42501')
  await expect(db.rows(sql`select value from counter`)).rejects.toThrow('42P01')
})

test('a role is taken at once, and its rights are all there are', async () => {
  const auditor = connect({ url: database.url, name: 'test', role: 'zt_auditor', max: 1 })
  try {
    expect(await auditor.row(sql`select current_user as role`)).toEqual({ role: 'zt_auditor' })
    await expect(auditor.rows(sql`select value from probe.counter`)).rejects.toThrow('42501')
  } finally {
    await auditor.close()
  }
})

test('a transaction is all or nothing', async () => {
  await addCounter('a')
  const work = db.transaction(async (tx) => {
    await increment('a')(tx)
    throw new Error('changed my mind')
  })
  await expect(work).rejects.toThrow('changed my mind')
  expect(await valueOf('a')).toBe(0)
})

test('increments that conflict are all counted', async () => {
  await addCounter('a')
  await Promise.all(Array.from({ length: 4 }, () => db.transaction(increment('a'))))
  expect(await valueOf('a')).toBe(4)
})

test('a transaction that loses every time gives up after eight tries', async () => {
  await addCounter('a')
  let tries = 0
  const work = db.transaction(async (tx) => {
    tries += 1
    await tx.row(sql`select value from probe.counter where name = 'a'`)
    await db.transaction(increment('a'))
    await increment('a')(tx)
  })
  await expect(work).rejects.toMatchObject({
    code: 'database-unavailable',
    detail: { reason: 'conflict' },
  })
  expect(tries).toBe(8)
  expect(await valueOf('a')).toBe(8)
})

test('a lost race is run again even when the work hides it', async () => {
  await addCounter('a')
  let tries = 0
  await db.transaction(async (tx) => {
    tries += 1
    await tx.row(sql`select value from probe.counter where name = 'a'`)
    if (tries === 1) await db.transaction(increment('a'))
    await increment('a')(tx).catch(() => {
      throw new Error('something else')
    })
  })
  expect(tries).toBe(2)
  expect(await valueOf('a')).toBe(2)
})

test('work that goes on after a failed statement is not taken for committed', async () => {
  const work = db.transaction(async (tx) => {
    await thrownBy(tx.execute(sql`select 1 / 0`))
    return 'done'
  })
  await expect(work).rejects.toThrow('went on after a failed statement')
})

test.for<[what: string, work: () => Promise<unknown>, code: string]>([
  ['a file that is not there', () => readFile('/nowhere/file'), 'ENOENT'],
  ['a disk that is full', () => writeFile('/dev/full', 'more'), 'ENOSPC'],
])('%s is not taken for a lost connection', async ([, work, code]) => {
  const reading = db.transaction(work)
  await expect(reading).rejects.toMatchObject({ code })
  const copying = db.copyOut({ table: 'probe.counter', columns: ['name'] }, work)
  await expect(copying).rejects.toMatchObject({ code })
})

test('a transaction cannot be used after its end', async () => {
  const tx = await db.transaction((open) => Promise.resolve(open))
  await expect(tx.rows(sql`select 1`)).rejects.toThrow('after its end')
})

test('a snapshot reads one moment and writes nothing', async () => {
  await addCounter('a')
  await db.transaction(async (tx) => {
    expect(await tx.rows(sql`select value from probe.counter`)).toEqual([{ value: 0 }])
    await db.transaction(increment('a'))
    expect(await tx.rows(sql`select value from probe.counter`)).toEqual([{ value: 0 }])
  }, 'snapshot')
  await expect(db.transaction(increment('a'), 'snapshot')).rejects.toMatchObject({
    detail: { reason: 'read-only' },
  })
})

test('the pool survives the loss of every connection', async () => {
  const lost = connect({ url: database.url, name: 'lost', max: 4 })
  try {
    await Promise.all(Array.from({ length: 4 }, () => lost.rows(sql`select pg_sleep(0.05)`)))
    expect(await terminateOthers('lost')).toBe(4)
    await lost.transaction((tx) => tx.rows(sql`select 1`))
    await Promise.all(Array.from({ length: 8 }, () => lost.rows(sql`select 1`)))
  } finally {
    await lost.close()
  }
})

test('a transaction whose connection is lost half way is refused and not run again', async () => {
  const lost = connect({ url: database.url, name: 'lost', max: 1 })
  await addCounter('a')
  let tries = 0
  try {
    const work = lost.transaction(async (tx) => {
      tries += 1
      await increment('a')(tx)
      await terminateOthers('lost')
    })
    await expect(work).rejects.toMatchObject({
      code: 'database-unavailable',
      detail: { phase: 'commit' },
    })
    expect(tries).toBe(1)
    expect(await valueOf('a')).toBe(0)
    await lost.transaction(increment('a'))
    expect(await valueOf('a')).toBe(1)
  } finally {
    await lost.close()
  }
})

test.for<[string, string]>([
  ['no server', 'postgresql:///zhengtong?host=/nowhere&user=zhengtong'],
  ['no port', 'postgresql://zhengtong@127.0.0.1:1/zhengtong'],
])('%s is a Problem that invites a retry', async ([, url]) => {
  const nowhere = connect({ url, name: 'test' })
  try {
    const expected = { code: 'database-unavailable', detail: { reason: 'connection' } }
    await expect(nowhere.rows(sql`select 1`)).rejects.toMatchObject(expected)
    await expect(nowhere.transaction(increment('a'))).rejects.toMatchObject(expected)
  } finally {
    await nowhere.close()
  }
})

/** What PostgreSQL says a setting is over a connection of that kind. */
async function settingOver(
  connection: Partial<Connection>,
  setting: string,
): Promise<string | undefined> {
  const own = connect({ url: database.url, name: 'test', max: 1, ...connection })
  try {
    return (await own.row<{ value: string }>(sql`select current_setting(${setting}) as value`))
      ?.value
  } finally {
    await own.close()
  }
}

test('what is acknowledged is on the disk, whatever the database or the url is set to', async () => {
  const name = new URL(database.url).pathname.slice(1)
  const set = (to: string): Promise<number> =>
    db.execute({ text: `alter database ${name} set synchronous_commit ${to}`, values: [] })
  await set('= off')
  try {
    expect(await settingOver({}, 'synchronous_commit')).toBe('on')
  } finally {
    await set('to default')
  }
  const url = `${database.url}&options=${encodeURIComponent('-c synchronous_commit=off -c work_mem=5MB')}`
  expect(await settingOver({ url }, 'synchronous_commit')).toBe('on')
  expect(await settingOver({ url }, 'work_mem')).toBe('5MB')
  expect(await settingOver({ url, role: 'zt_app' }, 'role')).toBe('zt_app')
})

test('who holds the lock of the log and stands still loses it within five seconds', async () => {
  const idle = await settingOver({ pace: 'sequence' }, 'idle_in_transaction_session_timeout')
  expect(idle).toBe('4s')
})

test('a slow statement and a long wait for a lock are Problems too', async () => {
  await addCounter('a')
  const expected = { code: 'database-unavailable', detail: { reason: 'timeout' } }
  const slow = db.transaction(async (tx) => {
    await tx.execute(sql`set local statement_timeout = '20ms'`)
    await tx.rows(sql`select pg_sleep(10)`)
  })
  await expect(slow).rejects.toMatchObject(expected)
  await db.transaction(async (holder) => {
    await increment('a')(holder)
    const waiting = db.transaction(async (tx) => {
      await tx.execute(sql`set local lock_timeout = '20ms'`)
      await increment('a')(tx)
    })
    await expect(waiting).rejects.toMatchObject(expected)
  })
})

test('a unique violation names its constraint, and no error shows a row', async () => {
  const secret = '460100199001011234'
  await addCounter(secret)
  const errors = [
    await thrownBy(addCounter(secret)),
    await thrownBy(
      db.transaction((tx) =>
        tx.execute(sql`
      insert into probe.counter (name, value) values (${secret}, 1)`),
      ),
    ),
  ]
  for (const error of errors) expect(uniqueViolation(error)).toBe('counter_pkey')
  errors.push(
    await thrownBy(db.execute(sql`update probe.counter set value = -1`)),
    await thrownBy(db.execute(sql`select ${secret}::text::date`)),
  )
  for (const error of errors.slice(2)) expect(uniqueViolation(error)).toBeUndefined()
  for (const error of errors) {
    expect(error).toBeInstanceOf(Error)
    const { message, cause } = error as Error
    expect(JSON.stringify({ message, cause })).not.toContain(secret)
  }
  expect(uniqueViolation(undefined)).toBeUndefined()
})

const sample = { table: 'probe.sample', columns: ['text', 'bytes', 'at', 'day', 'facts'] }

test('COPY brings in every value as an insert would', async () => {
  const at = new Date(1767225600123)
  const rows = [
    ['证通\t\\N\n\r', new Uint8Array([0, 9, 10, 92, 255]), at, '2026-01-01', { a: ['\n', 1] }],
    [null, undefined, null, null, null],
    ['', new Uint8Array(), at, '0001-01-01', '"text"'],
  ]
  expect(await db.copyIn(sample, rows)).toBe(3)
  expect(
    await db.rows(sql`select text, bytes, at, day, facts from probe.sample order by id`),
  ).toEqual([
    {
      text: '证通\t\\N\n\r',
      bytes: Buffer.from([0, 9, 10, 92, 255]),
      at,
      day: '2026-01-01',
      facts: { a: ['\n', 1] },
    },
    { text: null, bytes: null, at: null, day: null, facts: null },
    { text: '', bytes: Buffer.from([]), at, day: '0001-01-01', facts: 'text' },
  ])
})

test('COPY brings in every text', async () => {
  const text = fc.string({ unit: character, maxLength: 40 }).filter((it) => !it.includes('\0'))
  const texts = fc.sample(text, 2_000)
  await db.copyIn(
    { table: 'probe.sample', columns: ['text'] },
    texts.map((it) => [it]),
  )
  const rows = await db.rows<{ text: string }>(sql`select text from probe.sample order by id`)
  expect(rows.map((row) => row.text)).toEqual(texts)
})

test('COPY is all or nothing, in and out of a transaction, and leaves the connection whole', async () => {
  const one = connect({ url: database.url, name: 'test', max: 1 })
  async function* failing(): AsyncGenerator<string[]> {
    yield ['x'.repeat(100_000)]
    await Promise.resolve()
    throw new Error('the source is gone')
  }
  const target = { table: 'probe.sample', columns: ['text'] }
  try {
    await expect(one.copyIn(target, failing())).rejects.toThrow('the source is gone')
    await expect(one.copyIn(target, [['a', 'b']])).rejects.toThrow('22P04')
    await expect(one.copyIn({ table: 'probe.none', columns: ['a'] }, [])).rejects.toThrow('42P01')
    const work = one.transaction(async (tx) => {
      await tx.copyIn(target, [['a']])
      throw new Error('changed my mind')
    })
    await expect(work).rejects.toThrow('changed my mind')
    expect(await one.rows(sql`select id from probe.sample`)).toEqual([])
  } finally {
    await one.close()
  }
})

test.for(['counter', 'probe.counter; --', 'probe."counter"', 'a.b.c'])(
  '%s is not the name of a table',
  async (table) => {
    await expect(db.copyIn({ table, columns: ['name'] }, [])).rejects.toThrow(/name/)
  },
)

import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, sql } from '../db/postgres.ts'
import type { Db } from '../db/postgres.ts'
import { createTestDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { dumpSchema } from './schema-dump.ts'

let database: TestDatabase
let db: Db

beforeAll(async () => {
  database = await createTestDatabase()
  db = connect({ url: database.url, name: 'test' })
})

afterAll(async () => {
  await db.close()
  await database.drop()
})

test('the migrations make the schema that was reviewed', async () => {
  await expect(await dumpSchema(db)).toMatchFileSnapshot('../db/schema.sql')
})

test('what the program runs as owns nothing', async () => {
  expect(
    await db.rows(sql`
      select relname from pg_class join pg_roles on pg_roles.oid = relowner
       where rolname like 'zt\\_%'`),
  ).toEqual([])
})

interface Table {
  name: string
  column: string
}

/** Statements that would do nothing even where they are allowed. */
const ofColumns: Readonly<Record<string, (table: Table) => string>> = {
  select: ({ name, column }) => `select ${column} from ${name} limit 0`,
  insert: ({ name, column }) =>
    `insert into ${name} (${column}) overriding system value select null where false`,
  update: ({ name, column }) => `update ${name} set ${column} = default where false`,
}
const attempts: Readonly<Record<string, (table: Table) => string>> = {
  ...ofColumns,
  select: ({ name }) => `select from ${name} limit 0`,
  insert: ({ name }) => `insert into ${name} select from ${name} limit 0`,
  delete: ({ name }) => `delete from ${name} where false`,
  truncate: ({ name }) => `truncate ${name}`,
}

test.for(['zt_app', 'zt_auditor', 'zt_keeper', 'zt_sequencer'])(
  'what the grants do not allow %s is refused when it is tried',
  async (role) => {
    const session = connect({ url: database.url, name: 'test', role, max: 1 })
    try {
      for (const [wish, attempt] of Object.entries(attempts)) {
        for (const table of await tablesWithout(role, wish)) {
          const tried = session.execute({ text: attempt(table), values: [] })
          await expect(tried, `${role} ${wish} ${table.name}`).rejects.toThrow('42501')
        }
      }
      for (const [wish, attempt] of Object.entries(ofColumns)) {
        for (const table of await columnsWithout(role, wish)) {
          const tried = session.execute({ text: attempt(table), values: [] })
          const cell = `${role} ${wish} ${table.name} (${table.column})`
          await expect(tried, cell).rejects.toThrow('42501')
        }
      }
    } finally {
      await session.close()
    }
  },
)

/** Of tables of which others may be seen or written. */
function columnsWithout(role: string, wish: string): Promise<Table[]> {
  return db.rows<Table>(sql`
    select c.oid::regclass::text as name, quote_ident(attname) as column
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute on attrelid = c.oid and attnum > 0 and not attisdropped
     where c.relkind in ('r', 'p') and nspname !~ '^pg_' and nspname <> 'information_schema'
       and has_any_column_privilege(${role}, c.oid, ${wish})
       and not has_column_privilege(${role}, c.oid, attnum, ${wish})
     order by name, attnum`)
}

function tablesWithout(role: string, wish: string): Promise<Table[]> {
  return db.rows<Table>(sql`
    select c.oid::regclass::text as name, quote_ident(attname) as column
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute on attrelid = c.oid and attnum = 1
     where c.relkind in ('r', 'p') and nspname !~ '^pg_' and nspname <> 'information_schema'
       and not has_table_privilege(${role}, c.oid, ${wish})
       and not case when ${wish} in ('select', 'insert', 'update')
                    then has_any_column_privilege(${role}, c.oid, ${wish}) else false end
     order by name`)
}

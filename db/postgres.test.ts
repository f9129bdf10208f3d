import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../test/database.ts'
import type { TestDatabase } from '../test/database.ts'
import { connect, sql } from './postgres.ts'
import type { Db } from './postgres.ts'

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

test('a statement', async () => {
  expect(await db.rows(sql`select 1 as one`)).toEqual([{ one: 1 }])
})

/**
 * A database of one's own for a test, with the whole schema and no rows: a copy of a template that
 * the first test who asks migrates.
 */
import { Client } from 'pg'
import { inject } from 'vitest'
import { createDatabase, dropDatabase } from '../db/database.ts'
import { migrate } from '../db/migrate.ts'

export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

const templateLock = 1_948_114
let count = 0

export async function createTestDatabase(): Promise<TestDatabase> {
  return create(await template())
}

/** Another one with the same contents; nobody may be connected to the first. */
export function copyDatabase({ url }: TestDatabase): Promise<TestDatabase> {
  return create(new URL(url).pathname.slice(1))
}

/** Without our schema, for tests of migrations. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return create('template1')
}

async function create(from: string): Promise<TestDatabase> {
  const { url, run } = inject('database')
  count += 1
  const name = `zt_test_${run}_${process.pid}_${count}`
  const own = await createDatabase(url, name, { template: from, strategy: 'file_copy' })
  return { url: own, drop: () => dropDatabase(url, name) }
}

/** Made once a run, under a lock all test processes share; renamed when it is complete. */
async function template(): Promise<string> {
  const { url, run } = inject('database')
  const name = `zt_test_${run}_template`
  const session = new Client({ connectionString: url })
  await session.connect()
  try {
    await session.query('select pg_advisory_lock($1, $2)', [templateLock, run])
    const made = await session.query('select from pg_database where datname = $1', [name])
    if (made.rowCount !== 0) return name
    const half = `zt_test_${run}_half`
    await dropDatabase(url, half)
    await migrate(await createDatabase(url, half))
    await session.query(`alter database ${half} rename to ${name}`)
    return name
  } finally {
    await session.end()
  }
}

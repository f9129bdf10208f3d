/**
 * Once a test run: a server (embedded, or TEST_DATABASE_URL) and a number for the run. Several runs
 * may share a server; each names its databases by its number, and databases whose run is gone are
 * dropped by the next one.
 */
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { dropDatabase } from '../db/database.ts'
import { startEmbedded } from '../db/embedded.ts'

declare module 'vitest' {
  interface ProvidedContext {
    database: { url: string; run: number }
  }
}

/** The first half of a two-number advisory lock; the second is the number of the run. */
const runLock = 1_948_113

const folder = join(import.meta.dirname, '../.zhengtong/test')

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await startServer()
  const run = randomInt(1, 2 ** 31)
  const session = new Client({ connectionString: url })
  await session.connect()
  await session.query('select pg_advisory_lock($1, $2)', [runLock, run])
  await dropFinishedRuns(session, url)
  project.provide('database', { url, run })
  return async () => {
    await session.query('select pg_advisory_unlock($1, $2)', [runLock, run])
    await dropFinishedRuns(session, url)
    await session.end()
    await stop()
  }
}

async function startServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL
  if (given !== undefined && given !== '') return { url: given, stop: () => Promise.resolve() }
  return startEmbedded({ folder, report: (line) => process.stderr.write(`${line}\n`) })
}

/** A run holds its lock as long as it lives, so a lock that can be had is of a run that is over. */
async function dropFinishedRuns(session: Client, url: string): Promise<void> {
  const { rows } = await session.query<{ name: string }>(
    `with found as materialized (
       select datname as name, substring(datname from '^zt_test_([0-9]+)_')::int as run
         from pg_database
        where datname ~ '^zt_test_[0-9]+_')
     select name from found where pg_try_advisory_xact_lock($1, run)`,
    [runLock],
  )
  for (const { name } of rows) await dropDatabase(url, name)
}

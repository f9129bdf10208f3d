/**
 * Once a test run: a server (embedded, or TEST_DATABASE_URL) and a number for the run. Several runs
 * may share a server; each names its databases by its number, and databases whose run is gone are
 * dropped by the next one. The embedded server has its data in memory where there is room: it is as
 * durable as ever against the ends of processes, and the hundreds of databases cost no disk.
 */
import { createHash, randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { dropDatabase } from '../db/database.ts'
import { startEmbedded } from '../db/embedded.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the server that is ours. */
    database: { url: string; run: number; folder: string | undefined }
  }
}

/** The first half of a two-number advisory lock; the second is the number of the run. */
const runLock = 1_948_113

const onDisk = join(import.meta.dirname, '../.zhengtong/test')
const memory = '/dev/shm'
const memoryBytesMin = 2 * 1024 ** 3

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, folder, stop } = await startServer()
  const run = randomInt(1, 2 ** 31)
  const session = new Client({ connectionString: url })
  await session.connect()
  await session.query('select pg_advisory_lock($1, $2)', [runLock, run])
  await dropFinishedRuns(session, url)
  project.provide('database', { url, run, folder })
  return async () => {
    await session.query('select pg_advisory_unlock($1, $2)', [runLock, run])
    await dropFinishedRuns(session, url)
    await session.end()
    await stop()
  }
}

interface Server {
  readonly url: string
  readonly folder: string | undefined
  readonly stop: () => Promise<void>
}

async function startServer(): Promise<Server> {
  const given = process.env.TEST_DATABASE_URL
  if (given !== undefined && given !== '') {
    return { url: given, folder: undefined, stop: () => Promise.resolve() }
  }
  const folder = await serverFolder()
  const report = (line: string): boolean => process.stderr.write(`${line}\n`)
  const server = await startEmbedded({ folder, report })
  return {
    ...{ url: server.url, folder },
    stop: async () => {
      await server.stop()
      const isInUse = existsSync(join(folder, 'postgres/data/postmaster.pid'))
      if (folder !== onDisk && !isInUse) await rm(folder, { recursive: true, force: true })
    },
  }
}

/** One for each checkout, as on the disk. */
async function serverFolder(): Promise<string> {
  const { bavail, bsize } = await statfs(memory).catch(() => ({ bavail: 0, bsize: 0 }))
  if (bavail * bsize < memoryBytesMin) return onDisk
  const checkout = createHash('sha256').update(onDisk).digest('hex').slice(0, 12)
  const folder = join(memory, `zhengtong-test-${checkout}`)
  await mkdir(folder, { recursive: true })
  return folder
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

/**
 * A PostgreSQL of our own for `npm start`, the demo and the tests: the native server that npm
 * installed, on a socket in a closed folder, kept by whoever uses it. Not for production, where
 * DATABASE_URL names a server that somebody looks after.
 *
 * Every process that uses the server holds a shared advisory lock on a connection of its own; the
 * last to leave stops it. A process that is killed loses its connection and with it the lock, so the
 * server it leaves behind belongs to whoever comes next.
 */
import { mkdir, realpath } from 'node:fs/promises'
import type { Client } from 'pg'
import { findPackage, prepareBinaries } from './embedded-binaries.ts'
import { prepareHome } from './embedded-home.ts'
import type { Home } from './embedded-home.ts'
import { serverPid } from './embedded-pid.ts'
import { openSession, prepareData, serve, shutDown } from './embedded-server.ts'
import { withStartLock } from './start-lock.ts'

export interface EmbeddedServer {
  /** The database `zhengtong`, as a login that owns it, may make databases and roles, and no more. */
  readonly url: string
  /** Whether nobody else was using the server when we came. */
  readonly owner: boolean
  /** Leaves the server, and stops it when no other process uses it. May be called again. */
  stop(): Promise<void>
}

interface EmbeddedOptions {
  /** Absolute; made when missing. One server belongs to one folder. */
  readonly folder: string
  /** Told what a person should know, such as where the data went. */
  readonly report: (line: string) => void
}

/** Any number will do as long as no other advisory lock in database `postgres` has it. */
const useLock = 7_190_552_381
const login = 'zhengtong'

/** @throws Problem database-start-failed or unsafe-folder */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const { report } = options
  await mkdir(options.folder, { recursive: true })
  const folder = await realpath(options.folder)
  return withStartLock(folder, async () => {
    const home = await prepareHome(folder, report)
    const binaries = await prepareBinaries(home, await findPackage(), report)
    await prepareData(home, binaries)
    await serve(home, binaries)
    const use = await openSession(home)
    const owner = await isUnused(use)
    await use.query('select pg_advisory_lock_shared($1)', [useLock])
    await prepareDatabase(use)
    return { url: serverUrl(home), owner, stop: createStop(folder, home, use) }
  })
}

function createStop(folder: string, home: Home, use: Client): () => Promise<void> {
  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    // A server that died under us has closed this connection already.
    await use.end().catch(() => undefined)
    const last = await openLastSession(home)
    if (!last) return
    const unused = await isUnused(last)
    await last.end()
    if (unused) await shutDown(home)
  }
  return () => (stopped ??= withStartLock(folder, stop))
}

/** Undefined when there is no server to ask, also when it dies while it is asked. */
async function openLastSession(home: Home): Promise<Client | undefined> {
  if ((await serverPid(home)) === undefined) return undefined
  try {
    return await openSession(home)
  } catch (thrown) {
    if ((await serverPid(home)) === undefined) return undefined
    throw thrown
  }
}

async function isUnused(session: Client): Promise<boolean> {
  const { rows } = await session.query<{ unused: boolean }>(
    'select pg_try_advisory_lock($1) as unused',
    [useLock],
  )
  const unused = rows[0]?.unused === true
  if (unused) await session.query('select pg_advisory_unlock($1)', [useLock])
  return unused
}

/** Not a superuser, so that development meets the same refusals as production. */
async function prepareDatabase(session: Client): Promise<void> {
  const roles = await session.query('select from pg_roles where rolname = $1', [login])
  if (roles.rowCount === 0) await session.query(`create role ${login} login createdb createrole`)
  const databases = await session.query('select from pg_database where datname = $1', [login])
  if (databases.rowCount === 0) await session.query(`create database ${login} owner ${login}`)
}

function serverUrl({ sockets }: Home): string {
  const host = encodeURIComponent(sockets)
  return `postgresql:///${login}?host=${host}&port=5432&user=${login}&sslmode=disable`
}

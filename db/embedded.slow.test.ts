import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, lstatSync } from 'node:fs'
import { chmod, lstat, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabase } from './database.ts'
import { findPackage, prepareBinaries } from './embedded-binaries.ts'
import { prepareHome, shortHash } from './embedded-home.ts'
import { startEmbedded } from './embedded.ts'
import type { EmbeddedServer } from './embedded.ts'
import { migrate } from './migrate.ts'
import { connect, sql } from './postgres.ts'

const weAreRoot = process.geteuid?.() === 0
const silent = (): void => undefined

/** One data folder for the tests that follow each other, because making one takes a while. */
let folder: string

beforeAll(async () => {
  folder = await openFolder()
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

async function openFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'embedded-'))
  await chmod(path, 0o755)
  return path
}

function start(): Promise<EmbeddedServer> {
  return startEmbedded({ folder, report: silent })
}

async function ask<T>(url: string, statement = sql`select pg_postmaster_start_time() as answer`) {
  const db = connect({ url, name: 'test', max: 1 })
  try {
    return (await db.row<{ answer: T }>(statement))?.answer
  } finally {
    await db.close()
  }
}

function pidFile(): Promise<string | undefined> {
  return readFile(join(folder, 'postgres/data/postmaster.pid'), 'utf8').catch(() => undefined)
}

async function serverPid(): Promise<number> {
  return Number((await pidFile())?.split('\n')[0])
}

interface Child {
  process: ChildProcess
  server: Pick<EmbeddedServer, 'url' | 'owner'>
}

/** Another process that starts the server, says what it got, and stops when its input ends. */
async function startInChild(): Promise<Child> {
  const program = `
    import { startEmbedded } from ${JSON.stringify(join(import.meta.dirname, 'embedded.ts'))}
    const server = await startEmbedded({ folder: ${JSON.stringify(folder)}, report: () => {} })
    process.stdin.on('end', () => server.stop()).resume()
    console.log(JSON.stringify(server))`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return { process: child, server: JSON.parse(line) as Child['server'] }
}

async function leave(child: Child): Promise<void> {
  child.process.stdin?.end()
  await once(child.process, 'exit')
}

test('two processes that start at once on nothing share one server, and one of them owns it', async () => {
  const children = await Promise.all([startInChild(), startInChild()])
  const [one, other] = children.map((child) => child.server)
  expect(one?.url).toBe(other?.url)
  expect([one?.owner, other?.owner].sort()).toEqual([false, true])
  expect(await ask(one?.url ?? '')).toEqual(await ask(other?.url ?? ''))
  await Promise.all(children.map(leave))
  expect(await pidFile()).toBeUndefined()
})

test('the server is durable, Chinese-proof, unprivileged, and reached by its socket only', async () => {
  const server = await start()
  try {
    const settings = {
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      data_checksums: 'on',
      server_encoding: 'UTF8',
      listen_addresses: '',
      max_connections: '100',
      is_superuser: 'off',
    }
    for (const [name, value] of Object.entries(settings)) {
      expect([name, await ask(server.url, sql`select current_setting(${name}) as answer`)]).toEqual(
        [name, value],
      )
    }
    expect(await ask(server.url, sql`select upper('ä证') collate "default" as answer`)).toBe('Ä证')
    expect(await ask(server.url, sql`select current_database() as answer`)).toBe('zhengtong')
    const home = await stat(join(folder, 'postgres'))
    expect(home.mode & 0o777).toBe(0o700)
    expect(home.uid).not.toBe(0)
  } finally {
    await server.stop()
  }
})

test('a guest finds the server, leaves it running, and the owner stops it', async () => {
  const owner = await start()
  const guest = await startInChild()
  const again = await start()
  expect([owner.owner, guest.server.owner, again.owner]).toEqual([true, false, false])
  await leave(guest)
  await again.stop()
  expect(await ask(owner.url)).toBeInstanceOf(Date)
  await owner.stop()
  await owner.stop()
  expect(await pidFile()).toBeUndefined()
})

test('an owner that leaves first does not take the server from its guests', async () => {
  const owner = await start()
  const guest = await startInChild()
  await owner.stop()
  expect(await ask(guest.server.url)).toBeInstanceOf(Date)
  await leave(guest)
  expect(await pidFile()).toBeUndefined()
})

test('what a killed owner leaves running is adopted, and stopped by who adopted it', async () => {
  const child = await startInChild()
  const since = await ask(child.server.url)
  child.process.kill('SIGKILL')
  await once(child.process, 'exit')
  const server = await start()
  expect(server.owner).toBe(true)
  expect(await ask(server.url)).toEqual(since)
  await server.stop()
  expect(await pidFile()).toBeUndefined()
})

test('after a crash of the server itself the next start recovers what was committed', async () => {
  const server = await start()
  const make = connect({ url: server.url, name: 'test', max: 1 })
  await make.execute(sql`create schema if not exists probe`)
  await make.execute(sql`create table probe.kept as select 42 as answer`)
  process.kill(await serverPid(), 'SIGKILL')
  await make.close()
  await server.stop()
  expect(await pidFile()).toBeDefined()
  const next = await start()
  expect(await ask(next.url, sql`select answer from probe.kept`)).toBe(42)
  await next.stop()
})

test('a pid file that names a stranger of today does not block the start', async () => {
  const home = await stat(join(folder, 'postgres'))
  const stranger = spawn('/bin/sleep', ['60'], { uid: home.uid, gid: home.gid })
  const lines = [stranger.pid, join(folder, 'postgres/data'), 1, 5432, folder, '', '1 1', 'ready']
  const stale = `${lines.join('\n')}\n`
  await writeFile(join(folder, 'postgres/data/postmaster.pid'), stale)
  await writeFile(join(folder, 'postgres/socket/.s.PGSQL.5432.lock'), stale)
  try {
    const server = await start()
    expect(await ask(server.url)).toBeInstanceOf(Date)
    expect(stranger.exitCode).toBeNull()
    await server.stop()
  } finally {
    stranger.kill()
  }
})

test('databases of a new cluster can be migrated at the same moment', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'migrations-'))
  const server = await start()
  try {
    const names = ['probe_a', 'probe_b', 'probe_c', 'probe_d']
    const urls = await Promise.all(names.map((name) => createDatabase(server.url, name)))
    await Promise.all(urls.map((url) => migrate(url, { folder: empty })))
    const auditor = connect({ url: server.url, name: 'test', role: 'zt_auditor', max: 1 })
    expect(await auditor.row(sql`select current_user as role`)).toEqual({ role: 'zt_auditor' })
    await auditor.close()
  } finally {
    await server.stop()
    await rm(empty, { recursive: true })
  }
})

test('a server that cannot start says why', async () => {
  const version = join(folder, 'postgres/data/PG_VERSION')
  const right = await readFile(version)
  await writeFile(version, '9\n')
  await expect(start()).rejects.toMatchObject({ code: 'database-start-failed' })
  await expect(start()).rejects.toThrow(/incompatible/)
  await writeFile(version, right)
  await (await start()).stop()
})

test('a folder that others can write is refused', async () => {
  const open = await openFolder()
  await mkdir(join(open, 'postgres'))
  await chmod(join(open, 'postgres'), 0o777)
  await expect(startEmbedded({ folder: open, report: silent })).rejects.toMatchObject({
    code: 'unsafe-folder',
    detail: { folder: join(open, 'postgres') },
  })
  await rm(open, { recursive: true })
})

test('a path too long for a socket gets a short one, and says so', async () => {
  const reports: string[] = []
  const open = await openFolder()
  const deep = join(open, 'x'.repeat(90))
  await mkdir(deep)
  const home = await prepareHome(deep, (line) => reports.push(line))
  expect(home.sockets).toBe(join(tmpdir(), `zhengtong-${shortHash(home.folder)}`))
  expect((await lstat(home.sockets)).mode & 0o777).toBe(0o700)
  expect(reports).toEqual([expect.stringContaining(home.sockets)])
  await rm(open, { recursive: true })
  await rm(home.sockets, { recursive: true })
})

/** Only root lends its server another user, and only that user can be shut out. */
const asRoot = test.skipIf(!weAreRoot)

asRoot('in a folder that only root can enter the data goes elsewhere, and says where', async () => {
  const closed = await mkdtemp('/root/embedded-')
  const reports: string[] = []
  const options = { folder: closed, report: (line: string) => reports.push(line) }
  const server = await startEmbedded(options)
  const home = `/var/lib/zhengtong/${shortHash(closed)}`
  try {
    expect(reports).toEqual([expect.stringContaining(home)])
    expect(await ask(server.url)).toBeInstanceOf(Date)
    expect((await stat(home)).mode & 0o777).toBe(0o700)
  } finally {
    await server.stop()
    await rm(closed, { recursive: true })
    await rm(home, { recursive: true })
  }
})

/** Hundreds of small files that no question to a program needs. */
const unasked = /share\/postgresql\/(timezone|extension)/

asRoot.for([
  ['links not made yet', (isLink: boolean) => !isLink],
  ['links made before', () => true],
] as const)('programs that only root can reach are copied, complete: %s', async ([, isCopied]) => {
  const closed = await mkdtemp('/root/embedded-')
  const open = await openFolder()
  const reports: string[] = []
  try {
    const installed = await findPackage()
    cpSync(join(installed.folder, 'native'), join(closed, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !unasked.test(path) && isCopied(lstatSync(path).isSymbolicLink()),
    })
    const home = await prepareHome(open, silent)
    const there = { folder: closed, version: '1' }
    const programs = await prepareBinaries(home, there, (line) => reports.push(line))
    expect(programs.postgres).toBe(join(home.folder, 'native-1/bin/postgres'))
    expect(reports).toEqual([expect.stringContaining('native-1')])
    expect(await prepareBinaries(home, there, silent)).toEqual(programs)
    const { uid, gid } = home.user
    const child = spawn(programs.initdb, ['--version'], { uid, gid, env: {}, cwd: '/' })
    expect(await once(child, 'exit')).toEqual([0, null])
  } finally {
    await rm(closed, { recursive: true })
    await rm(open, { recursive: true })
  }
})

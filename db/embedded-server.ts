/**
 * The life of one PostgreSQL process: its data folder, its start, its end. A running server is known
 * by the process number it wrote and by the folder that process works in, never by a name, so a
 * number that now belongs to another program is not mistaken for it.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import {
  chown,
  lstat,
  mkdir,
  open,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
} from 'node:fs/promises'
import { join } from 'node:path'
import { kill, pid as ourPid } from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import { Problem } from '../sdk/problem.ts'
import type { Binaries } from './embedded-binaries.ts'
import type { Home } from './embedded-home.ts'

const limits = { looks: 6_000, lookMs: 10, logBytes: 4_096 } as const

/** `fsync` and its kin are the server's defaults, and stay visible here because all rests on them. */
const settings: Readonly<Record<string, string>> = {
  listen_addresses: '',
  max_connections: '100',
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Statements, their parameters and the details of their errors hold personal data.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_parameter_max_length_on_error: '0',
}

/** Makes the data folder when it is missing: complete, or not at all. */
export async function prepareData(home: Home, binaries: Binaries): Promise<void> {
  if (await exists(home.data)) return
  const half = `${home.data}.half`
  await rm(half, { recursive: true, force: true })
  await mkdir(half, { mode: 0o700 })
  if (home.user.lent) await chown(half, home.user.uid, home.user.gid)
  // --no-sync was measured to save nothing worth having, so a new cluster is durable at once.
  const initdb = await launch(home, binaries.initdb, [
    `--pgdata=${half}`,
    '--username=postgres',
    '--auth-local=trust',
    '--auth-host=reject',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--data-checksums',
  ])
  if (!hasEnded(initdb)) await once(initdb, 'exit')
  if (initdb.exitCode !== 0) throw await startFailed(home)
  await rename(half, home.data)
}

/** Starts the server, or finds the one that runs, and resolves when it takes connections. */
export async function serve(home: Home, binaries: Binaries): Promise<void> {
  let started: ChildProcess | undefined
  for (let look = 0; look < limits.looks; look += 1) {
    if (await answers(home)) return
    if (started && hasEnded(started)) throw await startFailed(home)
    // A server on its way down is still there and does not answer; its successor waits for its end.
    if (!started && (await serverPid(home)) === undefined) {
      await disownPidFile(home)
      started = await launchServer(home, binaries)
    }
    await setTimeout(limits.lookMs)
  }
  throw await startFailed(home)
}

/** Whether a process serves the data folder, be it ready or not. */
export async function isServed(home: Home): Promise<boolean> {
  return (await serverPid(home)) !== undefined
}

/** A fast shutdown: sessions are ended, everything is written, the process is gone. */
export async function shutDown(home: Home): Promise<void> {
  const pid = await serverPid(home)
  if (pid === undefined) return
  kill(pid, 'SIGINT')
  for (let look = 0; look < limits.looks; look += 1) {
    if ((await serverPid(home)) === undefined) return
    await setTimeout(limits.lookMs)
  }
  throw new Error(`PostgreSQL ${pid} does not stop`)
}

/** In a process group of its own, so that Ctrl-C reaches us and we end the server in order. */
async function launchServer(home: Home, { postgres }: Binaries): Promise<ChildProcess> {
  const ours = { ...settings, unix_socket_directories: home.sockets }
  const options = Object.entries(ours).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = await launch(home, postgres, ['-D', home.data, ...options], 'group')
  server.unref()
  return server
}

/** Nothing of our environment reaches it: PGDATA and its kin would be taken for settings. */
async function launch(
  home: Home,
  program: string,
  args: readonly string[],
  own?: 'group',
): Promise<ChildProcess> {
  const log = await open(home.log, 'w', 0o600)
  try {
    const options: SpawnOptions = {
      cwd: home.folder,
      env: {},
      detached: own === 'group',
      stdio: ['ignore', log.fd, log.fd],
      ...(home.user.lent && { uid: home.user.uid, gid: home.user.gid }),
    }
    const child = spawn(program, args, options)
    await once(child, 'spawn')
    return child
  } catch (cause) {
    const reason = `user ${home.user.name} cannot run ${program}`
    throw new Problem('database-start-failed', { reason }, { cause })
  } finally {
    await log.close()
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

async function answers(home: Home): Promise<boolean> {
  const client = new Client({ host: home.sockets, user: 'postgres', database: 'postgres' })
  client.on('error', () => undefined) // Reported by connect; a later one changes nothing.
  try {
    await client.connect()
    return true
  } catch {
    return false // No socket yet, or starting, or stopping: the caller looks again.
  } finally {
    await client.end()
  }
}

/** The process that serves this data folder: PostgreSQL works inside the folder it serves. */
async function serverPid(home: Home): Promise<number | undefined> {
  const pid = Number((await readPidFile(home))[0])
  if (!Number.isSafeInteger(pid) || pid <= 1) return undefined
  // Fails when there is no such process, when it is another user's, and when it is a zombie.
  const works = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
  return works !== undefined && works === (await realpath(home.data)) ? pid : undefined
}

/**
 * After a restart of the machine a left-over pid file may name a process of today, and PostgreSQL
 * would refuse to start beside it. It ignores its parent's number, though, and then still checks
 * that no old backend uses the folder's memory; so the file is rewritten, not removed.
 */
async function disownPidFile(home: Home): Promise<void> {
  for (const path of [join(home.data, 'postmaster.pid'), `${socketPath(home)}.lock`]) {
    const lines = await readLines(path)
    if (lines.length === 0) continue
    const file = await open(path, 'r+')
    try {
      await file.truncate()
      await file.writeFile([String(ourPid), ...lines.slice(1)].join('\n'))
    } finally {
      await file.close()
    }
  }
}

function socketPath(home: Home): string {
  return join(home.sockets, '.s.PGSQL.5432')
}

function readPidFile(home: Home): Promise<string[]> {
  return readLines(join(home.data, 'postmaster.pid'))
}

async function readLines(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '') // Not there: nobody serves.
  return text === '' ? [] : text.split('\n')
}

/** PostgreSQL's own last words; its log is terse and holds no data. */
async function startFailed(home: Home): Promise<Problem> {
  const lines = (await readLines(home.log)).filter((line) => /FATAL|PANIC|error/.test(line))
  const reason = lines.at(-1)?.slice(0, limits.logBytes) ?? 'it said nothing'
  return new Problem('database-start-failed', { reason, log: home.log })
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

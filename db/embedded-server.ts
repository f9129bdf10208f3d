/** The life of one PostgreSQL process: its data folder, its start, its end. */
import { spawn } from 'node:child_process'
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { lchown, lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { kill } from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import { Problem } from '../sdk/problem.ts'
import type { Binaries } from './embedded-binaries.ts'
import type { Home } from './embedded-home.ts'
import { disownPidFile, serverPid } from './embedded-pid.ts'

const limits = { looks: 6_000, lookMs: 10, reasonLength: 400 } as const

/** The folder is the server's, and root does not follow links that a server might have made. */
const logFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW

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
  if (home.user.lent) await lchown(half, home.user.uid, home.user.gid)
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

/** The backends of a server that was killed notice within moments, and leave. */
const lastBackendsLinger = /pre-existing shared memory block/

/** Starts the server, or finds the one that runs, and resolves when it takes connections. */
export async function serve(home: Home, binaries: Binaries): Promise<void> {
  let started: ChildProcess | undefined
  for (let look = 0; look < limits.looks; look += 1) {
    if (await answers(home)) return
    if (started && hasEnded(started)) {
      const failed = await startFailed(home)
      if (!lastBackendsLinger.test(failed.message)) throw failed
      started = undefined
    }
    // A server on its way down is still there and does not answer; its successor waits for its end.
    if (!started && (await serverPid(home)) === undefined) {
      await disownPidFile(home)
      started = await launchServer(home, binaries)
    }
    await setTimeout(limits.lookMs)
  }
  throw await startFailed(home)
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

/** As the server's superuser. Spelt out, because PGPORT and its kin would fill what is left open. */
export async function openSession(home: Home): Promise<Client> {
  const session = new Client({
    host: home.sockets,
    port: 5432,
    user: 'postgres',
    database: 'postgres',
    ssl: false,
    application_name: 'zhengtong embedded',
  })
  // The server may be stopped under us; whoever sends the next statement will hear of it.
  session.on('error', () => undefined)
  await session.connect()
  return session
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
  const log = await open(home.log, logFlags, 0o600)
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
  try {
    await (await openSession(home)).end()
    return true
  } catch {
    return false // No socket yet, or starting, or stopping: the caller looks again.
  }
}

/** PostgreSQL's own last words; its log is terse and holds no data. */
async function startFailed(home: Home): Promise<Problem> {
  const lines = (await readFile(home.log, 'utf8')).split('\n')
  const last = lines.findLast((line) => /FATAL|PANIC|error/.test(line)) ?? 'it said nothing'
  const reason = last.slice(0, limits.reasonLength)
  return new Problem('database-start-failed', { reason, log: home.log })
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

/**
 * Where an embedded server lives and as whom it runs. PostgreSQL refuses to run as root, so root
 * lends it an unprivileged user; and a user who cannot enter the checkout gets a place elsewhere.
 */
import { createHash } from 'node:crypto'
import { chmod, lchown, lstat, mkdir, readFile, realpath, stat } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { geteuid, getegid } from 'node:process'
import { Problem } from '../sdk/problem.ts'

export interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
  /** Whether a child has to be given this user; false when it is who we are. */
  readonly lent: boolean
}

export interface Home {
  readonly user: User
  /** Owned by the user, closed to everybody else but root. */
  readonly folder: string
  readonly data: string
  readonly sockets: string
  readonly socket: string
  readonly log: string
}

/** sockaddr_un holds 108 bytes; a little room is left for the name of the socket's lock file. */
const socketPathBytesMax = 100
const socketName = '.s.PGSQL.5432'

/** Finds and makes the folders for the server that belongs to `folder`, which is there. */
export async function prepareHome(folder: string, report: (line: string) => void): Promise<Home> {
  const user = await serverUser(folder)
  const home = await homeFolder(folder, user, report)
  const sockets = await socketFolder(home, user, report)
  return {
    user,
    folder: home,
    data: join(home, 'data'),
    sockets,
    socket: join(sockets, socketName),
    log: join(home, 'postgres.log'),
  }
}

/** Whether the user may read a file and enter every folder on the way to it. */
export async function mayRead(file: string, user: User): Promise<boolean> {
  const real = await realpath(file)
  return allows(await stat(real), user, 'read') && (await mayEnter(dirname(real), user))
}

/** A name that is the same tomorrow, and another one for every folder. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

async function serverUser(folder: string): Promise<User> {
  const uid = geteuid?.() ?? 0
  if (uid !== 0) return { name: String(uid), uid, gid: getegid?.() ?? uid, lent: false }
  const users = await systemUsers()
  // Data made under another user stays that user's, for example after `sudo`.
  const data = await stat(join(folder, 'postgres')).catch(() => undefined)
  const user =
    users.find((known) => known.uid === data?.uid) ??
    users.find(({ name }) => name === 'nobody') ??
    users[0]
  if (!user) throw new Problem('database-start-failed', { reason: 'no user but root exists' })
  return { ...user, lent: true }
}

/** initdb wants a user it can look up, so a bare number will not do. */
async function systemUsers(): Promise<{ name: string; uid: number; gid: number }[]> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n')
  return lines
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ name, uid, gid }) => name !== '' && uid > 0 && gid > 0)
}

async function homeFolder(
  folder: string,
  user: User,
  report: (line: string) => void,
): Promise<string> {
  if (!user.lent || (await mayEnter(folder, user))) {
    return privateFolder(join(folder, 'postgres'), user)
  }
  for (const home of elsewhere(shortHash(folder))) {
    if (!(await isOpen(dirname(home), user))) continue
    report(`PostgreSQL keeps its data in ${home}: user ${user.name} cannot enter ${folder}.`)
    return privateFolder(home, user)
  }
  throw new Problem('database-start-failed', { reason: `user ${user.name} can enter no folder` })
}

function elsewhere(name: string): readonly string[] {
  return [`/var/lib/zhengtong/${name}`, join(tmpdir(), `zhengtong-${name}`)]
}

async function isOpen(folder: string, user: User): Promise<boolean> {
  try {
    const made = await mkdir(folder, { recursive: true })
    if (made !== undefined) await chmod(folder, 0o755)
  } catch {
    return false // A read-only file system; the next place is tried.
  }
  return mayEnter(folder, user)
}

async function socketFolder(
  home: string,
  user: User,
  report: (line: string) => void,
): Promise<string> {
  const near = join(home, 'socket')
  if (Buffer.byteLength(join(near, socketName)) <= socketPathBytesMax) {
    return privateFolder(near, user)
  }
  const far = await privateFolder(join(tmpdir(), `zhengtong-${shortHash(home)}`), user)
  report(`PostgreSQL listens in ${far}: the path of ${near} is too long for a socket.`)
  return far
}

/** Makes a folder for the user alone, or refuses one that somebody else has put there. */
async function privateFolder(path: string, user: User): Promise<string> {
  await mkdir(path, { mode: 0o700 }).catch(async (error: unknown) => {
    if (!(await lstat(path).catch(() => undefined))) throw error
  })
  const found = await lstat(path)
  const ours = found.uid === user.uid || (user.lent && found.uid === 0)
  if (!found.isDirectory() || !ours || (found.mode & 0o022) !== 0) {
    throw new Problem('unsafe-folder', { folder: path })
  }
  if (user.lent) await lchown(path, user.uid, user.gid)
  return path
}

async function mayEnter(folder: string, user: User): Promise<boolean> {
  for (let next = await realpath(folder); ; next = dirname(next)) {
    if (!allows(await stat(next), user, 'enter')) return false
    if (next === dirname(next)) return true
  }
}

function allows(entry: Stats, user: User, wish: 'enter' | 'read'): boolean {
  const bit = wish === 'enter' ? 0o1 : 0o4
  if (entry.uid === user.uid) return (entry.mode & (bit << 6)) !== 0
  if (entry.gid === user.gid) return (entry.mode & (bit << 3)) !== 0
  return (entry.mode & bit) !== 0
}

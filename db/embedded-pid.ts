/**
 * Which process serves a data folder. A running server is known by the number it wrote and by the
 * folder that process works in, never by a name, so a number that now belongs to another program is
 * not mistaken for it.
 */
import { constants } from 'node:fs'
import { open, readFile, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { pid as ourPid } from 'node:process'
import type { Home } from './embedded-home.ts'

/** The process that serves this data folder: PostgreSQL works inside the folder it serves. */
export async function serverPid(home: Home): Promise<number | undefined> {
  const pid = Number((await readLines(join(home.data, 'postmaster.pid')))[0])
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
export async function disownPidFile(home: Home): Promise<void> {
  for (const path of [join(home.data, 'postmaster.pid'), `${home.socket}.lock`]) {
    const lines = await readLines(path)
    if (lines.length === 0) continue
    const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW)
    try {
      await file.truncate()
      await file.writeFile([String(ourPid), ...lines.slice(1)].join('\n'))
    } finally {
      await file.close()
    }
  }
}

async function readLines(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '') // Not there: nobody serves.
  return text === '' ? [] : text.split('\n')
}

/**
 * F04: the disk of the database has no room while departments issue and ask. Nothing is told that is not
 * stored, nothing is half done, who reads what is there is answered, and with room again all goes on by
 * itself. The disk is a small one of its own; its write-ahead log is elsewhere, where PostgreSQL stops at
 * once when it is full, as `run.test.ts` has it.
 */
import { execFileSync } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOwnServer } from './own-server.ts'
import type { OwnServer } from './own-server.ts'
import { startRun } from './run.ts'
import type { FaultRun } from './run.ts'
import { isLong, testMs } from './settings.ts'

const diskSize = '64m'
const clients = 6
/** Who issues has to begin with that; who asks again about what is there is refused an answer. */
const fills = ['issuing', 'asking', 'issuing', 'asking'] as const
/** So many tries end without an answer before there is room again. */
const refusalsWanted = 12
const lookMs = 5

interface SmallDisk {
  readonly folder: string
  /** Takes what room there is, once more after whatever was given back meanwhile. */
  readonly fill: () => void
  readonly makeRoom: () => void
  readonly remove: () => Promise<void>
}

/** Undefined where mounting is not allowed. */
async function mountSmallDisk(): Promise<SmallDisk | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'zt-small-disk-'))
  try {
    const kind = ['-t', 'tmpfs', '-o', `size=${diskSize},mode=0700`, 'tmpfs', folder]
    execFileSync('mount', kind, { stdio: 'pipe' })
  } catch {
    await rm(folder, { recursive: true })
    return undefined
  }
  const filler = join(folder, 'filler')
  return {
    folder,
    fill: () => {
      fillUp(filler)
    },
    makeRoom: () => {
      rmSync(filler)
    },
    remove: async () => {
      execFileSync('umount', [folder])
      await rm(folder, { recursive: true })
    },
  }
}

function fillUp(file: string): void {
  const piece = Buffer.alloc(4_096)
  const handle = openSync(file, 'a')
  try {
    for (;;) writeSync(handle, piece)
  } catch (thrown) {
    const isFull = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC'
    if (!isFull) throw thrown
  } finally {
    closeSync(handle)
  }
}

const disk = isLong ? await mountSmallDisk() : undefined
if (isLong && !disk) process.stderr.write('faults: no full disk, mounting is not allowed here\n')

let own: OwnServer
let run: FaultRun

beforeAll(async () => {
  if (!disk) return
  own = await createOwnServer()
  await own.moveTo(disk.folder)
  run = await startRun('disk-full', own.url)
}, testMs)

afterAll(async () => {
  if (!disk) return
  await run.close()
  await own.remove()
  await disk.remove()
})

/** Of every answer to the departments' clients. */
const statuses = new Set<number | undefined>()

subscribe('http.client.response.finish', (message) => {
  if (typeof message !== 'object' || message === null || !('response' in message)) return
  if (message.response instanceof IncomingMessage) statuses.add(message.response.statusCode)
})

test.runIf(disk)('a full disk costs service only', { timeout: testMs }, async () => {
  if (!disk) return
  const whys = (): string[] =>
    run.ledger.lines.flatMap((line) => (line.event === 'unknown' ? [line.why] : []))
  const url = await run.server.url()
  await run.drive({ jobs: clients, clients })
  let next = 1 + clients
  for (const [n, what] of fills.entries()) {
    const room = { isBack: false }
    const work = async (): Promise<void> => {
      while (!room.isBack) {
        const first = what === 'issuing' ? next : 1
        await run.drive({ jobs: clients, clients, first })
        if (first === next) next += clients
      }
    }
    const working = work()
    await run.fault(`the disk is full, ${n + 1}`, async () => {
      const before = whys().length
      while (whys().length < before + refusalsWanted) {
        disk.fill()
        await wait(lookMs)
      }
      const [alive, head] = await Promise.all(
        ['/livez', '/log/checkpoint'].map((path) => fetch(url + path)),
      )
      expect([alive?.status, head?.status]).toEqual([200, 200])
      disk.makeRoom()
    })
    room.isBack = true
    await working
  }
  const during = whys()
  const outages = ['audit-unavailable', 'database-unavailable']
  expect(during.filter((why) => !outages.includes(why))).toEqual([])
  expect(statuses).toEqual(new Set([200, 503]))
  // All of it without a restart, and what nothing befalls is answered at the first try.
  await run.drive({ jobs: clients, clients, first: next })
  expect(whys()).toHaveLength(during.length)
  expect(await run.server.url()).toBe(url)
  const { findings } = await run.conclude()
  expect(findings).toEqual([])
  run.report(`${fills.length} times a full disk`)
})

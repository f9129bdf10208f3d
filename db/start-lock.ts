/**
 * Lets one process at a time start or stop the server of a folder. The lock is a socket in Linux's
 * abstract namespace: the kernel frees it when its holder dies, however it dies, so there is nothing
 * stale to clean up. It holds for seconds; who *owns* the server is another question.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Server } from 'node:net'
import { Problem } from '../sdk/problem.ts'

const limits = { rounds: 1_000, waitMs: 120_000 } as const

/** Runs `work` while no other process on this machine runs work for the same folder. */
export async function withStartLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const name = `\0zhengtong-start-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`
  const held = await acquire(name)
  try {
    return await work()
  } finally {
    held.release()
  }
}

interface Held {
  release(): void
}

async function acquire(name: string): Promise<Held> {
  const patience = AbortSignal.timeout(limits.waitMs)
  for (let round = 0; round < limits.rounds && !patience.aborted; round += 1) {
    const held = await tryAcquire(name)
    if (held) return held
    await untilReleased(name, patience)
  }
  throw new Problem('database-start-failed', { reason: 'another process is starting it for ever' })
}

async function tryAcquire(name: string): Promise<Held | undefined> {
  const waiting = new Set<{ destroy(): void }>()
  const server: Server = createServer((socket) => {
    waiting.add(socket)
    socket.on('error', () => waiting.delete(socket))
  })
  server.listen(name)
  try {
    await once(server, 'listening')
  } catch (error) {
    if (hasCode(error, 'EADDRINUSE')) return undefined
    throw error
  }
  return {
    release: () => {
      server.close()
      for (const socket of waiting) socket.destroy()
    },
  }
}

/** Whoever waits is connected to the holder, and is woken by the end of that connection. */
async function untilReleased(name: string, patience: AbortSignal): Promise<void> {
  const socket = connect(name)
  socket.resume()
  try {
    await once(socket, 'close', { signal: patience })
  } catch {
    // Refused or reset: the holder has just gone. Out of patience: the caller looks at the signal.
  } finally {
    socket.destroy()
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

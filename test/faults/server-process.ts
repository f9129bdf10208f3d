/** The server as its parent sees it: started, asked to issue, killed, started again. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import type { FromServer } from './server.ts'

export interface ServerProcess {
  /** @throws Error with the reason when it refuses to start */
  readonly start: () => Promise<void>
  /** SIGKILL; resolves when the process is gone. */
  readonly kill: () => Promise<void>
  /** The address, as soon as it serves. */
  readonly url: () => Promise<string>
  readonly issue: (company: number) => Promise<string>
}

interface Waiting {
  readonly resolve: (licenceId: string) => void
  readonly reject: (reason: Error) => void
}

export const serverGone = 'server-gone'

export function createServerProcess(parts: {
  readonly databaseUrl: string
  readonly folder: string
}): ServerProcess {
  const output = openSync(join(parts.folder, 'server.log'), 'a')
  const waiting = new Map<number, Waiting>()
  let child: ChildProcess | undefined
  let up = Promise.withResolvers<string>()
  let count = 0

  function hear(message: FromServer): void {
    if ('ready' in message) up.resolve(message.ready)
    else if ('refused' in message) up.reject(new Error(message.refused))
    else {
      const { resolve, reject } = waiting.get(message.id) ?? {}
      waiting.delete(message.id)
      if ('licenceId' in message) resolve?.(message.licenceId)
      else reject?.(new Error(message.why))
    }
  }

  return {
    start: async () => {
      const own = up
      child = fork(join(import.meta.dirname, 'server.ts'), [parts.databaseUrl], {
        execArgv: [],
        stdio: ['ignore', output, output, 'ipc'],
      })
      child.on('message', hear)
      child.on('exit', () => {
        own.reject(new Error(serverGone))
        for (const { reject } of waiting.values()) reject(new Error(serverGone))
        waiting.clear()
      })
      await own.promise
    },
    kill: async () => {
      if (child?.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      up = Promise.withResolvers()
      // Whoever waits for the next start hears of its failure there.
      up.promise.catch(() => undefined)
      await gone
    },
    url: () => up.promise,
    issue: (company) =>
      new Promise((resolve, reject) => {
        count += 1
        waiting.set(count, { resolve, reject })
        child?.send({ id: count, company }, (failed) => {
          if (failed) reject(new Error(serverGone))
        })
      }),
  }
}

/** The server as its parent sees it: started, asked to issue, killed, stopped, started again. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { FromServer } from './server.ts'
import type { Place } from './world-settings.ts'

export interface ServerProcess {
  /** @throws Error with the reason when it refuses to start */
  readonly start: () => Promise<void>
  /** SIGKILL; resolves when the process is gone. */
  readonly kill: () => Promise<void>
  /** It kills itself at that failpoint (`name@k`); resolves when it is gone. */
  readonly dieAt: (fault: string) => Promise<void>
  /** It stands still at that failpoint (`name@k:stop`) until it is told to go on. */
  readonly standStillAt: (fault: string) => Promise<void>
  readonly goOn: () => void
  /** The address, as soon as it serves. */
  readonly url: () => Promise<string>
  /** Answers the licence, which is durable then. */
  readonly issue: (company: number) => Promise<string>
  /** Every row of the file is durable when it resolves. */
  readonly importFile: (file: string) => Promise<string>
}

interface Waiting {
  readonly resolve: (made: string) => void
  readonly reject: (reason: Error) => void
}

export const serverGone = 'server-gone'
const lookMs = 20

/** @param folder where it writes what it has to say */
export function createServerProcess(place: Place, folder: string): ServerProcess {
  const output = openSync(join(folder, 'server.log'), 'a')
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
      if ('made' in message) resolve?.(message.made)
      else reject?.(new Error(message.why))
    }
  }

  function bury(): void {
    up.reject(new Error(serverGone))
    up = Promise.withResolvers()
    // Whoever waits for the next start hears of its failure there.
    up.promise.catch(() => undefined)
    for (const { reject } of waiting.values()) reject(new Error(serverGone))
    waiting.clear()
  }

  function living(): ChildProcess {
    if (child?.exitCode !== null || child.signalCode !== null) throw new Error(serverGone)
    return child
  }

  const make = (what: { company: number } | { file: string }): Promise<string> =>
    new Promise((resolve, reject) => {
      count += 1
      waiting.set(count, { resolve, reject })
      child?.send({ id: count, ...what }, (failed) => {
        if (failed) reject(new Error(serverGone))
      })
    })

  return {
    start: async () => {
      const { promise } = up
      child = fork(join(import.meta.dirname, 'server.ts'), [JSON.stringify(place)], {
        execArgv: [],
        stdio: ['ignore', output, output, 'ipc'],
      })
      child.on('message', hear)
      child.on('exit', bury)
      await promise
    },
    kill: async () => {
      if (child?.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
    dieAt: async (fault) => {
      const own = living()
      const gone = once(own, 'exit')
      own.send({ fault })
      await gone
    },
    standStillAt: async (fault) => {
      const own = living()
      own.send({ fault })
      while (!isStopped(own)) await wait(lookMs)
    },
    goOn: () => {
      living().kill('SIGCONT')
    },
    url: () => up.promise,
    issue: (company) => make({ company }),
    importFile: (file) => make({ file }),
  }
}

/** The state stands after the name, which is in brackets (proc(5)). */
function isStopped({ pid }: ChildProcess): boolean {
  const stat = readFileSync(`/proc/${pid ?? 0}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T')
}

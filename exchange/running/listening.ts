/** Listening and ceasing to: on the port that was named or the next free one, and no longer than needed. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

export const loopback = '127.0.0.1'

/** How many ports after a busy one are tried. */
const portTries = 20

export async function onFreePort(
  port: number,
  listen: (port: number) => Promise<unknown>,
): Promise<void> {
  for (let tries = port === 0 ? 0 : portTries; ; tries -= 1) {
    try {
      await listen(port === 0 ? 0 : port + portTries - tries)
      return
    } catch (thrown) {
      if (!isBusy(thrown) || tries === 0) throw thrown
    }
  }
}

export function listenOnLoopback(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, loopback, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port // A TCP listener has one.
}

/** Requests in flight are finished; whoever takes longer than that loses the connection. */
export async function closeWithin(app: FastifyInstance, limitMs: number): Promise<void> {
  const finished = new AbortController()
  const late = setTimeout(limitMs, undefined, { signal: finished.signal }).then(
    () => {
      app.server.closeAllConnections()
    },
    () => undefined, // Finished in time.
  )
  await app.close()
  finished.abort()
  await late
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE'
}

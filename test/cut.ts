/** A way to PostgreSQL that can be cut: at once, or after so many messages from our side. */
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

export interface Cut {
  /** The url of the same database by this way. */
  readonly through: (url: string) => string
  /** Ends every connection and lets none through. */
  readonly cut: () => void
  /** Lets this many more messages through to the server, and then cuts. */
  readonly cutAfter: (messages: number) => void
  readonly mend: () => void
  close(): Promise<void>
}

/** @param url of any database of the server, over TCP or a socket in a folder */
export async function createCut(url: string): Promise<Cut> {
  const target = targetOf(new URL(url))
  const sockets = new Set<Socket>()
  let left = Infinity
  const cut = (): void => {
    left = 0
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((client) => {
    if (left === 0) {
      client.destroy()
      return
    }
    const onward = connect(target)
    for (const socket of [client, onward]) {
      sockets.add(socket)
      // A cut shows as an error on the other half; both halves end together.
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        onward.destroy()
      })
    }
    client.on('data', (bytes) => {
      if (left === 0) return
      left -= 1
      onward.write(bytes)
      if (left === 0) cut()
    })
    onward.pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo // A TCP listener has one.
  return {
    through: (direct) => {
      const own = new URL(direct)
      const user = own.searchParams.get('user') ?? decodeURIComponent(own.username)
      const way = new URL(`postgresql://${encodeURIComponent(user)}@127.0.0.1:${port}`)
      way.password = own.password
      way.pathname = own.pathname
      way.searchParams.set('sslmode', 'disable')
      return way.href
    },
    cut,
    cutAfter: (messages) => {
      left = messages
    },
    mend: () => {
      left = Infinity
    },
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function targetOf(url: URL): { path: string } | { host: string; port: number } {
  const folder = url.searchParams.get('host')
  const port = Number(url.searchParams.get('port') ?? (url.port === '' ? 5432 : url.port))
  if (folder?.startsWith('/') === true) return { path: `${folder}/.s.PGSQL.${port}` }
  return { host: url.hostname, port }
}

/** The door of the operator, on the loopback address only: `GET /metrics` and nothing else. */
import { createServer } from 'node:http'
import type { Server } from 'node:http'

const limits = { headerBytes: 8_192, requestMs: 5_000 } as const

export function createMetricsServer(text: () => Promise<string>): Server {
  const server = createServer({ maxHeaderSize: limits.headerBytes }, (request, reply) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      reply.writeHead(404).end()
      return
    }
    text().then(
      (body) => {
        reply.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
        reply.end(body)
      },
      () => reply.writeHead(500).end(),
    )
  })
  server.requestTimeout = limits.requestMs
  return server
}

/**
 * The server below the routes: plain or TLS, its limits, and what is said to bytes that are no HTTP,
 * which never reach a route. It knows no surface and no caller.
 */
import { randomUUID } from 'node:crypto'
import { createServer, STATUS_CODES } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { createServer as createSecureServer, Server as SecureServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { Problem } from '../../sdk/problem.ts'
import { httpLimits } from './parts.ts'
import { problemDocument } from './request.ts'
import { statusOf } from './status.ts'
import type { Tls } from './tls.ts'

export function createDoor(handle: RequestListener, tls: Tls | undefined): Server {
  const limits = {
    maxHeaderSize: httpLimits.headerBytes + 1, // Node refuses as soon as this is reached.
    requestTimeout: httpLimits.requestMs,
    connectionsCheckingInterval: httpLimits.checkMs,
    keepAliveTimeout: httpLimits.keepAliveMs,
  }
  const server = tls ? createSecureDoor(handle, limits, tls) : createServer(limits, handle)
  server.setTimeout(httpLimits.connectionMs)
  return server
}

function createSecureDoor(handle: RequestListener, limits: object, tls: Tls): SecureServer {
  const requestCert = tls.clientAnchors() !== undefined
  const handshake = {
    requestCert,
    rejectUnauthorized: false,
    handshakeTimeout: httpLimits.requestMs,
  }
  return createSecureServer({ ...limits, ...handshake, ...tls.options() }, handle)
}

/** How often the files of the certificate are looked at. */
const renewalMs = 60_000

/**
 * Takes up a renewed certificate, until it is told to stop. While the files do not fit together the
 * old one stays; connections that are open keep the one they began with.
 */
export function keepRenewed(
  server: Server,
  tls: Tls | undefined,
  failed: (cause: unknown) => void,
): () => void {
  const timer = setInterval(() => {
    if (tls) renew(server, tls).catch(failed)
  }, renewalMs).unref()
  return () => {
    clearInterval(timer)
  }
}

async function renew(server: Server, tls: Tls): Promise<void> {
  if ((await tls.renew()) && server instanceof SecureServer) server.setSecureContext(tls.options())
}

const refusals: Readonly<Record<string, Problem>> = {
  HPE_HEADER_OVERFLOW: new Problem('headers-too-large', { limit: httpLimits.headerBytes }),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: new Problem('body-too-large'),
  ERR_HTTP_REQUEST_TIMEOUT: new Problem('request-timeout', { limitMs: httpLimits.requestMs }),
}
const noHttp = new Problem('invalid-request', { place: 'HTTP', expected: 'RFC 9112' })

/** Answers what Node's parser has refused, and ends the connection; answers the status. */
export function refuseBytes({ code = '' }: NodeJS.ErrnoException, socket: Duplex): number {
  const problem = refusals[code] ?? noHttp
  const status = statusOf(problem.code)
  if (!socket.writable) {
    socket.destroy()
    return status
  }
  const requestId = randomUUID()
  const body = problemDocument(problem, requestId)
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `exchange-request-id: ${requestId}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    'connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
  return status
}

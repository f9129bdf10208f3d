/**
 * One HTTP request over TLS or without, as whoever asks needs it: authorities and a client certificate
 * of one's own, no redirects, and an answer of which no more is taken in than was allowed for. It
 * belongs to the client; what an answer means is for others.
 */
import { Agent, request as requestPlain } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Agent as SecureAgent, request as requestSecurely } from 'node:https'

/** Our end of TLS connections, in PEM. */
export interface TlsEnd {
  /** Whom to believe about the server; the authorities of the system when left out. */
  readonly authorities?: string
  /** What shows us to the server, with its CAs, and the key to it. */
  readonly own?: { readonly certificate: string; readonly key: string }
}

export interface Sending {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
}

/** Resolves with the head of the answer; its body is still to be read. */
export type Transport = (url: URL, sending: Sending) => Promise<IncomingMessage>

export function createTransport({ authorities, own }: TlsEnd = {}): Transport {
  const plain = new Agent({ keepAlive: true })
  const secure = new SecureAgent({
    // Said here, because the environment could say otherwise.
    ...{ keepAlive: true, minVersion: 'TLSv1.2', rejectUnauthorized: true },
    ...(authorities !== undefined && { ca: authorities }),
    ...(own && { cert: own.certificate, key: own.key }),
  })
  return (url, { body, ...sending }) =>
    new Promise((resolve, reject) => {
      const sent =
        url.protocol === 'https:'
          ? requestSecurely(url, { ...sending, agent: secure })
          : requestPlain(url, { ...sending, agent: plain })
      sent.once('response', resolve)
      sent.on('error', reject) // Also after the answer: then its reader is told of it as well.
      sent.end(body)
    })
}

/** Undefined when the body is larger; then the rest of it is not wanted. */
export async function readAtMost(
  reply: IncomingMessage,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of reply as AsyncIterable<Uint8Array>) {
    bytes += part.length
    if (bytes > bytesMax) return undefined // Leaving the loop destroys the connection.
    parts.push(part)
  }
  return Buffer.concat(parts)
}

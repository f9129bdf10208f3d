/**
 * One department's JSON service: how it is asked, and what protects the exchange from it. It may be
 * slow, dead or hostile; whatever it does costs one question, a bounded time and a bounded memory.
 * What an answer means is judged in `http-source.ts`.
 */
import type { IncomingMessage } from 'node:http'
import { canonicalJson, parseJsonObject } from '../../sdk/json.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import { createTransport, readAtMost } from '../../sdk/transport.ts'
import type { Transport } from '../../sdk/transport.ts'
import type { SourceAddress } from './address.ts'
import { createBreaker } from './breaker.ts'
import { sourceDeadlineMs } from './source.ts'

/** Questions under way at one department; a slow one must not collect all our connections. */
const concurrentMax = 8
const answerBytesMax = 65_536
const answerLimits = { depth: 4, membersPerObject: 128, stringLength: answerBytesMax }
/** The service answers, but not us or not now. */
const notNow: ReadonlySet<number> = new Set([401, 403, 408, 429])

export interface InquiryReply {
  readonly status: 200 | 404
  readonly body: JsonObject
}

export interface Inquiry {
  /** Posts to a path below the service's address. @throws Problem source-unavailable, source-fault */
  readonly ask: (path: string, body: JsonObject) => Promise<InquiryReply>
  /** Whether the service is spared, because it has not answered. */
  readonly isSpared: () => boolean
}

export function createInquiry(
  address: Extract<SourceAddress, { kind: 'http' }>,
  clock: () => Date,
): Inquiry {
  const { url, token, authorities } = address
  const send = createTransport(authorities === undefined ? {} : { authorities })
  const breaker = createBreaker(clock)
  let underWay = 0
  const askOnce: Inquiry['ask'] = async (path, body) => {
    if (underWay >= concurrentMax) throw new Problem('source-unavailable', { rule: 'busy' })
    const ended = breaker.enter()
    if (!ended) throw new Problem('source-unavailable', { rule: 'breaker-open' })
    underWay += 1
    try {
      const reply = await ask({ send, url: below(url, path), token }, canonicalJson(body))
      ended('answered')
      return reply
    } catch (thrown) {
      const isNonsense = thrown instanceof Problem && thrown.code === 'source-fault'
      ended(isNonsense ? 'answered' : 'failed')
      if (thrown instanceof Problem) throw thrown
      throw new Problem('source-unavailable', {}, { cause: thrown })
    } finally {
      underWay -= 1
    }
  }
  return { ask: askOnce, isSpared: breaker.isOpen }
}

interface Asked {
  readonly send: Transport
  readonly url: URL
  readonly token: string
}

async function ask({ send, url, token }: Asked, body: string): Promise<InquiryReply> {
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(sourceDeadlineMs)])
  try {
    const reply = await send(url, {
      ...{ method: 'POST', body, signal },
      headers: {
        ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...{ accept: 'application/json', 'accept-encoding': 'identity' },
      },
    })
    const status = statusIn(reply)
    checkHeaders(reply)
    return { status, body: parse((await readAtMost(reply, answerBytesMax)) ?? refuseSize()) }
  } finally {
    // Whatever was not read is not wanted: an answer that was refused must not go on arriving.
    stop.abort()
  }
}

/** The path is a name from the catalogue: it can neither leave the host nor climb. */
function below(base: string, path: string): URL {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/$/, '')}${path}`
  return url
}

function statusIn({ statusCode: status = 0 }: IncomingMessage): 200 | 404 {
  if (status === 200 || status === 404) return status
  if (status >= 500 || notNow.has(status)) throw new Problem('source-unavailable', { status })
  // Redirects among them: where to ask is configured, never told.
  throw new Problem('source-fault', { status })
}

function checkHeaders({ headers }: IncomingMessage): void {
  const type = headers['content-type'] ?? ''
  const isJson = /^application\/json *(; *charset="?utf-8"?)?$/i.test(type)
  if (!isJson) throw new Problem('source-fault', { rule: 'content-type' })
  if (headers['content-encoding'] !== undefined) {
    throw new Problem('source-fault', { rule: 'encoding' })
  }
  if (Number(headers['content-length'] ?? '0') > answerBytesMax) refuseSize()
}

function parse(bytes: Uint8Array): JsonObject {
  try {
    return parseJsonObject(fromUtf8(bytes), answerLimits)
  } catch {
    // The cause would quote the text, and the text may be about somebody.
    throw new Problem('source-fault', { rule: 'json' })
  }
}

function refuseSize(): never {
  throw new Problem('source-fault', { rule: 'size', limit: answerBytesMax })
}

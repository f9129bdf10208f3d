/**
 * From rows to routes of the server: who asks is proven, what is asked is read by its shape, and what
 * comes back is sent. Nothing here knows what any of them is about.
 */
import { Readable } from 'node:stream'
import type { Duplex } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { parseJsonObject } from '../../sdk/json.ts'
import type { JsonLimits } from '../../sdk/json.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import type { AppParts } from './parts.ts'
import { networkOf } from './rate.ts'
import type { Rate } from './rate.ts'
import { bodyBytes, callerOf } from './request.ts'
import type { AnyRow, DepartmentRow, OpenRow, Told } from './route.ts'
import { createReaders } from './shape.ts'
import type { Read, Shape } from './shape.ts'
import type { Turns } from './turns.ts'

export interface RouteParts extends Pick<AppParts, 'authenticate' | 'attend' | 'clock'> {
  readonly turns: Turns
  /** Counts those questions that rows say are counted. */
  readonly rate: Rate
  /** Connections whose request may take as long to arrive as its answer. */
  readonly streaming: WeakSet<Duplex>
}

type Answer = (request: FastifyRequest) => Promise<Told<unknown>>

export function addRoutes(app: FastifyInstance, rows: readonly AnyRow[], parts: RouteParts): void {
  const readerOf = createReaders()
  const reader = (shape: Shape<unknown> | undefined, whole: string): Read<unknown> | undefined =>
    shape && readerOf(shape, whole)
  for (const row of rows) {
    const readers = {
      parameters: reader(row.parameters, 'address'),
      body: reader(row.body, 'body'),
    }
    const answer =
      row.who === 'anyone' ? openAnswer(row, readers, parts) : deskAnswer(row, readers, parts)
    const route: RouteOptions = {
      ...{ method: row.method, url: urlOf(row) },
      ...(row.who === 'anyone' ? openOptions(row, parts) : {}),
      handler: async (request, reply) => send(reply, row, await answer(request)),
    }
    const streams = row.who === 'anyone' ? streamsOf(row) : []
    if (streams.length === 0) app.route(route)
    else void app.register(streamed(route, streams, parts.streaming))
  }
}

function streamsOf({ raw = {} }: OpenRow): string[] {
  return Object.keys(raw).filter((type) => raw[type] === 'stream')
}

/** A route of its own kind: nobody else is given bodies that have not arrived. */
function streamed(
  route: RouteOptions,
  types: string[],
  streaming: RouteParts['streaming'],
): (scope: FastifyInstance) => Promise<void> {
  return async (scope) => {
    scope.addContentTypeParser(types, (request, body, done) => {
      streaming.add(request.raw.socket)
      done(null, body)
    })
    scope.addHook('onResponse', async ({ raw }) => {
      streaming.delete(raw.socket)
      return Promise.resolve()
    })
    scope.route(route)
    return Promise.resolve()
  }
}

interface Readers {
  readonly parameters: Read<unknown> | undefined
  readonly body: Read<unknown> | undefined
}

/** What cannot be read is refused after it is known who asks, and recorded like any refusal. */
function deskAnswer(
  row: DepartmentRow,
  { parameters, body }: Readers,
  { authenticate, attend, turns }: RouteParts,
): Answer {
  return async (request) => {
    const caller = await callerOf(request, authenticate)
    const turn = { department: caller.department, signal: request.signal }
    return turns.take(turn, () =>
      attend(caller, row.who, (attended) =>
        row.tell({
          ...attended,
          parameters: parameters?.(textsOf(request)),
          body: body?.(jsonOf(request, row.jsonLimits)),
        }),
      ),
    )
  }
}

function openAnswer(row: OpenRow, { parameters, body }: Readers, { clock }: RouteParts): Answer {
  return (request) => {
    const { raw = {} } = row
    const type = mediaType(request)
    const form = Object.hasOwn(raw, type) ? raw[type] : undefined
    return row.tell({
      ...{ at: clock(), from: networkOf(request.ip) },
      parameters: parameters?.(textsOf(request)),
      body: form ? rawBody[form](request) : body?.(jsonOf(request, row.jsonLimits)),
    })
  }
}

const rawBody = {
  bytes: bodyBytes,
  text: (request: FastifyRequest) => fromUtf8(bodyBytes(request)),
  stream: ({ body }: FastifyRequest) => (body instanceof Readable ? body : Readable.from([])),
} as const

function openOptions({ bodyMax, patienceMs, isCounted }: OpenRow, { rate, clock }: RouteParts) {
  return {
    ...(bodyMax === undefined ? {} : { bodyLimit: bodyMax }),
    ...(patienceMs === undefined ? {} : { handlerTimeout: patienceMs }),
    ...(isCounted ? { onRequest: counting(rate, clock) } : {}),
  }
}

function counting(rate: Rate, clock: () => Date) {
  return async ({ ip }: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { perMinute, isSpent, remaining, resetSeconds } = rate(ip, clock())
    reply.header('ratelimit-policy', `"verify";q=${perMinute};w=60`)
    reply.header('ratelimit', `"verify";r=${remaining};t=${resetSeconds}`)
    if (isSpent) {
      reply.header('retry-after', String(resetSeconds))
      throw new Problem('too-many-requests', { limit: perMinute })
    }
    return Promise.resolve()
  }
}

function urlOf({ path }: AnyRow): string {
  return path.replace('{rest}', '*').replaceAll(/\{(\w+)\}/g, ':$1')
}

/** Of the path and of the query; Fastify calls what a path ends with `*`. */
function textsOf({ params, query }: FastifyRequest) {
  const { '*': rest, ...others } = params as Readonly<Record<string, string>> // Texts by Fastify.
  const asked = { ...(query as Readonly<Record<string, string>>), ...others } // Or lists of them.
  return rest === undefined ? asked : { ...asked, rest }
}

function jsonOf(request: FastifyRequest, limits?: JsonLimits) {
  return parseJsonObject(fromUtf8(bodyBytes(request)), limits)
}

function mediaType({ headers }: FastifyRequest): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function send(
  reply: FastifyReply,
  { answer }: AnyRow,
  { body, status, headers = {} }: Told<unknown>,
) {
  const { status: standard = 200, type = 'application/json; charset=utf-8' } = answer
  reply.headers(headers)
  // Whoever has these very bytes already is told so (RFC 9110 §13.1.2).
  if (isHeld(reply.request, headers['etag'])) return reply.code(304).send()
  return reply
    .code(status ?? standard)
    .type(type)
    .send(body)
}

function isHeld({ headers }: FastifyRequest, etag: string | undefined): boolean {
  const held = headers['if-none-match']?.split(',').map((one) => one.trim().replace(/^W\//, ''))
  return etag !== undefined && held?.some((one) => one === etag || one === '*') === true
}

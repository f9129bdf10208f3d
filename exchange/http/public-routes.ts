/** What anyone may ask without a token: verification, status lists, keys, health. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parseJsonObject } from '../../sdk/json.ts'
import { publicJwk } from '../../sdk/jws/jwk.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import { statusListTtl } from '../../sdk/status/signer.ts'
import { readInstant } from '../instant.ts'
import { httpLimits } from './parts.ts'
import type { AppParts } from './parts.ts'
import { createRate } from './rate.ts'
import { bodyBytes } from './request.ts'

type Parts = Pick<AppParts, 'vault' | 'trust' | 'clock' | 'notReady' | 'verifyPerMinute'>

export function publicRoutes(app: FastifyInstance, parts: Parts): void {
  const { vault, trust, clock, notReady } = parts

  const rate = createRate(parts.verifyPerMinute)
  const counted = async ({ ip }: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { perMinute, isSpent, remaining, resetSeconds } = rate(ip, clock())
    reply.header('ratelimit-policy', `"verify";q=${perMinute};w=60`)
    reply.header('ratelimit', `"verify";r=${remaining};t=${resetSeconds}`)
    if (isSpent) {
      reply.header('retry-after', String(resetSeconds))
      throw new Problem('too-many-requests', { limit: perMinute })
    }
    return Promise.resolve()
  }
  app.post('/verify', { bodyLimit: httpLimits.verifyBody, onRequest: counted }, (request) =>
    vault.verify(readQuestion(request, clock())),
  )

  app.get<{ Params: { list: string } }>('/status-lists/:list', async ({ params }, reply) => {
    if (!/^\d{1,6}$/.test(params.list)) throw new Problem('not-found')
    const token = await vault.statusList(Number(params.list))
    return reply
      .header('cache-control', `public, max-age=${statusCacheSeconds}`)
      .type('application/statuslist+jwt')
      .send(token)
  })

  app.get('/.well-known/jwks.json', () => {
    const keys = [...trust().receiptKeys].map(([kid, key]) => ({
      ...publicJwk(key),
      ...{ kid, use: 'sig' },
    }))
    return { keys }
  })

  const live = () => ({ status: 'ok' })
  app.get('/livez', live)
  app.get('/healthz', live)
  app.get('/readyz', async (_request, reply) => {
    const failing = await notReady()
    return reply
      .code(failing.length === 0 ? 200 : 503)
      .send({ ready: failing.length === 0, failing })
  })
}

/** A revocation must be seen within five seconds (promise I9); another instance may be one behind. */
const statusCacheSeconds = Math.min(4, statusListTtl)

/** The raw document, or JSON `{ document | licenceId, at? }`. */
function readQuestion(request: FastifyRequest, now: Date) {
  const text = fromUtf8(bodyBytes(request))
  const isRaw = request.headers['content-type']?.startsWith('application/json') !== true
  if (isRaw) return { document: text.trim(), at: now }
  const body = parseJsonObject(text, { depth: 2, membersPerObject: 4, stringLength: 262_144 })
  const at = readTime(body, now)
  const { document, licenceId } = body
  if (typeof document === 'string' && licenceId === undefined) return { document, at }
  if (typeof licenceId === 'string' && document === undefined) return { licenceId, at }
  throw new Problem('invalid-request', { place: 'body', expected: 'document or licenceId' })
}

function readTime({ at, ...rest }: JsonObject, now: Date): Date {
  const unknown = Object.keys(rest).find((name) => !['document', 'licenceId'].includes(name))
  if (unknown !== undefined) {
    throw new Problem('invalid-request', { place: 'body', expected: 'document, licenceId, at' })
  }
  if (at === undefined) return now
  const time = typeof at === 'string' ? readInstant(at) : undefined
  if (!time || time > now) {
    throw new Problem('invalid-request', {
      place: 'at',
      expected: 'an RFC 3339 time not in the future',
    })
  }
  return time
}

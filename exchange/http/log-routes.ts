/**
 * The log as C2SP tlog-tiles serves it, with proofs for those who hold a receipt. Heads, hashes and
 * proofs are public; entry bundles name officers and cases and are for departments that supervise.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { parseTilePath } from '../../log/index.ts'
import { fromBase64url, toBase64url } from '../../sdk/base64url.ts'
import { Problem } from '../../sdk/problem.ts'
import type { AppParts } from './parts.ts'

type Parts = Pick<AppParts, 'log' | 'clock'>

export function logRoutes(app: FastifyInstance, { log, clock }: Parts): void {
  const currentShard = (): number => clock().getUTCFullYear()

  app.get<{ Querystring: { leaf?: string } }>('/log/proof', async ({ query }) => {
    const found = await log.proof(fromBase64url(query.leaf ?? ''))
    if (found === 'pending') throw new Problem('not-yet-integrated')
    if (found === 'unknown') throw new Problem('not-in-log')
    const { shard, index, size, proof, checkpoint } = found
    return { origin: log.origin(shard), index, size, proof: proof.map(toBase64url), checkpoint }
  })

  app.get<{ Querystring: { old?: string; new?: string; shard?: string } }>(
    '/log/consistency',
    async ({ query }) => {
      const shard = query.shard === undefined ? currentShard() : count(query.shard, 'shard')
      const growth = { shard, oldSize: count(query.old, 'old'), newSize: count(query.new, 'new') }
      const proof = await log.consistency(growth)
      if (!proof) throw new Problem('not-in-log')
      return { origin: log.origin(shard), proof: proof.map(toBase64url) }
    },
  )

  app.get('/log/checkpoint', (_request, reply) => sendCheckpoint(reply, currentShard()))

  app.get<{ Params: { shard: string } }>('/log/:shard/checkpoint', ({ params }, reply) =>
    sendCheckpoint(reply, count(params.shard, 'shard')),
  )

  app.get<{ Params: { shard: string; '*': string } }>(
    '/log/:shard/tile/*',
    async ({ params }, reply) => {
      const shard = count(params.shard, 'shard')
      const name = parseTilePath(params['*'])
      if (!name || name.level === 'entries') throw new Problem('not-found')
      const tile = await log.tile({ ...name, shard })
      if (!tile) throw new Problem('not-found')
      return reply.type('application/octet-stream').send(Buffer.from(tile))
    },
  )

  async function sendCheckpoint(reply: FastifyReply, shard: number): Promise<FastifyReply> {
    const note = await log.checkpoint(shard)
    if (note === undefined) throw new Problem('not-in-log')
    return reply.type('text/plain; charset=utf-8').send(note)
  }
}

function count(text: string | undefined, place: string): number {
  const value = /^\d{1,15}$/.test(text ?? '') ? Number(text) : NaN
  if (Number.isSafeInteger(value)) return value
  throw new Problem('invalid-request', { place, expected: 'a whole number' })
}

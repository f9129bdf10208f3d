/**
 * The log as C2SP tlog-tiles serves it, with proofs for those who hold a receipt. Heads, hashes and
 * proofs are public; entry bundles name officers and cases and are for departments that supervise.
 */
import type { Log } from '../../log/index.ts'
import { parseTilePath } from '../../log/index.ts'
import { fromBase64url, toBase64url } from '../../sdk/base64url.ts'
import { Problem } from '../../sdk/problem.ts'
import { openRow } from './route.ts'
import type { AnyRow } from './route.ts'
import { list, object, text, whole } from './shape.ts'

const origin = text({ maxLength: 300 })
const hash = text({ maxLength: 43, pattern: '[A-Za-z0-9_-]{43}' })
const index = whole({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const proof = list(hash, 64)
/** Read by `count`, which says which of them is wrong. */
const number = text({ maxLength: 64 })
const year = object({ shard: number })
const note = text({ maxLength: 8_192 })
const noteType = 'text/plain; charset=utf-8'

export function logRows(log: Log): readonly AnyRow[] {
  return [...proofRows(log), ...treeRows(log)]
}

function proofRows(log: Log): readonly AnyRow[] {
  return [
    openRow({
      ...{ method: 'GET', path: '/log/proof', name: 'proveEntry', who: 'anyone' },
      summary: { zh: '一条日志已被收录的证明', en: 'The proof that an entry is in the log' },
      parameters: object({}, { leaf: text({ maxLength: 2_048 }) }),
      answer: { shape: object({ origin, index, size: index, proof, checkpoint: note }) },
      problems: ['not-yet-integrated', 'not-in-log'],
      tell: async ({ parameters }) => {
        const found = await log.proof(fromBase64url(parameters.leaf ?? ''))
        if (found === 'pending') throw new Problem('not-yet-integrated')
        if (found === 'unknown') throw new Problem('not-in-log')
        const { shard, proof: path, ...place } = found
        const { index: at, size, checkpoint } = place
        return {
          body: {
            ...{ origin: log.origin(shard), index: at, size },
            ...{ proof: path.map(toBase64url), checkpoint },
          },
        }
      },
    }),
    openRow({
      ...{ method: 'GET', path: '/log/consistency', name: 'proveGrowth', who: 'anyone' },
      summary: { zh: '日志只增不改的证明', en: 'The proof that the log has only grown' },
      parameters: object({}, { old: number, new: number, shard: number }),
      answer: { shape: object({ origin, proof }) },
      problems: ['not-in-log'],
      tell: async ({ parameters, at }) => {
        const { shard: asked, old, new: newer } = parameters
        const shard = asked === undefined ? at.getUTCFullYear() : count(asked, 'shard')
        const growth = { shard, oldSize: count(old, 'old'), newSize: count(newer, 'new') }
        const path = await log.consistency(growth)
        if (!path) throw new Problem('not-in-log')
        return { body: { origin: log.origin(shard), proof: path.map(toBase64url) } }
      },
    }),
  ]
}

function treeRows(log: Log): readonly AnyRow[] {
  const checkpointOf = async (shard: number): Promise<string> => {
    const found = await log.checkpoint(shard)
    if (found === undefined) throw new Problem('not-in-log')
    return found
  }
  return [
    openRow({
      ...{ method: 'GET', path: '/log/checkpoint', name: 'newestHead', who: 'anyone' },
      summary: { zh: '今年日志的最新签名头', en: 'The newest signed head of this year’s log' },
      answer: { type: noteType, shape: note },
      problems: ['not-in-log'],
      tell: async ({ at }) => ({ body: await checkpointOf(at.getUTCFullYear()) }),
    }),
    openRow({
      ...{ method: 'GET', path: '/log/{shard}/checkpoint', name: 'headOfYear', who: 'anyone' },
      summary: { zh: '某年日志的最新签名头', en: 'The newest signed head of one year’s log' },
      parameters: year,
      answer: { type: noteType, shape: note },
      problems: ['not-in-log'],
      tell: async ({ parameters: { shard } }) => ({
        body: await checkpointOf(count(shard, 'shard')),
      }),
    }),
    openRow({
      ...{ method: 'GET', path: '/log/{shard}/tile/{rest}', name: 'tile', who: 'anyone' },
      summary: { zh: '日志的哈希块（C2SP tlog-tiles）', en: 'A tile of hashes (C2SP tlog-tiles)' },
      parameters: object({ shard: number, rest: text({ maxLength: 200 }) }),
      answer: { type: 'application/octet-stream' },
      problems: ['not-found'],
      tell: async ({ parameters }) => {
        const shard = count(parameters.shard, 'shard')
        const name = parseTilePath(parameters.rest)
        if (!name || name.level === 'entries') throw new Problem('not-found')
        const tile = await log.tile({ ...name, shard })
        if (!tile) throw new Problem('not-found')
        return { body: Buffer.from(tile) }
      },
    }),
  ]
}

function count(given: string | undefined, place: string): number {
  const value = /^\d{1,15}$/.test(given ?? '') ? Number(given) : NaN
  if (Number.isSafeInteger(value)) return value
  throw new Problem('invalid-request', { place, expected: 'a whole number' })
}

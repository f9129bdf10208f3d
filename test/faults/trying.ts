/** What one operation of the sweep is: something to be tried, and tried again, until it is answered. */
import { randomBytes } from 'node:crypto'
import { fictitiousCompany } from '../../demo/sample.ts'
import type { Company } from '../../demo/sample.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { isJsonObject, parseJsonObject } from '../../sdk/json.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { sha256 } from '../../sdk/primitives.ts'
import { problemFrom } from '../../sdk/problem.ts'
import { answerHash } from '../../sdk/receipt.ts'
import type { Purpose } from '../../sdk/request-token.ts'
import { codesIn, partiesOf } from '../world.ts'
import type { Forged, Reply, TestWorld } from '../world.ts'
import type { Acked, Effect } from './ledger.ts'

/** One try: what was answered, and with which codes; no answer when nobody knows the outcome. */
export interface Tried {
  readonly answer?: Omit<Acked, 'event' | 'seq'>
  readonly codes: readonly string[]
}

export interface Operation {
  readonly key: string
  readonly rid?: string
  readonly go: (attempt: number) => Promise<Tried>
}

/** Made anew for each case; `n` is another one each time. */
export type Prepare = (n: number) => Promise<Operation> | Operation

/** What all operations are asked about. */
export interface Scene {
  readonly world: TestWorld
  readonly folder: string
  readonly company: Company
  readonly licenceId: string
  readonly document: string
  readonly leaf: string
  readonly purpose: Purpose
  readonly marriage: Purpose
  /** What has to be done first, written down like everything else. */
  readonly before: (operation: Operation) => Promise<unknown>
}

const outages: readonly string[] = ['database-unavailable', 'audit-unavailable']

/** Something that is called, not asked over HTTP. */
export async function called(work: () => Promise<NonNullable<Tried['answer']>>): Promise<Tried> {
  try {
    return { answer: await work(), codes: [] }
  } catch (thrown) {
    const { code } = problemFrom(thrown)
    if (!outages.includes(code)) throw thrown
    return { codes: [code] }
  }
}

/** A request with a token: what leaves has an entry, whatever it says. */
export function signed(
  world: TestWorld,
  key: string,
  forged: Forged,
  /** What the answer says was done. */
  effectOf?: (told: JsonObject) => Effect,
): Operation {
  const rid = toBase64url(randomBytes(16))
  return {
    ...{ key, rid },
    go: async (attempt) => {
      const headers = { 'idempotency-key': rid, attempt: `${attempt}` }
      const reply = await world.send({ ...forged, headers })
      const { codes, hash } = toldIn(reply, forged)
      if (reply.status === 503) return { codes }
      if (reply.status === 401 || reply.status >= 500)
        throw new Error(`${key}: ${reply.status} ${reply.text}`)
      const effect = effectOf && codes.length === 0 ? { effect: effectOf(reply.json) } : {}
      return { answer: { ...effect, answerHash: hash }, codes }
    },
  }
}

/** What a reply was refused with, and the hash that the log has of it. */
function toldIn(reply: Reply, { path }: Forged): { codes: string[]; hash: string } {
  if (path === undefined) {
    return { codes: codesIn(reply), hash: answerHash(reply.json['data'] ?? null) }
  }
  if (reply.status >= 400) return { codes: codesIn(reply), hash: answerHash(null) }
  const isFile = reply.headers.get('content-type')?.includes('json') !== true
  return { codes: [], hash: isFile ? toBase64url(sha256(reply.bytes)) : answerHash(reply.json) }
}

/** A request without a token, of which nothing is kept. */
export function open(world: TestWorld, key: string, forged: Forged): Operation {
  return {
    key,
    go: async () => {
      const reply = await world.send({ ...forged, token: undefined })
      if (reply.status >= 500 && reply.status !== 503) throw new Error(`${key}: ${reply.text}`)
      const codes = codesIn(reply)
      return reply.status === 503 ? { codes } : { answer: {}, codes }
    },
  }
}

/** Many at once; a line that could not be answered says so, and the batch is asked for again. */
export function batch(world: TestWorld, key: string, licenceIds: readonly string[]): Operation {
  const body = licenceIds.map((licenceId) => `${JSON.stringify({ licenceId })}\n`).join('')
  const headers = { 'content-type': 'application/x-ndjson' }
  return {
    key,
    go: async () => {
      const reply = await world.send({ path: '/verify/batch', body, headers, token: undefined })
      const lines = reply.text
        .trimEnd()
        .split('\n')
        .map((line) => parseJsonObject(line, lineLimits))
      const codes = lines.map(({ problem }) =>
        isJsonObject(problem) && typeof problem['code'] === 'string' ? problem['code'] : '',
      )
      if (reply.status !== 200 || lines.length !== licenceIds.length) {
        throw new Error(`${key}: ${reply.status} ${reply.text}`)
      }
      return codes.some((code) => outages.includes(code)) ? { codes } : { answer: {}, codes }
    },
  }
}

const lineLimits = { depth: 8, membersPerObject: 50, stringLength: 10_000 }

/** Longer than anything is remembered. */
const ageMs = 301_000

/** When everything that is remembered now is forgotten. */
export function afterAges({ clock }: TestWorld): Date {
  return new Date(clock.now.getTime() + ageMs)
}

export const openCase = 'mutation ($input: CaseInput!) { openCase(input: $input) { number state } }'

/** The case of the n-th company. */
export function caseOf(n: number): Purpose {
  return { item: 'foodBusinessPermitNew', case: `ML-sweep-${n}` }
}

export function opening(world: TestWorld, n: number): Operation {
  const { item, case: number } = caseOf(n)
  const input = { number, item, parties: partiesOf(fictitiousCompany(n)) }
  const body = JSON.stringify({ query: openCase, variables: { input } })
  return signed(world, `open ${number}`, { body }, () => ({ kind: 'case', id: number }))
}

/** What anyone may ask without a token: verification, status lists, keys, health. */
import { Readable } from 'node:stream'
import { publicJwk } from '../../sdk/jws/jwk.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import type { Json } from '../../sdk/json.ts'
import { offlineCodeLength } from '../../sdk/offline-code.ts'
import { sha256, utf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import { statusListTtl } from '../../sdk/status/signer.ts'
import type { Asked, PublicVerdict, Verification } from '../desk/verification.ts'
import { batchLimits, createBatches } from './batch.ts'
import { httpLimits } from './parts.ts'
import type { AppParts } from './parts.ts'
import { openRow } from './route.ts'
import type { AnyRow } from './route.ts'
import {
  anything,
  choice,
  createReaders,
  flag,
  instant,
  list,
  named,
  object,
  oneOf,
  orNull,
  text,
} from './shape.ts'
import type { Meant } from './shape.ts'
import { pastAct, timeIn } from './times.ts'

type Parts = Pick<AppParts, 'vault' | 'verification' | 'trust' | 'readiness'>

const document = text({ maxLength: httpLimits.body })
const when = { at: instant, knownAt: instant }
const byDocument = object({ document }, when)
const byName = object({ licenceId: text({ maxLength: httpLimits.body }) }, when)
const byCode = object({ code: text({ maxLength: offlineCodeLength }) }, when)
const question = oneOf<Meant<typeof byDocument | typeof byName | typeof byCode>>(
  ...[byDocument, byName, byCode],
)
const word = text({ maxLength: 300 })
const outcome = choice('pass', 'fail', 'unknown')
const check = object({ code: word, outcome, zh: word, en: word }, { reason: word })
const verdict = object(
  { verdict: choice('valid', 'invalid', 'unknown'), at: instant, checks: list(check, 20) },
  {
    knownAt: instant,
    history: list(pastAct, 1_001),
    copy: named(anything, 20),
    licence: object({
      ...{ licenceId: word, type: word, issuer: word },
      ...{ validFrom: instant, validUntil: orNull(instant), items: named(anything, 0) },
    }),
  },
)
const keys = list(named(anything, 20), 100)
const alive = object({ status: word })
const healthy = { who: 'anyone', method: 'GET', problems: [] } as const

export function publicRows(parts: Parts): readonly AnyRow[] {
  return [...verificationRows(parts), ...conditionRows(parts)]
}

function verificationRows({ vault, verification, trust }: Parts): readonly AnyRow[] {
  return [
    openRow({
      ...{ method: 'POST', path: '/verify', name: 'verify', who: 'anyone', isCounted: true },
      summary: { zh: '验证一件证照', en: 'Verify one licence' },
      body: question,
      jsonLimits: { depth: 2, membersPerObject: 4, stringLength: httpLimits.body },
      raw: {
        ...{ 'application/dc+sd-jwt': 'text', 'application/jwt': 'text' },
        'application/pdf': 'bytes',
      },
      bodyMax: httpLimits.verifyBody,
      answer: { shape: verdict },
      problems: [
        ...(['unknown-licence', 'licence-erased', 'not-found', 'invalid-face'] as const),
        ...(['verification-restricted', 'too-many-requests'] as const),
      ],
      tell: async ({ body, at }) => ({ body: await verifyHandedIn(verification, body, at) }),
    }),
    batchRow(verification),
    openRow({
      ...{ method: 'GET', path: '/status-lists/{list}', name: 'statusList', who: 'anyone' },
      summary: { zh: '签名的证照状态列表', en: 'A signed list of statuses' },
      parameters: object({ list: text({ maxLength: 200 }) }, { time: text({ maxLength: 20 }) }),
      answer: { type: 'application/statuslist+jwt' },
      problems: ['not-found', 'log-damaged'],
      tell: async ({ parameters }) => {
        const { list: asked, time } = parameters
        if (!/^\d{1,6}$/.test(asked)) throw new Problem('not-found')
        const token = await vault.statusList(Number(asked), secondsIn(time))
        return {
          body: token,
          headers: {
            'cache-control': `public, max-age=${statusCacheSeconds}`,
            etag: `"${toBase64url(sha256(utf8(token)))}"`,
          },
        }
      },
    }),
    openRow({
      ...{ ...healthy, path: '/.well-known/jwks.json', name: 'receiptKeys' },
      summary: { zh: '回执公钥', en: 'The keys of receipts' },
      answer: { shape: object({ keys }) },
      tell: () => {
        const found = [...trust().receiptKeys].map(([kid, key]) => ({
          ...publicJwk(key),
          ...{ kid, use: 'sig' },
        }))
        return Promise.resolve({ body: { keys: found } })
      },
    }),
  ]
}

function batchRow(verification: Verification): AnyRow {
  const batches = createBatches()
  const read = createReaders()(question)
  return openRow({
    ...{ method: 'POST', path: '/verify/batch', name: 'verifyBatch', who: 'anyone' },
    summary: {
      zh: '批量验证：每行一件，逐行返回，顺序不变',
      en: 'Verify many: a line each as for /verify, answered in order',
    },
    isCounted: true,
    raw: { 'application/x-ndjson': 'stream' },
    patienceMs: batchLimits.ms,
    answer: { type: 'application/x-ndjson; charset=utf-8' },
    problems: ['too-many-requests'],
    tell: ({ body, at, from }) => {
      if (!(body instanceof Readable)) throw new Problem('unsupported-media-type')
      const answering = {
        read: (line: Json) => askedIn(read(line), at),
        answer: verification.verifyAll,
      }
      const answers = batches.answer(body, answering, from)
      return Promise.resolve({ body: answers })
    },
  })
}

function verifyHandedIn(
  verification: Verification,
  body: Meant<typeof question> | string | Uint8Array | Readable,
  at: Date,
): Promise<PublicVerdict> {
  if (typeof body === 'string') return verification.verify({ document: body.trim() }, { at })
  if (body instanceof Uint8Array) return verification.verify({ face: body }, { at })
  if (body instanceof Readable) throw new Problem('unsupported-media-type')
  const { presented, times } = askedIn(body, at)
  return verification.verify(presented, times)
}

function askedIn(asked: Meant<typeof question>, now: Date): Asked {
  const knownAt = timeIn(asked.knownAt, { now, place: 'knownAt' })
  const at = timeIn(asked.at, { now, place: 'at' }) ?? now
  return { presented: asked, times: { at, ...(knownAt && { knownAt }) } }
}

function conditionRows({ readiness }: Parts): readonly AnyRow[] {
  const live = { body: { status: 'ok' } }
  return [
    ...['/livez', '/healthz'].map((path) =>
      openRow({
        ...{ ...healthy, path, name: path.slice(1) },
        summary: { zh: '进程存活', en: 'The process is alive' },
        answer: { shape: alive },
        tell: () => Promise.resolve(live),
      }),
    ),
    openRow({
      ...{ ...healthy, path: '/readyz', name: 'readyz' },
      summary: { zh: '可以受理请求（否则 503）', en: 'Requests can be answered; else 503' },
      answer: {
        shape: object({ ready: flag, failing: list(word, 20), warnings: list(word, 20) }),
        statusOfNo: 503,
      },
      tell: async () => {
        const { failing, warnings } = await readiness()
        const ready = failing.length === 0
        return { body: { ready, failing, warnings }, status: ready ? 200 : 503 }
      },
    }),
  ]
}

/** As the IETF's Token Status List asks for the past: seconds since 1970. */
function secondsIn(time: string | undefined): Date | undefined {
  if (time === undefined) return undefined
  if (/^\d{1,12}$/.test(time)) return new Date(Number(time) * 1_000)
  throw new Problem('invalid-request', { place: 'time', expected: 'seconds since 1970' })
}

/** A revocation must be seen within five seconds (promise I9); another instance may be one behind. */
const statusCacheSeconds = Math.min(4, statusListTtl)

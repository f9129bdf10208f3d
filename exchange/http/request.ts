/** From a Fastify request to what authentication needs of it, and to the problem document back. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem, problems } from '../../sdk/problem.ts'
import type { Caller } from '../caller.ts'
import type { SignedRequest } from '../identity/authenticate.ts'
import { statusOf } from './status.ts'
import { clientChain } from './tls.ts'

const attemptMax = 1_000

declare module 'fastify' {
  interface FastifyRequest {
    /** What the line of the request says besides: who asked, and the code it ended with. */
    told?: { readonly department?: string; readonly code?: string }
  }
}

/** Who asks; from then on the request's line in the log names the department. */
export async function callerOf(
  request: FastifyRequest,
  authenticate: (request: SignedRequest) => Promise<Caller>,
): Promise<Caller> {
  const caller = await authenticate(signedRequest(request))
  request.told = { department: caller.department }
  return caller
}

/** @throws Problem invalid-request when the request id or the attempt is malformed */
export function signedRequest(request: FastifyRequest): SignedRequest {
  const { headers, method, url, id } = request
  return {
    ...{ method, path: url.split('?')[0] ?? url, body: bodyBytes(request) },
    authorization: headers.authorization,
    chain: clientChain(request.raw.socket),
    rid: requestId(headers['idempotency-key'] ?? id),
    attempt: attemptNumber(headers['attempt'] ?? '1'),
  }
}

/** Bodies reach us unparsed, because the signature is over the exact bytes. */
export function bodyBytes({ body }: FastifyRequest): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array()
}

/** RFC 9457. A defect keeps its code and loses everything else. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const { code, detail } = problem
  const status = statusOf(code)
  reply.request.told = { ...reply.request.told, code }
  const isLater = status === 503 || status === 429
  if (isLater && !reply.hasHeader('retry-after')) {
    void reply.header('retry-after', String(detail['retryAfter'] ?? 1))
  }
  if (status === 401) void reply.header('www-authenticate', 'Bearer')
  return reply
    .code(status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(problemDocument(problem, reply.request.id))
}

export function problemDocument({ code, detail }: Problem, requestId: string): string {
  const { zh, en, remedy } = problems[code]
  const status = statusOf(code)
  return JSON.stringify({
    type: `urn:zhengtong:problem:${code}`,
    ...{ title: en, 'title-zh': zh, status, code, remedy },
    instance: `urn:zhengtong:request:${requestId}`,
    ...(code === 'internal' || status === 401 ? {} : { detail }),
  })
}

function requestId(given: string | string[]): string {
  if (typeof given === 'string' && /^[\w.-]{1,128}$/.test(given)) return given
  throw new Problem('invalid-request', {
    place: 'Idempotency-Key',
    expected: '[A-Za-z0-9_.-]{1,128}',
  })
}

function attemptNumber(given: string | string[]): number {
  const attempt = typeof given === 'string' && /^[1-9]\d{0,3}$/.test(given) ? Number(given) : NaN
  if (attempt <= attemptMax) return attempt
  throw new Problem('invalid-request', { place: 'Attempt', expected: `1 to ${attemptMax}` })
}

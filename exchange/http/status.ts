/** The one table from problem codes to HTTP statuses. A code that is not written here is a 400. */
import type { ProblemCode } from '../../sdk/problem.ts'

const statuses: Partial<Record<ProblemCode, number>> = {
  'answer-too-large': 422,
  'attempt-already-recorded': 409,
  'audit-unavailable': 503,
  'body-too-large': 413,
  'case-closed': 403,
  'case-exists': 409,
  'case-of-other-item': 403,
  'case-required': 403,
  'certificate-of-other-department': 403,
  'client-certificate-refused': 401,
  'database-unavailable': 503,
  'field-not-shared': 403,
  'headers-too-large': 431,
  internal: 500,
  'item-of-other-department': 403,
  'log-damaged': 500,
  'method-not-allowed': 405,
  'not-a-party': 403,
  'not-an-auditor': 403,
  'not-authenticated': 401,
  'not-found': 404,
  'not-granted': 403,
  'not-in-log': 404,
  'not-the-issuer': 403,
  'not-yet-integrated': 409,
  'request-id-reused': 422,
  'request-timeout': 408,
  'seal-unavailable': 503,
  'source-unavailable': 503,
  'stored-data-damaged': 500,
  'too-many-requests': 429,
  'took-too-long': 504,
  'unknown-case': 404,
  'unknown-licence': 404,
  'unknown-wrapping-key': 500,
  'unsupported-media-type': 415,
  'url-too-long': 414,
  'wrong-state': 409,
}

export function statusOf(code: ProblemCode): number {
  return statuses[code] ?? 400
}

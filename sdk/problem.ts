/**
 * What can be refused, as one table: a stable code, a title in both languages, and what to do.
 * A Problem is a refusal the caller can act on. Anything else that is thrown is a defect, and is
 * shown as `internal` with its detail removed. HTTP statuses belong to the edge, not here.
 */

interface Title {
  readonly zh: string
  readonly en: string
  readonly remedy: string
}

export const problems = {
  internal: {
    zh: '系统内部错误',
    en: 'Internal error',
    remedy: 'Report the request id to the operator.',
  },
  'invalid-json': {
    zh: 'JSON 格式错误',
    en: 'The text is not acceptable JSON',
    remedy: 'Send one well-formed JSON value: no duplicate member names, at most 32 levels deep.',
  },
  'invalid-encoding': {
    zh: '编码不规范',
    en: 'The encoding is not canonical',
    remedy: 'Use unpadded base64url (RFC 4648 section 5) with zero trailing bits.',
  },
  'invalid-licence-document': {
    zh: '证照文件不符合规范',
    en: 'The licence document is malformed',
    remedy: 'Hand in the document exactly as it was received, without editing or re-encoding it.',
  },
  'invalid-request-token': {
    zh: '请求令牌无效',
    en: 'The request token is not acceptable',
    remedy: 'Sign a new request token with a registered key of your department and a correct clock.',
  },
} as const satisfies Record<string, Title>

export type ProblemCode = keyof typeof problems

/** Facts about the cause that are safe to show: names, places, limits. Never personal data. */
export type Detail = Readonly<Record<string, string | number | boolean | readonly string[]>>

export class Problem extends Error {
  readonly code: ProblemCode
  readonly detail: Detail

  constructor(code: ProblemCode, detail: Detail = {}, options?: ErrorOptions) {
    super(`${code}: ${problems[code].en}${describe(detail)}`, options)
    this.name = 'Problem'
    this.code = code
    this.detail = detail
  }
}

/** Any thrown value as a Problem; a defect keeps its cause and loses its detail. */
export function problemFrom(thrown: unknown): Problem {
  return thrown instanceof Problem ? thrown : new Problem('internal', {}, { cause: thrown })
}

function describe(detail: Detail): string {
  const facts = Object.entries(detail).map(([name, value]) => `${name} ${String(value)}`)
  return facts.length === 0 ? '' : ` (${facts.join(', ')})`
}

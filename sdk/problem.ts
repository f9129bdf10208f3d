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
  'changed-migration': {
    zh: '已执行的数据库迁移文件被改动',
    en: 'A migration was changed after it had been applied',
    remedy: 'Restore the file named in the detail and put the change into a new migration.',
  },
  'database-start-failed': {
    zh: '本地数据库启动失败',
    en: 'The local PostgreSQL did not start',
    remedy: 'Read the log named in the detail, or set DATABASE_URL to a PostgreSQL 15 or later.',
  },
  'database-unavailable': {
    zh: '数据库暂不可用',
    en: 'The database cannot answer now',
    remedy: 'Try again with the same request id. The reason is in the detail.',
  },
  'duplicate-entry': {
    zh: '日志条目重复',
    en: 'The log already holds exactly this entry',
    remedy: 'Give every entry its own request id, or treat the first one as recorded.',
  },
  'entry-too-large': {
    zh: '日志条目过大',
    en: 'The log entry is too large',
    remedy: 'Record digests or the root of a list instead of the list itself; 32 KiB is the limit.',
  },
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
  'invalid-migration': {
    zh: '数据库迁移文件不合规',
    en: 'A migration file is not acceptable',
    remedy: 'Name it NNNN-name.sql with a number of its own, higher than any applied one.',
  },
  'invalid-request-token': {
    zh: '请求令牌无效',
    en: 'The request token is not acceptable',
    remedy:
      'Sign a new request token with a registered key of your department and a correct clock.',
  },
  'invalid-certificate': {
    zh: '证书不符合规范',
    en: 'The certificate or revocation list is malformed',
    remedy:
      'Use a DER-encoded certificate or list of the profile in RFC 5280, exactly as the authority issued it.',
  },
  'invalid-checkpoint': {
    zh: '日志检查点无效',
    en: 'The checkpoint is not a signed head of this log',
    remedy: 'Fetch the checkpoint again, from the log whose origin and key your trust file names.',
  },
  'invalid-entry': {
    zh: '日志条目不符合规范',
    en: 'The log entry is not acceptable',
    remedy:
      'Use a listed kind, a UTC time with milliseconds, and strings without NUL or lone surrogates.',
  },
  'invalid-der': {
    zh: 'DER 编码不规范',
    en: 'The bytes are not one strict DER value',
    remedy: 'Send the DER encoding unchanged: definite minimal lengths, nothing after the end.',
  },
  'invalid-key-store': {
    zh: '密钥库无法打开',
    en: 'The key store cannot be opened',
    remedy:
      'Check the file and the password; the store holds one private key and its certificates (PKCS#12).',
  },
  'invalid-licence-id': {
    zh: '证照标识不正确',
    en: 'The licence identifier is not correct',
    remedy:
      'Copy the identifier from the licence; its last character checks all the others (GB/T 36904).',
  },
  'invalid-token': {
    zh: '令牌不符合规范',
    en: 'The token is malformed',
    remedy:
      'Send one compact JWS: three parts of canonical base64url, no white space, at most 64 KiB.',
  },
  'invalid-trust': {
    zh: '信任配置无效',
    en: 'The trust file is not acceptable',
    remedy: 'Use trust.json exactly as the operator published it.',
  },
  'log-damaged': {
    zh: '日志数据不一致',
    en: 'The stored log contradicts what was signed',
    remedy: 'Stop, keep the database as evidence, and run zt audit verify: it names the rows.',
  },
  'unknown-migration': {
    zh: '数据库含有未知的迁移',
    en: 'The database has a migration that this program does not know',
    remedy: 'Run a version of the program at least as new as the one that migrated the database.',
  },
  'unsafe-database': {
    zh: '数据库设置不安全',
    en: 'The settings of the database can lose or distort records',
    remedy: 'Change the setting named in the detail and restart PostgreSQL.',
  },
  'unsafe-folder': {
    zh: '目录归他人所有',
    en: 'A folder we need belongs to somebody else',
    remedy: 'Remove the folder named in the detail, or choose another one.',
  },
  'unsupported-key': {
    zh: '密钥类型不受支持',
    en: 'This kind of key is not supported',
    remedy: 'Use an EC P-256 key (ES256) or an Ed25519 key (EdDSA).',
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

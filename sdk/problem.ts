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
  'attempt-already-recorded': {
    zh: '该次尝试已经记录',
    en: 'This attempt was recorded before',
    remedy: 'Repeat the request with the next attempt number and a new token.',
  },
  'audit-unavailable': {
    zh: '审计日志暂不可写，未返回任何数据',
    en: 'The log cannot be written, so no data was given',
    remedy: 'Try again with the same request id and a higher attempt.',
  },
  'body-too-large': {
    zh: '请求体过大',
    en: 'The body is too large',
    remedy: 'Send less at once; the limit stands in the detail.',
  },
  'case-closed': {
    zh: '办件已经办结',
    en: 'The case is closed',
    remedy: 'Open a new case, or reopen the matter in your intake system first.',
  },
  'case-exists': {
    zh: '办件编号已被使用',
    en: 'This case number is in use with other content',
    remedy: 'Use a new number for another case.',
  },
  'case-of-other-item': {
    zh: '办件不属于该事项',
    en: 'The case belongs to another service item',
    remedy: 'Name the item the case was opened for.',
  },
  'case-required': {
    zh: '缺少事项和办件编号',
    en: 'A service item and a case number are required',
    remedy: 'Put purpose.item and purpose.case into the request token.',
  },
  'changed-migration': {
    zh: '已执行的数据库迁移文件被改动',
    en: 'A migration was changed after it had been applied',
    remedy: 'Restore the file named in the detail and put the change into a new migration.',
  },
  'database-not-migrated': {
    zh: '数据库尚未建表',
    en: 'The database has none of our tables yet',
    remedy: 'Run zt migrate with the same DATABASE_URL, or check that it names the right database.',
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
  'development-keys': {
    zh: '开发用密钥不得对外服务',
    en: 'Keys of a development PKI must not serve other machines',
    remedy:
      'Set KEYS_FOLDER to keys of a real authority, or HOST to 127.0.0.1; in a closed test network say --insecure-development-keys.',
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
  'field-not-shared': {
    zh: '该数据不予共享',
    en: 'This data is not shared',
    remedy: 'The law named in the detail forbids it; ask the applicant or the owner in writing.',
  },
  'file-changed': {
    zh: '文件在读取过程中被改动',
    en: 'The file was changed while it was read',
    remedy: 'Let nobody write to the file, then run it again; rows already taken are found again.',
  },
  'foreign-log': {
    zh: '该数据库的日志由其他密钥签名',
    en: 'The log of this database is signed by another key, or was altered',
    remedy:
      'Use the KEYS_FOLDER and EXCHANGE_ID this database was written with, or another database; if they are right, run zt audit verify.',
  },
  internal: {
    zh: '系统内部错误',
    en: 'Internal error',
    remedy: 'Report the request id to the operator.',
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
  'invalid-der': {
    zh: 'DER 编码不规范',
    en: 'The bytes are not one strict DER value',
    remedy: 'Send the DER encoding unchanged: definite minimal lengths, nothing after the end.',
  },
  'invalid-config': {
    zh: '配置项有误',
    en: 'A setting is wrong',
    remedy: 'Correct the setting named in the detail and start again.',
  },
  'invalid-draft': {
    zh: '证照草稿不符合类型要求',
    en: 'The draft does not fit its licence type',
    remedy: 'Correct every finding in the detail.',
  },
  'invalid-encoding': {
    zh: '编码不规范',
    en: 'The encoding is not canonical',
    remedy: 'Use unpadded base64url (RFC 4648 section 5) with zero trailing bits.',
  },
  'invalid-entry': {
    zh: '日志条目不符合规范',
    en: 'The log entry is not acceptable',
    remedy:
      'Use a listed kind, a UTC time with milliseconds, and strings without NUL or lone surrogates.',
  },
  'invalid-catalogue': {
    zh: '目录数据不合规',
    en: 'The catalogue is not sound',
    remedy: 'Mend each finding: it names the file, the place, what is wrong and what to write.',
  },
  'invalid-import-file': {
    zh: '导入文件不符合要求',
    en: 'The file cannot be imported as it is',
    remedy:
      'Correct what the detail names; no row was read. The file must be CSV in UTF-8 with one header line.',
  },
  'invalid-json': {
    zh: 'JSON 格式错误',
    en: 'The text is not acceptable JSON',
    remedy: 'Send one well-formed JSON value: no duplicate member names, at most 32 levels deep.',
  },
  'invalid-key-store': {
    zh: '密钥库无法打开',
    en: 'The key store cannot be opened',
    remedy:
      'Check the file and the password; the store holds one private key and its certificates (PKCS#12).',
  },
  'invalid-licence-document': {
    zh: '证照文件不符合规范',
    en: 'The licence document is malformed',
    remedy: 'Hand in the document exactly as it was received, without editing or re-encoding it.',
  },
  'invalid-licence-id': {
    zh: '证照标识不正确',
    en: 'The licence identifier is not correct',
    remedy:
      'Copy the identifier from the licence; its last character checks all the others (GB/T 36904).',
  },
  'invalid-migration': {
    zh: '数据库迁移文件不合规',
    en: 'A migration file is not acceptable',
    remedy: 'Name it NNNN-name.sql with a number of its own, higher than any applied one.',
  },
  'invalid-query': {
    zh: '查询语句有误',
    en: 'The query does not fit the schema',
    remedy: 'Read the schema that introspection shows you and correct the query.',
  },
  'invalid-request': {
    zh: '请求内容有误',
    en: 'The request is malformed',
    remedy: 'Correct the place named in the detail.',
  },
  'invalid-receipt': {
    zh: '回执内容不符合规范',
    en: 'The receipt is not one that could be redeemed',
    remedy:
      'Sign exactly the claims of a receipt: hashes of 32 bytes, a leaf, the origin of its tree.',
  },
  'invalid-request-token': {
    zh: '请求令牌无效',
    en: 'The request token is not acceptable',
    remedy:
      'Sign a new request token with a registered key of your department and a correct clock.',
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
  'item-of-other-department': {
    zh: '该事项不由本部门办理',
    en: 'The service item is not handled by this department',
    remedy: 'Ask through the department that handles the item.',
  },
  'licence-id-exists': {
    zh: '证照标识已被使用',
    en: 'This licence identifier belongs to another licence',
    remedy: 'Use another serial, or none to have one made up.',
  },
  'log-damaged': {
    zh: '日志数据不一致',
    en: 'The stored log contradicts what was signed',
    remedy: 'Stop, keep the database as evidence, and run zt audit verify: it names the rows.',
  },
  'method-not-allowed': {
    zh: '不支持的请求方法',
    en: 'The method is not supported here',
    remedy: 'Use the method in the interface description.',
  },
  'not-a-party': {
    zh: '该主体不是办件当事人',
    en: 'The subject is not a party to the case',
    remedy: 'Ask only about parties the case was opened with.',
  },
  'not-an-auditor': {
    zh: '本部门无监督权限',
    en: 'The department has no duty of supervision',
    remedy: 'Ask the competent authority to make the enquiry.',
  },
  'not-authenticated': {
    zh: '身份验证未通过',
    en: 'The request is not authenticated',
    remedy: 'Send a fresh request token signed with a registered key.',
  },
  'not-found': {
    zh: '没有这个地址',
    en: 'There is nothing at this address',
    remedy: 'See the interface description for the addresses.',
  },
  'not-granted': {
    zh: '未获得该数据项的授权',
    en: 'No grant covers this field',
    remedy: 'Apply for the grant in the detail at the owner’s sharing office.',
  },
  'not-importable': {
    zh: '该类证照不支持批量导入',
    en: 'Licences of this type cannot be imported from a file',
    remedy: 'Use one of the types in the detail.',
  },
  'not-in-log': {
    zh: '日志中没有该条目',
    en: 'The log holds no such entry',
    remedy: 'Check the leaf and the log; if a receipt names it, tell the supervision.',
  },
  'not-the-issuer': {
    zh: '不是该证照的颁发机关',
    en: 'Only the issuing department may do this',
    remedy: 'Ask the issuer named in the detail.',
  },
  'not-yet-integrated': {
    zh: '日志条目尚待合并',
    en: 'The entry is not yet under a signed head',
    remedy: 'Ask again in a second; the log promises a minute.',
  },
  'query-too-complex': {
    zh: '查询超出限制',
    en: 'The query exceeds a limit',
    remedy: 'Ask for less at once; limit and found value stand in the detail.',
  },
  'request-refused': {
    zh: '服务端拒绝了请求',
    en: 'The server refused the request',
    remedy: 'Look up the code in the detail.',
  },
  'seal-unavailable': {
    zh: '没有可用的电子印章',
    en: 'No seal of this department is held here',
    remedy: 'Install the seal of the department or let it seal on its own premises.',
  },
  'source-fault': {
    zh: '数据源返回的数据不符合目录',
    en: 'The source gave data that does not fit the catalogue',
    remedy: 'Nothing was passed on; the owner has to mend its data.',
  },
  'source-unavailable': {
    zh: '数据源暂不可用',
    en: 'The source cannot answer now',
    remedy: 'Try again later; the rest of the answer is not affected.',
  },
  'stored-data-damaged': {
    zh: '存储的数据已损坏',
    en: 'Stored data does not open with its key',
    remedy: 'Restore the row from a backup and run the audit verification.',
  },
  'too-many': {
    zh: '一次提交过多',
    en: 'Too much at once',
    remedy: 'Split the request; the limit stands in the detail.',
  },
  'unknown-case': {
    zh: '没有这个办件',
    en: 'The department has no such case',
    remedy: 'Open the case first.',
  },
  'unknown-field': {
    zh: '目录中没有该数据项',
    en: 'The catalogue has no such field',
    remedy: 'Read the catalogue entry for the fields there are.',
  },
  'unknown-import-run': {
    zh: '没有该导入批次',
    en: 'There is no such import run',
    remedy: 'Use a run id that an import printed.',
  },
  'unknown-item': {
    zh: '没有这个事项',
    en: 'There is no such service item in force',
    remedy: 'Use an item code of the catalogue.',
  },
  'unknown-licence': {
    zh: '没有这个证照',
    en: 'The vault holds no such licence',
    remedy: 'Check the identifier.',
  },
  'unknown-migration': {
    zh: '数据库含有未知的迁移',
    en: 'The database has a migration that this program does not know',
    remedy: 'Run a version of the program at least as new as the one that migrated the database.',
  },
  'unknown-reason': {
    zh: '理由代码不适用',
    en: 'The reason does not fit the act',
    remedy: 'Use one of the reasons in the detail.',
  },
  'unknown-resource': {
    zh: '目录中没有该资源',
    en: 'The catalogue has no such resource',
    remedy: 'Use a resource code of the catalogue.',
  },
  'unreadable-file': {
    zh: '文件无法读取',
    en: 'A file cannot be read',
    remedy: 'Check the path in the detail and the rights on it.',
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
  'unsupported-media-type': {
    zh: '不支持的内容类型',
    en: 'The content type is not supported',
    remedy: 'Send application/json.',
  },
  'url-too-long': {
    zh: '请求地址过长',
    en: 'The address is too long',
    remedy: 'Put what is long into the body; the limit stands in the detail.',
  },
  'wrong-state': {
    zh: '当前状态下不能进行该操作',
    en: 'The act has no place in the present state',
    remedy: 'Look at the state of the licence first.',
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

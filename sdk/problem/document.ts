/** What can be wrong with a document, a token, a certificate or a proof. */
import type { ProblemTitle } from './title.ts'

export const documentProblems = {
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
  'invalid-copy': {
    zh: '加注件的用途、办件、制作者或有效期不符合规范',
    en: 'The purpose, case, maker or end of a copy is missing or not acceptable',
    remedy:
      'Say what the copy is for, in which case, who wants it, and until when, within 90 days.',
  },
  'invalid-der': {
    zh: 'DER 编码不规范',
    en: 'The bytes are not one strict DER value',
    remedy: 'Send the DER encoding unchanged: definite minimal lengths, nothing after the end.',
  },
  'invalid-encoding': {
    zh: '编码不规范',
    en: 'The encoding is not canonical',
    remedy:
      'Send text as UTF-8, not compressed; bytes as unpadded base64url (RFC 4648 section 5) with zero trailing bits.',
  },
  'invalid-entry': {
    zh: '日志条目不符合规范',
    en: 'The log entry is not acceptable',
    remedy:
      'Use a listed kind, a UTC time with milliseconds, and strings without NUL or lone surrogates.',
  },
  'invalid-evidence': {
    zh: '证据封装不符合规范',
    en: 'The evidence envelope is malformed or does not belong together',
    remedy:
      'Use the JAdES envelope as it was written; add time-stamps that were made for exactly its bytes.',
  },
  'invalid-face': {
    zh: '照面文件中没有唯一可读的证照数据',
    en: 'The face does not hold exactly one licence that can be read',
    remedy:
      'Hand in the PDF as the vault gave it out; or save its attachment licence.sd-jwt and verify that.',
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
  'invalid-note': {
    zh: '签名笔记不符合规范',
    en: 'The signed note or its key is malformed, or not signed as it must be',
    remedy: 'Send the note unchanged, with the line of a signer whose verifier key you trust.',
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
  'invalid-status-list': {
    zh: '状态列表不符合规范',
    en: 'The status list is malformed, or has no such place',
    remedy: 'Fetch the list again from the address in the licence, and ask for a place it has.',
  },
  'invalid-tile': {
    zh: '日志分片不符合规范',
    en: 'No tree has such a tile, or its bytes are malformed',
    remedy: 'Name tiles as C2SP tlog-tiles does, within the size of the tree.',
  },
  'invalid-time-stamp': {
    zh: '时间戳不符合规范',
    en: 'The time-stamp is malformed or was not granted',
    remedy:
      'Use the DER of one RFC 3161 token with signing-certificate-v2, as the authority sent it.',
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
  'request-refused': {
    zh: '服务端拒绝了请求',
    en: 'The server refused the request',
    remedy: 'Look up the code in the detail.',
  },
  'too-many-iterations': {
    zh: '密钥库要求的密码迭代次数过多',
    en: 'The key store asks for too many iterations of its password',
    remedy: 'Write the store again with fewer iterations; the limit stands in the detail.',
  },
  'unsupported-key': {
    zh: '密钥类型不受支持',
    en: 'This kind of key is not supported',
    remedy: 'Use an EC (P-256, P-384, P-521), Ed25519, SM2 or RSA key of at least 2048 bits.',
  },
} as const satisfies Record<string, ProblemTitle>

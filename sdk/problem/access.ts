/** What a request can be refused for: who asks, for which case, which field, in which form. */
import type { ProblemTitle } from './title.ts'

export const accessProblems = {
  'act-not-allowed': {
    zh: '该类证照不允许此项操作',
    en: 'Licences of this type do not have this act',
    remedy: 'Use one of the acts in the detail.',
  },
  'answer-too-large': {
    zh: '返回内容超出限制',
    en: 'The answer would be too large',
    remedy: 'Ask for fewer rows or fields at once; limit and found value stand in the detail.',
  },
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
  'certificate-of-other-department': {
    zh: '连接证书与请求令牌不属于同一部门',
    en: 'The connection was made with the certificate of another department than the token',
    remedy: 'Connect with the TLS certificate of the department that signs the request.',
  },
  'client-certificate-refused': {
    zh: '连接未使用有效的部门证书',
    en: 'The connection was made without a valid certificate of a department',
    remedy: 'Connect with a valid TLS client certificate of your department and its CAs.',
  },
  'document-not-sound': {
    zh: '证照文件未通过核验',
    en: 'The document would not verify',
    remedy: 'Correct what the detail names, and seal the document again.',
  },
  'effect-out-of-bounds': {
    zh: '生效时间超出允许范围',
    en: 'The act cannot take effect then',
    remedy: 'Choose a time within the days in the detail, and not before the licence began.',
  },
  'field-not-shared': {
    zh: '该数据不予共享',
    en: 'This data is not shared',
    remedy: 'The law named in the detail forbids it; ask the applicant or the owner in writing.',
  },
  'headers-too-large': {
    zh: '请求头过大',
    en: 'The headers are too large',
    remedy: 'Send fewer or shorter headers; the limit stands in the detail.',
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
  'item-of-other-department': {
    zh: '该事项不由本部门办理',
    en: 'The service item is not handled by this department',
    remedy: 'Ask through the department that handles the item.',
  },
  'licence-being-sealed': {
    zh: '该持证主体的证照正在签发',
    en: 'A licence of this holder is just being sealed',
    remedy: 'Try again in a moment; after a crash, when the vault has finished what it began.',
  },
  'licence-erased': {
    zh: '证照内容已销毁',
    en: 'What the licence says was erased',
    remedy: 'Nothing can bring it back; proofs about the document itself still hold.',
  },
  'licence-no-exists': {
    zh: '证照编号已被其他证照使用',
    en: 'Another licence bears this number',
    remedy: 'Check the number; versions of one licence may share theirs, others may not.',
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
  'not-a-receiver': {
    zh: '接收部门不适用',
    en: 'A licence is transferred to another department that may issue its type, and only then has a receiver',
    remedy: 'Name as receiver another issuer of this type; name none for any other act.',
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
  'not-an-issuer': {
    zh: '本部门不签发证照',
    en: 'The department issues no licences',
    remedy: 'Only departments that the catalogue names as issuers may do this.',
  },
  'not-granted': {
    zh: '未获得该数据项的授权',
    en: 'No grant covers this field',
    remedy: 'Apply for the grant in the detail at the owner’s sharing office.',
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
  'place-not-held': {
    zh: '状态列表位置未预留给本部门',
    en: 'The place in the status list is not held by this department',
    remedy: 'Reserve places, and use each in one document only.',
  },
  'query-too-complex': {
    zh: '查询超出限制',
    en: 'The query exceeds a limit',
    remedy: 'Ask for less at once; limit and found value stand in the detail.',
  },
  'request-id-reused': {
    zh: '该请求编号已用于其他内容',
    en: 'This request id stands for another request',
    remedy: 'Take a new Idempotency-Key; the same one is for repeating the same request only.',
  },
  'request-timeout': {
    zh: '请求未在时限内送达',
    en: 'The request did not arrive in time',
    remedy: 'Send the whole request at once; the limit stands in the detail.',
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
  'took-too-long': {
    zh: '请求处理超时',
    en: 'The request took too long',
    remedy: 'Ask again with the same request id and a higher attempt, for less at once.',
  },
  'too-many': {
    zh: '一次提交过多',
    en: 'Too much at once',
    remedy: 'Split the request; the limit stands in the detail.',
  },
  'too-many-guesses': {
    zh: '对同一持证主体的信息验证或扫码过于频繁',
    en: 'Items of the same holder were asked about, or codes scanned, too often',
    remedy: 'Wait as long as Retry-After says, or look the licence up instead, if it is granted.',
  },
  'too-many-requests': {
    zh: '请求过于频繁',
    en: 'Too many requests at once',
    remedy: 'Wait as long as Retry-After says; nothing was done, and the token is not used up.',
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
  'unknown-holder': {
    zh: '库中没有该持证主体',
    en: 'The vault holds nothing that this holder could open',
    remedy:
      'Check the kind and the code of the holder; what was erased is not there a second time.',
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
  'unsupported-media-type': {
    zh: '不支持的内容类型',
    en: 'The content type is not supported',
    remedy: 'Send application/json, or what /openapi.json names for this address.',
  },
  'url-too-long': {
    zh: '请求地址过长',
    en: 'The address is too long',
    remedy: 'Put what is long into the body; the limit stands in the detail.',
  },
  'show-code-refused': {
    zh: '亮证码无效、已过期或已被扫描',
    en: 'The code is unknown, over, or was scanned before',
    remedy: 'Ask the holder to show a new code; each is good for one scan.',
  },
  'verification-restricted': {
    zh: '该类证照不得仅凭标识或二维码核验',
    en: 'Licences of this type are not verified by identifier or code for everybody',
    remedy:
      'Hand in the document itself; where the type allows it, a department asks for a case at /vault/verify-fields.',
  },
  'wrong-state': {
    zh: '当前状态下不能进行该操作',
    en: 'The act has no place in the present state',
    remedy: 'Look at the state of the licence first.',
  },
} as const satisfies Record<string, ProblemTitle>

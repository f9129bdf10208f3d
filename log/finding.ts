/**
 * What the verification of a log can find, as one closed table, and the list it is collected in. A
 * finding names the row somebody has to look at; what it means is said in both languages.
 */

export const findingsMax = 1_000

const findingTitles = {
  'checkpoint-altered': {
    zh: '检查点与其签名内容不符',
    en: 'The row of a signed head says something else than its note',
  },
  'checkpoint-unsigned': {
    zh: '检查点签名无效',
    en: 'A stored head is not signed by the key of the log',
  },
  'entry-altered': { zh: '日志条目被改动', en: 'An entry is not the one its leaf was made from' },
  'entry-back-dated': {
    zh: '日志条目时间倒置',
    en: 'An entry says it was recorded long before the one in front of it',
  },
  'entry-columns-altered': {
    zh: '日志条目检索字段被改动',
    en: 'The search columns of an entry differ from its body',
  },
  'entry-forgotten': {
    zh: '日志条目未入树且不在队列中',
    en: 'An entry is neither in the tree nor waiting for it',
  },
  'entry-missing': { zh: '日志条目缺失', en: 'A row points to an entry that is gone' },
  'entry-overdue': {
    zh: '日志条目逾期未入树',
    en: 'An entry waits longer than the receipts promise',
  },
  'head-contradicted': {
    zh: '签名树头与日志内容不符',
    en: 'A validly signed head does not belong to the stored tree',
  },
  'head-by-ended-key': {
    zh: '树头由已停用的日志密钥签名',
    en: 'A head over entries of after its key had ended is signed by no other key',
  },
  'head-by-unannounced-key': {
    zh: '树头由未在日志中公告的密钥签名',
    en: 'A head is signed by a key whose take-over is not in the log before it',
  },
  'head-lost': {
    zh: '外部留存的树头大于现有日志（疑似回滚）',
    en: 'A head kept outside covers more than the log has signed: it was rolled back',
  },
  'held-head-invalid': {
    zh: '外部留存的树头不属于本日志',
    en: 'A head brought for comparison is not a signed head of this log',
  },
  'key-change-invalid': {
    zh: '日志密钥更换条目无效',
    en: 'A change of the log key is not signed by both keys, or names a key that is not trusted',
  },
  'pending-stale': {
    zh: '已入树条目仍在队列中',
    en: 'An entry that has its position is still in the queue',
  },
  'position-altered': {
    zh: '条目位置被改动',
    en: 'A position holds another entry than the signed tree',
  },
  'position-missing': { zh: '条目位置缺失', en: 'Positions are missing, from this one on' },
  'position-unsigned': {
    zh: '条目位置未被任何树头覆盖',
    en: 'A position is under no signed head',
  },
  'receipt-broken': {
    zh: '回执对应的日志条目不存在',
    en: 'An entry that a receipt promised is not in the log',
  },
  'tile-altered': { zh: '哈希瓦片被改动', en: 'A tile holds other hashes than the signed tree' },
  'tile-missing': { zh: '哈希瓦片缺失', en: 'A tile is missing or too short' },
  'too-many': {
    zh: '问题过多，仅列出前一部分',
    en: 'There is more: only the first findings are listed',
  },
} as const

type FindingCode = keyof typeof findingTitles

export interface Finding {
  readonly code: FindingCode
  /** For example `log.entry 17`, `log.tile 2026/0/3`, `receipt <leaf>`. */
  readonly row: string
  /** The index of the leaf in its tree, where there is one. */
  readonly index?: number
  readonly zh: string
  readonly en: string
}

export type Find = (code: FindingCode, row: string, index?: number) => void

/** An attacker may spoil every row; the list stays short enough to be read. */
export function createFindings(): { readonly list: readonly Finding[]; readonly find: Find } {
  const list: Finding[] = []
  const add = (code: FindingCode, row: string, index?: number): void => {
    const { zh, en } = findingTitles[code]
    list.push({ code, row, ...(index !== undefined && { index }), zh, en })
  }
  const find: Find = (code, row, index) => {
    if (list.length < findingsMax) add(code, row, index)
    else if (list.length === findingsMax) add('too-many', 'log')
  }
  return { list, find }
}

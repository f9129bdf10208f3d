/**
 * What a verification answers: every check in order with its outcome and one sentence in both
 * languages. `valid` needs every check to pass; what cannot be proven is `unknown` (promise I12).
 */
import { writeInstant } from '../instant.ts'

export type Outcome = 'pass' | 'fail' | 'unknown'

/** In the order in which they are made and answered. */
export const checkTitles = {
  form: { zh: '文件格式规范', en: 'The document is well formed' },
  'certificate-path': {
    zh: '印章证书由受信任的机构签发且当时有效',
    en: 'The seal certificate was valid and leads to a trusted authority',
  },
  seal: { zh: '电子印章有效，内容未被改动', en: 'The seal is genuine and nothing was altered' },
  'issuer-authorised': {
    zh: '签发机关有权颁发此类证照',
    en: 'The issuer may issue licences of this type',
  },
  identifier: {
    zh: '证照标识的结构和校验位正确',
    en: 'The licence identifier has the right structure and check character',
  },
  'proven-time': {
    zh: '防篡改日志或时间戳证明证照在该时间已经存在',
    en: 'The tamper-evident log or a time-stamp proves when the licence existed',
  },
  period: { zh: '处于有效期内', en: 'The time asked for lies within the validity period' },
  status: { zh: '未被撤销、注销或暂扣', en: 'The licence is not revoked, cancelled or suspended' },
} as const satisfies Record<string, { zh: string; en: string }>

export type CheckName = keyof typeof checkTitles
const checkNames = Object.keys(checkTitles) as readonly CheckName[] // They are its keys.

export interface Check {
  readonly code: CheckName
  readonly outcome: Outcome
  /** Why it did not pass; absent when it did. */
  readonly reason?: string
  readonly zh: string
  readonly en: string
}

export interface Verdict {
  readonly verdict: 'valid' | 'invalid' | 'unknown'
  /** Empty when what was asked for is no time. */
  readonly at: string
  readonly checks: readonly Check[]
}

/** There is one for each name, and a message to another thread carries it once. */
const passes = Object.fromEntries(
  checkNames.map((code) => [
    code,
    Object.freeze({ code, outcome: 'pass', ...checkTitles[code] } as const),
  ]),
) as Readonly<Record<CheckName, Check>> // With all the names there are.

export function passed(code: CheckName): Check {
  return passes[code]
}

export function failed(code: CheckName, reason: string): Check {
  return { code, outcome: 'fail', reason, ...checkTitles[code] }
}

export function unproven(code: CheckName, reason: string): Check {
  return { code, outcome: 'unknown', reason, ...checkTitles[code] }
}

/** Checks that an earlier failure left without ground are unknown, never passed over in silence. */
export function verdictOf(done: readonly Check[], at: Date): Verdict {
  const checks = checkNames.map(
    (name) => done.find(({ code }) => code === name) ?? unproven(name, 'not-reached'),
  )
  return { verdict: overall(checks), at: writeInstant(at), checks }
}

export function overall(checks: readonly { readonly outcome: Outcome }[]): Verdict['verdict'] {
  if (checks.some(({ outcome }) => outcome === 'fail')) return 'invalid'
  return checks.every(({ outcome }) => outcome === 'pass') ? 'valid' : 'unknown'
}

/**
 * What is asked about a licence, and with what to judge it; and what each of it has to be, for callers
 * whom no types hold.
 */
import {
  anyOf,
  isDate,
  isLike,
  isMoment,
  isText,
  listOf,
  look,
  momentOf,
  optional,
} from '../given.ts'
import type { Moment, Rule } from '../given.ts'
import { isKeyBindingPolicy } from '../sd-jwt/key-binding.ts'
import type { KeyBindingPolicy } from '../sd-jwt/key-binding.ts'
import type { SeenStatusList } from '../status.ts'
import type { LicenceStatus } from '../status/signer.ts'
import type { Trust } from '../trust.ts'
import { failed } from './verdict.ts'
import type { Check } from './verdict.ts'

/** The log entry that recorded the issue, and its place under a signed head. */
export interface IssueEvidence {
  /** The exact bytes of the entry. */
  readonly entry: Uint8Array
  readonly origin: string
  readonly index: number
  readonly size: number
  readonly proof: readonly Uint8Array[]
  readonly checkpoint: string
}

export type Evidence = IssueEvidence | string

/** A signed status list, and the last one of its address that the caller believed. */
export interface GivenStatusList {
  readonly token: string
  /** An older list than this one is the past played again. */
  readonly lastSeen?: SeenStatusList
}

/** What the keeper of a status list knows of one position without reading its own signature. */
export type RecordedStatus = (uri: string, position: number) => LicenceStatus | undefined

export interface LicenceQuestion {
  readonly trust: Trust
  /** The time the verdict is about. */
  readonly at: Moment
  /**
   * The signed status list the licence points to, or the recorded status when the vault itself
   * asks; without either the status is unknown.
   */
  readonly status?: string | GivenStatusList | RecordedStatus
  /**
   * Its place in the log, its JAdES envelope (see `evidence.ts`), or several of them. Without any
   * nobody knows when the document was made, and the verdict is unknown at best.
   */
  readonly evidence?: Evidence | readonly Evidence[]
  /** What the holder who presents it was asked to sign; refused when nothing was asked. */
  readonly keyBinding?: KeyBindingPolicy
}

const isObject: Rule = (value) => typeof value === 'object' && value !== null
const isFunction: Rule = (value) => typeof value === 'function'
const isList: Rule = Array.isArray

const isTrust = isLike<Trust>({
  ...{ anchors: isList, crls: isList, issuers: isList, logKeys: isList },
  logOriginPrefix: isText,
})

const isStatusList = isLike<GivenStatusList>({
  token: isText,
  lastSeen: optional(isLike<SeenStatusList>({ uri: isText, issuedAt: isDate, expiresAt: isDate })),
})

const isEvidence = anyOf(isText, isObject)

const rules: Readonly<Record<keyof LicenceQuestion, Rule>> = {
  trust: isTrust,
  at: isMoment,
  status: optional(anyOf(isText, isFunction, isStatusList)),
  evidence: optional(anyOf(isEvidence, listOf(isEvidence))),
  keyBinding: isKeyBindingPolicy,
}

export type AskedOfLicence = LicenceQuestion & { readonly at: Date }

export const noTime = momentOf(undefined)

/** The question with its time as a date, or the check that cannot be made of it. */
export function readLicenceQuestion(
  document: string,
  given: LicenceQuestion,
): AskedOfLicence | Check {
  const { question } = look(given, rules)
  if (!question || !isText(document)) return failed('form', 'question-malformed')
  const at = momentOf(question.at)
  return Number.isNaN(at.getTime()) ? failed('period', 'time-malformed') : { ...question, at }
}

/**
 * The Token Status List of the IETF (draft-ietf-oauth-status-list): statuses of 1, 2, 4 or 8 bits,
 * packed, compressed and signed as a JWT that is valid for a short time. A list says nothing about
 * whom a position belongs to. Who may sign the lists of an exchange is `status-signer.ts`. The CWT form is
 * not supported.
 */
import { fromBase64url, toBase64url } from './base64url.ts'
import { deflate, inflate } from './compression.ts'
import { isJsonObject, jsonLimits, parseJsonObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { jwsLimits, verifyJws } from './jws.ts'
import type { VerificationKeys } from './jws/key.ts'
import { isDate, isLike, isMoment, isText, look, momentOf, optional } from './given.ts'
import type { Moment, Rule } from './given.ts'
import { fromUtf8 } from './primitives.ts'
import { Problem } from './problem.ts'

export interface StatusLimits {
  /** What a list may unpack to. */
  readonly listBytes: number
}

/** Enough for 134 million licences of one bit; a bomb of that size fits into a token of 16 KiB. */
export const statusLimits = {
  listBytes: 16_777_216,
  /** A million statuses of four bits without any order take nine tenths of it. */
  tokenLength: 1_048_576,
} as const

/** Clocks of two honest machines may differ by this much. */
export const clockSkewSeconds = 60

export type StatusBits = 1 | 2 | 4 | 8
export type StatusMeaning = 'valid' | 'invalid' | 'suspended' | 'application-specific'

/** The registry of the draft, §7.1; what is not in it has no meaning. */
const meanings: Readonly<Record<number, StatusMeaning>> = {
  0x00: 'valid',
  0x01: 'invalid',
  0x02: 'suspended',
  0x03: 'application-specific',
  0x0c: 'application-specific',
  0x0d: 'application-specific',
  0x0e: 'application-specific',
  0x0f: 'application-specific',
}

/** The claim `status_list`. */
export interface PackedStatusList {
  readonly bits: StatusBits
  readonly lst: string
}

export interface StatusList {
  readonly bits: StatusBits
  /** How many statuses there are; the last byte is always full. */
  readonly length: number
  readonly bytes: Uint8Array
}

/**
 * The first status stands in the lowest bits of the first byte.
 * @throws Problem invalid-status-list
 */
export function encodeStatusList(list: {
  readonly bits: StatusBits
  readonly statuses: ArrayLike<number>
}): PackedStatusList {
  const { bits, statuses } = list
  const perByte = 8 / bitsOf(bits)
  const bytes = new Uint8Array(Math.ceil(statuses.length / perByte))
  for (let index = 0; index < statuses.length; index += 1) {
    const status = statuses[index]
    // A byte swallows what is too large for it, and a revoked licence would be listed as valid.
    if (!Number.isInteger(status) || status === undefined || status < 0 || status >= 2 ** bits) {
      refuse('status')
    }
    const at = Math.floor(index / perByte)
    bytes[at] = (bytes[at] ?? 0) | (status << ((index % perByte) * bits))
  }
  return { bits, lst: toBase64url(deflate(bytes)) }
}

/** @throws Problem invalid-status-list, invalid-encoding */
export function decodeStatusList(
  { bits, lst }: PackedStatusList,
  { listBytes }: StatusLimits = statusLimits,
): StatusList {
  const perByte = 8 / bitsOf(bits)
  const stream = fromBase64url(lst)
  const { content: bytes, taken } = inflate(stream, listBytes) ?? {}
  if (!bytes || taken !== stream.length) refuse('lst')
  return { bits, length: bytes.length * perByte, bytes }
}

/**
 * The status at an index. An index the list does not have is refused and never a number, so that
 * nobody takes it for the zero of `valid`.
 * @throws Problem invalid-status-list
 */
export function statusAt({ bits, length, bytes }: StatusList, index: number): number {
  if (!Number.isInteger(index) || index < 0 || index >= length) refuse('index')
  const perByte = 8 / bits
  const byte = bytes[Math.floor(index / perByte)] ?? refuse('index')
  return (byte >> ((index % perByte) * bits)) & (2 ** bits - 1)
}

/** Undefined for a value that nobody has assigned. */
export function meaningOf(status: number): StatusMeaning | undefined {
  return meanings[status]
}

/** What to remember of a list, so that an older one is not taken for it. */
export interface SeenStatusList {
  readonly uri: string
  readonly issuedAt: Date
  readonly expiresAt: Date
}

export interface SignedStatusList extends SeenStatusList, StatusList {
  /** Seconds after which to ask for a new one; without it, when this one has expired. */
  readonly ttl?: number
}

export type StatusListVerdict =
  | { readonly ok: true; readonly list: SignedStatusList }
  | { readonly ok: false; readonly code: string }

export interface StatusQuestion {
  /** Where the licence says its list is. */
  readonly uri: string
  readonly at: Moment
  /** The last list of this address that was believed. */
  readonly lastSeen?: SeenStatusList
  readonly limits?: StatusLimits
}

/** Whether the list is older than the one last seen at the same address: the past, played again. */
export function isRolledBack(list: SeenStatusList, lastSeen: SeenStatusList): boolean {
  if (list.issuedAt.getTime() !== lastSeen.issuedAt.getTime()) {
    return !(list.issuedAt > lastSeen.issuedAt)
  }
  return !(list.expiresAt >= lastSeen.expiresAt)
}

/**
 * Whether the token is the list of this address at a time, signed by its key: neither expired, nor
 * from the future, nor older than what was seen.
 */
export function verifyStatusList(
  token: string,
  keys: VerificationKeys,
  given: StatusQuestion,
): StatusListVerdict {
  const { question } = look(given, questionRules)
  if (!question) return refused('question-malformed')
  try {
    const jws = verifyJws(token, keys, {
      typ: 'statuslist+jwt',
      headerAllowed: ['alg', 'typ', 'kid', 'x5c'],
      limits: { ...jwsLimits, tokenLength: statusLimits.tokenLength },
    })
    return jws.ok ? judge(readClaims(jws.payload, question.limits), question) : refused(jws.code)
  } catch (thrown) {
    if (thrown instanceof Problem) return refused(thrown.code)
    throw thrown
  }
}

const questionRules: Readonly<Record<keyof StatusQuestion, Rule>> = {
  uri: isText,
  at: isMoment,
  lastSeen: optional(isLike<SeenStatusList>({ uri: isText, issuedAt: isDate, expiresAt: isDate })),
  limits: optional(isLike<StatusLimits>({ listBytes: Number.isSafeInteger })),
}

function refused(code: string): StatusListVerdict {
  return { ok: false, code }
}

interface Claims extends SignedStatusList {
  readonly notBefore: Date
}

function judge(claims: Claims, { uri, lastSeen, ...asked }: StatusQuestion): StatusListVerdict {
  const at = momentOf(asked.at)
  const { notBefore, ...list } = claims
  if (list.uri !== uri) return refused('status-list-of-other-address')
  if (!(at < list.expiresAt)) return refused('status-list-expired')
  if (!(at.getTime() >= notBefore.getTime() - clockSkewSeconds * 1000)) {
    return refused('status-list-from-future')
  }
  return notRolledBack(list, lastSeen)
}

/** The list, unless it is older than the one last seen, or that was of another address. */
export function notRolledBack(
  list: SignedStatusList,
  lastSeen: SeenStatusList | undefined,
): StatusListVerdict {
  if (lastSeen && lastSeen.uri !== list.uri) return refused('status-list-of-other-address')
  if (lastSeen && isRolledBack(list, lastSeen)) return refused('status-list-rolled-back')
  return { ok: true, list }
}

/** @throws Problem invalid-status-list, invalid-json, invalid-encoding */
function readClaims(payload: Uint8Array, limits?: StatusLimits): Claims {
  const claims = parseJsonObject(fromUtf8(payload), {
    ...{ ...jsonLimits, stringLength: statusLimits.tokenLength },
  })
  const { sub, aud, iat, exp, nbf, ttl, status_list: packed } = claims
  if (typeof sub !== 'string') return refuse('sub')
  if (aud !== undefined) refuse('aud') // It is for others (RFC 7519 §4.1.3), and lists are for everybody.
  const seconds = { iat: timeIn(iat) ?? refuse('iat'), exp: timeIn(exp), nbf: timeIn(nbf) }
  const lifetime = timeIn(ttl)
  if (lifetime === 0) refuse('ttl')
  return {
    ...decodeStatusList(readPacked(packed), limits),
    ...{ uri: sub, issuedAt: dateOf(seconds.iat), expiresAt: endOf({ ...seconds, lifetime }) },
    ...(lifetime === undefined ? {} : { ttl: lifetime }),
    notBefore: dateOf(Math.max(seconds.iat, seconds.nbf ?? 0)),
  }
}

/** A list without `exp` ends with its `ttl`, and one with neither would never end. */
function endOf(claims: {
  readonly iat: number
  readonly exp: number | undefined
  readonly lifetime: number | undefined
}): Date {
  const { iat, exp, lifetime } = claims
  const end = exp ?? iat + (lifetime ?? 0)
  return end > iat ? dateOf(end) : refuse('exp')
}

function readPacked(packed: Json | undefined): PackedStatusList {
  if (!isJsonObject(packed)) return refuse('status_list')
  const { bits, lst, aggregation_uri: aggregation = '' }: JsonObject = packed
  if (typeof aggregation !== 'string') return refuse('aggregation_uri')
  return typeof lst === 'string' ? { bits: bitsOf(bits), lst } : refuse('lst')
}

function bitsOf(bits: Json | undefined): StatusBits {
  return bits === 1 || bits === 2 || bits === 4 || bits === 8 ? bits : refuse('bits')
}

const latestTime = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000

/** Seconds that a date can hold (NumericDate of RFC 7519 §2), when the claim is there at all. */
function timeIn(value: Json | undefined): number | undefined {
  if (value === undefined) return undefined
  const isTime = typeof value === 'number' && value >= 0 && value <= latestTime
  return isTime ? value : refuse('time')
}

function dateOf(seconds: number): Date {
  return new Date(seconds * 1000)
}

function refuse(rule: string): never {
  throw new Problem('invalid-status-list', { rule })
}

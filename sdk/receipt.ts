/**
 * The receipt of an answer: the exchange's signed promise that the record of this answer is in its log,
 * under a signed head, within the merge delay (compact JWS, typ `receipt+jwt`). Redeeming it is the
 * holder's part: the promised leaf, and no other, under a head of the promised tree.
 */
import { fromBase64url, toBase64url } from './base64url.ts'
import { openCheckpoint } from './checkpoint.ts'
import type { LogIdentity, TreeHead } from './checkpoint.ts'
import { fieldCodeIsValid } from './identifier.ts'
import { isDate, isLike, isText, listOf, optional } from './given.ts'
import { canonicalJson, isJsonObject, parseJsonObject } from './json.ts'
import type { Json, JsonObject } from './json.ts'
import { signJws, verifyJws } from './jws.ts'
import { keysOver } from './log-key.ts'
import type { LogKey } from './log-key.ts'
import { verifyInclusion } from './merkle.ts'
import { fromUtf8, sha256, utf8 } from './primitives.ts'
import { isKey } from './primitives/key.ts'
import type { Key } from './primitives/key.ts'
import { Problem } from './problem.ts'

/** Seconds until a promised entry is under a signed head. */
export const mergeDelaySeconds = 60

const textLength = 256
const attemptsMax = 1_000_000

export interface ReceiptClaims {
  /** Exchange id. */
  readonly iss: string
  /** Seconds since 1970. */
  readonly iat: number
  /** Request id, the same for every attempt. */
  readonly rid: string
  readonly attempt: number
  /** The department that was answered. */
  readonly dept: string
  /** Of the request token that was answered. */
  readonly jti: string
  /** Base64url of the leaf hash of the log entry. */
  readonly leaf: string
  /** The tree it will be in: `EXCHANGE_ID/log/<year>`. */
  readonly origin: string
  readonly mmd: typeof mergeDelaySeconds
  /** `answerHash` of the data of the answer. */
  readonly ah: string
}

export type ReceiptVerdict =
  | { readonly ok: true; readonly claims: ReceiptClaims }
  | { readonly ok: false; readonly code: string }

/** Base64url SHA-256 of the data in its canonical form (RFC 8785). */
export function answerHash(data: Json): string {
  return toBase64url(sha256(utf8(canonicalJson(data))))
}

/** @throws Problem invalid-receipt: a promise nobody could redeem is not signed. */
export function signReceipt(claims: ReceiptClaims, key: Key, kid: string): string {
  const rule = brokenRule({ ...claims })
  if (rule !== undefined) throw new Problem('invalid-receipt', { rule })
  return signJws({ header: { kid, typ: 'receipt+jwt' }, payload: JSON.stringify(claims), key })
}

/** Whether the exchange signed this promise; `keys` are its receipt keys by key id. */
export function verifyReceipt(receipt: string, keys: ReadonlyMap<string, Key>): ReceiptVerdict {
  const jws = verifyJws(receipt, keys, { typ: 'receipt+jwt' })
  if (!jws.ok) return jws
  const claims = claimsIn(jws.payload)
  return claims ? { ok: true, claims } : { ok: false, code: 'claims-malformed' }
}

/** What the log answers to `GET /log/proof?leaf=…`. */
export interface InclusionEvidence {
  readonly index: number
  readonly size: number
  readonly proof: readonly Uint8Array[]
  /** The signed note over the tree of this size. */
  readonly checkpoint: string
}

export type Redemption =
  | { readonly ok: true; readonly head: TreeHead }
  | {
      readonly ok: false
      readonly code:
        'question-malformed' | 'other-log' | 'invalid-checkpoint' | 'other-size' | 'not-included'
    }

/**
 * Whether the promise was kept. The leaf and the tree are those of the receipt, whatever the proof came
 * with; on success the head is worth keeping, to hold later heads against it.
 */
export function redeemReceipt(redeemed: {
  /** Of a receipt that `verifyReceipt` accepted. */
  readonly claims: ReceiptClaims
  readonly evidence: InclusionEvidence
  readonly log: { readonly originPrefix: string; readonly keys: readonly LogKey[] }
}): Redemption {
  if (!isRedeemed(redeemed)) return { ok: false, code: 'question-malformed' }
  const { claims, evidence, log } = redeemed
  const { origin } = claims
  const year = origin.startsWith(log.originPrefix) ? origin.slice(log.originPrefix.length) : ''
  if (!/^\d{4}$/.test(year)) return { ok: false, code: 'other-log' }
  const keys = keysOver(new Date(claims.iat * 1000), log.keys)
  const head = headIn(evidence.checkpoint, { origin, keys })
  if (!head) return { ok: false, code: 'invalid-checkpoint' }
  if (head.size !== evidence.size) return { ok: false, code: 'other-size' }
  const { index, size, proof } = evidence
  const leafHash = fromBase64url(claims.leaf)
  const isIncluded = verifyInclusion({ leafHash, index, size, proof, root: head.root })
  return isIncluded ? { ok: true, head } : { ok: false, code: 'not-included' }
}

const isRedeemed = isLike<Parameters<typeof redeemReceipt>[0]>({
  claims: (value) => isJsonObject(value) && isReceiptClaims(value),
  evidence: isLike<InclusionEvidence>({ checkpoint: isText }),
  log: isLike<{ originPrefix: string; keys: readonly LogKey[] }>({
    originPrefix: isText,
    keys: listOf(isLike<LogKey>({ key: isKey, from: isDate, until: optional(isDate) })),
  }),
})

/**
 * What a receipt is worth of which nobody could get a proof: its time may not be up yet; after that
 * the promise is broken, and the receipt is the evidence against the exchange.
 */
export function judgeUnredeemed(claims: ReceiptClaims, at: Date): 'pending' | 'promise-broken' {
  return at.getTime() < (claims.iat + claims.mmd) * 1000 ? 'pending' : 'promise-broken'
}

/**
 * Reads the answer of `GET /log/proof`, whose hashes are base64url.
 * @throws Problem invalid-json, invalid-encoding
 */
export function readInclusionEvidence(text: string): InclusionEvidence {
  const { index, size, proof, checkpoint } = parseJsonObject(text)
  const isRight =
    typeof index === 'number' &&
    typeof size === 'number' &&
    typeof checkpoint === 'string' &&
    isTexts(proof)
  if (!isRight) throw new Problem('invalid-json', { rule: 'inclusion-evidence' })
  return { index, size, checkpoint, proof: proof.map(fromBase64url) }
}

function isTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function headIn(note: string, log: LogIdentity): TreeHead | undefined {
  try {
    return openCheckpoint(note, log)
  } catch (thrown) {
    if (thrown instanceof Problem) return undefined
    throw thrown
  }
}

function claimsIn(payload: Uint8Array): ReceiptClaims | undefined {
  try {
    const claims = parseJsonObject(fromUtf8(payload))
    return isReceiptClaims(claims) ? claims : undefined
  } catch (thrown) {
    if (thrown instanceof Problem) return undefined
    throw thrown
  }
}

const claimRules: Readonly<Record<keyof ReceiptClaims, (value: Json | undefined) => boolean>> = {
  iss: isName,
  iat: (value) => isCount(value, Number.MAX_SAFE_INTEGER),
  rid: isName,
  attempt: (value) => isCount(value, attemptsMax),
  dept: (value) => typeof value === 'string' && fieldCodeIsValid(value),
  jti: isName,
  leaf: isHash,
  origin: isName,
  mmd: (value) => value === mergeDelaySeconds,
  ah: isHash,
}

function isReceiptClaims(claims: JsonObject): claims is JsonObject & ReceiptClaims {
  return brokenRule(claims) === undefined
}

/** A claim that is wrong, missing, or not one of ours: a promise is read to the letter. */
function brokenRule(claims: JsonObject): string | undefined {
  const foreign = Object.keys(claims).find((name) => !Object.hasOwn(claimRules, name))
  if (foreign !== undefined) return 'unknown-claim'
  return Object.entries(claimRules).find(([name, isRight]) => !isRight(claims[name]))?.[0]
}

function isName(value: Json | undefined): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= textLength
}

function isCount(value: Json | undefined, most: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value <= most
}

/** 32 bytes in their one spelling: the last of 43 characters carries four bits and two zeros. */
function isHash(value: Json | undefined): boolean {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(value)
}

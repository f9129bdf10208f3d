/**
 * The keys a log signs its heads with, one after the other, and the statement by which one hands over
 * to the next: both keys sign it, and it stands in the log itself. When a key signs is said in the
 * trust file; a head says only by which key, so what is under it tells how old the head can be.
 */
import { algorithmOf, signBytes, verifyBytes } from './algorithm.ts'
import { fromBase64, toBase64 } from './base64url.ts'
import type { JsonObject } from './json.ts'
import { canonicalJson } from './json.ts'
import { utf8 } from './primitives.ts'
import { publicHalf, spkiOf } from './primitives/key.ts'
import type { Key } from './primitives/key.ts'

export interface LogKey {
  /** The public half. */
  readonly key: Key
  /** Signs from this moment on. */
  readonly from: Date
  /** Until, and not at, this one; the last key has none. */
  readonly until?: Date
}

/** A head over an entry recorded at a time was signed after it, so by no key that had ended then. */
export function keysOver(recordedAt: Date, keys: readonly LogKey[]): Key[] {
  return keys.filter((one) => hadNotEnded(one, recordedAt)).map(({ key }) => key)
}

export function hadNotEnded({ until }: LogKey, at: Date): boolean {
  return until === undefined || at < until
}

/** As it stands in the entry `log-key-changed`; keys are base64 SPKI, signatures base64. */
export interface LogKeyChange {
  readonly oldKey: string
  readonly newKey: string
  /** The first moment of the new key. */
  readonly from: string
  /** The first moment without the old one; in between both sign. */
  readonly until: string
  readonly oldSignature: string
  readonly newSignature: string
}

/** Both are private keys; the new one proves with its signature that somebody holds it. */
export function signLogKeyChange(change: {
  readonly oldKey: Key
  readonly newKey: Key
  readonly from: Date
  readonly until: Date
}): LogKeyChange {
  const { oldKey, newKey } = change
  const told = {
    ...{ oldKey: spkiText(publicHalf(oldKey)), newKey: spkiText(publicHalf(newKey)) },
    ...{ from: change.from.toISOString(), until: change.until.toISOString() },
  }
  const signed = (key: Key): string => toBase64(signBytes(algorithmOf(key), key, statement(told)))
  return { ...told, oldSignature: signed(oldKey), newSignature: signed(newKey) }
}

/** Whether the entry is the change from one of these keys to the other at their very times. */
export function isChangeBetween(entry: JsonObject, oldKey: LogKey, newKey: LogKey): boolean {
  const isTold =
    entry['oldKey'] === spkiText(oldKey.key) &&
    entry['newKey'] === spkiText(newKey.key) &&
    entry['from'] === newKey.from.toISOString() &&
    entry['until'] === oldKey.until?.toISOString()
  return isTold && isChangeSigned(entry, [oldKey, newKey])
}

/** Whether it is a change between two of these keys, at whatever times, that both of them signed. */
export function isChangeSigned(entry: JsonObject, keys: readonly LogKey[]): boolean {
  const { oldKey = null, newKey = null, from = null, until = null } = entry
  const told = { oldKey, newKey, from, until }
  const [old, next] = [oldKey, newKey].map((text) => keys.find(({ key }) => spkiText(key) === text))
  return (
    old !== next &&
    isSignedBy(old?.key, told, entry['oldSignature']) &&
    isSignedBy(next?.key, told, entry['newSignature'])
  )
}

/** Base64 of the subject public key info, as trust files carry keys. */
export function spkiText(key: Key): string {
  return toBase64(spkiOf(key))
}

function isSignedBy(key: Key | undefined, told: JsonObject, signature: unknown): boolean {
  const bytes = typeof signature === 'string' ? fromBase64(signature) : undefined
  if (!key || !bytes) return false
  return verifyBytes(algorithmOf(key), key, statement(told), bytes)
}

/** Its first line keeps it from being mistaken for anything else these keys sign. */
function statement(told: JsonObject): Uint8Array {
  return utf8(`zhengtong log key change\n${canonicalJson(told)}\n`)
}

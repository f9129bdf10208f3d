/**
 * The signed head of a log: a C2SP tlog-checkpoint inside a C2SP signed-note, with the log's signature
 * (Ed25519 or SM2), or two of them while one key hands over to the next, and the cosignatures of witnesses
 * (C2SP tlog-cosignature) when a policy asks for them. Exact bytes both ways, so any C2SP tool can
 * read ours. Whether a head fits another is `merkle.ts`.
 */
import { isDate, isLike, isText, listOf, optional } from './given.ts'
import { toBase64 } from './base64url.ts'
import { isKeyName, noteTypeOf, openNote, readBase64, signNote } from './note.ts'
import type { Note, NoteKey } from './note.ts'
import { spkiText } from './log-key.ts'
import { emptyRoot } from './merkle.ts'
import { equalBytes } from './primitives.ts'
import { isKey } from './primitives/key.ts'
import type { Key } from './primitives/key.ts'
import { Problem } from './problem.ts'
import { clockSkewSeconds } from './status.ts'

export interface TreeHead {
  readonly size: number
  readonly root: Uint8Array
}

export interface Checkpoint extends TreeHead {
  readonly origin: string
  /** Lines behind the root, signed with it and without a meaning to us. */
  readonly extensions: readonly string[]
}

/** Whose signatures a reader accepts: the keys of one log, and its name. */
export interface LogIdentity {
  readonly origin: string
  readonly keys: readonly Key[]
}

/** How many of which witnesses must have seen a head. */
export interface WitnessPolicy {
  readonly witnesses: readonly NoteKey[]
  /** From 1 on. */
  readonly quorum: number
  /** A cosignature from the time after this one does not count. */
  readonly at: Date
}

export interface OpenedHead extends TreeHead {
  /** Those of the keys that signed it; at least one. */
  readonly signedBy: readonly Key[]
}

const rootBytes = 32
const body = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n((?:[^\n]+\n)*)$/

/**
 * The note over one head, with one signature for each private key of the log.
 * @throws Problem invalid-checkpoint, unsupported-key
 */
export function signCheckpoint(
  head: TreeHead & { readonly origin: string },
  ...keys: readonly Key[]
): string {
  const { origin, size, root } = head
  refuseUnless(isOrigin(origin), 'origin')
  refuseUnless(Number.isSafeInteger(size) && size >= 0, 'size')
  refuseUnless(root.length === rootBytes && isRootOf(size, root), 'root')
  refuseUnless(keys.length > 0, 'signature')
  const signers = keys.map((key) => ({ name: origin, type: noteTypeOf(key), key }))
  return asCheckpoint(() => signNote(`${origin}\n${size}\n${toBase64(root)}\n`, ...signers))
}

/**
 * The head in a note, if the log of this origin signed it with one of these keys, and with none of
 * them wrongly, and as many witnesses as the policy asks for.
 * @throws Problem invalid-checkpoint
 */
export function openCheckpoint(
  text: string | Uint8Array,
  log: LogIdentity,
  policy?: WitnessPolicy,
): OpenedHead {
  refuseUnless(isLog(log) && isPolicy(policy), 'question-malformed')
  const keys = log.keys.map((key): NoteKey => ({ name: log.origin, type: noteTypeOf(key), key }))
  const note = asCheckpoint(() => openNote(text, [...keys, ...(policy?.witnesses ?? [])]))
  const signedBy = log.keys.filter((key) =>
    note.signatures.some(({ by }) => by.key === key && by.type !== 'cosignature'),
  )
  refuseUnless(signedBy.length > 0, 'signature')
  const { origin, size, root } = readCheckpoint(note.text)
  refuseUnless(origin === log.origin, 'origin')
  if (policy) refuseUnless(countWitnesses(note, policy) >= Math.max(policy.quorum, 1), 'witnesses')
  return { size, root, signedBy }
}

const isLog = isLike<LogIdentity>({ origin: isText, keys: listOf(isKey) })
const isPolicy = optional(
  isLike<WitnessPolicy>({
    witnesses: Array.isArray,
    quorum: (value) => typeof value === 'number',
    at: isDate,
  }),
)

/**
 * What the text of a note says as a checkpoint; nobody has verified it yet.
 * @throws Problem invalid-checkpoint
 */
export function readCheckpoint(text: string): Checkpoint {
  const [, origin, digits, encoded, extensions] = body.exec(text) ?? []
  if (origin === undefined || encoded === undefined) return refuse('text')
  const size = Number(digits)
  refuseUnless(Number.isSafeInteger(size), 'size')
  const root = asCheckpoint(() => readBase64(encoded))
  refuseUnless(isRootOf(size, root), 'root')
  return { origin, size, root, extensions: extensions?.split('\n').slice(0, -1) ?? [] }
}

/** A cosignature does not say whose it is, so a key counts once, under however many names. */
function countWitnesses({ signatures }: Note, { witnesses, at }: WitnessPolicy): number {
  const latest = at.getTime() + clockSkewSeconds * 1000
  const counted = signatures.filter(
    (one) =>
      one.at !== undefined && one.at.getTime() <= latest && witnesses.some((by) => by === one.by),
  )
  return new Set(counted.map(({ by }) => spkiText(by.key))).size
}

/** Of the roots, one is known before the log is: that of nothing. */
function isRootOf(size: number, root: Uint8Array): boolean {
  return size > 0 || equalBytes(root, emptyRoot)
}

/** Printable ASCII, which reads one way only; heads of other logs may be called otherwise. */
function isOrigin(origin: string): boolean {
  return /^[!-~]+$/.test(origin) && isKeyName(origin)
}

function asCheckpoint<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (!(cause instanceof Problem) || cause.code === 'unsupported-key') throw cause
    throw new Problem('invalid-checkpoint', cause.detail, { cause })
  }
}

function refuseUnless(condition: boolean, rule: string): asserts condition {
  if (!condition) refuse(rule)
}

function refuse(rule: string): never {
  throw new Problem('invalid-checkpoint', { rule })
}

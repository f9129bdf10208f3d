/**
 * The signed head of a log: a C2SP tlog-checkpoint inside a C2SP signed-note, with the log's Ed25519
 * signature, or two of them while one key hands over to the next. Exact bytes both ways, so any C2SP
 * tool can read ours. Lines of other signers (witnesses) may follow and are ignored here; extension lines are refused, because our logs write none and a
 * reader would not know what they promise. Whether a head fits another is `merkle.ts`.
 */
import type { KeyObject } from 'node:crypto'
import { keyKind, signBytes, verifyBytes } from './algorithm.ts'
import { fromBase64url } from './base64url.ts'
import { equalBytes, sha256, utf8 } from './primitives.ts'
import { Problem } from './problem.ts'

export const checkpointLimits = {
  textLength: 8_192,
  signatureLines: 16,
  originLength: 256,
} as const

export interface TreeHead {
  readonly size: number
  readonly root: Uint8Array
}

/** Whose signatures a reader accepts: the keys of one log, and its name. */
export interface LogIdentity {
  readonly origin: string
  readonly keys: readonly KeyObject[]
}

export interface OpenedHead extends TreeHead {
  /** Those of the keys that signed it; at least one. */
  readonly signedBy: readonly KeyObject[]
}

/** The signature type of Ed25519 in a note key. */
const ed25519Type = Uint8Array.of(0x01)
const newline = Uint8Array.of(0x0a)
const keyIdBytes = 4
const rootBytes = 32
const body = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n$/
const signatureLine = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u

/**
 * The note over one head, with one signature for each private key of the log.
 * @throws Problem invalid-checkpoint, unsupported-key
 */
export function signCheckpoint(
  head: TreeHead & { readonly origin: string },
  ...keys: readonly KeyObject[]
): string {
  const { origin, size, root } = head
  refuseUnless(isOrigin(origin), 'origin')
  refuseUnless(Number.isSafeInteger(size) && size >= 0, 'size')
  refuseUnless(root.length === rootBytes, 'root')
  const text = `${origin}\n${size}\n${toBase64(root)}\n`
  refuseUnless(keys.length > 0 && keys.length <= checkpointLimits.signatureLines, 'signature')
  const lines = keys.map((key) => {
    const signature = signBytes('EdDSA', key, utf8(text))
    return `\u2014 ${origin} ${toBase64(join(noteKeyId(origin, key), signature))}\n`
  })
  return `${text}\n${lines.join('')}`
}

/**
 * The head in a note, if the log of this origin signed it with one of these keys, and with none of
 * them wrongly.
 * @throws Problem invalid-checkpoint
 */
export function openCheckpoint(text: string, log: LogIdentity): OpenedHead {
  refuseUnless(text.length <= checkpointLimits.textLength && text.isWellFormed(), 'text')
  const textEnd = text.indexOf('\n\n') + 1
  const signed = text.slice(0, textEnd)
  const [, origin, size, root] = body.exec(signed) ?? []
  if (origin === undefined || size === undefined || root === undefined) return refuse('text')
  refuseUnless(origin === log.origin && isOrigin(log.origin), 'origin')
  const head = { size: Number(size), root: readBase64(root) }
  refuseUnless(Number.isSafeInteger(head.size), 'size')
  const lines = readLines(text.slice(textEnd + 1))
  const signedBy = log.keys.filter((key) => isSignedBy(key, { origin, signed, lines }))
  refuseUnless(signedBy.length > 0, 'signature')
  return { ...head, signedBy }
}

/** The first four bytes of SHA-256(name || 0x0A || 0x01 || public key) (C2SP signed-note). */
export function noteKeyId(name: string, key: KeyObject): Uint8Array {
  const digest = sha256(utf8(name), newline, ed25519Type, publicKeyBytes(key))
  return digest.subarray(0, keyIdBytes)
}

/** The verifier key as C2SP tools take it: `name+keyid+base64(0x01 || public key)`. */
export function verifierKey(origin: string, key: KeyObject): string {
  refuseUnless(isOrigin(origin), 'origin')
  const id = Buffer.from(noteKeyId(origin, key)).toString('hex')
  return `${origin}+${id}+${toBase64(join(ed25519Type, publicKeyBytes(key)))}`
}

interface SignatureLine {
  readonly name: string
  readonly keyId: Uint8Array
  readonly signature: Uint8Array
}

function readLines(lines: string): SignatureLine[] {
  refuseUnless(lines.endsWith('\n'), 'signature-line')
  const texts = lines.slice(0, -1).split('\n', checkpointLimits.signatureLines + 1)
  refuseUnless(texts.length <= checkpointLimits.signatureLines, 'signature-lines')
  return texts.map((text) => {
    const [, name, encoded] = signatureLine.exec(text) ?? []
    if (name === undefined || encoded === undefined) return refuse('signature-line')
    const bytes = readBase64(encoded)
    refuseUnless(bytes.length > keyIdBytes, 'signature-line')
    const keyId = bytes.subarray(0, keyIdBytes)
    return { name, keyId, signature: bytes.subarray(keyIdBytes) }
  })
}

/** A key with two lines would be of two minds, and one with a wrong line is no witness at all. */
function isSignedBy(
  key: KeyObject,
  note: { readonly origin: string; readonly signed: string; readonly lines: SignatureLine[] },
): boolean {
  const keyId = noteKeyId(note.origin, key)
  const ours = note.lines.filter(
    (line) => line.name === note.origin && equalBytes(line.keyId, keyId),
  )
  const [line] = ours
  if (!line) return false
  const isRight = ours.length === 1 && verifyBytes('EdDSA', key, utf8(note.signed), line.signature)
  refuseUnless(isRight, 'signature')
  return true
}

/** A note key name: no white space, no plus; here also printable ASCII, which reads one way only. */
function isOrigin(origin: string): boolean {
  return /^[!-*,-~]+$/.test(origin) && origin.length <= checkpointLimits.originLength
}

/** The 32 bytes of RFC 8032, from a private or a public key. */
function publicKeyBytes(key: KeyObject): Uint8Array {
  const { x } = key.export({ format: 'jwk' })
  if (key.asymmetricKeyType !== 'ed25519' || x === undefined) {
    throw new Problem('unsupported-key', { key: keyKind(key) })
  }
  return fromBase64url(x)
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

/** Standard base64 with padding, in its one canonical spelling. */
function readBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  refuseUnless(bytes.toString('base64') === text, 'base64')
  return bytes
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts)
}

function refuseUnless(condition: boolean, rule: string): void {
  if (!condition) refuse(rule)
}

function refuse(rule: string): never {
  throw new Problem('invalid-checkpoint', { rule })
}

/**
 * C2SP signed-note: a text and the lines of its signers, with Ed25519 signatures (type 0x01), SM2 with
 * SM3 (GB/T 32918.2; no type of its own, so 0xff and its name, docs/decisions/0036) and the time-stamped
 * cosignatures of witnesses (type 0x04, C2SP tlog-cosignature v1, Ed25519 only); and the verifier keys in
 * which C2SP tools hand keys on. What the text means is its reader's business: `checkpoint.ts`.
 */
import { keyKind, signBytes, verifyBytes } from './algorithm.ts'
import type { AlgorithmName } from './algorithm.ts'
import { fromBase64, fromBase64url, toBase64, toBase64url } from './base64url.ts'
import { anyOf, isBytes, isLike, isOneOf, isText, listOf } from './given.ts'
import { concatBytes, equalBytes, fromUtf8, sha256, toText, utf8 } from './primitives.ts'
import { isKey, jwkOf, keyOfJwk } from './primitives/key.ts'
import type { Key } from './primitives/key.ts'
import { Problem } from './problem.ts'
import { isSm2, sm2Point, sm2PublicKey } from './sm2.ts'

export const noteLimits = { bytes: 1_048_576, signatureLines: 100, nameLength: 256 } as const

/** What stands before the public key, and after the name, where a key is written or hashed. */
const types = {
  ed25519: { prefix: Uint8Array.of(0x01), algorithm: 'EdDSA', keyBytes: 32 },
  cosignature: { prefix: Uint8Array.of(0x04), algorithm: 'EdDSA', keyBytes: 32 },
  /** Signatures are r‖s, the key an uncompressed point. */
  sm2: {
    prefix: concatBytes(Uint8Array.of(0xff), utf8('sm2-with-sm3')),
    algorithm: 'SGD_SM3_SM2',
    keyBytes: 65,
  },
} as const satisfies Readonly<
  Record<string, { prefix: Uint8Array; algorithm: AlgorithmName; keyBytes: number }>
>
export type NoteType = keyof typeof types

/** A signer as its readers know it; the name and what is signed how belong to the key. */
export interface NoteKey {
  readonly name: string
  readonly type: NoteType
  /** Of Ed25519, or of SM2 when the type says so. */
  readonly key: Key
}

export interface NoteSignature {
  readonly by: NoteKey
  /** When a witness says that it signed. */
  readonly at?: Date
}

export interface Note {
  /** What was signed, its last newline included. */
  readonly text: string
  /** Of the keys that the reader knows; at least one. */
  readonly signatures: readonly NoteSignature[]
}

const newline = Uint8Array.of(0x0a)
const keyIdBytes = 4
const timeBytes = 8
const signatureLine = /^\u2014 ([^\p{White_Space}+]+) ([A-Za-z0-9+/]+={0,2})$/u
const keyForm = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/

/**
 * The text of a note that at least one of these keys, or of verifier keys as text, signed, and none of
 * them wrongly. Lines of keys
 * the reader does not know are ignored, as the standard has it.
 * @throws Problem invalid-note, invalid-encoding
 */
export function openNote(note: string | Uint8Array, known: readonly (NoteKey | string)[]): Note {
  const whole = readText(note)
  // A text may have empty lines of its own; the last one ends it.
  const textEnd = whole.lastIndexOf('\n\n') + 1
  refuseUnless(textEnd > 0, 'text')
  const text = whole.slice(0, textEnd)
  const lines = readLines(whole.slice(textEnd + 1))
  refuseUnless(areKeys(known), 'key')
  const keys = known.map((key) => (typeof key === 'string' ? readVerifierKey(key) : key))
  const signers = keys.map((by) => ({ by, keyId: noteKeyId(by.name, by.key, by.type) }))
  const signatures = lines.flatMap((line) => signatureIn(line, text, signers) ?? [])
  refuseUnless(signatures.length > 0, 'signature')
  return { text, signatures }
}

/**
 * The note over a text that ends with a newline, with one line for each private key.
 * @throws Problem invalid-note, unsupported-key
 */
export function signNote(text: string, ...signers: readonly NoteKey[]): string {
  refuseUnless(text.endsWith('\n') && signers.length > 0, 'text')
  refuseUnless(
    signers.every(({ type }) => type !== 'cosignature'),
    'type',
  )
  const lines = signers.map((signer) =>
    lineOf(signer, signBytes(types[signer.type].algorithm, signer.key, utf8(text))),
  )
  return readText(`${text}\n${lines.join('')}`)
}

/**
 * The line by which a witness adds its cosignature to a note with this text, at whole seconds.
 * @throws Problem invalid-note, unsupported-key
 */
export function cosign(text: string, witness: NoteKey, at: Date): string {
  refuseUnless(witness.type === 'cosignature', 'type')
  const time = new Uint8Array(timeBytes)
  new DataView(time.buffer).setBigUint64(0, BigInt(Math.floor(at.getTime() / 1000)))
  return lineOf(witness, concatBytes(time, signBytes('EdDSA', witness.key, cosigned(text, time))))
}

/** As what a key signs notes; the key of a witness is told by its reader. */
export function noteTypeOf(key: Key): Exclude<NoteType, 'cosignature'> {
  return isSm2(key) ? 'sm2' : 'ed25519'
}

/** The first four bytes of SHA-256(name || 0x0A || type || public key). */
export function noteKeyId(name: string, key: Key, type: NoteType = 'ed25519'): Uint8Array {
  const digest = sha256(utf8(name), newline, typedKey(key, type))
  return digest.subarray(0, keyIdBytes)
}

/**
 * A verifier key as C2SP tools take it: `name+keyid+base64(type || public key)`.
 * @throws Problem invalid-note, unsupported-key
 */
export function writeVerifierKey({ name, type, key }: NoteKey): string {
  refuseUnless(isKeyName(name), 'name')
  const id = toText(noteKeyId(name, key, type), 'hex')
  return `${name}+${id}+${toBase64(typedKey(key, type))}`
}

/** @throws Problem invalid-note */
export function readVerifierKey(text: string): NoteKey {
  refuseUnless(isText(text), 'text')
  const [, name = '', id = '', encoded = ''] = keyForm.exec(text) ?? []
  refuseUnless(isKeyName(name), 'name')
  const { type, key } = readTypedKey(readBase64(encoded))
  refuseUnless(toText(noteKeyId(name, key, type), 'hex') === id, 'key-id')
  return { name, type, key }
}

function readTypedKey(typed: Uint8Array): Pick<NoteKey, 'type' | 'key'> {
  // The names of a constant are the names it has.
  const type = (Object.keys(types) as NoteType[]).find((name) => {
    const { prefix, keyBytes } = types[name]
    const isOfType = equalBytes(typed.subarray(0, prefix.length), prefix)
    return isOfType && typed.length === prefix.length + keyBytes
  })
  if (type === undefined) throw new Problem('invalid-note', { rule: 'key' })
  const bytes = typed.subarray(types[type].prefix.length)
  if (type === 'sm2') return { type, key: readPoint(bytes) }
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: toBase64url(bytes) }
  return { type, key: keyOfJwk(jwk) }
}

function readPoint(point: Uint8Array): Key {
  try {
    return sm2PublicKey(point)
  } catch (cause) {
    throw new Problem('invalid-note', { rule: 'key' }, { cause })
  }
}

/** A key name: no white space and no plus. */
export function isKeyName(name: string): boolean {
  const isFree = !/[\p{White_Space}\p{Cc}+]/u.test(name) && name.isWellFormed()
  return isFree && name.length > 0 && name.length <= noteLimits.nameLength
}

/** Standard base64 with padding, in its one canonical spelling. */
export function readBase64(text: string): Uint8Array {
  const bytes = fromBase64(text)
  refuseUnless(bytes !== undefined, 'base64')
  return bytes
}

const areKeys = listOf(
  anyOf(
    isText,
    isLike<NoteKey>({
      name: isText,
      type: isOneOf(...Object.keys(types)),
      key: isKey,
    }),
  ),
)

function readText(note: string | Uint8Array): string {
  refuseUnless(isText(note) || isBytes(note), 'text')
  refuseUnless(note.length <= noteLimits.bytes, 'length')
  const text = typeof note === 'string' ? note : fromUtf8(note)
  refuseUnless(text.isWellFormed() && utf8(text).length <= noteLimits.bytes, 'text')
  // eslint-disable-next-line no-control-regex -- The standard forbids exactly these.
  refuseUnless(!/[\u0000-\u0009\u000b-\u001f]/.test(text), 'control-character')
  return text
}

interface SignatureLine {
  readonly name: string
  readonly keyId: Uint8Array
  readonly signature: Uint8Array
}

function readLines(lines: string): SignatureLine[] {
  refuseUnless(lines.endsWith('\n'), 'signature-line')
  const texts = lines.slice(0, -1).split('\n', noteLimits.signatureLines + 1)
  refuseUnless(texts.length <= noteLimits.signatureLines, 'signature-lines')
  return texts.map((text) => {
    const [, name = '', encoded = ''] = signatureLine.exec(text) ?? []
    const bytes = readBase64(encoded)
    refuseUnless(bytes.length > keyIdBytes, 'signature-line')
    const keyId = bytes.subarray(0, keyIdBytes)
    return { name, keyId, signature: bytes.subarray(keyIdBytes) }
  })
}

interface Signer {
  readonly by: NoteKey
  readonly keyId: Uint8Array
}

/** Every line under the name and id of a known key must be right, or somebody plays with its name. */
function signatureIn(
  { name, keyId, signature }: SignatureLine,
  text: string,
  signers: readonly Signer[],
): NoteSignature | undefined {
  const meant = signers.filter(({ by, keyId: id }) => by.name === name && equalBytes(id, keyId))
  // An id is only four bytes, and which of two keys is meant must not depend on their order.
  refuseUnless(meant.length <= 1, 'key-ambiguous')
  const [{ by } = {}] = meant
  if (!by) return undefined
  if (by.type !== 'cosignature') {
    refuseUnless(verifyBytes(types[by.type].algorithm, by.key, utf8(text), signature), 'signature')
    return { by }
  }
  const time = signature.subarray(0, timeBytes)
  refuseUnless(time.length === timeBytes, 'signature')
  const message = cosigned(text, time)
  refuseUnless(verifyBytes('EdDSA', by.key, message, signature.subarray(timeBytes)), 'signature')
  return { by, at: new Date(Number(secondsIn(time)) * 1000) }
}

/** What a witness signs: its own header keeps it from passing for the signature of a log. */
function cosigned(text: string, time: Uint8Array): Uint8Array {
  return utf8(`cosignature/v1\ntime ${secondsIn(time)}\n${text}`)
}

/** At most 2^63 − 1, as the standard says. */
function secondsIn(time: Uint8Array): bigint {
  const seconds = new DataView(time.buffer, time.byteOffset).getBigUint64(0)
  refuseUnless(seconds < 2n ** 63n, 'time')
  return seconds
}

function lineOf({ name, type, key }: NoteKey, signature: Uint8Array): string {
  refuseUnless(isKeyName(name), 'name')
  return `\u2014 ${name} ${toBase64(concatBytes(noteKeyId(name, key, type), signature))}\n`
}

/** The type and the 32 bytes of RFC 8032, or the point, from a private or a public key. */
function typedKey(key: Key, type: NoteType): Uint8Array {
  const bytes = type === 'sm2' ? sm2Point(key) : ed25519Bytes(key)
  if (bytes === undefined) throw new Problem('unsupported-key', { key: keyKind(key) })
  return concatBytes(types[type].prefix, bytes)
}

function ed25519Bytes(key: Key): Uint8Array | undefined {
  const { x } = key.asymmetricKeyType === 'ed25519' ? jwkOf(key) : {}
  return typeof x === 'string' ? fromBase64url(x) : undefined
}

function refuseUnless(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new Problem('invalid-note', { rule })
}

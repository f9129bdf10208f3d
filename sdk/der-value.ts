/**
 * Values out of DER nodes: numbers, object identifiers, strings, times, and the fields of a SEQUENCE
 * in their order. Each function names the type it expects and refuses every other one.
 */
import { tags } from './der.ts'
import type { DerNode } from './der.ts'
import { concatBytes, fromUtf8, toText } from './primitives.ts'
import { Problem } from './problem.ts'

/** The identifier octet of [number] in the context-specific class. */
export function contextTag(number: number, form: 'primitive' | 'constructed'): number {
  return 0x80 | (form === 'constructed' ? 0x20 : 0) | number
}

/** Reads a SEQUENCE's fields one after the other; what is not asked for is refused by `end`. */
export interface Fields {
  /** The next field; of this type, when one is given. */
  readonly next: (tag?: number) => DerNode
  readonly optional: (tag: number) => DerNode | undefined
  readonly end: () => void
}

interface OpenFields extends Fields {
  nodes: readonly DerNode[]
  index: number
}

/** What all sequences are read by: a certificate has a hundred of them. */
const reader: Omit<OpenFields, 'nodes' | 'index'> & ThisType<OpenFields> = {
  next(wanted) {
    const field = this.nodes[this.index]
    this.index += 1
    return !field || wanted === undefined ? present(field) : expectTag(field, wanted)
  },
  optional(wanted) {
    const field = this.nodes[this.index]
    if (field?.tag !== wanted) return undefined
    this.index += 1
    return field
  },
  end() {
    if (this.index < this.nodes.length) refuse('unexpected-field')
  },
}

export function fieldsOf(node: DerNode, tag: number = tags.sequence): Fields {
  const fields = Object.create(reader) as OpenFields // What it has of its own is set here.
  fields.nodes = expectTag(node, tag).children
  fields.index = 0
  return fields
}

export function expectTag(node: DerNode | undefined, tag: number): DerNode {
  if (node?.tag !== tag) refuse('unexpected-type')
  return node
}

/** The elements of a SEQUENCE OF; never empty, never more than `max`. */
export function elementsOf(node: DerNode, max: number): readonly DerNode[] {
  const { children } = expectTag(node, tags.sequence)
  if (children.length === 0) refuse('empty')
  if (children.length > max) refuse('too-many')
  return children
}

/** The one node inside an explicit tag. */
export function insideOf(node: DerNode): DerNode {
  const [inner, another] = node.children
  if (!inner || another) refuse('explicit-tag')
  return inner
}

/** TRUE; a FALSE that is written out where it is the default is not DER (X.690 §11.5). */
export function trueOf(node: DerNode): true {
  if (expectTag(node, tags.boolean).content[0] !== 0xff) refuse('default-written')
  return true
}

/** A number from 0 to `max`. */
export function smallIntegerOf(node: DerNode, max: number): number {
  const { content } = expectTag(node, tags.integer)
  const value = content.length > 4 ? max + 1 : numberIn(content)
  if (value < 0 || value > max) refuse('integer-range')
  return value
}

/** The number in two's complement, of so few octets that it is exact. */
export function numberIn(octets: Uint8Array): number {
  const sign = (octets[0] ?? 0) < 0x80 ? 0 : -1
  return octets.reduce((number, octet) => number * 256 + octet, sign)
}

/** A number above zero of at most 20 octets (RFC 5280 §4.1.2.2), as lower-case hexadecimal. */
export function positiveHexOf(node: DerNode): string {
  const { content } = expectTag(node, tags.integer)
  const hex = toText(content, 'hex').replace(/^00/, '')
  if (content.length > 20 || (content[0] ?? 0) >= 0x80 || hex === '') refuse('integer-range')
  return hex
}

/**
 * The serial number of a certificate: any number but zero of at most 20 octets. A negative one, which
 * RFC 5280 §4.1.2.2 wants handled gracefully, is written with a minus sign, so that it is never
 * mistaken for the positive number of the same octets.
 */
export function serialOf(node: DerNode): string {
  const { content } = expectTag(node, tags.integer)
  if ((content[0] ?? 0) < 0x80 || content.length > 20) return positiveHexOf(node)
  return `-${toText(content, 'hex')}`
}

/** A number from 0 that has room in `length` bytes, as exactly so many. */
export function scalarOf(node: DerNode, length: number): Uint8Array {
  const { content } = expectTag(node, tags.integer)
  const digits = content[0] === 0 ? content.subarray(1) : content
  if ((content[0] ?? 0) >= 0x80 || digits.length > length) refuse('integer-range')
  return concatBytes(new Uint8Array(length - digits.length), digits)
}

/** The same few occur in all certificates; the first ones that come are remembered by their bytes. */
const oidsRemembered = 1_000
const oids = new Map<string, string>()

export function oidOf(node: DerNode): string {
  const bytes = latin1Of(expectTag(node, tags.oid))
  const known = oids.get(bytes)
  if (known !== undefined) return known
  const text = writtenOid(node.content)
  if (oids.size < oidsRemembered) oids.set(bytes, text)
  return text
}

function writtenOid(content: Uint8Array): string {
  const arcs: bigint[] = []
  let arc = 0n
  for (const byte of content) {
    arc = (arc << 7n) | BigInt(byte & 0x7f)
    if (byte < 0x80) {
      arcs.push(arc)
      arc = 0n
    }
  }
  const [first = 0n, ...rest] = arcs
  const root = first < 80n ? first / 40n : 2n
  return [root, first - root * 40n, ...rest].join('.')
}

/** The bytes of a BIT STRING that holds whole bytes. */
export function bitBytesOf(node: DerNode): Uint8Array {
  const { content } = expectTag(node, tags.bitString)
  if (content[0] !== 0) refuse('bit-string')
  return content.subarray(1)
}

/** The positions that are set in a list of named bits, which ends with a one (X.690 §11.2.2). */
export function namedBitsOf(node: DerNode): ReadonlySet<number> {
  const [unused = 0, ...bytes] = expectTag(node, tags.bitString).content
  const last = bytes.at(-1)
  if (last === undefined || ((last >> unused) & 1) === 0) refuse('bit-string')
  const set = new Set<number>()
  bytes.forEach((byte, i) => {
    for (let bit = 0; bit < 8; bit += 1) if (byte & (0x80 >> bit)) set.add(i * 8 + bit)
  })
  return set
}

/** RFC 5280 §4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050, both with seconds and Z. */
export function timeOf(node: DerNode): Date {
  if (node.tag !== tags.utcTime) {
    const time = generalizedTimeOf(node)
    return time.getUTCFullYear() < 2050 ? refuse('time') : time
  }
  const digits = digitsOf(node, 12)
  const year = numberOf(digits, 0, 2)
  return timeOfDigits(year + (year < 50 ? 2000 : 1900), digits.slice(2))
}

/** Of any year, for the one field that is never UTCTime (RFC 5280 §5.3.2). */
export function generalizedTimeOf(node: DerNode): Date {
  const digits = digitsOf(expectTag(node, tags.generalizedTime), 14)
  return timeOfDigits(numberOf(digits, 0, 4), digits.slice(4))
}

function digitsOf(node: DerNode, length: number): string {
  const text = latin1Of(node)
  if (text.length !== length + 1 || !/^\d+Z$/.test(text)) refuse('time')
  return text.slice(0, -1)
}

/** The moment written MMDDhhmmss in that year, which must exist: 30 February and 24:00:00 do not. */
function timeOfDigits(year: number, digits: string): Date {
  const month = numberOf(digits, 0, 2) - 1
  const [day, hour] = [numberOf(digits, 2, 4), numberOf(digits, 4, 6)]
  const [minute, second] = [numberOf(digits, 6, 8), numberOf(digits, 8, 10)]
  const time = new Date(0)
  time.setUTCFullYear(year, month, day)
  time.setUTCHours(hour, minute, second)
  // What does not exist is some other time.
  const exists =
    time.getUTCMonth() === month &&
    time.getUTCDate() === day &&
    time.getUTCHours() === hour &&
    time.getUTCMinutes() === minute &&
    time.getUTCSeconds() === second
  return exists ? time : refuse('time')
}

function numberOf(digits: string, from: number, to: number): number {
  return Number(digits.slice(from, to))
}

/** How each type of string writes text, and the alphabet it promises (X.680 §41). */
const stringTypes: Readonly<Record<number, { form: RegExp; read: (node: DerNode) => string }>> = {
  [tags.utf8String]: { form: /^\P{Cc}+$/u, read: ({ content }) => fromUtf8(content) },
  [tags.printableString]: { form: /^[A-Za-z0-9 '()+,\-./:=?]+$/, read: latin1Of },
  [tags.ia5String]: { form: /^[\x20-\x7e]+$/, read: latin1Of },
  [tags.visibleString]: { form: /^[\x20-\x7e]+$/, read: latin1Of },
  [tags.numericString]: { form: /^[0-9 ]+$/, read: latin1Of },
  // Everybody writes Latin-1 where the standard says T.61, and so does everybody who reads it.
  [tags.t61String]: { form: /^\P{Cc}+$/u, read: latin1Of },
  [tags.bmpString]: { form: /^[^\p{Cc}\p{Cs}]+$/u, read: ({ content }) => fromUcs2(content) },
  [tags.universalString]: { form: /^[^\p{Cc}\p{Cs}]+$/u, read: ({ content }) => fromUcs4(content) },
}

export function isText({ tag }: DerNode): boolean {
  return Object.hasOwn(stringTypes, tag)
}

/** Text without control characters, and of the alphabet its type promises. */
export function textOf(node: DerNode, lengthMax: number): string {
  const type = stringTypes[node.tag]
  if (!type) refuse('string-type')
  const text = type.read(node)
  if (text.length > lengthMax || !type.form.test(text)) refuse('string')
  return text
}

/** The content, a character for each byte. */
export function latin1Of({ source, start, end }: DerNode): string {
  return toText(source, 'latin1', start, end)
}

function fromUcs2(content: Uint8Array): string {
  if (content.length % 2 !== 0) refuse('string')
  const view = new DataView(content.buffer, content.byteOffset, content.length)
  const units = Array.from({ length: content.length / 2 }, (_, i) => view.getUint16(i * 2))
  return String.fromCharCode(...units)
}

function fromUcs4(content: Uint8Array): string {
  if (content.length % 4 !== 0) refuse('string')
  const view = new DataView(content.buffer, content.byteOffset, content.length)
  const points = Array.from({ length: content.length / 4 }, (_, i) => view.getUint32(i * 4))
  if (points.some((point) => point > 0x10_ffff)) refuse('string')
  return String.fromCodePoint(...points)
}

function present(field: DerNode | undefined): DerNode {
  if (!field) refuse('missing-field')
  return field
}

function refuse(rule: string): never {
  throw new Problem('invalid-der', { rule })
}

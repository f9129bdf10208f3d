/**
 * Values out of DER nodes: numbers, object identifiers, strings, times, and the fields of a SEQUENCE
 * in their order. Each function names the type it expects and refuses every other one.
 */
import { nodeAt, tags, viewOf } from './der.ts'
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
  readonly within: DerNode
  /** Where the next field begins. */
  at: number
}

/** What all sequences are read by: a certificate has a hundred of them. */
const reader: Omit<OpenFields, 'within' | 'at'> & ThisType<OpenFields> = {
  next(wanted) {
    const { source, end } = this.within
    if (this.at === end) refuse('missing-field')
    const field = nodeAt(source, this.at)
    if (wanted !== undefined) expectTag(field, wanted)
    this.at = field.end
    return field
  },
  optional(wanted) {
    const { source, end } = this.within
    return this.at < end && source[this.at] === wanted ? this.next() : undefined
  },
  end() {
    if (this.at < this.within.end) refuse('unexpected-field')
  },
}

/** @param tag of a constructed type */
export function fieldsOf(node: DerNode, tag: number = tags.sequence): Fields {
  const fields = Object.create(reader) as {
    -readonly [Field in keyof OpenFields]: OpenFields[Field]
  }
  fields.within = expectTag(node, tag)
  fields.at = node.start
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
  const { source, start } = expectTag(node, tags.boolean)
  if (source[start] !== 0xff) refuse('default-written')
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
  const { source, start, end } = expectTag(node, tags.integer)
  const first = source[start] ?? 0
  const hex = toText(source, 'hex', first === 0 ? start + 1 : start, end)
  if (end - start > 20 || first >= 0x80 || hex === '') refuse('integer-range')
  return hex
}

/**
 * The serial number of a certificate: any number but zero of at most 20 octets. A negative one, which
 * RFC 5280 §4.1.2.2 wants handled gracefully, is written with a minus sign, so that it is never
 * mistaken for the positive number of the same octets.
 */
export function serialOf(node: DerNode): string {
  const { source, start, end } = expectTag(node, tags.integer)
  if ((source[start] ?? 0) < 0x80 || end - start > 20) return positiveHexOf(node)
  return `-${toText(source, 'hex', start, end)}`
}

/** A number from 0 that has room in `length` bytes, as exactly so many. */
export function scalarOf(node: DerNode, length: number): Uint8Array {
  const { content } = expectTag(node, tags.integer)
  const digits = content[0] === 0 ? content.subarray(1) : content
  if ((content[0] ?? 0) >= 0x80 || digits.length > length) refuse('integer-range')
  return concatBytes(new Uint8Array(length - digits.length), digits)
}

/**
 * The same few occur in all certificates. Each has a seat by its octets, and who comes later takes it:
 * a `Map` would want a text of them first, which costs more than all the rest.
 */
const oidSeats = 1_024
const oids = Array.from<{ readonly content: Uint8Array; readonly text: string } | undefined>({
  length: oidSeats,
})

export function oidOf(node: DerNode): string {
  const { source, start, end } = expectTag(node, tags.oid)
  let seat = 0
  for (let at = start; at < end; at += 1) seat = (seat * 31 + (source[at] ?? 0)) % oidSeats
  const known = oids[seat]
  if (known && isContent(known.content, node)) return known.text
  const content = new Uint8Array(node.content)
  const text = writtenOid(content)
  oids[seat] = { content, text }
  return text
}

function isContent(content: Uint8Array, { source, start, end }: DerNode): boolean {
  if (content.length !== end - start) return false
  for (let i = 0; i < content.length; i += 1) if (content[i] !== source[start + i]) return false
  return true
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
  const { source, start, end } = expectTag(node, tags.bitString)
  if (source[start] !== 0) refuse('bit-string')
  return viewOf(source, start + 1, end)
}

/** The positions that are set in a list of named bits, which ends with a one (X.690 §11.2.2). */
export function namedBitsOf(node: DerNode): readonly number[] {
  const { source, start, end } = expectTag(node, tags.bitString)
  const length = (end - start - 1) * 8 - (source[start] ?? 0)
  const isSet = (bit: number): boolean =>
    ((source[start + 1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0
  if (length <= 0 || !isSet(length - 1)) refuse('bit-string')
  const bits: number[] = []
  for (let bit = 0; bit < length; bit += 1) if (isSet(bit)) bits.push(bit)
  return bits
}

/** RFC 5280 §4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050, both with seconds and Z. */
export function timeOf(node: DerNode): Date {
  if (node.tag !== tags.utcTime) {
    const time = generalizedTimeOf(node)
    return time.getUTCFullYear() < 2050 ? refuse('time') : time
  }
  const year = twoDigits(node, 0)
  return timeIn(node, year + (year < 50 ? 2000 : 1900), 2)
}

/** Of any year, for the one field that is never UTCTime (RFC 5280 §5.3.2). */
export function generalizedTimeOf(node: DerNode): Date {
  expectTag(node, tags.generalizedTime)
  return timeIn(node, twoDigits(node, 0) * 100 + twoDigits(node, 2), 4)
}

/** The moment written MMDDhhmmssZ behind the year, which must exist: 30 February and 24:00:00 do not. */
function timeIn(node: DerNode, year: number, behind: number): Date {
  const { source, start, end } = node
  if (end - start !== behind + 11 || source[end - 1] !== asciiZ) refuse('time')
  const [month, day] = [twoDigits(node, behind), twoDigits(node, behind + 2)]
  const [hour, minute] = [twoDigits(node, behind + 4), twoDigits(node, behind + 6)]
  const second = twoDigits(node, behind + 8)
  const time = new Date(0)
  time.setUTCFullYear(year, month - 1, day)
  // A day that does not exist is one of another month.
  const exists = time.getUTCMonth() === month - 1
  if (!exists || hour > 23 || minute > 59 || second > 59) refuse('time')
  time.setTime(time.getTime() + ((hour * 60 + minute) * 60 + second) * 1000)
  return time
}

const [ascii0, asciiZ] = [0x30, 0x5a]

function twoDigits({ source, start, end }: DerNode, at: number): number {
  if (start + at + 2 > end) refuse('time')
  const [tens, ones] = [(source[start + at] ?? 0) - ascii0, (source[start + at + 1] ?? 0) - ascii0]
  const areDigits = tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9
  return areDigits ? tens * 10 + ones : refuse('time')
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

function refuse(rule: string): never {
  throw new Problem('invalid-der', { rule })
}

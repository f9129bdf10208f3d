/**
 * A strict reader of DER (ITU-T X.690 §8, §10, §11): every value has one encoding, and the reader
 * knows no other. BER's freedoms (indefinite and over-long lengths, constructed strings, any non-zero
 * TRUE) are refused, so that no two programs can read two things out of one certificate.
 * What the values mean is in `der-value.ts`.
 */
import { isBytes } from './given.ts'
import { compareBytes, readily } from './primitives.ts'
import { Problem } from './problem.ts'

/** Identifier octets of the universal types in certificates, revocation lists and keys. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

export const derLimits = { bytes: 65_536, depth: 24, nodes: 10_000 }
export type DerLimits = Readonly<typeof derLimits>

/** The longest arc we read, 128 bits, is what a UUID needs under 2.25 (ITU-T X.667). */
const oidArcBytesMax = 19
const oidBytesMax = 64

/** A node is its place in the bytes; views of them and what is inside are made when somebody looks. */
export interface DerNode {
  /** The identifier octet: class, constructed bit and number below 31. */
  readonly tag: number
  /** All the bytes that were read, and where in them the content begins, and where it ends. */
  readonly source: Uint8Array
  readonly start: number
  readonly end: number
  /** Where the node begins. */
  readonly from: number
  /** The whole encoding, header included. */
  readonly bytes: Uint8Array
  readonly content: Uint8Array
  /** What a constructed node holds; empty for a primitive one. */
  readonly children: readonly DerNode[]
}

type Place = Pick<DerNode, 'tag' | 'source' | 'start' | 'end'>

/** What all nodes share: most of it is never looked at, and a view costs more than its node. */
const views: Omit<DerNode, keyof Place> & ThisType<DerNode> = {
  get from() {
    return this.start - headLength(this.end - this.start)
  },
  get bytes() {
    return viewOf(this.source, this.from, this.end)
  },
  get content() {
    return viewOf(this.source, this.start, this.end)
  },
  get children() {
    return isConstructed(this.tag) ? nodesIn(this.source, this.start, this.end) : []
  },
}

/** Whether two nodes of one reading have the same content under the same tag. */
export function isSame(a: DerNode, b: DerNode): boolean {
  if (a.tag !== b.tag || a.end - a.start !== b.end - b.start) return false
  for (let i = a.end - a.start - 1; i >= 0; i -= 1) {
    if (a.source[a.start + i] !== b.source[b.start + i]) return false
  }
  return true
}

/** The same bytes, not copied. */
export function viewOf(source: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(source.buffer, source.byteOffset + from, to - from)
}

/**
 * Exactly one DER value and nothing after it. The nodes are views of `bytes`: keep it unchanged.
 * @throws Problem invalid-der
 */
export function readDer(bytes: Uint8Array, limits: DerLimits = derLimits): DerNode {
  if (!isBytes(bytes)) refuse('bytes', 0)
  return readPart({ source: readily(bytes), limits, nodes: 0 }, 0, bytes.length)
}

/**
 * The one value whose DER is the content of this node.
 * @throws Problem invalid-der
 */
export function readDerIn({ source, start, end }: DerNode): DerNode {
  return readPart({ source, limits: derLimits, nodes: 0 }, start, end)
}

interface Reading {
  readonly source: Uint8Array
  readonly limits: DerLimits
  nodes: number
}

/** All of it is judged at once, and only what is looked at becomes a node. */
function readPart(reading: Reading, from: number, to: number): DerNode {
  if (to - from > reading.limits.bytes) refuse('size', from)
  const end = checkNode(reading, from, to, 1)
  if (end !== to) refuse('trailing-bytes', end)
  return nodeAt(reading.source, from)
}

/** The node that begins at `from` and ends at `to` or before; where it ends. */
function checkNode(reading: Reading, from: number, to: number, depth: number): number {
  spendNode(reading, from, depth)
  const { source } = reading
  const tag = source[from]
  if (tag === undefined || from >= to) refuse('truncated', from)
  if (isKnown[tag] !== true) refuse('tag', from)
  const start = contentStart(source, from + 1, to)
  const end = start + contentLength(source, from + 1, start)
  if (end > to) refuse('truncated', from)
  if (isConstructed(tag)) {
    for (let next = start; next < end;) next = checkNode(reading, next, end, depth + 1)
  }
  const rule = contentRules[tag]
  if (rule && !rule.holds(source, start, end)) refuse(rule.name, from)
  return end
}

function spendNode(reading: Reading, from: number, depth: number): void {
  reading.nodes += 1
  if (reading.nodes > reading.limits.nodes) refuse('nodes', from)
  if (depth > reading.limits.depth) refuse('depth', from)
}

/** The node that begins there, in bytes that were judged. */
export function nodeAt(source: Uint8Array, from: number): DerNode {
  const start = contentStart(source, from + 1, source.length)
  // Nothing else creates a node, and all that it has of its own is set here.
  const node = Object.create(views) as { -readonly [Field in keyof DerNode]: DerNode[Field] }
  node.tag = source[from] ?? 0
  node.source = source
  node.start = start
  node.end = start + contentLength(source, from + 1, start)
  return node
}

/** The nodes that stand there, one after the other. */
function nodesIn(source: Uint8Array, start: number, end: number): readonly DerNode[] {
  const nodes: DerNode[] = []
  for (let next = start; next < end;) {
    const node = nodeAt(source, next)
    nodes.push(node)
    next = node.end
  }
  return nodes
}

function isConstructed(tag: number): boolean {
  return (tag & 0x20) !== 0
}

const universalTags: ReadonlySet<number> = new Set(Object.values(tags))

/** Only known universal types and context-specific tags with a one-byte identifier. */
const isKnown: readonly boolean[] = Array.from({ length: 256 }, (_, tag) => {
  const isContext = (tag & 0xc0) === 0x80
  return isContext ? (tag & 0x1f) !== 0x1f : universalTags.has(tag)
})

/** Behind the length octets, of which the first stands at `at`. */
function contentStart(source: Uint8Array, at: number, to: number): number {
  const first = at < to ? source[at] : undefined
  if (first === undefined) refuse('truncated', at)
  if (first < 0x80) return at + 1
  const count = first & 0x7f
  if (count === 0 || count > 4) refuse('length', at)
  const start = at + 1 + count
  return start > to ? refuse('truncated', at) : start
}

function contentLength(source: Uint8Array, at: number, start: number): number {
  if (start === at + 1) return source[at] ?? 0
  let length = 0
  for (let i = at + 1; i < start; i += 1) length = length * 256 + (source[i] ?? 0)
  return headLength(length) === start - at + 1 ? length : refuse('length', at)
}

/** Of the identifier octet and the fewest octets in which this length can be written. */
function headLength(length: number): number {
  if (length < 0x80) return 2
  let octets = 3
  for (let rest = length; rest > 0xff; rest = Math.floor(rest / 256)) octets += 1
  return octets
}

interface ContentRule {
  readonly name: string
  readonly holds: (source: Uint8Array, start: number, end: number) => boolean
}

/** What DER asks of the content of each type. */
const contentRules: Readonly<Record<number, ContentRule>> = {
  [tags.boolean]: { name: 'boolean', holds: isBoolean },
  [tags.integer]: { name: 'integer', holds: isShortestInteger },
  [tags.enumerated]: { name: 'integer', holds: isShortestInteger },
  [tags.null]: { name: 'null', holds: (_, start, end) => start === end },
  [tags.oid]: { name: 'oid', holds: isObjectIdentifier },
  [tags.bitString]: { name: 'bit-string', holds: isBitString },
  [tags.set]: { name: 'set-order', holds: isSorted },
}

function isBoolean(source: Uint8Array, start: number, end: number): boolean {
  return end - start === 1 && (source[start] === 0 || source[start] === 0xff)
}

function isShortestInteger(source: Uint8Array, start: number, end: number): boolean {
  if (end - start < 2) return end > start
  const [first, second] = [source[start], source[start + 1] ?? 0]
  const isPadded = (first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)
  return !isPadded
}

function isObjectIdentifier(source: Uint8Array, start: number, end: number): boolean {
  if (start === end || end - start > oidBytesMax) return false
  let arcLength = 0
  for (let at = start; at < end; at += 1) {
    const byte = source[at] ?? 0
    if (arcLength === 0 && byte === 0x80) return false
    arcLength += 1
    if (arcLength > oidArcBytesMax) return false
    if (byte < 0x80) arcLength = 0
  }
  return arcLength === 0
}

function isBitString(source: Uint8Array, start: number, end: number): boolean {
  const unused = start < end ? (source[start] ?? 0) : 8
  if (unused > 7) return false
  if (end - start === 1) return unused === 0
  return ((source[end - 1] ?? 0) & ((1 << unused) - 1)) === 0
}

/** X.690 §11.6: the elements of a SET OF stand in ascending order of their encodings. */
function isSorted(source: Uint8Array, start: number, end: number): boolean {
  const [first, ...others] = nodesIn(source, start, end)
  let before = first
  for (const node of others) {
    if (before && compareBytes(before.bytes, node.bytes) > 0) return false
    before = node
  }
  return true
}

function refuse(rule: string, offset: number): never {
  throw new Problem('invalid-der', { rule, offset })
}

/**
 * A strict reader of DER (ITU-T X.690 §8, §10, §11): every value has one encoding, and the reader
 * knows no other. BER's freedoms (indefinite and over-long lengths, constructed strings, any non-zero
 * TRUE) are refused, so that no two programs can read two things out of one certificate.
 * What the values mean is in `der-value.ts`.
 */
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

export interface DerNode {
  /** The identifier octet: class, constructed bit and number below 31. */
  readonly tag: number
  /** The whole encoding, header included. */
  readonly bytes: Uint8Array
  readonly content: Uint8Array
  /** What a constructed node holds; empty for a primitive one. */
  readonly children: readonly DerNode[]
}

interface Reading {
  readonly bytes: Uint8Array
  readonly limits: DerLimits
  nodes: number
}

/**
 * Exactly one DER value and nothing after it. The nodes are views of `bytes`: keep it unchanged.
 * @throws Problem invalid-der
 */
export function readDer(bytes: Uint8Array, limits: DerLimits = derLimits): DerNode {
  if (bytes.length > limits.bytes) refuse('size', 0)
  const node = readNode({ bytes, limits, nodes: 0 }, { from: 0, to: bytes.length, depth: 1 })
  if (node.bytes.length !== bytes.length) refuse('trailing-bytes', node.bytes.length)
  return node
}

interface Place {
  readonly from: number
  readonly to: number
  readonly depth: number
}

function readNode(reading: Reading, { from, to, depth }: Place): DerNode {
  reading.nodes += 1
  if (reading.nodes > reading.limits.nodes) refuse('nodes', from)
  if (depth > reading.limits.depth) refuse('depth', from)
  const tag = reading.bytes[from]
  if (tag === undefined || from >= to) refuse('truncated', from)
  checkTag(tag, from)
  const { start, length } = readLength(reading.bytes, { from: from + 1, to })
  const end = start + length
  if (end > to) refuse('truncated', from)
  const { buffer, byteOffset } = reading.bytes
  const node = {
    tag,
    // A view made so costs half of what `subarray` does.
    bytes: new Uint8Array(buffer, byteOffset + from, end - from),
    content: new Uint8Array(buffer, byteOffset + start, length),
    children: isConstructed(tag) ? readChildren(reading, { from: start, to: end, depth }) : [],
  }
  const rule = contentRules[tag]?.(node)
  if (rule !== undefined) refuse(rule, from)
  return node
}

function readChildren(reading: Reading, { from, to, depth }: Place): readonly DerNode[] {
  const children: DerNode[] = []
  let next = from
  while (next < to) {
    const child = readNode(reading, { from: next, to, depth: depth + 1 })
    children.push(child)
    next += child.bytes.length
  }
  return children
}

function isConstructed(tag: number): boolean {
  return (tag & 0x20) !== 0
}

/** Only known universal types and context-specific tags with a one-byte identifier. */
function checkTag(tag: number, offset: number): void {
  const isContext = (tag & 0xc0) === 0x80
  if (isContext ? (tag & 0x1f) === 0x1f : !universalTags.has(tag)) refuse('tag', offset)
}

const universalTags: ReadonlySet<number> = new Set(Object.values(tags))

function readLength(
  bytes: Uint8Array,
  { from, to }: Omit<Place, 'depth'>,
): { start: number; length: number } {
  const first = from < to ? bytes[from] : undefined
  if (first === undefined) refuse('truncated', from)
  if (first < 0x80) return { start: from + 1, length: first }
  const count = first & 0x7f
  if (count === 0 || count > 4) refuse('length', from)
  const start = from + 1 + count
  if (start > to) refuse('truncated', from)
  const length = Buffer.from(bytes.subarray(from + 1, start)).readUIntBE(0, count)
  const isShortest = length >= 0x80 && length >= 256 ** (count - 1)
  if (!isShortest) refuse('length', from)
  return { start, length }
}

/** What DER asks of the content of each type; the answer is the name of the broken rule. */
const contentRules: Readonly<Record<number, (node: DerNode) => string | undefined>> = {
  [tags.boolean]: ({ content }) =>
    content.length === 1 && (content[0] === 0 || content[0] === 0xff) ? undefined : 'boolean',
  [tags.integer]: ({ content }) => (isShortestInteger(content) ? undefined : 'integer'),
  [tags.enumerated]: ({ content }) => (isShortestInteger(content) ? undefined : 'integer'),
  [tags.null]: ({ content }) => (content.length === 0 ? undefined : 'null'),
  [tags.oid]: ({ content }) => (isObjectIdentifier(content) ? undefined : 'oid'),
  [tags.bitString]: ({ content }) => (isBitString(content) ? undefined : 'bit-string'),
  [tags.set]: ({ children }) => (isSorted(children) ? undefined : 'set-order'),
}

function isShortestInteger(content: Uint8Array): boolean {
  const { 0: first, 1: second } = content
  if (first === undefined) return false
  if (second === undefined) return true
  const isPadded = (first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)
  return !isPadded
}

function isObjectIdentifier(content: Uint8Array): boolean {
  if (content.length === 0 || content.length > oidBytesMax) return false
  let arcLength = 0
  for (const byte of content) {
    if (arcLength === 0 && byte === 0x80) return false
    arcLength += 1
    if (arcLength > oidArcBytesMax) return false
    if (byte < 0x80) arcLength = 0
  }
  return arcLength === 0
}

function isBitString(content: Uint8Array): boolean {
  const { 0: unused } = content
  if (unused === undefined || unused > 7) return false
  if (content.length === 1) return unused === 0
  const last = content.at(-1) ?? 0
  return (last & ((1 << unused) - 1)) === 0
}

/** X.690 §11.6: the elements of a SET OF stand in ascending order of their encodings. */
function isSorted(children: readonly DerNode[]): boolean {
  return children.every((child, i) => {
    const before = children[i - 1]
    return !before || Buffer.compare(before.bytes, child.bytes) <= 0
  })
}

function refuse(rule: string, offset: number): never {
  throw new Problem('invalid-der', { rule, offset })
}

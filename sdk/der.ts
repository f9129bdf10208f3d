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

/** A node is its place in the bytes; views of them are made when somebody looks. */
export interface DerNode {
  /** The identifier octet: class, constructed bit and number below 31. */
  readonly tag: number
  /** All the bytes that were read, and where in them the node begins, its content, and its end. */
  readonly source: Uint8Array
  readonly from: number
  readonly start: number
  readonly end: number
  /** The whole encoding, header included. */
  readonly bytes: Uint8Array
  readonly content: Uint8Array
  /** What a constructed node holds; empty for a primitive one. */
  readonly children: readonly DerNode[]
}

type Place = Pick<DerNode, 'source' | 'from' | 'start' | 'end'>

/** What all nodes share: most views are never looked at, and one costs more than its node. */
const views = {
  get bytes(): Uint8Array {
    return viewOf(this as unknown as Place, 'from') // Only nodes are created from it.
  },
  get content(): Uint8Array {
    return viewOf(this as unknown as Place, 'start')
  },
}

function viewOf(node: Place, begin: 'from' | 'start'): Uint8Array {
  const { source, end } = node
  return new Uint8Array(source.buffer, source.byteOffset + node[begin], end - node[begin])
}

interface Reading {
  readonly source: Uint8Array
  readonly limits: DerLimits
  nodes: number
  /** The children read so far of the nodes that are being read. */
  readonly open: DerNode[]
  opened: number
}

/**
 * Exactly one DER value and nothing after it. The nodes are views of `bytes`: keep it unchanged.
 * @throws Problem invalid-der
 */
export function readDer(bytes: Uint8Array, limits: DerLimits = derLimits): DerNode {
  if (!isBytes(bytes)) refuse('bytes', 0)
  if (bytes.length > limits.bytes) refuse('size', 0)
  const source = readily(bytes)
  const node = readNode({ source, limits, nodes: 0, open: [], opened: 0 }, 0, bytes.length, 1)
  if (node.end !== bytes.length) refuse('trailing-bytes', node.end)
  return node
}

/** The node that begins at `from` and ends at `to` or before. */
function readNode(reading: Reading, from: number, to: number, depth: number): DerNode {
  const { source, limits } = reading
  reading.nodes += 1
  if (reading.nodes > limits.nodes) refuse('nodes', from)
  if (depth > limits.depth) refuse('depth', from)
  const tag = source[from]
  if (tag === undefined || from >= to) refuse('truncated', from)
  checkTag(tag, from)
  const start = contentStart(source, from + 1, to)
  const end = start + contentLength(source, from + 1, start)
  if (end > to) refuse('truncated', from)
  // Nothing else creates a node, and all that it has of its own is set here.
  const node = Object.create(views) as { -readonly [Field in keyof DerNode]: DerNode[Field] }
  node.tag = tag
  node.source = source
  node.from = from
  node.start = start
  node.end = end
  node.children = isConstructed(tag) ? readChildren(reading, start, end, depth) : none
  const rule = contentRules[tag]?.(node)
  if (rule !== undefined) refuse(rule, from)
  return node
}

const none: readonly DerNode[] = []

function readChildren(
  reading: Reading,
  from: number,
  to: number,
  depth: number,
): readonly DerNode[] {
  const { open, opened } = reading
  for (let next = from; next < to;) {
    const child = readNode(reading, next, to, depth + 1)
    open[reading.opened] = child
    reading.opened += 1
    next = child.end
  }
  // A slice is as long as it must be; a list that grows takes room for sixteen more.
  const children = open.slice(opened, reading.opened)
  reading.opened = opened
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
  const isShortest = length >= 0x80 && length >= 256 ** (start - at - 2)
  return isShortest ? length : refuse('length', at)
}

/** What DER asks of the content of each type; the answer is the name of the broken rule. */
const contentRules: Readonly<Record<number, (node: DerNode) => string | undefined>> = {
  [tags.boolean]: (node) => (isBoolean(node) ? undefined : 'boolean'),
  [tags.integer]: (node) => (isShortestInteger(node) ? undefined : 'integer'),
  [tags.enumerated]: (node) => (isShortestInteger(node) ? undefined : 'integer'),
  [tags.null]: ({ start, end }) => (start === end ? undefined : 'null'),
  [tags.oid]: (node) => (isObjectIdentifier(node) ? undefined : 'oid'),
  [tags.bitString]: (node) => (isBitString(node) ? undefined : 'bit-string'),
  [tags.set]: ({ children }) => (isSorted(children) ? undefined : 'set-order'),
}

function isBoolean({ source, start, end }: DerNode): boolean {
  return end - start === 1 && (source[start] === 0 || source[start] === 0xff)
}

function isShortestInteger({ source, start, end }: DerNode): boolean {
  if (end - start < 2) return end > start
  const [first, second] = [source[start], source[start + 1] ?? 0]
  const isPadded = (first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)
  return !isPadded
}

function isObjectIdentifier({ source, start, end }: DerNode): boolean {
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

function isBitString({ source, start, end }: DerNode): boolean {
  const unused = start < end ? (source[start] ?? 0) : 8
  if (unused > 7) return false
  if (end - start === 1) return unused === 0
  return ((source[end - 1] ?? 0) & ((1 << unused) - 1)) === 0
}

/** X.690 §11.6: the elements of a SET OF stand in ascending order of their encodings. */
function isSorted(children: readonly DerNode[]): boolean {
  return children.every((child, i) => {
    const before = children[i - 1]
    return !before || compareBytes(before.bytes, child.bytes) <= 0
  })
}

function refuse(rule: string, offset: number): never {
  throw new Problem('invalid-der', { rule, offset })
}

/**
 * Where the hashes of a Merkle tree lie, without any hash: which ranges of leaves a proof names and
 * which stored nodes make up a range. One source for the in-memory tree and for the tiles of a log,
 * so the two cannot disagree. Hashing is in `merkle.ts`.
 *
 * Sizes are safe integers and only compared, added and doubled: logarithms of floats go wrong from
 * 2^49 + 1 on, shifts from 2^31 on.
 */

/** The leaves `from` (included) to `to` (excluded). */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The complete subtree over the leaves `index * 2^level` to `(index + 1) * 2^level`. */
export interface Node {
  readonly level: number
  readonly index: number
}

/** The largest power of two smaller than `size`, which is at least 2 (RFC 9162 §2.1.1). */
export function splitPoint(size: number): number {
  let k = 1
  while (k * 2 < size) k *= 2
  return k
}

/** The ranges whose hashes prove the leaf `index` in a tree of `size` leaves (RFC 9162 §2.1.3.1). */
export function inclusionSpans(index: number, size: number): Span[] {
  return spansBeside(index, { from: 0, to: size })
}

/** The ranges whose hashes prove that a tree of `newSize` leaves extends one of `oldSize` (§2.1.4.1). */
export function consistencySpans(oldSize: number, newSize: number): Span[] {
  if (oldSize === 0 || oldSize === newSize) return []
  return spansSince(oldSize, { from: 0, to: newSize })
}

/** A range of a tree as complete subtrees from left to right, largest first in each proof range. */
export function spanNodes({ from, to }: Span): Node[] {
  const nodes: Node[] = []
  let start = from
  while (start < to) {
    const node = largestNodeAt(start, to)
    nodes.push(node)
    start += 2 ** node.level
  }
  return nodes
}

function spansBeside(index: number, { from, to }: Span): Span[] {
  if (to - from === 1) return []
  const middle = from + splitPoint(to - from)
  const left = { from, to: middle }
  const right = { from: middle, to }
  return index < middle
    ? [...spansBeside(index, left), right]
    : [...spansBeside(index, right), left]
}

/** SUBPROOF of RFC 9162; the whole old tree is the one range its verifier already holds. */
function spansSince(oldSize: number, { from, to }: Span): Span[] {
  if (oldSize === to) return from === 0 ? [] : [{ from, to }]
  const middle = from + splitPoint(to - from)
  const left = { from, to: middle }
  const right = { from: middle, to }
  return oldSize <= middle
    ? [...spansSince(oldSize, left), right]
    : [...spansSince(oldSize, right), left]
}

function largestNodeAt(start: number, to: number): Node {
  let level = 0
  let width = 1
  while (start % (width * 2) === 0 && start + width * 2 <= to) {
    width *= 2
    level += 1
  }
  return { level, index: start / width }
}

/**
 * The Merkle tree of RFC 9162 §2.1 (the same tree as RFC 6962 §2.1): hashes, roots, proofs and their
 * verification. Works on leaf hashes in memory; a log that keeps its nodes in tiles uses only the
 * coordinates and the two hash functions. Everything is the recursive definition of the standard.
 */
import { consistencySpans, inclusionSpans, splitPoint } from './merkle/coordinates.ts'
import type { Span } from './merkle/coordinates.ts'
import {
  equalBytes,
  fromText,
  readily,
  sha256,
  sha256Characters,
  toText,
  writeLatin1,
} from './primitives.ts'

/** The head of the tree without leaves: SHA-256 of nothing. */
export const emptyRoot: Uint8Array = sha256(new Uint8Array(0))

const hashBytes = 32
const proofHashesMax = 53 // The depth of a tree whose size is a safe integer.

/** The prefixes keep a node from passing for a leaf. */
const leafPrefix = Uint8Array.of(0x00)
const nodePrefix = 0x01

/** What is hashed for a node, written anew for each: joining buffers costs as much as half the hash. */
const node = readily(new Uint8Array(1 + 2 * hashBytes).fill(nodePrefix, 0, 1))

/** MTH({d}) = SHA-256(0x00 || d). */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(leafPrefix, entry)
}

/** SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== hashBytes || right.length !== hashBytes) throw new RangeError('no such hash')
  node.set(left, 1)
  node.set(right, 1 + hashBytes)
  return sha256(node)
}

/** The hash over neighbouring complete subtrees, as `spanNodes` lists them. */
export function foldNodes(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return emptyRoot
  return hashes.reduceRight((right, left) => nodeHash(left, right))
}

/** MTH of the leaves whose hashes are given. */
export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  return hashOfSpan(leaves, { from: 0, to: leaves.length })
}

/** PATH(index, leaves): what to hash a leaf with, from the leaf upwards. */
export function inclusionProof(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (!Number.isSafeInteger(index) || index < 0 || index >= leaves.length) {
    throw new RangeError('no such leaf')
  }
  return inclusionSpans(index, leaves.length).map((span) => hashOfSpan(leaves, span))
}

/** PROOF(oldSize, leaves): shows that the first `oldSize` leaves are still the same. */
export function consistencyProof(leaves: readonly Uint8Array[], oldSize: number): Uint8Array[] {
  if (!Number.isSafeInteger(oldSize) || oldSize < 0 || oldSize > leaves.length) {
    throw new RangeError('no such tree')
  }
  return consistencySpans(oldSize, leaves.length).map((span) => hashOfSpan(leaves, span))
}

export interface Inclusion {
  readonly leafHash: Uint8Array
  readonly index: number | bigint
  readonly size: number | bigint
  readonly proof: readonly Uint8Array[]
  readonly root: Uint8Array
}

/** Whether the leaf stands at `index` of the tree of `size` leaves under `root`. Never throws. */
export function verifyInclusion(claim: Inclusion): boolean {
  if (!isClaim(claim)) return false
  const { proof } = claim
  const [index, size] = [sizeOf(claim.index), sizeOf(claim.size)]
  if (index === undefined || size === undefined || index >= size) return false
  if (!areHashes([claim.leafHash, claim.root]) || !isProof(proof)) return false
  const root = climb(claim.leafHash, proof, sidesOf(index, size))
  return root !== undefined && equalBytes(root, claim.root)
}

export interface Consistency {
  readonly oldSize: number | bigint
  readonly newSize: number | bigint
  readonly oldRoot: Uint8Array
  readonly newRoot: Uint8Array
  readonly proof: readonly Uint8Array[]
}

/**
 * Whether the tree under `newRoot` begins with the tree under `oldRoot`. Never throws. A head fits
 * itself, without a proof. Every larger tree extends the empty one, so about that nothing can be
 * proven, and RFC 9162 has no proof of it.
 */
export function verifyConsistency(claim: Consistency): boolean {
  if (!isClaim(claim)) return false
  const { proof } = claim
  const [oldSize, newSize] = [sizeOf(claim.oldSize), sizeOf(claim.newSize)]
  if (oldSize === undefined || newSize === undefined || !isProof(proof)) return false
  if (oldSize === newSize) return proof.length === 0 && isSameRoot(claim.oldRoot, claim.newRoot)
  return oldSize > 0 && oldSize < newSize && isGrown({ ...claim, oldSize, newSize })
}

function isGrown({ oldRoot, newRoot, ...growth }: Growth & Consistency): boolean {
  if (!areHashes([oldRoot, newRoot])) return false
  const roots = climbTwice(growth, oldRoot)
  if (roots === undefined) return false
  return equalBytes(roots.older, oldRoot) && equalBytes(roots.newer, newRoot)
}

/** Whether these are one root, by whichever hash it was made. */
function isSameRoot(root: unknown, other: unknown): boolean {
  const areRoots = root instanceof Uint8Array && other instanceof Uint8Array
  return areRoots && root.length > 0 && equalBytes(root, other)
}

function hashOfSpan(leaves: readonly Uint8Array[], { from, to }: Span): Uint8Array {
  const only = leaves[from]
  if (only === undefined) return emptyRoot // Only of a tree without leaves.
  if (to - from === 1) return only
  const middle = from + splitPoint(to - from)
  return nodeHash(
    hashOfSpan(leaves, { from, to: middle }),
    hashOfSpan(leaves, { from: middle, to }),
  )
}

function isClaim(claim: unknown): boolean {
  return typeof claim === 'object' && claim !== null
}

/** A size or a place in a tree; undefined when it is none, or more than any log will ever have. */
function sizeOf(value: unknown): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value
  const isSize = typeof number === 'number' && Number.isSafeInteger(number) && number >= 0
  return isSize ? number : undefined
}

/** An attacker controls the proof: its length is bounded before anything is hashed. */
function isProof(proof: readonly Uint8Array[]): boolean {
  return Array.isArray(proof) && proof.length <= proofHashesMax && areHashes(proof)
}

/** `every` would pass over what is missing in an array. */
function areHashes(values: readonly unknown[]): boolean {
  for (const value of values) {
    if (!(value instanceof Uint8Array) || value.length !== hashBytes) return false
  }
  return true
}

/**
 * The root above a leaf; undefined: the proof has a wrong length. What was hashed stays a string of its
 * bytes on the way, because a buffer for it costs as much as half the hash.
 */
function climb(
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  sides: Side[],
): Uint8Array | undefined {
  if (proof.length !== sides.length) return undefined
  let below = toText(leaf, 'latin1')
  for (const sibling of proof) {
    const isLeft = sides.pop() === 'left'
    writeLatin1(node, below, isLeft ? 1 : 1 + hashBytes)
    node.set(sibling, isLeft ? 1 + hashBytes : 1)
    below = sha256Characters(node)
  }
  return fromText(below, 'latin1')
}

type Side = 'left' | 'right'

/** On which side of the tree, of its half, and so on, the leaf lies: the path from the root down. */
function sidesOf(index: number, size: number): Side[] {
  const sides: Side[] = []
  let [from, to] = [0, size]
  while (to - from > 1) {
    const middle = from + splitPoint(to - from)
    const isLeft = index < middle
    sides.push(isLeft ? 'left' : 'right')
    if (isLeft) to = middle
    else from = middle
  }
  return sides
}

interface Growth {
  readonly oldSize: number
  readonly newSize: number
  readonly proof: readonly Uint8Array[]
}
interface Roots {
  readonly older: Uint8Array
  readonly newer: Uint8Array
}

/** Both roots from one proof; `known` is the old root for as long as the range starts at leaf 0. */
function climbTwice(growth: Growth, known: Uint8Array | undefined): Roots | undefined {
  const { oldSize, newSize, proof } = growth
  const below = proof.slice(0, -1)
  const last = proof.at(-1)
  if (oldSize === newSize) {
    const whole = known ?? last
    const hashesDue = known === undefined ? 1 : 0
    if (whole === undefined || proof.length !== hashesDue) return undefined
    return { older: whole, newer: whole }
  }
  if (last === undefined) return undefined
  const k = splitPoint(newSize)
  if (oldSize <= k) {
    const left = climbTwice({ oldSize, newSize: k, proof: below }, known)
    return left && { older: left.older, newer: nodeHash(left.newer, last) }
  }
  const right = climbTwice({ oldSize: oldSize - k, newSize: newSize - k, proof: below }, undefined)
  return right && { older: nodeHash(last, right.older), newer: nodeHash(last, right.newer) }
}

/**
 * What a log shows to the outside: proofs, heads and tiles, read from the stored tiles. Nothing is
 * handed out that the sdk would refuse: a proof is verified here first, and one that does not hold
 * is damage, not an answer.
 */
import type { Tx } from '../db/postgres.ts'
import { toBase64url } from '../sdk/base64url.ts'
import { consistencySpans, inclusionSpans } from '../sdk/merkle/coordinates.ts'
import type { Span } from '../sdk/merkle/coordinates.ts'
import { verifyConsistency, verifyInclusion } from '../sdk/merkle.ts'
import { Problem } from '../sdk/problem.ts'
import { findBodies, findLastCheckpoint, findLeaves, findTiles } from './store.ts'
import type { CheckpointRow, LeafRow } from './store.ts'
import { hashOfSpan, tilesByPlace, writeBundle } from '../sdk/merkle/tile-hash.ts'
import { tilesOver, tileWidth } from '../sdk/merkle/tile.ts'
import type { TileName } from '../sdk/merkle/tile.ts'

const hashBytes = 32

export interface LeafProof {
  readonly shard: number
  readonly index: number
  readonly size: number
  readonly proof: readonly Uint8Array[]
  /** The signed note over the tree of this size. */
  readonly checkpoint: string
}

/** `pending`: promised, and not yet under a head. `unknown`: not held, or its place in the queue is lost. */
export type FoundProof = LeafProof | 'pending' | 'unknown'

/**
 * The proofs that redeem receipts, in the order asked for.
 * @throws Problem log-damaged
 */
export async function proveLeaves(db: Tx, leaves: readonly Uint8Array[]): Promise<FoundProof[]> {
  if (leaves.length === 0) return []
  const rows = await findLeaves(db, leaves)
  const found = new Map<string, FoundProof>()
  for (const { leaf, index, isPending } of rows) {
    if (index === null) found.set(toBase64url(leaf), isPending ? 'pending' : 'unknown')
  }
  for (const [shard, placed] of Map.groupBy(rows.flatMap(placeOf), (place) => place.shard)) {
    const spans = placed.flatMap(({ index, size }) => inclusionSpans(index, size))
    const hashOf = await hashesOver(db, shard, spans)
    for (const place of placed) found.set(toBase64url(place.leaf), proofAt(place, hashOf))
  }
  return leaves.map((leaf) => found.get(toBase64url(leaf)) ?? 'unknown')
}

interface Place {
  readonly leaf: Uint8Array
  readonly shard: number
  readonly index: number
  readonly size: number
  readonly root: Uint8Array
  readonly note: string
}

function placeOf({ leaf, shard, index, size, root, note }: LeafRow): Place[] {
  if (index === null) return []
  if (size === null || root === null || note === null || index >= size) {
    throw new Problem('log-damaged', { position: `${shard}/${index}` })
  }
  return [{ leaf, shard, index, size, root, note }]
}

function proofAt(
  { leaf, shard, index, size, root, note }: Place,
  hashOf: (span: Span) => Uint8Array,
): LeafProof {
  const proof = inclusionSpans(index, size).map(hashOf)
  if (!verifyInclusion({ leafHash: leaf, index, size, proof, root })) {
    throw new Problem('log-damaged', { position: `${shard}/${index}` })
  }
  return { shard, index, size, proof, checkpoint: note }
}

export interface Growth {
  readonly shard: number
  readonly oldSize: number
  readonly newSize: number
}

/**
 * The proof that the tree of `newSize` extends that of `oldSize`; undefined when no head is that large.
 * @throws Problem log-damaged
 */
export async function proveConsistency(db: Tx, growth: Growth): Promise<Uint8Array[] | undefined> {
  const { shard, oldSize, newSize } = growth
  const head = await findHead(db, shard)
  const sizesExist = [oldSize, newSize].every((size) => Number.isSafeInteger(size) && size >= 0)
  if (!head || !sizesExist || oldSize > newSize || newSize > head.size) return undefined
  if (oldSize === 0) return [] // Every tree extends the empty one.
  const spans = consistencySpans(oldSize, newSize)
  const trees = [oldSize, newSize].map((to) => ({ from: 0, to }))
  const hashes = await readHashes(db, shard, [...trees, ...spans])
  const [oldRoot, newRoot, ...proof] = hashes
  const isWhole = oldRoot !== undefined && newRoot !== undefined
  if (!isWhole || !verifyConsistency({ oldSize, newSize, oldRoot, newRoot, proof })) {
    throw new Problem('log-damaged', { growth: `${shard}/${oldSize}-${newSize}` })
  }
  return proof
}

/** The newest signed note of a shard. */
export async function readCheckpoint(db: Tx, shard: number): Promise<string | undefined> {
  return (await findHead(db, shard))?.note
}

/** The hashes of ranges of leaves, through the tiles that hold them. */
export async function readHashes(
  db: Tx,
  shard: number,
  spans: readonly Span[],
): Promise<Uint8Array[]> {
  return spans.map(await hashesOver(db, shard, spans))
}

/** What tells the hash of any of these ranges, each computed once. */
async function hashesOver(
  db: Tx,
  shard: number,
  spans: readonly Span[],
): Promise<(span: Span) => Uint8Array> {
  const tiles = tilesByPlace(await findTiles(db, shard, tilesOver(spans)))
  const known = new Map<string, Uint8Array>()
  return (span) => {
    const key = `${span.from}-${span.to}`
    const hash = known.get(key) ?? hashOfSpan(tiles, span)
    known.set(key, hash)
    return hash
  }
}

/**
 * A tile as C2SP tlog-tiles serves it, full or partial; for `entries` the bodies, each behind its
 * length in two bytes. Undefined when the tree has not grown that far.
 */
export async function readTile(
  db: Tx,
  { shard, level, index, width }: TileName & { readonly shard: number },
): Promise<Uint8Array | undefined> {
  if (!isYear(shard)) return undefined
  if (level !== 'entries') {
    const [row] = await findTiles(db, shard, [{ level, index }])
    const wanted = width * hashBytes
    return row && row.hashes.length >= wanted ? row.hashes.subarray(0, wanted) : undefined
  }
  const from = index * tileWidth
  const bodies = await findBodies(db, { shard, from, to: from + width })
  return bodies.length === width ? writeBundle(bodies) : undefined
}

async function findHead(db: Tx, shard: number): Promise<CheckpointRow | undefined> {
  return isYear(shard) ? findLastCheckpoint(db, shard) : undefined
}

/** The number may come from a URL; the column is an integer. */
function isYear(shard: number): boolean {
  return Number.isInteger(shard) && shard >= 0 && shard <= 9_999
}

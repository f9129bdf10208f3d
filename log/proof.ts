/**
 * What a log shows to the outside: proofs, heads and tiles, read from the stored tiles. Nothing is
 * handed out that the sdk would refuse: a proof is verified here first, and one that does not hold
 * is damage, not an answer.
 */
import type { Tx } from '../db/postgres.ts'
import { consistencySpans, inclusionSpans } from '../sdk/merkle/coordinates.ts'
import type { Span } from '../sdk/merkle/coordinates.ts'
import { verifyConsistency, verifyInclusion } from '../sdk/merkle.ts'
import { Problem } from '../sdk/problem.ts'
import { findBodies, findLastCheckpoint, findLeaf, findTiles } from './store.ts'
import type { CheckpointRow } from './store.ts'
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

/**
 * The proof that redeems a receipt. `pending`: promised, and not yet under a head. `unknown`: this
 * database does not hold the leaf, or has lost its place in the queue.
 * @throws Problem log-damaged
 */
export async function proveLeaf(
  db: Tx,
  leaf: Uint8Array,
): Promise<LeafProof | 'pending' | 'unknown'> {
  const row = await findLeaf(db, leaf)
  if (!row) return 'unknown'
  const { shard, index, size, root, note } = row
  if (index === null) return row.isPending ? 'pending' : 'unknown'
  if (size === null || root === null || note === null || index >= size) {
    throw new Problem('log-damaged', { position: `${shard}/${index}` })
  }
  const proof = await readHashes(db, shard, inclusionSpans(index, size))
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
  const tiles = tilesByPlace(await findTiles(db, shard, tilesOver(spans)))
  return spans.map((span) => hashOfSpan(tiles, span))
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

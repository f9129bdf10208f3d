/**
 * The contents of C2SP tlog-tiles: the hash of a range of leaves from the tiles that hold it, the
 * tiles that change when a tree grows, and bundles of entries. Knows no database and fetches nothing;
 * what is missing or of a wrong width is damage. Where hashes lie is `tile.ts`.
 */
import { spanNodes } from './coordinates.ts'
import type { Node, Span } from './coordinates.ts'
import { foldNodes, rootOf } from '../merkle.ts'
import { concatBytes } from '../primitives.ts'
import { Problem } from '../problem.ts'
import { sliceOf, tileKey, tileWidth } from './tile.ts'
import type { TilePlace } from './tile.ts'

const hashBytes = 32
const lengthBytes = 2
const entryBytesMax = 65_535

export interface Tile extends TilePlace {
  /** The concatenation of 1 to 256 hashes. */
  readonly hashes: Uint8Array
}

/** The hashes of tiles by place. */
export type Tiles = ReadonlyMap<string, Uint8Array>

/** Of two tiles at one place the later one counts. */
export function tilesByPlace(tiles: readonly Tile[]): Tiles {
  return new Map(tiles.map((tile) => [tileKey(tile), tile.hashes]))
}

/**
 * The hash of a range of leaves.
 * @throws Problem log-damaged
 */
export function hashOfSpan(tiles: Tiles, span: Span): Uint8Array {
  return foldNodes(spanNodes(span).map((node) => hashOfNode(tiles, node)))
}

/**
 * The tiles that change when leaves are added to a tree of this size, whose edge is given.
 * @throws Problem log-damaged
 */
export function extendTiles(edge: Tiles, size: number, leaves: readonly Uint8Array[]): Tile[] {
  const changed: Tile[] = []
  let start = size
  let added = leaves
  for (let level = 0; added.length > 0; level += 1) {
    const tiles = extendLevel(edge, { level, start }, added)
    changed.push(...tiles)
    added = tiles.filter(isFull).map(({ hashes }) => rootOf(splitHashes(hashes)))
    start = Math.floor(start / tileWidth)
  }
  return changed
}

/** Cuts a tile into its hashes. */
export function splitHashes(hashes: Uint8Array): Uint8Array[] {
  const count = Math.floor(hashes.length / hashBytes)
  return Array.from({ length: count }, (_, i) =>
    hashes.subarray(i * hashBytes, (i + 1) * hashBytes),
  )
}

/**
 * A bundle of entries: each behind its length in two bytes, most significant first.
 * @throws Problem invalid-tile
 */
export function writeBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length > tileWidth || entries.some(({ length }) => length > entryBytesMax)) {
    throw new Problem('invalid-tile', { rule: 'bundle' })
  }
  return concatBytes(
    ...entries.flatMap((entry) => [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry]),
  )
}

/**
 * The entries of a bundle, which has exactly this many.
 * @throws Problem invalid-tile
 */
export function readBundle(bundle: Uint8Array, width: number): Uint8Array[] {
  const entries: Uint8Array[] = []
  let start = 0
  while (start < bundle.length && entries.length < tileWidth) {
    const [high = 0, low] = bundle.subarray(start, start + lengthBytes)
    const from = start + lengthBytes
    start = from + (high << 8) + (low ?? Infinity)
    if (start > bundle.length) throw new Problem('invalid-tile', { rule: 'bundle' })
    entries.push(bundle.subarray(from, start))
  }
  if (start !== bundle.length || entries.length !== width) {
    throw new Problem('invalid-tile', { rule: 'bundle' })
  }
  return entries
}

function isFull({ hashes }: Tile): boolean {
  return hashes.length === tileWidth * hashBytes
}

function extendLevel(
  edge: Tiles,
  { level, start }: { readonly level: number; readonly start: number },
  added: readonly Uint8Array[],
): Tile[] {
  const tiles: Tile[] = []
  for (let taken = 0; taken < added.length;) {
    const index = Math.floor((start + taken) / tileWidth)
    const offset = (start + taken) % tileWidth
    const part = added.slice(taken, taken + tileWidth - offset)
    const held = offset === 0 ? new Uint8Array(0) : edge.get(tileKey({ level, index }))
    if (held?.length !== offset * hashBytes) throw damaged({ level, index })
    tiles.push({ level, index, hashes: concatBytes(held, ...part) })
    taken += part.length
  }
  return tiles
}

function hashOfNode(tiles: Tiles, node: Node): Uint8Array {
  const { place, offset, count } = sliceOf(node)
  const hashes = tiles.get(tileKey(place))
  const end = (offset + count) * hashBytes
  if (hashes === undefined || hashes.length < end) throw damaged(place)
  return rootOf(splitHashes(hashes.subarray(offset * hashBytes, end)))
}

function damaged(place: TilePlace): Problem {
  return new Problem('log-damaged', { tile: tileKey(place) })
}

/**
 * The stored tiles against the tree they are made from: all there, none too wide, and above level 0 each
 * hash that of the tile below. The hashes of level 0 itself are compared with the entries elsewhere.
 */
import type { Tx } from '../db/postgres.ts'
import { rootOf } from '../sdk/merkle.ts'
import { equalBytes } from '../sdk/primitives.ts'
import { findTilesFrom } from './check-store.ts'
import type { Find } from './finding.ts'
import { tileLevelMax, tileWidth } from '../sdk/merkle/tile.ts'
import type { Tile } from '../sdk/merkle/tile-hash.ts'

const pageTiles = 256
const hashBytes = 32

interface SignedTree {
  readonly shard: number
  /** Of the newest signed head. */
  readonly size: number
  /** The hash of each full tile of level 0. */
  readonly fullTiles: readonly Uint8Array[]
}

interface Level {
  readonly shard: number
  readonly level: number
  /** How many hashes the level has. */
  readonly width: number
  /** What they must be, above level 0. */
  readonly hashes: readonly Uint8Array[] | undefined
}

export async function checkTiles(tx: Tx, tree: SignedTree, find: Find): Promise<void> {
  let hashes: readonly Uint8Array[] | undefined
  let width = tree.size
  for (let level = 0; level <= tileLevelMax; level += 1) {
    await checkLevel(tx, { shard: tree.shard, level, width, hashes }, find)
    hashes = hashes ? tileHashes(hashes) : tree.fullTiles
    width = Math.floor(width / tileWidth)
  }
}

async function checkLevel(tx: Tx, level: Level, find: Find): Promise<void> {
  let next = 0
  for (;;) {
    const page = { shard: level.shard, level: level.level, from: next, most: pageTiles }
    const tiles = await findTilesFrom(tx, page)
    for (const tile of tiles) {
      if (tile.index > next) missing(level, next, find)
      checkTile(level, tile, find)
      next = tile.index + 1
    }
    if (tiles.length < pageTiles) break
  }
  missing(level, next, find)
}

/** Names the first tile of a gap that should hold something. */
function missing({ shard, level, width }: Level, index: number, find: Find): void {
  if (index * tileWidth < width) find('tile-missing', `log.tile ${shard}/${level}/${index}`)
}

function checkTile({ shard, level, width, hashes }: Level, tile: Tile, find: Find): void {
  const row = `log.tile ${shard}/${level}/${tile.index}`
  const first = tile.index * tileWidth
  const due = Math.max(0, Math.min(tileWidth, width - first))
  const held = tile.hashes.length / hashBytes
  if (held < due) find('tile-missing', row)
  else if (held > due) find('tile-altered', row)
  else if (hashes) {
    const expected = Buffer.concat(hashes.slice(first, first + due))
    if (!equalBytes(expected, tile.hashes)) find('tile-altered', row)
  }
}

function tileHashes(hashes: readonly Uint8Array[]): Uint8Array[] {
  const full = Math.floor(hashes.length / tileWidth)
  return Array.from({ length: full }, (_, i) =>
    rootOf(hashes.slice(i * tileWidth, (i + 1) * tileWidth)),
  )
}

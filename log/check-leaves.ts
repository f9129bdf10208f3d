/** The two tellings of a tree side by side: for each index what the positions and what the tiles hold. */
import type { Tx } from '../db/postgres.ts'
import { findPositions, findTilesFrom } from './check-store.ts'
import type { PositionRow } from './check-store.ts'
import { splitHashes } from '../sdk/merkle/tile-hash.ts'
import { tileWidth } from '../sdk/merkle/tile.ts'

const tilesPerPage = 16

export interface LeafPair {
  readonly index: number
  readonly position: PositionRow | undefined
  /** The leaf hash in the tile of level 0. */
  readonly stored: Uint8Array | undefined
}

/** Goes on for ever, with nothing on both sides after the end; the reader knows when to stop. */
export async function* leavesOf(tx: Tx, shard: number): AsyncGenerator<LeafPair, never> {
  for (let tile = 0; ; tile += tilesPerPage) {
    const from = tile * tileWidth
    const to = from + tilesPerPage * tileWidth
    const rows = await findPositions(tx, { shard, from, to })
    const positions = new Map(rows.map((row) => [row.index, row]))
    const tiles = await findTilesFrom(tx, { shard, level: 0, from: tile, most: tilesPerPage })
    const hashes = new Map(tiles.map((row) => [row.index, splitHashes(row.hashes)]))
    for (let index = from; index < to; index += 1) {
      const stored = hashes.get(Math.floor(index / tileWidth))?.[index % tileWidth]
      yield { index, position: positions.get(index), stored }
    }
  }
}

/**
 * One tree against its signed heads. Two trees are grown side by side, one from the entries and one
 * from the stored tiles; where they differ, the signed heads say which of the two is right, and so
 * which row was altered. Where both agree with each other and not with a head, the head is named.
 */
import type { Tx } from '../db/postgres.ts'
import { rootOf } from '../sdk/merkle.ts'
import { equalBytes } from '../sdk/primitives.ts'
import { checkEntry, isBackDated } from './check-entry.ts'
import { signedHeads } from './check-heads.ts'
import type { Changes } from './check-keys.ts'
import type { HeadSource, SignedHead } from './check-heads.ts'
import { leavesOf } from './check-leaves.ts'
import type { LeafPair } from './check-leaves.ts'
import { findPositionsFrom } from './check-store.ts'
import { checkTiles } from './check-tiles.ts'
import { findingsMax } from './finding.ts'
import type { Find } from './finding.ts'
import { createFrontier } from './frontier.ts'
import type { Frontier } from './frontier.ts'
import { tileWidth } from '../sdk/merkle/tile.ts'

/** Stands for a hash that is not there; no leaf has it. */
const nothing = new Uint8Array(32)

/** A tree as one of its two tellings has it. */
interface Telling {
  readonly frontier: Frontier
  readonly lastHashes: Uint8Array[]
  /** The hashes of its full tiles, which are the leaves of the next level. */
  readonly fullTiles: Uint8Array[]
}

interface Walk {
  readonly shard: number
  readonly find: Find
  readonly changes: Changes
  readonly entries: Telling
  readonly tiles: Telling
  readonly state: {
    size: number
    /** The first leaves up to here are as a signed head has them, by the entries. */
    attested: number
    /** Where the first row is spoilt: a head above it cannot be expected to hold. */
    spoiltFrom: number
    missingBefore: boolean
    recordedAt: Date | undefined
  }
  /** Indexes at which a sound entry and the tile differ. */
  readonly disputed: number[]
  readonly contradicted: SignedHead[]
}

interface TreeSource extends HeadSource {
  /** Which keys the log has told of so far, from one tree to the next. */
  readonly changes: Changes
}

export async function checkTree(tx: Tx, source: TreeSource, find: Find): Promise<void> {
  const walk = createWalk(source, find)
  const leaves = leavesOf(tx, source.shard)
  let size = 0
  for await (const head of signedHeads(tx, source, find)) {
    if (head.isLost) {
      find('head-lost', head.row)
      continue
    }
    size = head.size
    while (walk.state.size < head.size) inspect(walk, (await leaves.next()).value)
    source.changes.checkSigners(head, walk.state.recordedAt)
    if (equalBytes(walk.entries.frontier.root(), head.root)) walk.state.attested = head.size
    else if (walk.contradicted.length < findingsMax) walk.contradicted.push(head)
  }
  judgeLeaves(walk)
  judgeHeads(walk)
  await checkTiles(tx, { shard: source.shard, size, fullTiles: soundTiles(walk) }, find)
  const place = { shard: source.shard, from: size, most: findingsMax }
  for (const { index } of await findPositionsFrom(tx, place)) {
    find('position-unsigned', `log.leaf_position ${source.shard}/${index}`, index)
  }
}

function createWalk({ shard, changes }: TreeSource, find: Find): Walk {
  const telling = (): Telling => {
    return { frontier: createFrontier(), lastHashes: [], fullTiles: [] }
  }
  const state = {
    size: 0,
    attested: 0,
    spoiltFrom: Infinity,
    missingBefore: false,
    recordedAt: undefined,
  }
  return {
    ...{ shard, find, changes },
    entries: telling(),
    tiles: telling(),
    state,
    disputed: [],
    contradicted: [],
  }
}

function inspect(walk: Walk, pair: LeafPair): void {
  const { state } = walk
  const sound = leafOf(walk, pair)
  if (sound.isSpoilt) state.spoiltFrom = Math.min(state.spoiltFrom, pair.index)
  const differs = pair.stored !== undefined && !equalBytes(sound.leaf, pair.stored)
  if (differs && !sound.isSpoilt && walk.disputed.length < findingsMax) {
    walk.disputed.push(pair.index)
  }
  grow(walk.entries, sound.leaf)
  grow(walk.tiles, pair.stored ?? nothing)
  state.size += 1
}

function leafOf(
  walk: Walk,
  { index, position }: LeafPair,
): { leaf: Uint8Array; isSpoilt: boolean } {
  const { state, find, shard } = walk
  const missingBefore = state.missingBefore
  state.missingBefore = position === undefined
  if (!position) {
    if (!missingBefore) find('position-missing', `log.leaf_position ${shard}/${index}`, index)
    return { leaf: nothing, isSpoilt: true }
  }
  if (!position.entry) {
    find('entry-missing', `log.entry ${position.entryId}`, index)
    return { leaf: nothing, isSpoilt: true }
  }
  const entry = checkEntry(position.entry, find, index)
  if (entry.recordedAt && state.recordedAt && isBackDated(entry.recordedAt, state.recordedAt)) {
    find('entry-back-dated', `log.entry ${position.entryId}`, index)
  }
  state.recordedAt = entry.recordedAt ?? state.recordedAt
  if (entry.isSound) walk.changes.read(position.entry)
  return { leaf: entry.leaf, isSpoilt: !entry.isSound }
}

function grow(telling: Telling, leaf: Uint8Array): void {
  telling.frontier.push(leaf)
  telling.lastHashes.push(leaf)
  if (telling.lastHashes.length === tileWidth) {
    telling.fullTiles.push(rootOf(telling.lastHashes.splice(0)))
  }
}

/** Where a head attests the entries the tile is wrong, and otherwise the position. */
function judgeLeaves({ disputed, state, shard, find }: Walk): void {
  const tiles = new Set<number>()
  for (const index of disputed) {
    const tile = Math.floor(index / tileWidth)
    if (index >= state.attested) {
      state.spoiltFrom = Math.min(state.spoiltFrom, index)
      find('position-altered', `log.leaf_position ${shard}/${index}`, index)
    } else if (!tiles.has(tile)) {
      tiles.add(tile)
      find('tile-altered', `log.tile ${shard}/0/${tile}`)
    }
  }
}

/**
 * A head that later ones contradict is wrong itself. If none is right any more and no row explains it,
 * the first wrong head is named with the first leaf it may be about.
 */
function judgeHeads({ contradicted, state, find }: Walk): void {
  for (const head of contradicted.filter(({ size }) => size <= state.attested)) {
    find('head-contradicted', head.row)
  }
  const first = contradicted.find(({ size }) => size > state.attested)
  if (first && first.size <= state.spoiltFrom) {
    find('head-contradicted', first.row, state.attested)
  }
}

/** The hashes of the full tiles by whichever telling is attested there. */
function soundTiles({ entries, tiles, state }: Walk): Uint8Array[] {
  return entries.fullTiles.map((hash, i) => {
    const isAttested = (i + 1) * tileWidth <= state.attested
    return isAttested ? hash : (tiles.fullTiles[i] ?? hash)
  })
}

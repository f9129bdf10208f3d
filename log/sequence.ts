/**
 * The sequencer: gives entries their positions and signs the heads over them. Durable rule: positions,
 * tiles and the signed head are one transaction, so a head that was ever seen outside is kept with
 * everything under it. It trusts nothing it reads: each body is hashed again, the stored tree must
 * lead to the last head, and a head is signed only if it extends that one. Two sequencers may run;
 * a lock lets one at a time, and the primary keys would stop the second if the lock did not.
 */
import type { KeyObject } from 'node:crypto'
import { failpoint, uniqueViolation } from '../db/postgres.ts'
import type { Db, Tx } from '../db/postgres.ts'
import { openCheckpoint, signCheckpoint } from '../sdk/checkpoint.ts'
import type { TreeHead } from '../sdk/checkpoint.ts'
import { hadNotEnded } from '../sdk/log-key.ts'
import type { LogKey } from '../sdk/log-key.ts'
import { consistencySpans } from '../sdk/merkle/coordinates.ts'
import { emptyRoot, leafHash, verifyConsistency } from '../sdk/merkle.ts'
import { equalBytes } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'
import { columnsOf } from './entry.ts'
import { readHashes } from './proof.ts'
import {
  findLastCheckpoint,
  findTiles,
  insertCheckpoint,
  insertPositions,
  lockSequencer,
  saveTiles,
  takePending,
} from './store.ts'
import type { CheckpointRow, PendingRow } from './store.ts'
import { extendTiles, hashOfSpan, tilesByPlace } from '../sdk/merkle/tile-hash.ts'
import { edgeOf } from '../sdk/merkle/tile.ts'
import type { Tiles } from '../sdk/merkle/tile-hash.ts'

const limits = { batch: 8_192, batchesPerCall: 1_000 } as const

/** A key of the log with its private half, where that is held here. */
export interface SigningKey extends LogKey {
  readonly privateKey?: KeyObject
}

interface Sequencer {
  readonly db: Db
  /** As they are now: keys come and go while the sequencer runs. */
  readonly keys: () => readonly SigningKey[]
  readonly origin: (shard: number) => string
  readonly clock: () => Date
}

interface Sound {
  readonly id: number
  readonly leaf: Uint8Array
}

/**
 * Integrates everything that was appended before the call, and says how many entries it was. Calls that
 * arrive while one is at work share the next one.
 * @throws Problem log-damaged: something stored contradicts what was signed or promised; nothing
 * was signed, and nothing will be until somebody has looked.
 */
export function createSequencer(sequencer: Sequencer): () => Promise<number> {
  const signed = new Map<number, TreeHead>()
  let running: Promise<number> | undefined
  let next: Promise<number> | undefined

  async function drain(): Promise<number> {
    let total = 0
    for (let batches = 0; batches < limits.batchesPerCall; batches += 1) {
      const integrated = await integrateBatch(sequencer, signed)
      total += integrated
      if (integrated < limits.batch) break
    }
    return total
  }

  function start(): Promise<number> {
    running = drain().finally(() => {
      running = undefined
    })
    return running
  }

  return function sequence(): Promise<number> {
    if (!running) return start()
    // What the batch at work ended with concerns its own callers; ours begins in any case.
    const startNext = (): Promise<number> => {
      next = undefined
      return sequence()
    }
    next ??= running.then(startNext, startNext)
    return next
  }
}

/** `signed` remembers the heads of this process, which no state of the database can take back. */
async function integrateBatch(
  sequencer: Sequencer,
  signed: Map<number, TreeHead>,
): Promise<number> {
  const batch = await sequencer.db.transaction(async (tx) => {
    await lockSequencer(tx)
    const rows = await takePending(tx, limits.batch)
    const heads = new Map<number, TreeHead>()
    for (const [shard, entries] of byShard(rows)) {
      heads.set(
        shard,
        await extendTree(tx, { ...sequencer, shard, known: signed.get(shard) }, entries),
      )
    }
    return { heads, count: rows.length }
  }, 'read committed')
  for (const [shard, head] of batch.heads) signed.set(shard, head)
  return batch.count
}

/** Refuses the whole batch for one altered entry: signing around it would bless the gap. */
function byShard(rows: readonly PendingRow[]): Map<number, Sound[]> {
  const shards = new Map<number, Sound[]>()
  for (const { id, leaf, body } of rows) {
    const isSound = leaf !== null && body !== null && equalBytes(leafHash(body), leaf)
    // Not the column: only what is in the signed bytes may decide which tree an entry belongs to.
    const shard = isSound ? columnsOf(body)?.shard : undefined
    if (!isSound || shard === undefined) {
      throw new Problem('log-damaged', { row: `log.entry ${id}` })
    }
    const entries = shards.get(shard) ?? []
    entries.push({ id, leaf })
    shards.set(shard, entries)
  }
  return shards
}

interface Tree extends Sequencer {
  readonly shard: number
  readonly known: TreeHead | undefined
}

async function extendTree(tx: Tx, tree: Tree, entries: readonly Sound[]): Promise<TreeHead> {
  const { shard } = tree
  const last = await readLastHead(tx, tree)
  const edge = await findTiles(tx, shard, edgeOf(last.size))
  const leaves = entries.map(({ leaf }) => leaf)
  const changed = extendTiles(tilesByPlace(edge), last.size, leaves)
  const tiles = tilesByPlace([...edge, ...changed])
  const head = headExtending(tiles, last, last.size + leaves.length)
  await place(tx, { shard, first: last.size, entryIds: entries.map(({ id }) => id) })
  await saveTiles(tx, shard, changed)
  const signedAt = tree.clock()
  const signers = signersAt(signedAt, tree.keys())
  failpoint('before-head-sign')
  const note = signCheckpoint({ origin: tree.origin(shard), ...head }, ...signers)
  failpoint('after-head-sign-before-publish')
  await insertCheckpoint(tx, { shard, ...head, note, signedAt })
  return head
}

/** Two while one key hands over to the next, so that readers who know only one of them believe the head. */
function signersAt(at: Date, keys: readonly SigningKey[]): KeyObject[] {
  const inForce = keys.filter((one) => one.from <= at && hadNotEnded(one, at))
  const held = inForce.flatMap(({ privateKey }) => (privateKey ? [privateKey] : []))
  if (held.length === 0) throw new Problem('invalid-key-store', { rule: 'no-log-key-in-force' })
  return held
}

/** A position or an entry that is taken already shows that somebody else has written here. */
async function place(tx: Tx, positions: Parameters<typeof insertPositions>[1]): Promise<void> {
  try {
    await insertPositions(tx, positions)
  } catch (thrown) {
    const constraint = uniqueViolation(thrown)
    if (constraint === undefined) throw thrown
    throw new Problem('log-damaged', { constraint, shard: positions.shard }, { cause: thrown })
  }
}

/** The newest head of the shard, once its signature, the stored tree and our memory agree with it. */
async function readLastHead(tx: Tx, tree: Tree): Promise<TreeHead> {
  const row = await findLastCheckpoint(tx, tree.shard)
  const head = row ? openRow(row, tree) : { size: 0, root: emptyRoot }
  const known = tree.known ?? head
  if (known.size > head.size) throw damaged(tree, head, 'rolled-back')
  const spans = [head, known].map(({ size }) => ({ from: 0, to: size }))
  const [root, knownRoot] = await readHashes(tx, tree.shard, spans)
  const isSound = root !== undefined && equalBytes(root, head.root)
  const isKnown = knownRoot !== undefined && equalBytes(knownRoot, known.root)
  if (!isSound || !isKnown) throw damaged(tree, head, isSound ? 'forked' : 'root')
  return head
}

function openRow(row: CheckpointRow, tree: Tree): TreeHead {
  const origin = tree.origin(tree.shard)
  const keys = tree.keys().map(({ key }) => key)
  const { size, root } = openCheckpoint(row.note, { origin, keys })
  if (size !== row.size || !equalBytes(root, row.root)) throw damaged(tree, row, 'note')
  return { size, root }
}

/** The new head, after the proof that a client will ask for has been made and has held. */
function headExtending(tiles: Tiles, last: TreeHead, size: number): TreeHead {
  const root = hashOfSpan(tiles, { from: 0, to: size })
  const proof = consistencySpans(last.size, size).map((span) => hashOfSpan(tiles, span))
  const growth = { oldSize: last.size, oldRoot: last.root, newSize: size, newRoot: root, proof }
  const isGrown = last.size === 0 || verifyConsistency(growth)
  if (!isGrown) throw new Problem('log-damaged', { rule: 'inconsistent', size })
  return { size, root }
}

function damaged(tree: Tree, { size }: TreeHead, rule: string): Problem {
  return new Problem('log-damaged', { row: `log.checkpoint ${tree.shard}/${size}`, rule })
}

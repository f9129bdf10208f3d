/**
 * The heads a tree is measured by: those in the database and those brought from outside, in order of
 * size, each only if its signature is right. An unsigned head is a finding and proves nothing.
 */
import type { Tx } from '../db/postgres.ts'
import { openCheckpoint } from '../sdk/checkpoint.ts'
import type { TreeHead } from '../sdk/checkpoint.ts'
import type { LogKey } from '../sdk/log-key.ts'
import { equalBytes } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'
import { findCheckpoints } from './check-store.ts'
import type { CheckpointRow } from './store.ts'
import type { Find } from './finding.ts'

const pageRows = 1_000

interface OpenHead extends TreeHead {
  /** At least one. */
  readonly signedBy: readonly LogKey[]
}

export interface SignedHead extends OpenHead {
  readonly row: string
  /** Held outside and larger than every head the database still has. */
  readonly isLost: boolean
}

export interface HeadSource {
  readonly shard: number
  readonly origin: string
  /** The public keys of the log. */
  readonly keys: readonly LogKey[]
  /** Notes kept outside, of any log; those of another origin are passed over. */
  readonly held: readonly string[]
}

export async function* signedHeads(
  tx: Tx,
  source: HeadSource,
  find: Find,
): AsyncGenerator<SignedHead> {
  const held = heldHeads(source)
  for await (const head of storedHeads(tx, source, find)) {
    for (let next = held[0]; next && next.size <= head.size; next = held[0]) {
      held.shift()
      yield next
    }
    yield head
  }
  for (const head of held) yield { ...head, isLost: true }
}

/** The head in a note, or undefined if the log did not sign it under this origin. */
export function openOrUndefined(
  note: string,
  { origin, keys }: Pick<HeadSource, 'origin' | 'keys'>,
): OpenHead | undefined {
  try {
    const head = openCheckpoint(note, { origin, keys: keys.map(({ key }) => key) })
    return { ...head, signedBy: keys.filter(({ key }) => head.signedBy.includes(key)) }
  } catch (thrown) {
    if (thrown instanceof Problem) return undefined
    throw thrown
  }
}

function heldHeads(source: HeadSource): SignedHead[] {
  const heads: SignedHead[] = []
  for (const note of source.held) {
    const head = openOrUndefined(note, source)
    if (head) heads.push({ ...head, row: `held head ${source.shard}/${head.size}`, isLost: false })
  }
  return heads.sort((a, b) => a.size - b.size)
}

async function* storedHeads(tx: Tx, source: HeadSource, find: Find): AsyncGenerator<SignedHead> {
  const { shard } = source
  for (let after = -1; ;) {
    const rows = await findCheckpoints(tx, { shard, after, most: pageRows })
    for (const row of rows) {
      const head = checkedHead(row, source, find)
      if (head) yield head
    }
    const last = rows.at(-1)
    if (!last || rows.length < pageRows) return
    after = last.size
  }
}

function checkedHead(row: CheckpointRow, source: HeadSource, find: Find): SignedHead | undefined {
  const name = `log.checkpoint ${row.shard}/${row.size}`
  const head = openOrUndefined(row.note, source)
  if (!head) {
    find('checkpoint-unsigned', name)
    return undefined
  }
  if (head.size !== row.size || !equalBytes(head.root, row.root)) {
    find('checkpoint-altered', name)
    return undefined
  }
  return { ...head, row: name, isLost: false }
}

import { createPublicKey } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { sql } from '../db/postgres.ts'
import { openCheckpoint } from '../sdk/checkpoint.ts'
import { emptyRoot, verifyConsistency } from '../sdk/merkle.ts'
import { createTestLog } from '../test/log.ts'
import type { TestLog } from '../test/log.ts'

let world: TestLog

beforeEach(async () => {
  world = await createTestLog()
})

afterEach(() => world.close())

function append(count: number, name: string): Promise<{ leaf: Uint8Array }[]> {
  const entries = Array.from({ length: count }, (_, i) => world.entry(`${name} ${i}`))
  return world.log.append(world.app, entries)
}

async function signedHeads(): Promise<{ size: number; root: Uint8Array }[]> {
  const rows = await world.app.rows<{ note: string }>(sql`
    select note from log.checkpoint order by size`)
  const key = createPublicKey(world.keys.privateKey)
  return rows.map(({ note }) =>
    openCheckpoint(note, { origin: 'exchange.test/log/2026', keys: [key] }),
  )
}

describe('several at once', () => {
  test('many writers and two sequencers make one tree, whose heads all fit together', async () => {
    const other = world.another()
    const leaves: Uint8Array[] = []
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let round = 0; round < 6; round += 1) {
        const appended = await append(5, `writer ${writer} round ${round}`)
        leaves.push(...appended.map(({ leaf }) => leaf))
      }
    })
    const sequencers = [world.log, other, world.log, other].map(async (log) => {
      let count = 0
      for (let round = 0; round < 6; round += 1) count += await log.sequence()
      return count
    })
    await Promise.all(writers)
    await Promise.all(sequencers)
    await world.log.sequence()
    const heads = await signedHeads()
    expect(heads.at(-1)?.size).toBe(240)
    expect(new Set(heads.map(({ size }) => size)).size).toBe(heads.length)
    let [older = { size: 0, root: emptyRoot }] = heads
    for (const newer of heads) {
      const growth = { oldSize: older.size, newSize: newer.size }
      const proof = (await world.log.consistency({ shard: 2026, ...growth })) ?? []
      const roots = { oldRoot: older.root, newRoot: newer.root }
      expect(verifyConsistency({ ...growth, ...roots, proof })).toBe(true)
      older = newer
    }
    for (const leaf of leaves) expect(await other.proof(leaf)).toMatchObject({ size: 240 })
    expect(await world.log.check({ leaves })).toEqual([])
  })

  test('calls that arrive together share the work, and each sees its own entries done', async () => {
    const appended = await append(3, 'first')
    const running = [world.log.sequence(), world.log.sequence(), world.log.sequence()]
    const more = await append(2, 'second')
    await Promise.all([...running, world.log.sequence()])
    for (const { leaf } of [...appended, ...more]) {
      expect(await world.log.proof(leaf)).toMatchObject({ size: 5 })
    }
  })

  test('an entry whose transaction is open is taken when it commits, not lost', async () => {
    let inside: Uint8Array | undefined
    await world.app.transaction(async (tx) => {
      const [appended] = await world.log.append(tx, [world.entry('slow')])
      inside = appended?.leaf
      await append(2, 'fast')
      expect(await world.log.sequence()).toBe(2)
    })
    expect(await world.log.proof(inside ?? emptyRoot)).toBe('pending')
    expect(await world.log.sequence()).toBe(1)
    expect(await world.log.proof(inside ?? emptyRoot)).toMatchObject({ index: 2, size: 3 })
    expect(await world.log.check()).toEqual([])
  })
})

describe('the running sequencer', () => {
  test('integrates when woken, and ends when told to', async () => {
    const running = world.log.run()
    const [first] = await append(1, 'first')
    running.wake()
    await vi.waitFor(async () => {
      expect(await world.log.proof(first?.leaf ?? emptyRoot)).toMatchObject({ size: 1 })
    })
    await running.stop()
    const [second] = await append(1, 'second')
    running.wake()
    expect(await world.log.proof(second?.leaf ?? emptyRoot)).toBe('pending')
    expect(world.alarms).toEqual([])
  })

  test('integrates without being woken, and a damaged log is an alarm, not the end', async () => {
    await world.disarm()
    const running = world.log.run()
    const [sound] = await append(1, 'sound')
    await vi.waitFor(
      async () => {
        expect(await world.log.proof(sound?.leaf ?? emptyRoot)).toMatchObject({ size: 1 })
      },
      { timeout: 5_000 },
    )
    await running.stop()
    await append(1, 'altered')
    await world.intruder.execute(sql`update log.entry set leaf = sha256(body) where id = 2`)
    const again = world.log.run()
    await vi.waitFor(() => {
      expect(world.alarms.map(({ code }) => code)).toContain('log-damaged')
    })
    await again.stop()
    expect(await signedHeads()).toHaveLength(1)
  })
})

describe('nothing is signed', () => {
  beforeEach(async () => {
    await append(300, 'signed')
    await world.log.sequence()
    await append(2, 'pending')
    await world.disarm()
  })

  test.for<[string, string]>([
    ['when a waiting body was edited', `update log.entry set body = body || ' ' where id = 301`],
    ['when a waiting leaf was edited', `update log.entry set leaf = sha256(leaf) where id = 302`],
    ['when a waiting entry is gone', `delete from log.entry where id = 301`],
    [
      'when the edge of the tree was edited',
      `update log.tile set hashes = set_byte(hashes, 5, 0) where index = 1`,
    ],
    ['when the edge of the tree is gone', `delete from log.tile where index = 1`],
    [
      'when the edge is too long',
      `update log.tile set hashes = hashes || sha256('') where index = 1`,
    ],
    [
      'when the last head is not ours',
      `update log.checkpoint set note = replace(note, '300', '299')`,
    ],
    ['when the last head has another size', `update log.checkpoint set size = 301`],
    ['when the last head has another root', `update log.checkpoint set root = sha256(root)`],
    ['when a position is taken', `insert into log.leaf_position values (2026, 300, 999)`],
    ['when an entry is queued again', `insert into log.pending values (7)`],
    ['when what is queued is no entry', `insert into log.pending values (999)`],
    ['when the last head is gone', `delete from log.checkpoint`],
  ])('%s', async ([, text]) => {
    await world.intruder.execute({ text, values: [] })
    const before = await world.intruder.rows(sql`select size, root, note from log.checkpoint`)
    // A process that has just started knows less than one that signed the last head itself.
    for (const log of [world.another(), world.log]) {
      await expect(log.sequence()).rejects.toThrow(/log-damaged|invalid-checkpoint/)
    }
    const after = await world.intruder.rows(sql`select size, root, note from log.checkpoint`)
    expect(after).toEqual(before)
  })

  test('after a roll-back that left no trace, by a process that remembers', async () => {
    await world.log.sequence()
    await world.intruder.execute(sql`delete from log.leaf_position where index >= 300`)
    await world.intruder.execute(sql`delete from log.checkpoint where size > 300`)
    await world.intruder.execute(sql`
      update log.tile set hashes = substring(hashes for 44 * 32) where level = 0 and index = 1`)
    await append(1, 'instead')
    await expect(world.log.sequence()).rejects.toThrow('rolled-back')
    // Another process cannot know: only a head held outside shows it, see check.test.ts.
    expect(await world.another().sequence()).toBe(1)
    await append(1, 'later')
    await expect(world.log.sequence()).rejects.toThrow('rolled-back')
  })
})

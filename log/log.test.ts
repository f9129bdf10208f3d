import { createPublicKey } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../db/postgres.ts'
import { openCheckpoint } from '../sdk/checkpoint.ts'
import { emptyRoot, leafHash, rootOf, verifyConsistency, verifyInclusion } from '../sdk/merkle.ts'
import { createTestLog } from '../test/log.ts'
import type { TestLog } from '../test/log.ts'
import type { Entry } from './index.ts'

let world: TestLog

beforeEach(async () => {
  world = await createTestLog()
})

afterEach(() => world.close())

function many(count: number, name = 'entry'): Entry[] {
  return Array.from({ length: count }, (_, i) => world.entry(`${name} ${i}`))
}

async function appendAll(entries: readonly Entry[]): Promise<Uint8Array[]> {
  const leaves: Uint8Array[] = []
  for (let from = 0; from < entries.length; from += 10_000) {
    const appended = await world.log.append(world.app, entries.slice(from, from + 10_000))
    leaves.push(...appended.map(({ leaf }) => leaf))
  }
  return leaves
}

/** The newest head of the shard, opened as a relying party would. */
async function head(shard = 2026): Promise<{ size: number; root: Uint8Array }> {
  const note = (await world.log.checkpoint(shard)) ?? ''
  const key = createPublicKey(world.keys.privateKey)
  return openCheckpoint(note, { origin: `exchange.test/log/${shard}`, keys: [key] })
}

async function isProven(leaf: Uint8Array): Promise<boolean> {
  const found = await world.log.proof(leaf)
  if (typeof found === 'string') return false
  const { root, size } = await head(found.shard)
  return size === found.size && verifyInclusion({ leafHash: leaf, root, ...found })
}

describe('appending', () => {
  test('promises a leaf that one sequencing puts under a signed head', async () => {
    const { log, app } = world
    const entries = many(3)
    const appended = await log.append(app, entries)
    const [first, second, third] = appended.map(({ leaf }) => leaf)
    expect(appended.map(({ shard }) => shard)).toEqual([2026, 2026, 2026])
    expect(await log.checkpoint(2026)).toBeUndefined()
    for (const { leaf } of appended) expect(await log.proof(leaf)).toBe('pending')
    expect(await log.proof(emptyRoot)).toBe('unknown')
    expect(await log.sequence()).toBe(3)
    expect(await log.sequence()).toBe(0)
    expect((await head()).root).toEqual(
      rootOf([first, second, third].map((leaf) => leaf ?? emptyRoot)),
    )
    for (const { leaf } of appended) expect(await isProven(leaf)).toBe(true)
    expect(await log.check()).toEqual([])
  })

  test('keeps canonical bytes and the moment of recording, both under the leaf', async () => {
    const { log, app } = world
    const at = '2026-11-20T00:59:59.000Z'
    const entry: Entry = { kind: 'refusal', at, rid: 'r-1', b: 2, a: ['黄', null] }
    const [appended] = await log.append(app, [entry])
    const [found] = await log.search({ rid: 'r-1' }, { first: 10 })
    const body = `{"a":["黄",null],"at":"${at}","b":2,"kind":"refusal","recordedAt":"2026-11-20T01:00:00.000Z","rid":"r-1"}`
    expect(Buffer.from(found?.body ?? []).toString()).toBe(body)
    expect(found?.leaf).toEqual(leafHash(Buffer.from(body)))
    expect(found?.leaf).toEqual(appended?.leaf)
    expect(found?.recordedAt).toEqual(world.clock.now)
    expect(found?.index).toBeNull()
  })

  test('leaves nothing behind when the transaction around it is rolled back', async () => {
    const { log, app } = world
    const leaves: Uint8Array[] = []
    const rolledBack = app.transaction(async (tx) => {
      leaves.push(...(await log.append(tx, many(2))).map(({ leaf }) => leaf))
      throw new Error('the licence could not be stored')
    })
    await expect(rolledBack).rejects.toThrow('the licence could not be stored')
    expect(await log.sequence()).toBe(0)
    for (const leaf of leaves) expect(await log.proof(leaf)).toBe('unknown')
    expect(await log.check({ leaves })).toMatchObject(
      leaves.map(() => ({ code: 'receipt-broken' })),
    )
  })

  test('refuses all entries for one that is wrong', async () => {
    const { log, app } = world
    const wrong: Entry = { ...world.entry('wrong'), at: 'yesterday' }
    await expect(log.append(app, [world.entry('right'), wrong])).rejects.toThrow('invalid-entry')
    expect(await log.sequence()).toBe(0)
  })

  test('refuses the same entry twice, and takes it again a moment later', async () => {
    const { log, app } = world
    const entry = world.entry('once')
    await log.append(app, [entry])
    await expect(log.append(app, [entry])).rejects.toThrow('duplicate-entry')
    world.clock.now = new Date(world.clock.now.getTime() + 1)
    await log.append(app, [entry])
    expect(await log.sequence()).toBe(2)
  })

  test('of nothing, or of too much, writes nothing', async () => {
    const { log, app } = world
    expect(await log.append(app, [])).toEqual([])
    await expect(log.append(app, many(10_001))).rejects.toThrow('invalid-entry')
  })
})

describe('the tree', () => {
  test('proves every leaf and every growth across the borders of tiles', async () => {
    const { log } = world
    const leaves: Uint8Array[] = []
    const heads = [{ size: 0, root: emptyRoot }]
    for (const size of [1, 2, 255, 256, 257, 511, 512, 700]) {
      leaves.push(...(await appendAll(many(size - leaves.length, `to ${size}`))))
      await log.sequence()
      const { root } = await head()
      expect(root).toEqual(rootOf(leaves))
      heads.push({ size, root })
      for (const index of [0, 1, 254, 255, 256, 257, size - 2, size - 1]) {
        const leaf = leaves[index]
        if (leaf) expect(await isProven(leaf)).toBe(true)
      }
    }
    for (const older of heads) {
      for (const newer of heads.filter(({ size }) => size >= older.size)) {
        const growth = { oldSize: older.size, newSize: newer.size }
        const proof = await log.consistency({ shard: 2026, ...growth })
        if (older.size === 0) {
          expect(proof).toEqual([])
          continue
        }
        const roots = { oldRoot: older.root, newRoot: newer.root }
        expect(verifyConsistency({ ...growth, ...roots, proof: proof ?? [emptyRoot] })).toBe(true)
      }
    }
    expect(await log.check()).toEqual([])
  })

  test('grows by more than one batch in one call, each under a head of its own', async () => {
    const { log } = world
    const leaves = await appendAll(many(8_300))
    expect(await log.sequence()).toBe(8_300)
    expect(await head()).toMatchObject({ size: 8_300, root: rootOf(leaves) })
    for (const index of [0, 8_191, 8_192, 8_299]) {
      expect(await isProven(leaves[index] ?? emptyRoot)).toBe(true)
    }
    const kept = await world.app.rows(sql`
      select 'tiles of level ' || level as what, count(*) as count from log.tile group by level
      union all select 'heads', count(*) from log.checkpoint
      order by what`)
    expect(kept).toEqual([
      { what: 'heads', count: 2 },
      { what: 'tiles of level 0', count: 33 },
      { what: 'tiles of level 1', count: 1 },
    ])
    expect(await log.check()).toEqual([])
  })

  test('has no proof between trees that were never there', async () => {
    const { log } = world
    await appendAll(many(5))
    await log.sequence()
    for (const [oldSize, newSize] of [
      [0, 6],
      [4, 3],
      [-1, 5],
      [1.5, 5],
      [Number.NaN, 5],
    ] as const) {
      expect(await log.consistency({ shard: 2026, oldSize, newSize })).toBeUndefined()
    }
    expect(await log.consistency({ shard: 2025, oldSize: 0, newSize: 0 })).toBeUndefined()
  })

  test('is another one each year, by UTC', async () => {
    const { log, app } = world
    world.clock.now = new Date('2026-12-31T23:59:59.999Z')
    const [last] = await log.append(app, [world.entry('last')])
    world.clock.now = new Date('2027-01-01T00:00:00.000Z')
    const [first] = await log.append(app, [world.entry('first')])
    expect([last?.shard, first?.shard]).toEqual([2026, 2027])
    expect(await log.sequence()).toBe(2)
    expect((await head(2026)).size).toBe(1)
    expect((await head(2027)).size).toBe(1)
    expect(await isProven(first?.leaf ?? emptyRoot)).toBe(true)
    expect(await log.check()).toEqual([])
  })
})

describe('tiles', () => {
  test('are served full, partial, and never wider than the tree', async () => {
    const { log } = world
    const leaves = await appendAll(many(300))
    await log.sequence()
    const tile = (level: number, index: number, width: number): Promise<Uint8Array | undefined> =>
      log.tile({ shard: 2026, level, index, width })
    expect(await tile(0, 0, 256)).toEqual(Buffer.concat(leaves.slice(0, 256)))
    expect(await tile(0, 1, 44)).toEqual(Buffer.concat(leaves.slice(256)))
    expect(await tile(0, 1, 7)).toEqual(Buffer.concat(leaves.slice(256, 263)))
    expect(await tile(1, 0, 1)).toEqual(rootOf(leaves.slice(0, 256)))
    for (const [level, index, width] of [
      [0, 1, 45],
      [0, 1, 256],
      [0, 2, 1],
      [1, 0, 2],
      [2, 0, 1],
    ] as const) {
      expect(await tile(level, index, width)).toBeUndefined()
    }
  })

  test('of entries carry each body behind its length', async () => {
    const { log } = world
    const leaves = await appendAll(many(258))
    await log.sequence()
    const bundle = (index: number, width: number): Promise<Uint8Array | undefined> =>
      log.tile({ shard: 2026, level: 'entries', index, width })
    const bytes = Buffer.from((await bundle(0, 256)) ?? [])
    const hashes: Uint8Array[] = []
    for (let at = 0; at < bytes.length;) {
      const end = at + 2 + bytes.readUInt16BE(at)
      hashes.push(leafHash(bytes.subarray(at + 2, end)))
      at = end
    }
    expect(hashes).toEqual(leaves.slice(0, 256))
    expect(await bundle(1, 2)).toBeDefined()
    expect(await bundle(1, 3)).toBeUndefined()
    expect(await bundle(2, 1)).toBeUndefined()
  })
})

describe('searching', () => {
  test('finds by every filter, newest first, page by page', async () => {
    const { log, app } = world
    const at = world.clock.now.toISOString()
    const full: Entry = {
      kind: 'answer',
      at,
      department: 'meilanMarket',
      officer: 'officer7',
      case: 'HK-2026-1',
      item: 'foodBusinessPermitNew',
      decision: 'allowed',
      rid: 'r-7',
      licenceId: '1.2.156.3005.2.x',
    }
    await log.append(app, [world.entry('other'), full, { ...full, kind: 'refusal', rid: 'r-8' }])
    await log.sequence()
    for (const [name, value] of Object.entries(full).filter(([key]) => key !== 'at')) {
      const found = await log.search({ [name]: value }, { first: 10 })
      expect(found.length).toBeGreaterThan(0)
      expect(await log.search({ [name]: 'something else' }, { first: 10 })).toEqual([])
    }
    const all = await log.search({}, { first: 10 })
    const some = all.slice(1).map(({ leaf }) => leaf)
    expect(await log.search({ leaves: some }, { first: 10 })).toEqual(all.slice(1))
    expect(await log.search({ leaves: [] }, { first: 10 })).toEqual([])
    expect(all.map(({ index }) => index)).toEqual([2, 1, 0])
    const [newest] = await log.search({}, { first: 1 })
    const rest = await log.search({}, { first: 10, before: newest?.id ?? 0 })
    expect(rest).toEqual(all.slice(1))
    const later = new Date(world.clock.now.getTime() + 1)
    expect(await log.search({ from: later }, { first: 10 })).toEqual([])
    expect(await log.search({ until: world.clock.now }, { first: 10 })).toEqual([])
    expect(await log.search({ from: world.clock.now, until: later }, { first: 10 })).toEqual(all)
  })
})

/** The verification is itself tested: each tampering below must be found, and the right row named. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sql } from '../db/postgres.ts'
import { openCheckpoint, signCheckpoint } from '../sdk/checkpoint.ts'
import { emptyRoot } from '../sdk/merkle.ts'
import { createTestLog } from '../test/log.ts'
import type { KeptLog, TestLog } from '../test/log.ts'
import { checkLog } from './check.ts'
import type { HeldOutside } from './check.ts'
import { findingsMax } from './finding.ts'

const origin = 'exchange.test/log/2026'

let kept: KeptLog & { readonly leaves: readonly Uint8Array[] }
let world: TestLog
/** The leaves in the order of their entries: entry `i + 1` stands at index `i`. */
let leaves: Uint8Array[]
let heads: { early: string; late: string }

/** A run that went well: heads over 200 and 300 leaves, and one entry that still waits. */
beforeAll(async () => {
  world = await createTestLog()
  const { log } = world
  leaves = []
  const early = await grow(200)
  heads = { early, late: await grow(100) }
  leaves.push(...(await append(1)))
  expect(await log.check({ leaves, checkpoints: [heads.early, heads.late] })).toEqual([])
  await world.disarm()
  kept = { ...(await world.keep()), leaves }
})

beforeEach(async () => {
  world = await createTestLog(kept)
  leaves = [...kept.leaves]
})

afterEach(() => world.close())
afterAll(() => kept.database.drop())

async function append(count: number): Promise<Uint8Array[]> {
  const first = leaves.length
  const entries = Array.from({ length: count }, (_, i) => {
    return {
      ...world.entry(`entry ${first + i}.`),
      department: 'meilanMarket',
      rid: `r${first + i}`,
    }
  })
  return (await world.log.append(world.app, entries)).map(({ leaf }) => leaf)
}

async function grow(count: number): Promise<string> {
  leaves.push(...(await append(count)))
  await world.log.sequence()
  return (await world.log.checkpoint(2026)) ?? ''
}

async function tamper(...texts: readonly string[]): Promise<void> {
  for (const text of texts) await world.intruder.execute({ text, values: [] })
}

async function found(held?: HeldOutside): Promise<string[]> {
  const findings = await world.log.check(held)
  return findings.map(({ code, row }) => `${code}: ${row}`)
}

function head(note: string): { size: number; root: Uint8Array } {
  return openCheckpoint(note, { origin, keys: [createPublicKey(world.keys.privateKey)] })
}

/** The body of one entry with one letter changed, as an expression over its row. */
const edited = `convert_to(replace(convert_from(body, 'UTF8'), 'entry', 'Entry'), 'UTF8')`
const flipped = (column: string): string => `set_byte(${column}, 9, get_byte(${column}, 9) # 1)`
const leafOf = (body: string): string => `sha256('\\x00'::bytea || ${body})`

describe('an altered row is named', () => {
  test.for<[string, readonly string[], readonly string[]]>([
    [
      'one byte of a body',
      [`update log.entry set body = ${edited} where id = 6`],
      ['entry-altered: log.entry 6'],
    ],
    [
      'a body made unreadable',
      [`update log.entry set body = '\\xff00' where id = 6`],
      ['entry-altered: log.entry 6'],
    ],
    [
      'one byte of a leaf',
      [`update log.entry set leaf = ${flipped('leaf')} where id = 6`],
      ['entry-altered: log.entry 6'],
    ],
    [
      'a waiting body',
      [`update log.entry set body = ${edited} where id = 301`],
      ['entry-altered: log.entry 301'],
    ],
    [
      'a body with its leaf',
      [`update log.entry set body = ${edited}, leaf = ${leafOf(edited)} where id = 6`],
      ['position-altered: log.leaf_position 2026/5'],
    ],
    ['a deleted entry', [`delete from log.entry where id = 6`], ['entry-missing: log.entry 6']],
    [
      'an entry taken off the queue',
      [`delete from log.pending`],
      ['entry-forgotten: log.entry 301'],
    ],
    [
      'a waiting entry deleted',
      [`delete from log.entry where id = 301`],
      ['entry-missing: log.pending 301'],
    ],
    [
      'an entry queued again',
      [`insert into log.pending values (6)`],
      ['pending-stale: log.pending 6'],
    ],
    [
      'an inserted entry nobody sequenced',
      [
        `insert into log.entry (leaf, body) select ${leafOf(edited)}, ${edited} from log.entry where id = 6`,
      ],
      ['entry-forgotten: log.entry 302'],
    ],
    [
      'two swapped positions',
      [
        `update log.leaf_position set entry_id = -6 where entry_id = 6`,
        `update log.leaf_position set entry_id = 6 where entry_id = 9`,
        `update log.leaf_position set entry_id = 9 where entry_id = -6`,
      ],
      ['position-altered: log.leaf_position 2026/5', 'position-altered: log.leaf_position 2026/8'],
    ],
    [
      'a deleted position',
      [`delete from log.leaf_position where index = 5`],
      ['position-missing: log.leaf_position 2026/5', 'entry-forgotten: log.entry 6'],
    ],
    [
      'a position after the end',
      [`insert into log.leaf_position values (2026, 300, 301)`],
      ['position-unsigned: log.leaf_position 2026/300', 'pending-stale: log.pending 301'],
    ],
    [
      'a position moved to another year',
      [`update log.leaf_position set shard = 2025 where index = 299`],
      [
        'position-unsigned: log.leaf_position 2025/299',
        'position-missing: log.leaf_position 2026/299',
      ],
    ],
    [
      'one byte of a tile',
      [`update log.tile set hashes = ${flipped('hashes')} where level = 0 and index = 1`],
      ['tile-altered: log.tile 2026/0/1'],
    ],
    [
      'one byte of a tile of tiles',
      [`update log.tile set hashes = ${flipped('hashes')} where level = 1`],
      ['tile-altered: log.tile 2026/1/0'],
    ],
    [
      'a deleted tile',
      [`delete from log.tile where level = 0 and index = 0`],
      ['tile-missing: log.tile 2026/0/0'],
    ],
    [
      'a shortened tile',
      [`update log.tile set hashes = substring(hashes for 320) where level = 0 and index = 1`],
      ['tile-missing: log.tile 2026/0/1'],
    ],
    [
      'a lengthened tile',
      [`update log.tile set hashes = hashes || sha256('') where level = 0 and index = 1`],
      ['tile-altered: log.tile 2026/0/1'],
    ],
    [
      'an invented tile',
      [`insert into log.tile values (2026, 2, 0, sha256(''))`],
      ['tile-altered: log.tile 2026/2/0'],
    ],
    [
      'the root of a head',
      [`update log.checkpoint set root = sha256(root) where size = 200`],
      ['checkpoint-altered: log.checkpoint 2026/200'],
    ],
    [
      'the size of a head',
      [`update log.checkpoint set size = 201 where size = 200`],
      ['checkpoint-altered: log.checkpoint 2026/201'],
    ],
    [
      'one letter of a note',
      [`update log.checkpoint set note = replace(note, '200', '201') where size = 200`],
      ['checkpoint-unsigned: log.checkpoint 2026/200'],
    ],
  ])('%s', async ([, texts, expected]) => {
    await tamper(...texts)
    expect(await found()).toEqual(expected)
  })

  test('search columns that no longer tell what the body says, each of them', async () => {
    const changes = [
      `kind = 'refusal'`,
      `at = at + interval '1 millisecond'`,
      `recorded_at = recorded_at - interval '1 year'`,
      `shard = 2025`,
      `department = 'haikouPolice'`,
      `department = null`,
      `officer = 'somebody'`,
      `case_number = 'C-1'`,
      `item = 'addressChange'`,
      `decision = 'allowed'`,
      `rid = 'r7'`,
      `licence_id = 'x'`,
    ]
    await tamper(
      ...changes.map((change, i) => `update log.entry set ${change} where id = ${i + 1}`),
    )
    expect(await found()).toEqual(
      changes.map((_, i) => `entry-columns-altered: log.entry ${i + 1}`),
    )
  })
})

describe('a consistent lie is contradicted by a signature', () => {
  const rewritten = [
    `update log.entry set body = ${edited}, leaf = ${leafOf(edited)} where id = 6`,
    `update log.tile set hashes = overlay(hashes placing (select leaf from log.entry where id = 6) from 161)
      where level = 0 and index = 0`,
  ]

  test('body, leaf and tile rewritten together: the heads no longer hold', async () => {
    await tamper(...rewritten)
    const findings = await world.log.check()
    expect(findings).toMatchObject([
      { code: 'head-contradicted', row: 'log.checkpoint 2026/200', index: 0 },
      { code: 'tile-altered', row: 'log.tile 2026/1/0' },
    ])
  })

  test('and the leaf of one receipt, if only one was kept, names what was taken away', async () => {
    await tamper(...rewritten)
    const broken = `receipt-broken: receipt ${Buffer.from(leaves[5] ?? []).toString('base64url')}`
    expect(await found({ leaves })).toContain(broken)
  })

  test('a head of another key over the right tree is no head', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const note = signCheckpoint({ origin, ...head(heads.early) }, privateKey)
    await world.intruder.execute(sql`update log.checkpoint set note = ${note} where size = 200`)
    expect(await found()).toEqual(['checkpoint-unsigned: log.checkpoint 2026/200'])
  })

  test('a head of the right key and size over a wrong root is named, early or last', async () => {
    for (const size of [200, 300]) {
      const forged = signCheckpoint({ origin, size, root: emptyRoot }, world.keys.privateKey)
      await world.intruder.execute(sql`
        update log.checkpoint set note = ${forged}, root = ${emptyRoot} where size = ${size}`)
    }
    expect(await found()).toEqual(['head-contradicted: log.checkpoint 2026/200'])
    const { root } = head(heads.late)
    await world.intruder.execute(sql`
      update log.checkpoint set note = ${heads.late}, root = ${root} where size = 300`)
    expect(await found()).toEqual(['head-contradicted: log.checkpoint 2026/200'])
  })

  test('a head of another tree of ours does not pass for one of this', async () => {
    const other = signCheckpoint(
      { origin: 'exchange.test/log/2025', ...head(heads.early) },
      world.keys.privateKey,
    )
    await world.intruder.execute(sql`update log.checkpoint set note = ${other} where size = 200`)
    expect(await found()).toEqual(['checkpoint-unsigned: log.checkpoint 2026/200'])
  })
})

describe('what was cut off', () => {
  const positions = `delete from log.leaf_position where index >= 250`
  const everything = [
    `delete from log.pending`,
    `delete from log.leaf_position where index >= 200`,
    `delete from log.entry where id > 200`,
    `delete from log.checkpoint where size > 200`,
    `delete from log.tile where level = 1 or index = 1`,
    `update log.tile set hashes = substring(hashes for 200 * 32)`,
  ]

  test('the tail of the positions: each of its entries is named', async () => {
    await tamper(positions)
    const findings = await found()
    expect(findings).toHaveLength(51)
    expect(findings[0]).toBe('position-missing: log.leaf_position 2026/250')
    expect(findings[1]).toBe('entry-forgotten: log.entry 251')
    expect(findings.at(-1)).toBe('entry-forgotten: log.entry 300')
  })

  test('the tail with everything that knew of it: only who holds something outside can tell', async () => {
    await tamper(...everything)
    expect(await found()).toEqual([])
    expect(await found({ checkpoints: [heads.early] })).toEqual([])
    expect(await found({ checkpoints: [heads.late, heads.early] })).toEqual([
      'head-lost: held head 2026/300',
    ])
    const promised = leaves.slice(200, 202)
    expect(await found({ leaves: [...leaves.slice(0, 5), ...promised] })).toEqual(
      promised.map((leaf) => `receipt-broken: receipt ${Buffer.from(leaf).toString('base64url')}`),
    )
  })

  test('a history that was regrown after it: the held head contradicts the new one', async () => {
    await tamper(...everything)
    world.clock.now = new Date(world.clock.now.getTime() + 1)
    await append(120)
    await world.another().sequence()
    expect(await found()).toEqual([])
    expect(await found({ checkpoints: [heads.early] })).toEqual([])
    expect(await found({ checkpoints: [heads.late] })).toEqual([
      'head-contradicted: held head 2026/300',
    ])
  })

  test('a waiting entry with its place in the queue: only its receipt can tell', async () => {
    await tamper(`delete from log.pending`, `delete from log.entry where id = 301`)
    expect(await found()).toEqual([])
    const findings = await found({ leaves })
    const [leaf] = leaves.slice(-1)
    expect(findings).toEqual([
      `receipt-broken: receipt ${Buffer.from(leaf ?? []).toString('base64url')}`,
    ])
  })

  test('the whole log', async () => {
    await tamper(
      ...['pending', 'leaf_position', 'entry', 'checkpoint', 'tile'].map(
        (table) => `delete from log.${table}`,
      ),
    )
    expect(await found()).toEqual([])
    expect(await found({ checkpoints: [heads.early] })).toEqual(['head-lost: held head 2026/200'])
  })
})

describe('time', () => {
  test('an entry that waits longer than receipts promise is overdue', async () => {
    world.clock.now = new Date(world.clock.now.getTime() + 60_000)
    expect(await found()).toEqual([])
    world.clock.now = new Date(world.clock.now.getTime() + 1)
    expect(await found()).toEqual(['entry-overdue: log.entry 301'])
  })

  test('an entry that claims to be much older than its neighbour is back-dated', async () => {
    await world.log.sequence()
    const { now } = world.clock
    world.clock.now = new Date(now.getTime() - 3_600_000)
    leaves.push(...(await append(1)))
    world.clock.now = new Date(now.getTime() - 3_600_001)
    leaves.push(...(await append(1)))
    world.clock.now = now
    leaves.push(...(await append(1)))
    await world.log.sequence()
    expect(await found()).toEqual([])
    world.clock.now = new Date(now.getTime() - 86_400_000)
    leaves.push(...(await append(1)))
    world.clock.now = now
    await world.log.sequence()
    expect(await found()).toEqual(['entry-back-dated: log.entry 305'])
  })
})

describe('the verification', () => {
  test('needs no more than the right to read, and the public key', async () => {
    const key = createPublicKey(world.keys.privateKey)
    const clock = (): Date => world.clock.now
    const keys = [{ key, from: new Date(0) }]
    const settings = { origin: (shard: number) => `exchange.test/log/${shard}`, keys, clock }
    expect(await checkLog({ db: world.auditor, ...settings })).toEqual([])
    await tamper(`update log.entry set body = ${edited} where id = 6`)
    const findings = await checkLog({ db: world.auditor, ...settings })
    expect(findings).toEqual([
      {
        code: 'entry-altered',
        row: 'log.entry 6',
        index: 5,
        zh: '日志条目被改动',
        en: 'An entry is not the one its leaf was made from',
      },
    ])
  })

  test('says which of the heads brought to it is not ours', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const foreign = signCheckpoint({ origin, ...head(heads.early) }, privateKey)
    const checkpoints = [heads.early, foreign, 'no note at all']
    expect(await found({ checkpoints })).toEqual([
      'held-head-invalid: held head number 2',
      'held-head-invalid: held head number 3',
    ])
  })

  test('of a log spoilt in every row still ends, with a list one can read', async () => {
    leaves.push(...(await append(900)))
    await world.log.sequence()
    await tamper(`update log.entry set body = ${edited}`)
    const findings = await world.log.check()
    expect(findings).toHaveLength(findingsMax + 1)
    expect(findings.at(-1)?.code).toBe('too-many')
  })
})

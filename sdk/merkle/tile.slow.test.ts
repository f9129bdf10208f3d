import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { consistencySpans, inclusionSpans } from './coordinates.ts'
import {
  consistencyProof,
  inclusionProof,
  leafHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from '../merkle.ts'
import { extendTiles, hashOfSpan, readBundle, tilesByPlace, writeBundle } from './tile-hash.ts'
import type { Tile, Tiles } from './tile-hash.ts'
import {
  edgeOf,
  parseTilePath,
  tilePath,
  tilesOver,
  tilesProvingGrowth,
  tilesProvingLeaf,
  tileWidthAt,
} from './tile.ts'
import type { TileName } from './tile.ts'

const leaves = Array.from({ length: 66_100 }, (_, i) => leafHash(Buffer.from(`entry ${i}`)))
const keyOf = ({ level, index }: { level: number; index: number }): string => `${level}/${index}`

/** The tiles of a tree grown in these steps, keeping only what a database would keep. */
function grown(steps: readonly number[]): Tile[] {
  const kept = new Map<string, Tile>()
  let size = 0
  for (const step of steps) {
    const edge = edgeOf(size).map((place) => kept.get(keyOf(place)))
    const held = tilesByPlace(edge.filter((tile) => tile !== undefined))
    const changed = extendTiles(held, size, leaves.slice(size, size + step))
    for (const tile of changed) kept.set(keyOf(tile), tile)
    size += step
  }
  return [...kept.values()]
}

function told(tiles: readonly Tile[]): string {
  const lines = tiles.map((tile) => `${keyOf(tile)} ${Buffer.from(tile.hashes).toString('hex')}`)
  return lines.sort().join('\n')
}

describe('tiles', () => {
  test.for([0, 1, 2, 255, 256, 257, 511, 512, 1_000, 65_537])(
    'of a tree of %d leaves give its root, and edge tiles suffice for it',
    (size) => {
      const tiles = grown([size])
      const span = { from: 0, to: size }
      expect(hashOfSpan(tilesByPlace(tiles), span)).toEqual(rootOf(leaves.slice(0, size)))
      const edge = new Set(edgeOf(size).map(keyOf))
      const edgeTiles = tilesByPlace(tiles.filter((tile) => edge.has(keyOf(tile))))
      expect(hashOfSpan(edgeTiles, span)).toEqual(rootOf(leaves.slice(0, size)))
      expect(tilesOver([span]).every((place) => edge.has(keyOf(place)))).toBe(true)
    },
  )

  test('are the same however the tree grew', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(steps, (some) => {
        const size = some.reduce((sum, step) => sum + step)
        expect(told(grown(some))).toBe(told(grown([size])))
      }),
      { numRuns: 20 },
    )
  })

  test('give the proofs of the tree in memory, also across levels', () => {
    const tiles = grown([66_000])
    const tree = leaves.slice(0, 66_000)
    for (const index of [0, 256, 65_535, 65_999]) {
      const spans = inclusionSpans(index, 66_000)
      const wanted = new Set(tilesOver(spans).map(keyOf))
      const read = tilesByPlace(tiles.filter((tile) => wanted.has(keyOf(tile))))
      const proof = spans.map((span) => hashOfSpan(read, span))
      expect(proof).toEqual(inclusionProof(tree, index))
    }
    for (const oldSize of [1, 256, 257, 65_537]) {
      const spans = consistencySpans(oldSize, 66_000)
      const proof = spans.map((span) => hashOfSpan(tilesByPlace(tiles), span))
      expect(proof).toEqual(consistencyProof(tree, oldSize))
    }
  })

  test('of a later tree still give every earlier root', () => {
    const tiles = tilesByPlace(grown([1_000]))
    for (let size = 0; size <= 1_000; size += 37) {
      expect(hashOfSpan(tiles, { from: 0, to: size })).toEqual(rootOf(leaves.slice(0, size)))
    }
  })

  test('that are missing, too short or too long are damage', () => {
    const tiles = grown([300])
    const without = tilesByPlace(tiles.filter(({ index }) => index !== 1))
    expect(() => hashOfSpan(without, { from: 0, to: 300 })).toThrow('log-damaged')
    expect(() => hashOfSpan(tilesByPlace(tiles), { from: 0, to: 301 })).toThrow('log-damaged')
    expect(() => extendTiles(without, 300, leaves.slice(0, 1))).toThrow('log-damaged')
    expect(() => extendTiles(tilesByPlace(tiles), 299, leaves.slice(0, 1))).toThrow('log-damaged')
  })
})

describe('the tiles to fetch', () => {
  const sizes = [1, 2, 255, 256, 257, 65_536, 65_537]

  test.for(sizes)('prove any leaf of a tree of %d leaves, each as wide as it is there', (size) => {
    const all = tilesByPlace(grown([size]))
    const root = hashOfSpan(all, { from: 0, to: size })
    for (const index of new Set([0, Math.floor(size / 2), size - 1])) {
      const [bundle, ...names] = tilesProvingLeaf(index, size)
      const width = Math.min(256, size - Math.floor(index / 256) * 256)
      expect(bundle).toEqual({ level: 'entries', index: Math.floor(index / 256), width })
      const fetched = cut(all, names)
      const proof = inclusionSpans(index, size).map((span) => hashOfSpan(fetched, span))
      const leaf = hashOfSpan(fetched, { from: index, to: index + 1 })
      expect(leaf).toEqual(leaves[index])
      expect(verifyInclusion({ leafHash: leaf, index, size, proof, root })).toBe(true)
    }
  })

  test('prove any growth', () => {
    const all = tilesByPlace(grown([66_048]))
    const rootAt = (size: number): Uint8Array => hashOfSpan(all, { from: 0, to: size })
    for (const newSize of [257, 65_537, 66_048]) {
      for (const oldSize of [1, 255, 256, 257]) {
        const names = tilesProvingGrowth(oldSize, newSize)
        const fetched = cut(all, names)
        const proof = consistencySpans(oldSize, newSize).map((span) => hashOfSpan(fetched, span))
        const [oldRoot, newRoot] = [rootAt(oldSize), rootAt(newSize)]
        const growth = { oldSize, newSize, oldRoot, newRoot, proof }
        expect(verifyConsistency(growth)).toBe(true)
      }
    }
  })

  test('have the widths of the tree', () => {
    const widths = [0, 1, 256, 257, 65_536, 70_000].map((size) =>
      [0, 1, 2, 'entries' as const].map((level) => tileWidthAt({ level, index: 0 }, size)),
    )
    expect(widths).toEqual([
      [0, 0, 0, 0],
      [1, 0, 0, 1],
      [256, 1, 0, 256],
      [256, 1, 0, 256],
      [256, 256, 1, 256],
      [256, 256, 1, 256],
    ])
    expect(tileWidthAt({ level: 0, index: 273 }, 70_000)).toBe(112)
    expect(tileWidthAt({ level: 1, index: 1 }, 70_000)).toBe(17)
    expect(tileWidthAt({ level: 0, index: 274 }, 70_000)).toBe(0)
  })

  test.for([
    [1, 1],
    [-1, 1],
    [0, 0],
    [0.5, 2],
    [0, 2 ** 53],
    [Number.NaN, 1],
  ] as const)('of leaf %d of %d are none', ([index, size]) => {
    expect(() => tilesProvingLeaf(index, size)).toThrow('invalid-tile')
    if (index > size || index !== Math.trunc(index)) {
      expect(() => tilesProvingGrowth(index, size)).toThrow('invalid-tile')
    }
  })

  /** Only the tiles of these names, cut to their widths, as a server of files would give them. */
  function cut(all: Tiles, names: readonly TileName[]): Tiles {
    return tilesByPlace(
      names.flatMap(({ level, index, width }) => {
        const hashes = all.get(`${level}/${index}`)
        if (hashes === undefined || level === 'entries') return []
        return [{ level, index, hashes: hashes.subarray(0, width * 32) }]
      }),
    )
  }
})

describe('a bundle of entries', () => {
  const bytes = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 })
  test('is read back, of exactly the width asked for', () => {
    fc.assert(
      fc.property(bytes, (entries) => {
        const bundle = writeBundle(entries)
        expect(readBundle(bundle, entries.length).map((e) => [...e])).toEqual(
          entries.map((entry) => [...entry]),
        )
        expect(() => readBundle(bundle, entries.length + 1)).toThrow('invalid-tile')
      }),
      { numRuns: 50 },
    )
  })

  test.for([
    ['of one byte', [0]],
    ['cut off', [0, 2, 7]],
    ['with something behind', [0, 1, 7, 0]],
    ['of two', [0, 0, 0, 0]],
  ] as const)('%s is none of one entry', ([, bundle]) => {
    expect(() => readBundle(Uint8Array.from(bundle), 1)).toThrow('invalid-tile')
  })

  test('has at most 256 entries of at most 65,535 bytes', () => {
    const [most, long] = [new Uint8Array(65_535), new Uint8Array(65_536)]
    expect(readBundle(writeBundle([most]), 1)).toHaveLength(1)
    expect(() => writeBundle([long])).toThrow('invalid-tile')
    expect(() => writeBundle(Array<Uint8Array>(257).fill(new Uint8Array()))).toThrow('invalid-tile')
    expect(() => readBundle(new Uint8Array(2 * 257), 257)).toThrow('invalid-tile')
  })
})

describe('the path of a tile', () => {
  test.for([
    [{ level: 0, index: 0, width: 256 }, '0/000'],
    [{ level: 0, index: 999, width: 256 }, '0/999'],
    [{ level: 1, index: 1_000, width: 256 }, '1/x001/000'],
    [{ level: 0, index: 1_234_067, width: 256 }, '0/x001/x234/067'],
    [{ level: 3, index: 5, width: 8 }, '3/005.p/8'],
    [{ level: 63, index: 0, width: 1 }, '63/000.p/1'],
    [{ level: 'entries', index: 1_000, width: 255 }, 'entries/x001/000.p/255'],
  ] as const)('%j is %s', ([name, path]) => {
    expect(parseTilePath(path)).toEqual(name)
    expect(tilePath(name)).toBe(path)
  })

  test('is read back for every tile, and in no other spelling', () => {
    const name = fc.record({
      level: fc.oneof(fc.integer({ min: 0, max: 63 }), fc.constant('entries' as const)),
      index: fc.nat(2 ** 44),
      width: fc.integer({ min: 1, max: 256 }),
    })
    fc.assert(
      fc.property(name, ({ level, index, width }) => {
        const padded = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0')
        const groups = padded.replaceAll(/\d{3}(?=\d)/g, 'x$&/')
        const partial = width === 256 ? '' : `.p/${width}`
        expect(parseTilePath(`${level}/${groups}${partial}`)).toEqual({ level, index, width })
        expect(parseTilePath(`${level}/x000/${groups}${partial}`)).toBeUndefined()
      }),
    )
  })

  test.for([
    '',
    '0',
    '0/',
    '0/1',
    '0/0000',
    '0/x000/001',
    '0/001/x001',
    '00/001',
    '07/001',
    '64/001',
    '100/001',
    '-1/001',
    '0/001.p/0',
    '0/001.p/256',
    '0/001.p/07',
    '0/001.p/',
    '0/001.p',
    '0/001/',
    '0/../001',
    'entry/001',
    '0/x999/x999/x999/x999/x999/999',
    '0/x999/x999/x999/x999/x999/x999/999',
    '0/00１',
  ])('%j is none', (path) => {
    expect(parseTilePath(path)).toBeUndefined()
  })

  test.for([
    { level: 64, index: 0, width: 256 },
    { level: -1, index: 0, width: 256 },
    { level: 0, index: -1, width: 256 },
    { level: 0, index: 0.5, width: 256 },
    { level: 0, index: 2 ** 53, width: 256 },
    { level: 0, index: 0, width: 0 },
    { level: 0, index: 0, width: 257 },
    { level: Number.NaN, index: 0, width: 1 },
  ])('%j has no path', (name) => {
    expect(() => tilePath(name)).toThrow('invalid-tile')
  })
})

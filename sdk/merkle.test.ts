import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { consistencySpans, inclusionSpans, spanNodes, splitPoint } from './merkle/coordinates.ts'
import type { Span } from './merkle/coordinates.ts'
import type { Consistency, Inclusion } from './merkle.ts'
import {
  consistencyProof,
  emptyRoot,
  foldNodes,
  inclusionProof,
  leafHash,
  nodeHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'

const leaves = Array.from({ length: 5_000 }, (_, i) => leafHash(Buffer.from(`entry ${i}`)))
const small = 70
const sizes = Array.from({ length: small + 1 }, (_, size) => size)
const roots = sizes.map((size) => rootOf(leaves.slice(0, size)))
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** The definitions of RFC 9162 §2.1 word for word, over D[from:to] of the leaves, as the oracle. */
const known = new Map<string, Uint8Array>()
const oracle = {
  sha: (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest(),
  k: (n: number): number => {
    let k = 1
    while (k << 1 < n) k <<= 1
    return k
  },
  mth(from: number, to: number): Uint8Array {
    const hash = known.get(`${from}:${to}`) ?? this.newMth(from, to)
    known.set(`${from}:${to}`, hash)
    return hash
  },
  newMth(from: number, to: number): Uint8Array {
    const leaf = leaves[from]
    if (leaf === undefined || from === to) return this.sha()
    if (to - from === 1) return leaf
    const middle = from + this.k(to - from)
    return this.sha(Buffer.of(1), this.mth(from, middle), this.mth(middle, to))
  },
  path(m: number, from: number, to: number): Uint8Array[] {
    if (to - from === 1) return []
    const middle = from + this.k(to - from)
    return m < middle
      ? [...this.path(m, from, middle), this.mth(middle, to)]
      : [...this.path(m, middle, to), this.mth(from, middle)]
  },
  subproof(m: number, from: number, to: number): Uint8Array[] {
    if (m === to) return from === 0 ? [] : [this.mth(from, to)]
    const middle = from + this.k(to - from)
    return m <= middle
      ? [...this.subproof(m, from, middle), this.mth(middle, to)]
      : [...this.subproof(m, middle, to), this.mth(from, middle)]
  },
}

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(bytes)
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return flipped
}

/** Every proof made from the given one by a change that must not go unnoticed. */
function spoilt(proof: readonly Uint8Array[], bit: number): Uint8Array[][] {
  const changed = [
    [...proof, rootOf(leaves.slice(0, 3))],
    [rootOf([]), ...proof],
  ]
  if (proof.length > 0) changed.push(proof.slice(0, -1), proof.slice(1))
  if (proof.length > 1) changed.push(proof.toReversed())
  proof.forEach((hash, place) => {
    changed.push(proof.with(place, flipBit(hash, bit)))
    changed.push(proof.with(place, hash.subarray(0, 31)))
  })
  return changed
}

describe('the tree', () => {
  test('has the heads of the published examples', () => {
    // RFC 6962 reference inputs, as used by every implementation.
    const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657']
    const heads = [
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    ]
    const hashes = inputs.map((input) => leafHash(Buffer.from(input, 'hex')))
    expect(heads.map((_, size) => hex(rootOf(hashes.slice(0, size))))).toEqual(heads)
  })

  test('and its proofs follow the recursive definitions, at every small size', () => {
    for (const size of sizes) {
      const d = leaves.slice(0, size)
      expect(hex(rootOf(d))).toBe(hex(oracle.mth(0, size)))
      const paths = d.map((_, m) => inclusionProof(d, m).map(hex))
      expect(paths).toEqual(d.map((_, m) => oracle.path(m, 0, size).map(hex)))
      const growths = d.map((_, m) => consistencyProof(d, m + 1).map(hex))
      expect(growths).toEqual(d.map((_, m) => oracle.subproof(m + 1, 0, size).map(hex)))
    }
  })

  test('has no proof of what it does not hold', () => {
    for (const index of [-1, 7, 1.5, Number.NaN]) {
      expect(() => inclusionProof(leaves.slice(0, 7), index)).toThrow(RangeError)
    }
    for (const size of [-1, 8, 1.5, Number.NaN]) {
      expect(() => consistencyProof(leaves.slice(0, 7), size)).toThrow(RangeError)
    }
  })
})

describe('coordinates', () => {
  test('cut a range into complete subtrees that fold to its hash', () => {
    const hashOf = ({ from, to }: Span) => rootOf(leaves.slice(from, to))
    for (const size of sizes.slice(1, 40)) {
      const spans = [{ from: 0, to: size }]
      for (let m = 0; m < size; m += 1) spans.push(...inclusionSpans(m, size))
      for (let m = 1; m < size; m += 1) spans.push(...consistencySpans(m, size))
      const folded = spans.map((span) => {
        const hashes = spanNodes(span).map(({ level, index }) =>
          rootOf(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
        )
        return hex(foldNodes(hashes))
      })
      expect(folded).toEqual(spans.map((span) => hex(hashOf(span))))
    }
  })

  test.for([2 ** 31, 2 ** 32, 2 ** 49, 2 ** 50, 2 ** 52])('are exact around %d', (power) => {
    expect(splitPoint(power)).toBe(power / 2)
    expect(splitPoint(power + 1)).toBe(power)
    expect(splitPoint(power - 1)).toBe(power / 2)
    expect(inclusionSpans(power, power + 1)).toEqual([{ from: 0, to: power }])
    expect(consistencySpans(power, power + 1)).toEqual([{ from: power, to: power + 1 }])
    expect(spanNodes({ from: 0, to: power + 1 })).toEqual([
      { level: Math.round(Math.log2(power)), index: 0 },
      { level: 0, index: power },
    ])
  })

  test('cover the tree exactly once, up to the largest safe integer', () => {
    const anySize = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
    const anyPair = fc.record({ a: anySize, b: anySize })
    fc.assert(
      fc.property(anyPair, (pair) => {
        const [a, size] = [Math.min(pair.a, pair.b), Math.max(pair.a, pair.b)]
        const index = a - 1
        const beside = [...inclusionSpans(index, size), { from: index, to: index + 1 }]
        const since = [...consistencySpans(a, size)]
        if (!since.some(({ from }) => from === 0)) since.push({ from: 0, to: a })
        for (const spans of [beside, a === size ? [{ from: 0, to: size }] : since]) {
          const sorted = spans.toSorted((x, y) => x.from - y.from)
          expect(sorted[0]?.from).toBe(0)
          expect(sorted.at(-1)?.to).toBe(size)
          sorted.slice(1).forEach((span, i) => {
            expect(span.from).toBe(sorted[i]?.to)
          })
        }
      }),
    )
  })
})

describe('a proof of inclusion', () => {
  test('leads to the root of the tree, for every leaf of every small tree', () => {
    for (const size of sizes) {
      const tree = leaves.slice(0, size)
      const root = rootOf(tree)
      tree.forEach((leaf, index) => {
        const proof = inclusionProof(tree, index)
        expect(verifyInclusion({ leafHash: leaf, index, size, proof, root })).toBe(true)
      })
    }
  })

  test('proves no other leaf, index or size, and nothing once it is changed', () => {
    for (const size of sizes.slice(1, 27)) {
      const tree = leaves.slice(0, size)
      tree.forEach((leaf, index) => {
        const proof = inclusionProof(tree, index)
        const claim = { leafHash: leaf, index, size, proof, root: roots[size] ?? emptyRoot }
        const lies: Inclusion[] = spoilt(proof, (index * 7 + size) % 256).map((changed) => {
          return { ...claim, proof: changed }
        })
        for (const other of sizes) {
          const stranger = leaves[other] ?? emptyRoot
          if (other !== index) lies.push({ ...claim, index: other })
          if (other !== index) lies.push({ ...claim, leafHash: stranger })
          if (other !== size) lies.push({ ...claim, root: roots[other] ?? emptyRoot })
        }
        expect(lies.filter(verifyInclusion)).toEqual([])
      })
    }
  })

  test('holds, and breaks with any flipped bit, in larger trees', () => {
    const where = fc
      .integer({ min: 1, max: leaves.length })
      .chain((size) => fc.record({ size: fc.constant(size), index: fc.nat(size - 1) }))
    fc.assert(
      fc.property(where, fc.nat(255), ({ size, index }, bit) => {
        const tree = leaves.slice(0, size)
        const leaf = leaves[index] ?? emptyRoot
        const proof = inclusionProof(tree, index)
        const claim = { leafHash: leaf, index, size, proof, root: rootOf(tree) }
        expect(verifyInclusion(claim)).toBe(true)
        expect(verifyInclusion({ ...claim, root: flipBit(claim.root, bit) })).toBe(false)
        expect(verifyInclusion({ ...claim, leafHash: flipBit(leaf, bit) })).toBe(false)
        for (const changed of spoilt(proof, bit)) {
          expect(verifyInclusion({ ...claim, proof: changed })).toBe(false)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('does not take an inner node for a leaf', () => {
    const tree = leaves.slice(0, 4)
    const inner = nodeHash(tree[0] ?? emptyRoot, tree[1] ?? emptyRoot)
    const proof = inclusionProof(tree, 0).slice(1)
    const claim = { leafHash: inner, index: 0, proof, root: rootOf(tree) }
    expect(verifyInclusion({ ...claim, size: 4 })).toBe(false)
    // A tree of two leaves with this root exists only for who can choose leaf hashes freely, which
    // the prefixes prevent; the verifier is told hashes and cannot see that.
    expect(verifyInclusion({ ...claim, size: 2 })).toBe(true)
    expect(leafHash(Buffer.concat(tree.slice(0, 2)))).not.toEqual(inner)
  })
})

describe('a proof of consistency', () => {
  test('holds between all small trees', () => {
    for (const [newSize, newRoot] of roots.entries()) {
      const tree = leaves.slice(0, newSize)
      for (const [oldSize, oldRoot] of roots.slice(0, newSize + 1).entries()) {
        const proof = consistencyProof(tree, oldSize)
        const claim = { oldSize, newSize, oldRoot, newRoot, proof }
        expect(verifyConsistency(claim)).toBe(oldSize > 0 || newSize === 0)
      }
    }
  })

  test('proves no other sizes or heads, and nothing once it is changed', () => {
    for (const newSize of sizes.slice(1, 27)) {
      for (const oldSize of sizes.slice(1, newSize + 1)) {
        const proof = consistencyProof(leaves.slice(0, newSize), oldSize)
        const oldRoot = roots[oldSize] ?? emptyRoot
        const newRoot = roots[newSize] ?? emptyRoot
        const claim = { oldSize, newSize, oldRoot, newRoot, proof }
        const lies: Consistency[] = spoilt(proof, (oldSize * 5 + newSize) % 256).map((changed) => {
          return { ...claim, proof: changed }
        })
        lies.push({ ...claim, oldSize: oldSize - 1 })
        for (const wrong of roots.filter((root) => root !== oldRoot)) {
          lies.push({ ...claim, oldRoot: wrong })
        }
        for (const wrong of roots.filter((root) => root !== newRoot)) {
          lies.push({ ...claim, newRoot: wrong })
        }
        expect(lies.filter(verifyConsistency)).toEqual([])
      }
    }
  })

  test('never connects a tree to one whose past was edited', () => {
    const size = fc.integer({ min: 2, max: 400 })
    fc.assert(
      fc.property(size, fc.nat(), fc.nat(), fc.nat(255), (newSize, a, b, bit) => {
        const oldSize = 1 + (a % (newSize - 1))
        const edited = b % oldSize
        const tree = leaves.slice(0, newSize)
        const rewritten = tree.with(edited, flipBit(tree[edited] ?? emptyRoot, bit))
        const oldRoot = rootOf(tree.slice(0, oldSize))
        for (const source of [tree, rewritten]) {
          const proof = consistencyProof(source, oldSize)
          const claim = { oldSize, newSize, oldRoot, newRoot: rootOf(rewritten), proof }
          expect(verifyConsistency(claim)).toBe(false)
        }
      }),
    )
  })

  test('from the empty tree proves nothing, whatever stands in it', () => {
    const newRoot = rootOf(leaves.slice(0, 5))
    const claim = { oldSize: 0, newSize: 5, oldRoot: emptyRoot, newRoot, proof: [] }
    for (const lie of [claim, { ...claim, oldRoot: newRoot }, { ...claim, proof: [newRoot] }])
      expect(verifyConsistency(lie)).toBe(false)
  })

  test.for<readonly [number, Uint8Array, Uint8Array, readonly Uint8Array[], boolean]>([
    [0, emptyRoot, emptyRoot, [], true],
    [0, emptyRoot, Buffer.alloc(32), [], false],
    [0, emptyRoot, emptyRoot, [emptyRoot], false],
    [1, Buffer.from('some root'), Buffer.from('some root'), [], true],
    [1, Buffer.from('some root'), Buffer.from('other one'), [], false],
    [1, Buffer.from('some root'), Buffer.from('some root, longer'), [], false],
    [1, Buffer.from('some root'), Buffer.from('some root'), [emptyRoot], false],
    [1, Buffer.alloc(0), Buffer.alloc(0), [], false],
    [-1, emptyRoot, emptyRoot, [], false],
    [0.5, emptyRoot, emptyRoot, [], false],
    [Number.NaN, emptyRoot, emptyRoot, [], false],
  ])('between heads of one size %d: they are the same', ([size, oldRoot, newRoot, proof, fits]) => {
    const claim = { oldSize: size, newSize: size, oldRoot, newRoot, proof }
    expect(verifyConsistency(claim)).toBe(fits)
  })

  test('of a tree with itself is empty, and its roots are the same', () => {
    const [oldRoot = emptyRoot, other = emptyRoot] = [roots[5], roots[6]]
    const claim = { oldSize: 5, newSize: 5, oldRoot, newRoot: oldRoot, proof: [] }
    expect(verifyConsistency(claim)).toBe(true)
    expect(verifyConsistency({ ...claim, proof: [oldRoot] })).toBe(false)
    expect(verifyConsistency({ ...claim, newRoot: other })).toBe(false)
    expect(verifyConsistency({ ...claim, oldSize: 6 })).toBe(false)
  })
})

describe('hostile numbers', () => {
  const numbers = fc.oneof(
    fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, -1, 0.5, 2 ** 53, 2 ** 53 - 1, 2 ** 64),
    fc.double(),
    fc.maxSafeInteger(),
  )
  const hash = fc.uint8Array({ minLength: 30, maxLength: 34 })
  const proof = fc.array(hash, { maxLength: 60 })

  test('are answered with no, and never with an error', () => {
    fc.assert(
      fc.property(fc.tuple(numbers, numbers), hash, hash, proof, ([a, b], x, y, hashes) => {
        const inclusion = { leafHash: x, index: a, size: b, proof: hashes, root: y }
        const growth = { oldSize: a, newSize: b, oldRoot: x, newRoot: y, proof: hashes }
        // Equal hashes and no proof are a true claim about a tree of one leaf.
        fc.pre(hashes.length > 0)
        expect([verifyInclusion(inclusion), verifyConsistency(growth)]).toEqual([false, false])
      }),
      { numRuns: 500 },
    )
  })

  test('and values of other kinds too', () => {
    const strange: readonly unknown[] = [undefined, null, '1', 1n, {}, [], 'A'.repeat(32)]
    for (const value of strange) {
      const claim = { leafHash: value, index: value, size: value, proof: value, root: value }
      expect(verifyInclusion(claim as unknown as Inclusion)).toBe(false)
      const hashes = { leafHash: value, index: 0, size: 1, proof: [], root: value }
      expect(verifyInclusion(hashes as unknown as Inclusion)).toBe(false)
      const beside = { ...hashes, leafHash: emptyRoot, size: 2, proof: [value], root: emptyRoot }
      expect(verifyInclusion(beside as unknown as Inclusion)).toBe(false)
      const growth = { oldSize: 1, newSize: 2, oldRoot: emptyRoot, newRoot: emptyRoot }
      const lie = { ...growth, proof: [value] } as unknown as Consistency
      expect(verifyConsistency(lie)).toBe(false)
      expect(verifyConsistency({ ...lie, proof: value } as unknown as Consistency)).toBe(false)
    }
  })

  test('and so is a proof with a hole in it', () => {
    const claim = { leafHash: emptyRoot, index: 0, size: 2, root: emptyRoot }
    expect(verifyInclusion({ ...claim, proof: new Array<Uint8Array>(1) })).toBe(false)
  })

  test('do not make a long proof expensive', () => {
    const long = Array<Uint8Array>(1_000_000).fill(emptyRoot)
    const size = Number.MAX_SAFE_INTEGER
    const claim = { leafHash: emptyRoot, index: 0, size, proof: long, root: emptyRoot }
    expect(verifyInclusion(claim)).toBe(false)
  })

  test('a proof in the largest possible tree is still followed exactly', () => {
    const size = Number.MAX_SAFE_INTEGER
    const [leaf = emptyRoot, ...siblings] = leaves.slice(0, 54)
    const proof = siblings.slice(0, inclusionSpans(0, size).length)
    const root = proof.reduce((left, right) => nodeHash(left, right), leaf)
    const claim = { leafHash: leaf, index: 0, size, proof, root }
    expect(proof).toHaveLength(53)
    expect(verifyInclusion(claim)).toBe(true)
    expect(verifyInclusion({ ...claim, index: 1 })).toBe(false)
  })
})

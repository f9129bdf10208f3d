/**
 * The tree of a log and the lists of statuses: a million leaves hashed and built, proofs of twenty
 * levels verified, a million statuses packed. The limit of the tree is the raw hash over a node.
 */
import { hash } from 'node:crypto'
import { inclusionProof, leafHash, rootOf, verifyInclusion } from '../sdk/merkle.ts'
import { encodeStatusList } from '../sdk/status.ts'
import { compare, inShortTurns, repeated } from './measure.ts'

const size = 1_000_000
const proofs = 50

export async function measureMerkle(): Promise<void> {
  const entries = Array.from({ length: size }, (_, i) => Buffer.from(`entry ${i}`))
  const leaves = entries.map(leafHash)
  const node = Buffer.alloc(65)
  const raw = { 'one hash of a node': () => repeated(size, () => hash('sha256', node)) }
  await compare({
    ...{ name: 'merkle, 1,000,000 entries to a root', unit: 'entries', rounds: 1, clock: 'cpu' },
    work: () => {
      rootOf(entries.map(leafHash))
      return size
    },
    limits: raw,
  })
  const root = rootOf(leaves)
  const claims = [0, 777_777].map((index) => ({
    ...{ index, size, root, leafHash: leaves[index] ?? root, proof: inclusionProof(leaves, index) },
  }))
  await compare({
    ...{ name: 'merkle, proofs of 20 levels', unit: 'proofs', ...inShortTurns },
    work: () =>
      claims.reduce(
        (count, claim) =>
          count +
          repeated(proofs, () => {
            must(claim)
          }),
        0,
      ),
    limits: {
      'twenty hashes of a node': () => repeated(40 * proofs, () => hash('sha256', node)) / 20,
    },
  })
  const statuses = Uint8Array.from({ length: size }, (_, i) => ((i * 48_271) % 101 === 0 ? 1 : 0))
  await compare({
    ...{ name: 'status list, 1,000,000 entries packed', unit: 'lists' },
    work: () => repeated(3, () => encodeStatusList({ bits: 2, statuses })),
    limits: raw,
  })
}

function must(claim: Parameters<typeof verifyInclusion>[0]): void {
  if (!verifyInclusion(claim)) throw new Error('it must verify')
}

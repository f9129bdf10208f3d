import { expect, test } from 'vitest'
import { emptyRoot, leafHash, rootOf } from '../sdk/merkle.ts'
import { createFrontier } from './frontier.ts'

const leaves = Array.from({ length: 300 }, (_, i) => leafHash(Buffer.from(`entry ${i}`)))

test('a frontier has the root of the tree at every size', () => {
  const frontier = createFrontier()
  expect(frontier.root()).toEqual(emptyRoot)
  leaves.forEach((leaf, i) => {
    frontier.push(leaf)
    expect(frontier.root()).toEqual(rootOf(leaves.slice(0, i + 1)))
  })
})

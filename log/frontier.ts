/** A growing tree of which only the edge is kept: leaves in, the root so far out, in memory of its height. */
import { foldNodes, nodeHash } from '../sdk/merkle.ts'

export interface Frontier {
  push(leaf: Uint8Array): void
  root(): Uint8Array
}

export function createFrontier(): Frontier {
  // The complete subtrees from left to right, like the ones in a binary number.
  const nodes: { level: number; hash: Uint8Array }[] = []
  return {
    push(leaf) {
      let node = { level: 0, hash: leaf }
      for (let left = nodes.at(-1); left?.level === node.level; left = nodes.at(-1)) {
        nodes.pop()
        node = { level: node.level + 1, hash: nodeHash(left.hash, node.hash) }
      }
      nodes.push(node)
    },
    root: () => foldNodes(nodes.map(({ hash }) => hash)),
  }
}

/** The proof that the files together are sound, as a list. Every proof reports all that it finds. */
import type { Draft } from './draft.ts'
import type { Finding } from './finding.ts'

const proofs: readonly ((draft: Draft) => Iterable<Finding>)[] = []

export function prove(draft: Draft): Finding[] {
  return proofs.flatMap((proof) => [...proof(draft)])
}

/**
 * The contract of whoever keeps the departments' seals (a cryptographic module, a signing service,
 * key files in development), and the local one. The vault hands over bytes and gets a signature.
 */
import type { KeyObject } from 'node:crypto'
import { algorithmOf, signBytes } from '../sdk/algorithm.ts'
import type { Seal } from '../sdk/licence-document.ts'
import { Problem } from '../sdk/problem.ts'

export interface Signer {
  /** @throws Problem seal-unavailable when no seal of this department is held here. */
  readonly sealOf: (department: string) => Seal
}

export interface SealKey {
  readonly key: KeyObject
  /** Leaf first, DER. */
  readonly chain: readonly Uint8Array[]
}

export function localSigner(seals: ReadonlyMap<string, SealKey>): Signer {
  return {
    sealOf: (department) => {
      const seal = seals.get(department)
      if (!seal) throw new Problem('seal-unavailable', { department })
      const algorithm = algorithmOf(seal.key)
      return {
        algorithm,
        chain: seal.chain,
        sign: (message) => Promise.resolve(signBytes(algorithm, seal.key, message)),
      }
    },
  }
}

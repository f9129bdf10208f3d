/**
 * The contract of whoever keeps the departments' seals (a cryptographic module, a signing service,
 * key files in development), and the local one. The vault hands over bytes and gets a signature.
 */
import type { KeyObject } from 'node:crypto'
import { algorithmOf, signBytes } from '../../sdk/algorithm.ts'
import type { Seal } from '../../sdk/licence/document.ts'
import { Problem } from '../../sdk/problem.ts'

export interface Signer {
  /** @throws Problem seal-unavailable when no seal of this department is held here. */
  readonly sealOf: (department: string) => Seal
}

export interface SealKey {
  readonly key: KeyObject
  /** Leaf first, DER. */
  readonly chain: readonly Uint8Array[]
}

export function localSigner(keys: ReadonlyMap<string, SealKey>): Signer {
  const seals = new Map([...keys].map(([department, key]) => [department, sealWith(key)]))
  return {
    sealOf: (department) => {
      const seal = seals.get(department)
      if (!seal) throw new Problem('seal-unavailable', { department })
      return seal
    },
  }
}

function sealWith({ key, chain }: SealKey): Seal {
  const algorithm = algorithmOf(key)
  const sign: Seal['sign'] = (message) => Promise.resolve(signBytes(algorithm, key, message))
  return { algorithm, chain, sign }
}

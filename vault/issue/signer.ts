/**
 * The contract of whoever keeps the departments' seals (a cryptographic module, a signing service,
 * key files in development), and the local one. The vault hands over bytes and gets a signature.
 */
import type { KeyObject } from 'node:crypto'
import { algorithmOf, isKeyFor, signBytes, verifyBytes } from '../../sdk/algorithm.ts'
import type { AlgorithmName } from '../../sdk/algorithm.ts'
import { parseCertificate } from '../../sdk/certificate.ts'
import type { Certificate } from '../../sdk/certificate.ts'
import type { Seal } from '../../sdk/licence/document.ts'
import { Problem } from '../../sdk/problem.ts'

export interface Signer {
  /** @throws Problem seal-unavailable when no seal of this department is held here. */
  readonly sealOf: (department: string) => Seal
  /** The same where its key is in this process, and other threads of it may sign besides. */
  readonly keyOf?: (department: string) => SealKey | undefined
}

export interface SealKey {
  readonly key: KeyObject
  /** Leaf first, DER. */
  readonly chain: readonly Uint8Array[]
}

export function localSigner(keys: ReadonlyMap<string, SealKey>): Signer {
  const seals = new Map([...keys].map(([department, key]) => [department, sealWith(key)]))
  return { ...signerOf(seals), keyOf: (department) => keys.get(department) }
}

/** By department. */
function signerOf(seals: ReadonlyMap<string, Seal>): Signer {
  return {
    sealOf: (department) => {
      const seal = seals.get(department)
      if (!seal) throw new Problem('seal-unavailable', { department })
      return seal
    },
  }
}

/** On this thread: handing a signature to another one takes as long as making it. */
function sealWith({ key, chain }: SealKey): Seal {
  const algorithm = algorithmOf(key)
  const sign: Seal['sign'] = (message) =>
    new Promise((resolve) => {
      resolve(signBytes(algorithm, key, message))
    })
  return { algorithm, chain, sign }
}

/** By department: the certificates are the operator's, whoever has the keys. */
export type SealChains = ReadonlyMap<string, Pick<SealKey, 'chain'>>

export interface SealQuestion {
  readonly department: string
  readonly algorithm: AlgorithmName
  readonly certificate: Certificate
  readonly message: Uint8Array
}

const sealAlgorithms = ['ES256', 'ES384', 'ES512', 'SGD_SM3_SM2', 'EdDSA'] as const

/**
 * Seals whose keys somebody else keeps. What comes back is a signature when it verifies under the
 * certificate that the seal is known by; nothing else is ever used.
 */
export function signerElsewhere(
  chains: SealChains,
  ask: (question: SealQuestion) => Promise<Uint8Array>,
): Signer {
  const seals = [...chains].map(([department, { chain }]): [string, Seal] => {
    const certificate = parseCertificate(chain[0] ?? new Uint8Array())
    const algorithm = sealAlgorithms.find((name) => isKeyFor(name, certificate.publicKey))
    if (!algorithm) throw new Problem('unsupported-key', { department })
    const sign: Seal['sign'] = async (message) => {
      const signature = await ask({ department, algorithm, certificate, message })
      if (verifyBytes(algorithm, certificate.publicKey, message, signature)) return signature
      throw new Problem('seal-unavailable', { department, reason: 'signature' })
    }
    return [department, { algorithm, chain, sign }]
  })
  return signerOf(new Map(seals))
}

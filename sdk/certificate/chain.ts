/**
 * The `x5c` of a token's header (RFC 7515 §4.1.6): certificates in standard base64, the leaf first,
 * without the root. Whether they lead anywhere is `certificate-path.ts`.
 */
import { fromBase64, toBase64 } from '../base64url.ts'
import { pathLimits } from './path.ts'
import type { Json } from '../json.ts'
import { Problem } from '../problem.ts'

export interface CertificateChain {
  readonly leaf: Uint8Array
  readonly intermediates: readonly Uint8Array[]
}

export function writeChain(chain: readonly Uint8Array[]): string[] {
  return chain.map(toBase64)
}

/** @throws Problem invalid-certificate */
export function readChain(x5c: Json | undefined): CertificateChain {
  if (!Array.isArray(x5c) || x5c.length > pathLimits.certificates) refuse()
  const [leaf, ...intermediates] = (x5c as readonly Json[]).map(readDer)
  return leaf ? { leaf, intermediates } : refuse()
}

function readDer(text: Json): Uint8Array {
  const der = typeof text === 'string' ? fromBase64(text) : undefined
  return der && der.length > 0 ? der : refuse()
}

function refuse(): never {
  throw new Problem('invalid-certificate', { rule: 'x5c' })
}

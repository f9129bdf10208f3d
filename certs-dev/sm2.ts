/**
 * Certificates and revocation lists signed with SM2 (GM/T 0015), which @peculiar/x509 cannot: it makes
 * them with a key of no account, and then the algorithm, inside and outside, and the signature are ours.
 */
import type { KeyObject } from 'node:crypto'
import { signBytes } from '../sdk/algorithm.ts'
import { readDer, tags } from '../sdk/der.ts'
import { equalBytes } from '../sdk/primitives.ts'
import { der, oid, sequence, unsigned } from './der-writer.ts'

export const sm2Algorithm = sequence(oid('1.2.156.10197.1.501'))

export function signedWithSm2(made: Uint8Array, key: KeyObject): Uint8Array {
  const [content, replaced] = readDer(made).children
  if (!content || !replaced) throw new RangeError('it was never signed')
  const fields = content.children.map(({ bytes }) =>
    equalBytes(bytes, replaced.bytes) ? sm2Algorithm : bytes,
  )
  const signed = sequence(...fields)
  const signature = der(tags.bitString, Uint8Array.of(0), sm2SignatureOf(key, signed))
  return sequence(signed, sm2Algorithm, signature)
}

/** SEQUENCE { r, s } (GM/T 0009-2012 §7.3). */
export function sm2SignatureOf(key: KeyObject, content: Uint8Array): Uint8Array {
  const signature = signBytes('SGD_SM3_SM2', key, content)
  return sequence(unsigned(signature.subarray(0, 32)), unsigned(signature.subarray(32)))
}

/**
 * The public key of a certificate (SubjectPublicKeyInfo, RFC 5280 §4.1.2.7). Making a key of its bytes
 * costs half as much as a signature, so the keys made last are remembered.
 */
import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readDer, tags } from '../der.ts'
import type { DerNode } from '../der.ts'
import { bitBytesOf, expectTag, fieldsOf, oidOf } from '../der-value.ts'
import { writePem } from '../pem.ts'
import { Problem } from '../problem.ts'
import { remembering } from './remembering.ts'

/** Kinds of public keys and what stands beside their identifier (RFC 5480, RFC 8410, RFC 4055). */
const keyParameters: Readonly<Record<string, number | undefined>> = {
  '1.2.840.10045.2.1': tags.oid, // A named curve; curves written out are refused (CVE-2020-0601).
  '1.2.840.113549.1.1.1': tags.null,
  '1.3.101.112': undefined,
}

/** @throws Problem invalid-certificate, invalid-der */
export const readPublicKey = remembering(readNewKey)

function readNewKey(node: DerNode): KeyObject {
  const fields = fieldsOf(node)
  const algorithm = fieldsOf(fields.next())
  const key = bitBytesOf(fields.next())
  fields.end()
  const oid = oidOf(algorithm.next(tags.oid))
  if (!Object.hasOwn(keyParameters, oid)) refuse()
  const parameters = keyParameters[oid]
  if (parameters !== undefined) algorithm.next(parameters)
  algorithm.end()
  if (parameters === tags.oid && key[0] !== 4) refuse()
  if (parameters === tags.null) expectTag(readDer(key), tags.sequence)
  try {
    // Node makes a key of PEM in a third of the time that it takes for the object DER has to come in.
    return createPublicKey(writePem([node.bytes], 'PUBLIC KEY'))
  } catch (cause) {
    throw new Problem('invalid-certificate', { rule: 'public-key' }, { cause })
  }
}

function refuse(): never {
  throw new Problem('invalid-certificate', { rule: 'public-key' })
}

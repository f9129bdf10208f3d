/**
 * The public key of a certificate (SubjectPublicKeyInfo, RFC 5280 §4.1.2.7). Making a key of its bytes
 * costs half as much as a signature, so the keys made last are remembered.
 */
import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readDer, tags } from '../der.ts'
import type { DerNode } from '../der.ts'
import { bitBytesOf, expectTag, fieldsOf, oidOf } from '../der-value.ts'
import type { Fields } from '../der-value.ts'
import { pssOid, readPssParameters } from './algorithm.ts'
import { writePem } from '../pem.ts'
import { Problem } from '../problem.ts'
import { remembering } from './remembering.ts'

type KeyRule = (parameters: Fields, key: Uint8Array) => void

/** Kinds of public keys: what stands beside their identifier, and how the key begins. */
const keyRules: Readonly<Record<string, KeyRule>> = {
  // RFC 5480 §2: a named curve; curves written out are refused (CVE-2020-0601), and short points.
  '1.2.840.10045.2.1': (parameters, key) => {
    parameters.next(tags.oid)
    if (key[0] !== 4) refuse()
  },
  // RFC 4055 §1.2.
  '1.2.840.113549.1.1.1': (parameters, key) => {
    parameters.next(tags.null)
    expectTag(readDer(key), tags.sequence)
  },
  // RFC 4055 §3.1: without parameters the key may be used with any that we know.
  [pssOid]: (parameters, key) => {
    const bound = parameters.optional(tags.sequence)
    if (bound) readPssParameters(bound)
    expectTag(readDer(key), tags.sequence)
  },
  // RFC 8410 §3.
  '1.3.101.112': () => undefined,
}

/** @throws Problem invalid-certificate, invalid-der */
export const readPublicKey = remembering(readNewKey)

function readNewKey(node: DerNode): KeyObject {
  const fields = fieldsOf(node)
  const algorithm = fieldsOf(fields.next())
  const key = bitBytesOf(fields.next())
  fields.end()
  const oid = oidOf(algorithm.next(tags.oid))
  const check = Object.hasOwn(keyRules, oid) ? keyRules[oid] : undefined
  if (!check) refuse()
  check(algorithm, key)
  algorithm.end()
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

/**
 * The public key of a certificate (SubjectPublicKeyInfo, RFC 5280 §4.1.2.7). What it is and whether it
 * is one is read of its bytes; OpenSSL makes a key of them, which costs half as much as a signature,
 * when somebody verifies with it. The keys read last are remembered.
 */
import { isSoundKey, keyKind } from '../algorithm.ts'
import { isOnCurve, namedCurves } from '../algorithm/named-curve.ts'
import { readDer, tags } from '../der.ts'
import type { DerNode } from '../der.ts'
import { bitBytesOf, expectTag, fieldsOf, oidOf } from '../der-value.ts'
import type { Fields } from '../der-value.ts'
import { fromText } from '../primitives.ts'
import { keyOfSpki } from '../primitives/key.ts'
import type { Key } from '../primitives/key.ts'
import { Problem } from '../problem.ts'
import { pssOid, readPssParameters } from './pss.ts'
import { remembering } from './remembering.ts'

export interface PublicKey {
  /** As `keyKind` says. */
  readonly kind: string
  /** As `isSoundKey` says. */
  readonly isSound: boolean
  /** The SubjectPublicKeyInfo, a character for each byte. */
  readonly spki: string
  /** What OpenSSL made of it; `keyObjectOf` has it made when there is none yet. */
  object: Key | undefined
}

/** What the bytes say; the kind, if nothing is left for OpenSSL to find wrong with them. */
type KeyRule = (parameters: Fields, key: Uint8Array) => string | undefined

/** Kinds of public keys: what stands beside their identifier, and how the key begins. */
const keyRules: Readonly<Record<string, KeyRule>> = {
  // RFC 5480 §2: a named curve; curves written out are refused (CVE-2020-0601), and short points.
  '1.2.840.10045.2.1': (parameters, key) => {
    const oid = oidOf(parameters.next(tags.oid))
    const curve = Object.hasOwn(namedCurves, oid) ? namedCurves[oid] : undefined
    if (key[0] !== 4 || (curve && !isOnCurve(curve, key))) refuse()
    return curve?.kind
  },
  // RFC 4055 §1.2.
  '1.2.840.113549.1.1.1': (parameters, key) => {
    parameters.next(tags.null)
    expectTag(readDer(key), tags.sequence)
    return undefined
  },
  // RFC 4055 §3.1: without parameters the key may be used with any that we know.
  [pssOid]: (parameters, key) => {
    const bound = parameters.optional(tags.sequence)
    if (bound) readPssParameters(bound)
    expectTag(readDer(key), tags.sequence)
    return undefined
  },
  // RFC 8410 §3.
  '1.3.101.112': () => undefined,
}

/** @throws Problem invalid-certificate, invalid-der */
export const readPublicKey = remembering(readNewKey)

function readNewKey(node: DerNode, encoded: string): PublicKey {
  const fields = fieldsOf(node)
  const algorithm = fieldsOf(fields.next())
  const key = bitBytesOf(fields.next())
  fields.end()
  const oid = oidOf(algorithm.next(tags.oid))
  const check = Object.hasOwn(keyRules, oid) ? keyRules[oid] : undefined
  if (!check) refuse()
  const kind = check(algorithm, key)
  algorithm.end()
  // There are no weak points on the curves that have a name.
  if (kind !== undefined) return { kind, isSound: true, spki: encoded, object: undefined }
  const object = makeKey(encoded)
  return { kind: keyKind(object), isSound: isSoundKey(object), spki: encoded, object }
}

/** @throws Problem invalid-certificate */
export function keyObjectOf(key: PublicKey): Key {
  return (key.object ??= makeKey(key.spki))
}

/** @param spki a character for each byte */
function makeKey(spki: string): Key {
  try {
    return keyOfSpki(fromText(spki, 'latin1'))
  } catch (cause) {
    throw new Problem('invalid-certificate', { rule: 'public-key' }, { cause })
  }
}

function refuse(): never {
  throw new Problem('invalid-certificate', { rule: 'public-key' })
}

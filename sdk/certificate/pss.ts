/**
 * The parameters of RSASSA-PSS (RFC 4055 §3.1), beside a signature or a key: written out, for without
 * a hash, or with one of its own for the mask, they would mean SHA-1.
 */
import { contextTag, fieldsOf, insideOf, oidOf, smallIntegerOf } from '../der-value.ts'
import { tags } from '../der.ts'
import type { DerNode } from '../der.ts'
import { Problem } from '../problem.ts'

export const pssOid = '1.2.840.113549.1.1.10'
const mgf1Oid = '1.2.840.113549.1.1.8'
const saltLengthMax = 64

const hashOids: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

/** Hash and length of the salt, `sha256 32`. A trailer that says 1, the default, must be recognised. */
export function readPssParameters(node: DerNode): string {
  const fields = fieldsOf(node)
  const hash = readHash(insideOf(fields.next(contextTag(0, 'constructed'))))
  const mask = fieldsOf(insideOf(fields.next(contextTag(1, 'constructed'))))
  const isMgf1 = oidOf(mask.next(tags.oid)) === mgf1Oid
  const maskHash = readHash(mask.next(tags.sequence))
  mask.end()
  const salt = fields.optional(contextTag(2, 'constructed'))
  const trailer = fields.optional(contextTag(3, 'constructed'))
  fields.end()
  const isUsual = !trailer || smallIntegerOf(insideOf(trailer), 1) === 1
  if (!isMgf1 || maskHash !== hash || !isUsual) {
    throw new Problem('invalid-certificate', { rule: 'signature-algorithm' })
  }
  return `${hash} ${salt ? smallIntegerOf(insideOf(salt), saltLengthMax) : 20}`
}

/** RFC 4055 §2.1: the parameters of a hash are absent or NULL, and both must be accepted. */
function readHash(node: DerNode): string {
  const fields = fieldsOf(node)
  const oid = oidOf(fields.next(tags.oid))
  fields.optional(tags.null)
  fields.end()
  const hash = Object.hasOwn(hashOids, oid) ? hashOids[oid] : undefined
  if (hash === undefined) throw new Problem('invalid-certificate', { rule: 'signature-algorithm' })
  return hash
}

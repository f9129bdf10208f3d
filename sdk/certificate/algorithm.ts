/**
 * The AlgorithmIdentifier beside a signature (RFC 5280 §4.1.1.2), read as the name of one row of
 * `certificateAlgorithms`. Parameters are part of the algorithm: absent for ECDSA, EdDSA and SM2
 * (RFC 5758 §3.2, RFC 8410 §3), NULL for RSA (RFC 4055 §5), and written out for PSS (RFC 4055 §3.1),
 * where a hash of its own for the mask, or none at all, would mean SHA-1.
 */
import { certificateAlgorithms } from '../algorithm.ts'
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

/**
 * A number that is not in the table is let pass: it verifies nothing, but may stand in an old root,
 * whose own signature nobody looks at.
 * @throws Problem invalid-certificate, invalid-der
 */
export function readSignatureAlgorithm(node: DerNode): string {
  const fields = fieldsOf(node)
  const oid = oidOf(fields.next(tags.oid))
  const name = oid === pssOid ? `${oid} ${readPssParameters(fields.next(tags.sequence))}` : oid
  const algorithm = Object.hasOwn(certificateAlgorithms, name) && certificateAlgorithms[name]
  if (!algorithm && oid !== pssOid) return oid
  if (!algorithm) throw new Problem('invalid-certificate', { rule: 'signature-algorithm' })
  if (algorithm.scheme === 'pkcs1') fields.next(tags.null)
  fields.end()
  return name
}

/** Hash and length of the salt, beside a signature or a key. A trailer that says 1, the default, must be recognised. */
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

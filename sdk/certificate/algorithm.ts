/**
 * The AlgorithmIdentifier beside a signature (RFC 5280 §4.1.1.2), read as the name of one row of
 * `certificateAlgorithms`. Parameters are part of the algorithm: absent for ECDSA, EdDSA and SM2
 * (RFC 5758 §3.2, RFC 8410 §3), NULL for RSA (RFC 4055 §5), and written out for PSS (`pss.ts`).
 */
import { certificateAlgorithms } from '../algorithm.ts'
import { fieldsOf, oidOf } from '../der-value.ts'
import { tags } from '../der.ts'
import type { DerNode } from '../der.ts'
import { Problem } from '../problem.ts'
import { pssOid, readPssParameters } from './pss.ts'

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

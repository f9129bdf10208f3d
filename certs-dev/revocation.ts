/** Writes the revocation list of one CA; whatever an earlier list revoked stays revoked. */
import { join } from 'node:path'
import { verifyCertificateSignature } from '../sdk/algorithm.ts'
import { parseCrl } from '../sdk/revocation/crl.ts'
import type { Crl } from '../sdk/revocation/crl.ts'
import { readPem, writePem } from '../sdk/pem.ts'
import { Problem } from '../sdk/problem.ts'
import { crlNumber, keyIds } from './extension.ts'
import { readIfThere, write } from './folder.ts'
import { dayMs } from './holder.ts'
import type { Holder } from './holder.ts'
import { makeCrl } from './make.ts'
import { subjectOf } from './profile.ts'

export interface Revoked {
  readonly serial: string
  readonly from: Date
}

/** Begins a day early, for clocks that are behind; lasts a year, as nobody renews it daily here. */
export async function writeCrl(
  folder: string,
  list: {
    readonly name: string
    readonly authority: Holder
    readonly at: Date
    readonly revoked: readonly Revoked[]
  },
): Promise<Crl> {
  const path = join(folder, `${list.name}.crl`)
  const { certificate, key, profile, owner } = list.authority
  const revoked = new Map(list.revoked.map(({ serial, from }) => [serial, from]))
  for (const { serial, from } of await revokedBefore(path, list.authority)) {
    revoked.set(serial, from)
  }
  const [, authorityKeyId] = keyIds(certificate.publicKey, certificate.publicKey)
  const number = crlNumber(Math.floor(list.at.getTime() / 1000))
  const der = await makeCrl({
    issuer: { name: subjectOf(profile, owner), key },
    from: new Date(list.at.getTime() - dayMs),
    until: new Date(list.at.getTime() + 365 * dayMs),
    revoked: [...revoked].map(([serial, from]) => ({ serial, from })),
    extensions: authorityKeyId ? [authorityKeyId, number] : [number],
  })
  await write(path, writePem([der], 'X509 CRL'), 'public')
  return parseCrl(der)
}

/** A damaged list, or one of an earlier key of this CA, has nothing to say about this one. */
async function revokedBefore(path: string, authority: Holder): Promise<readonly Revoked[]> {
  const pem = await readIfThere(path)
  try {
    const [der] = pem ? readPem(pem.toString('utf8'), 'X509 CRL') : []
    if (!der) return []
    const { entries, signatureAlgorithm, tbs, signature } = parseCrl(der)
    const { publicKey } = authority.certificate
    const isOwn = verifyCertificateSignature(signatureAlgorithm, publicKey, tbs, signature)
    return isOwn ? [...entries.values()].flat() : []
  } catch (thrown) {
    if (thrown instanceof Problem) return []
    throw thrown
  }
}

/**
 * Time-stamping authorities for tests, good by default: under the licensing CA of the tree in
 * `certificates.ts`, or under any other CA, with other keys, times and extensions.
 */
import { purposes } from '../certs-dev/extension.ts'
import { issueTimeStamp } from '../certs-dev/time-stamp.ts'
import type { TimeStampOrder } from '../certs-dev/time-stamp.ts'
import type { Certificate } from '../sdk/certificate.ts'
import { timeStampingOid } from '../sdk/certificate/purpose-oid.ts'
import { issueSeal } from './certificates.ts'
import { at, named } from '../certs-dev/certforge/forge.ts'
import type { Party } from './certificates.ts'
import type { Order } from '../certs-dev/certforge/forge.ts'

export type Authority = TimeStampOrder['authority']

/** @param issuers from the CA that issues it up to, and without, the root */
export async function timeStampAuthority(
  issuers: readonly Party[],
  order: Omit<Order, 'name' | 'issuer'> & { readonly name?: Order['name'] } = {},
): Promise<Authority> {
  const [issuer] = issuers
  const roles = { purpose: [purposes(timeStampingOid)], department: [], ...order.roles }
  const made = await issueSeal({
    ...{ name: named('tsa', 'platform'), ...order, roles },
    ...(issuer && { issuer }),
  })
  const chain: readonly Certificate[] = [made, ...issuers].map(({ certificate }) => certificate)
  return { key: made.keys.privateKey, certificate: made.certificate, chain }
}

export const stamped = Buffer.from('what existed then')

export function tokenOf(
  authority: Authority,
  order: Partial<Omit<TimeStampOrder, 'authority'>> = {},
): Uint8Array {
  return issueTimeStamp({ authority, data: stamped, at, ...order })
}

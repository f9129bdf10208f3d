/**
 * The status lists of an exchange: two bits a licence, lists of one length, signed by a status signer
 * of a trusted authority whose certificates come along. The lists themselves are `status.ts`.
 */
import { readChain, writeChain } from '../certificate/chain.ts'
import { validatePath } from '../certificate/path.ts'
import { readJws, signJws } from '../jws.ts'
import type { Key } from '../primitives/key.ts'
import { Problem } from '../problem.ts'
import { purposeOid } from '../certificate/purpose-oid.ts'
import { encodeStatusList, statusAt, verifyStatusList } from '../status.ts'
import type {
  PackedStatusList,
  SignedStatusList,
  StatusListVerdict,
  StatusQuestion,
} from '../status.ts'
import type { Trust } from '../trust.ts'

const statusBits = 2
export const statusListLength = 131_072
const listBytes = (statusListLength * statusBits) / 8
/** How long a list may be believed after it was signed, seconds. */
export const statusListTtl = 900

/** Each at its value in the registry of the draft. */
const licenceStatuses = ['valid', 'invalid', 'suspended'] as const
export type LicenceStatus = (typeof licenceStatuses)[number]

/** @param marked the positions whose status is not `valid`. */
export function encodeLicenceStatuses(
  marked: ReadonlyMap<number, LicenceStatus>,
): PackedStatusList {
  const statuses = new Uint8Array(statusListLength)
  for (const [position, status] of marked) {
    // An array swallows what is written beside it, and a revoked licence would be listed as valid.
    if (!(position in statuses)) throw new RangeError('no such position in a status list')
    statuses[position] = licenceStatuses.indexOf(status)
  }
  return encodeStatusList({ bits: statusBits, statuses })
}

/** The status of a licence; undefined for a position or a value that says nothing about it. */
export function licenceStatusAt(
  list: SignedStatusList,
  position: number,
): LicenceStatus | undefined {
  if (!Number.isInteger(position) || position < 0 || position >= list.length) return undefined
  return licenceStatuses[statusAt(list, position)]
}

export function signStatusList(
  list: PackedStatusList & { readonly uri: string; readonly at: Date },
  signer: { readonly key: Key; readonly chain: readonly Uint8Array[] },
): string {
  const { uri, at, bits, lst } = list
  const iat = Math.floor(at.getTime() / 1000)
  return signJws({
    header: { typ: 'statuslist+jwt', x5c: writeChain(signer.chain) },
    payload: JSON.stringify({
      ...{ sub: uri, iat, exp: iat + statusListTtl, ttl: statusListTtl },
      status_list: { bits, lst },
    }),
    key: signer.key,
  })
}

/**
 * Reads and verifies a list at a time: signed by a status signer of a trusted authority, for this
 * address, and of the form that every exchange publishes.
 */
export function openStatusList(
  token: string,
  question: StatusQuestion & { readonly trust: Trust },
): StatusListVerdict {
  try {
    const chain = readChain(readJws(token).header['x5c'])
    const { anchors, crls } = question.trust
    const path = validatePath({
      ...{ ...chain, anchors, crls, at: question.at },
      ...{ profile: 'strict', purpose: purposeOid.statusSigning, requireRevocation: true },
    })
    if (!path.ok) return refused(path.code)
    const [signer] = path.path
    // The authority of a department could write any purpose into a certificate, but only in the name
    // of that department, whose word on the licences of others this is not.
    if (signer?.departmentCode !== undefined) return refused('status-signer-of-department')
    if (!signer) return refused('invalid-status-list')
    const verdict = verifyStatusList(token, signer.publicKey, {
      ...question,
      limits: { listBytes },
    })
    return !verdict.ok || isOfExchange(verdict.list) ? verdict : refused('invalid-status-list')
  } catch (thrown) {
    if (thrown instanceof Problem) return refused(thrown.code)
    throw thrown
  }
}

function isOfExchange({ bits, length }: SignedStatusList): boolean {
  return bits === statusBits && length === statusListLength
}

function refused(code: string): StatusListVerdict {
  return { ok: false, code }
}

/**
 * What stands in clear under the seal of a licence, from what is known of it: the vault writes it so, and
 * so does a department that seals on its own premises.
 */
import { departmentUrn, licenceTypeUrn } from './document.ts'
import type { LicenceClaims } from './document.ts'

export interface LicenceFacts {
  /** 21 characters (GB/T 36903). */
  readonly typeCode: string
  readonly typeVersion: string
  readonly licenceId: string
  /** Code of the issuing department. */
  readonly issuer: string
  readonly validFrom: Date
  /** The first moment out of force; null without term (长期). */
  readonly validUntil: Date | null
  /** In the status lists, as the vault has reserved it. */
  readonly place: { readonly idx: number; readonly uri: string }
  /** The licence in whose place it comes. */
  readonly supersedes?: string | undefined
}

export function licenceClaims(facts: LicenceFacts): LicenceClaims {
  const { typeCode, typeVersion, licenceId, issuer, validFrom, validUntil, supersedes } = facts
  const { idx, uri } = facts.place
  return {
    vct: licenceTypeUrn(typeCode),
    licenceId,
    iss: departmentUrn(issuer),
    nbf: secondsOf(validFrom),
    ...(validUntil ? { exp: secondsOf(validUntil) } : {}),
    status: { status_list: { idx, uri } },
    typeVersion,
    ...(supersedes === undefined ? {} : { supersedes }),
  }
}

function secondsOf(time: Date): number {
  return Math.floor(time.getTime() / 1_000)
}

/**
 * What one forgery is: its number and name in our list, the rule it breaks or keeps, what has to be
 * said of it, and how it is made. What has to be said comes from the rule, never from our verifier.
 */
import type { PathFailure } from '../../sdk/certificate/check.ts'
import { purposeOid } from '../../sdk/certificate/purpose-oid.ts'
import { at } from './forge.ts'
import type { Forge, Party } from './forge.ts'

export type Outcome = 'ok' | PathFailure

export interface Case {
  /** Of the list of 70; a letter where one number stands for several. */
  readonly id: string
  readonly name: string
  /** A section of RFC 5280 unless it says otherwise; "profile" is what our own PKI keeps besides. */
  readonly rule: string
  readonly strict: Outcome
  readonly rfc5280: Outcome
  /** Which rule the parser of certificates names when it refuses the leaf. */
  readonly malformed?: string
  /** Why there is no such chain of SM2. */
  readonly notOfSm2?: string
  readonly make: (forge: Forge) => Presented
}

/** What is presented to a verifier, in DER; what is left out is right. */
export interface Presented {
  readonly leaf?: Uint8Array
  readonly intermediates?: readonly Uint8Array[]
  readonly anchors?: readonly Uint8Array[]
  readonly at?: Date
  /** An object identifier. */
  readonly purpose?: string
  readonly dnsName?: string
  readonly crls?: readonly Uint8Array[]
  readonly ocsp?: readonly Uint8Array[]
}

/** The leaf and what leads from it to the anchors, the right ones unless it is said otherwise. */
type Chain = Required<Pick<Presented, 'leaf' | 'intermediates'>> & Pick<Presented, 'anchors'>

/** What is presented, with everything right that was left out. */
export function presentationOf({ make }: Case, forge: Forge) {
  const { seal, department, licensing, root } = forge
  return {
    ...{ leaf: seal.der, intermediates: ders(department, licensing), anchors: ders(root) },
    ...{ at, purpose: purposeOid.seal, ...make(forge) },
  }
}

/** The same in both profiles. */
export function both(outcome: Outcome): Pick<Case, 'strict' | 'rfc5280'> {
  return { strict: outcome, rfc5280: outcome }
}

/** The leaf is no certificate at all, by this rule of the parser. */
export function malformed(rule: string): Pick<Case, 'strict' | 'rfc5280' | 'malformed'> {
  return { ...both('certificate-malformed'), malformed: rule }
}

/** Lets RFC 5280 pass what our own PKI never does. */
export function onlyStrict(outcome: Outcome): Pick<Case, 'strict' | 'rfc5280'> {
  return { strict: outcome, rfc5280: 'ok' }
}

/** A good seal below this authority of a department, itself below the good licensing authority. */
export function under({ sealOf, licensing }: Forge, department: Party): Chain {
  return { leaf: sealOf({ issuer: department }).der, intermediates: ders(department, licensing) }
}

/** The good chain below another root, which is the one that is trusted. */
export function underRoot({ ca, departmentCa, sealOf, licensing }: Forge, root: Party): Chain {
  const own = ca({ name: licensing.name, issuer: root }, 1)
  const department = departmentCa({ issuer: own })
  const { der } = sealOf({ issuer: department })
  return { leaf: der, intermediates: ders(department, own), anchors: [root.der] }
}

export function ders(...parties: readonly Party[]): readonly Uint8Array[] {
  return parties.map(({ der }) => der)
}

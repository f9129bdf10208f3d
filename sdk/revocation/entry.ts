/**
 * What lists (RFC 5280 §5) and OCSP responses (RFC 6960) have in common: extensions that must be
 * understood when they are critical, and a revocation with its moment and its reason.
 */
import { readExtension } from '../certificate/extension.ts'
import { readDerIn, tags } from '../der.ts'
import type { DerNode } from '../der.ts'
import { elementsOf, expectTag, generalizedTimeOf } from '../der-value.ts'
import { Problem } from '../problem.ts'

const extensionsMax = 16

/** Whether an extension that we know is to be critical; what we do not know must not be. */
export type ExtensionRules = Readonly<Record<string, 'critical' | 'not-critical' | 'either'>>

/** The extensions by their numbers, as the OCTET STRINGs they are in, those included that nobody here reads. */
export function readExtensionsBy(
  rules: ExtensionRules,
  list: DerNode,
): ReadonlyMap<string, DerNode> {
  const values = new Map<string, DerNode>()
  for (const node of elementsOf(list, extensionsMax)) {
    const { oid, isCritical, value } = readExtension(node)
    const rule = Object.hasOwn(rules, oid) ? rules[oid] : 'not-critical'
    if (rule !== 'either' && isCritical !== (rule === 'critical')) refuse('crl-extension')
    if (values.has(oid)) refuse('duplicate-extension')
    values.set(oid, value)
  }
  return values
}

/** CRLReason (RFC 5280 §5.3.1); 7 is not used. */
const reasonNames = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  undefined,
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const
export type RevocationReason = Exclude<(typeof reasonNames)[number], undefined>

export interface Revocation {
  readonly reason: RevocationReason
  /** The moment from which not to trust the certificate. */
  readonly from: Date
}

export const entryOids = {
  reason: '2.5.29.21',
  invalidityDate: '2.5.29.24',
  certificateIssuer: '2.5.29.29',
} as const

/**
 * The date from which the key is suspected (§5.3.2) counts when it is the earlier one: what it signed
 * since then is not trusted, although the revocation came later.
 */
export function revocationOf(
  revokedAt: Date,
  { reason, invalidityDate }: { reason: DerNode | undefined; invalidityDate: DerNode | undefined },
): Revocation {
  const suspected = invalidityDate ? generalizedTimeOf(readDerIn(invalidityDate)) : revokedAt
  const from = suspected < revokedAt ? suspected : revokedAt
  return { reason: reason ? reasonOf(reason) : 'unspecified', from }
}

function reasonOf(node: DerNode): RevocationReason {
  const [code = -1, another] = expectTag(node, tags.enumerated).content
  const reason = another === undefined ? reasonNames[code] : undefined
  return reason ?? refuse('reason')
}

function refuse(rule: string): never {
  throw new Problem('invalid-certificate', { rule })
}

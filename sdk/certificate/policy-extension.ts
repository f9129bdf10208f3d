/**
 * The four extensions that speak of certificate policies, read (RFC 5280 §4.2.1.4, §4.2.1.5,
 * §4.2.1.11, §4.2.1.14). What they mean for a path is in `certificate-policy.ts`; qualifiers are for
 * people and are not read.
 */
import { tags } from '../der.ts'
import type { DerNode } from '../der.ts'
import { contextTag, elementsOf, fieldsOf, oidOf, smallIntegerOf } from '../der-value.ts'
import { Problem } from '../problem.ts'

const policyLimits = { policies: 64, mappings: 64, skipped: 255 } as const

export interface PolicyMapping {
  readonly issuerPolicy: string
  readonly subjectPolicy: string
}

/** How many certificates may follow before the rule holds. */
export interface PolicyConstraints {
  readonly requireExplicit: number | undefined
  readonly inhibitMapping: number | undefined
}

/** Each policy at most once. */
export function readPolicies(value: DerNode): ReadonlySet<string> {
  const elements = elementsOf(value, policyLimits.policies)
  const policies = new Set(elements.map(readPolicy))
  return policies.size === elements.length ? policies : refuse('duplicate-policy')
}

function readPolicy(node: DerNode): string {
  const fields = fieldsOf(node)
  const policy = oidOf(fields.next(tags.oid))
  const qualifiers = fields.optional(tags.sequence)
  fields.end()
  if (qualifiers?.children.length === 0) refuse('empty')
  return policy
}

export function readPolicyMappings(value: DerNode): readonly PolicyMapping[] {
  return elementsOf(value, policyLimits.mappings).map((node) => {
    const fields = fieldsOf(node)
    const issuerPolicy = oidOf(fields.next(tags.oid))
    const subjectPolicy = oidOf(fields.next(tags.oid))
    fields.end()
    return { issuerPolicy, subjectPolicy }
  })
}

/** Says at least something. */
export function readPolicyConstraints(value: DerNode): PolicyConstraints {
  const fields = fieldsOf(value)
  const requireExplicit = countOf(fields.optional(contextTag(0, 'primitive')))
  const inhibitMapping = countOf(fields.optional(contextTag(1, 'primitive')))
  fields.end()
  if (requireExplicit === undefined && inhibitMapping === undefined) refuse('empty')
  return { requireExplicit, inhibitMapping }
}

export function readInhibitAnyPolicy(value: DerNode): number {
  return smallIntegerOf(value, policyLimits.skipped)
}

/** An INTEGER under an implicit tag, which the reader of DER does not see as one. */
function countOf(node: DerNode | undefined): number | undefined {
  if (!node) return undefined
  const [first, second, another] = node.content
  const value = second === undefined ? first : second
  const isCount =
    value !== undefined &&
    another === undefined &&
    (second === undefined ? value < 0x80 : first === 0 && second >= 0x80)
  return isCount ? value : refuse('integer-range')
}

function refuse(rule: string): never {
  throw new Problem('invalid-certificate', { rule })
}

/** The nouns of the gate: what is asked, what is known when it is judged, and what may come out. */
import { isInForce } from '../../catalogs/catalog.ts'
import type { Catalogue, Grant, ServiceItem } from '../../catalogs/catalog.ts'
import type { ProblemCode } from '../../sdk/problem.ts'
import type { Purpose } from '../../sdk/request-token.ts'

/** One subject, one resource or licence type, some of its fields (or predicates). */
export interface Ask {
  readonly department: string
  readonly purpose: Purpose | undefined
  /** Code of a resource or a licence type. */
  readonly resource: string
  readonly fields: readonly string[]
  /** Arguments of the predicates among the fields, by predicate. */
  readonly arguments?: Readonly<Record<string, string>>
  /** Blind index of the subject, base64url; undefined when it is about nobody who is known. */
  readonly subject: string | undefined
}

/** A case as the gate needs it. */
export interface KnownCase {
  readonly number: string
  readonly item: string
  readonly state: 'open' | 'closed'
  /** Blind indexes of the parties, base64url. */
  readonly parties: readonly string[]
}

/** Everything a decision may depend on, read before it is made. */
export interface Known {
  readonly catalogue: Catalogue
  /** The case the purpose names, if the department has it. */
  readonly case: KnownCase | undefined
  /** The version of the service item the purpose names that was in force when asked. */
  readonly item: ServiceItem | undefined
  readonly at: Date
}

export interface Refusal {
  readonly code: ProblemCode
  /** Name of the check that refused. */
  readonly rule: string
  /** The smallest grant that would have allowed it. */
  readonly grantNeeded?: {
    readonly department: string
    readonly resource: string
    readonly fields: readonly string[]
    readonly item: string
  }
  /** Department codes that could give it. */
  readonly owners?: readonly string[]
  /** The law that forbids sharing. */
  readonly legalBasis?: { readonly zh: string; readonly en: string }
}

/** Every field asked for stands in exactly one of the two. */
export interface Decision {
  readonly allowed: readonly string[]
  readonly refused: ReadonlyMap<string, Refusal>
  /** Codes of the grants relied on; empty for data shared unconditionally. */
  readonly grants: readonly string[]
}

/** Refuses the whole ask, or says nothing. */
export type AskCheck = (ask: Ask, known: Known) => Refusal | undefined

/** Refuses one field of an ask that passed every check on the whole, or says nothing. */
export type FieldCheck = (field: string, ask: Ask, known: Known) => Refusal | undefined

/** The grants that are in force for the ask's department, resource, item and day. */
export function grantsInForce(ask: Ask, { catalogue, at }: Known): readonly Grant[] {
  const item = ask.purpose?.item
  return catalogue
    .grantsOf(ask.department)
    .filter(
      (grant) =>
        grant.resource === ask.resource &&
        item !== undefined &&
        grant.items.includes(item) &&
        isInForce(grant, at),
    )
}

/** What the catalogue says of an act: whether the type has it, why it may be done, what a change may change. */
import type { Catalogue } from '../../catalogs/catalog.ts'
import { Problem } from '../../sdk/problem.ts'
import type { Act } from './lifecycle.ts'

/** @throws Problem unknown-reason */
export function checkReason({ stateCodes }: Catalogue, act: Act, reason: string): void {
  const reasons = stateCodes.reasons.flatMap((one) => (one.act === act ? [one.code] : []))
  if (!reasons.includes(reason)) throw new Problem('unknown-reason', { act, reasons })
}

/** By the rules of today, whenever the licence was issued. @throws Problem act-not-allowed */
export function checkAct({ licenceTypes }: Catalogue, type: string, act: Act): void {
  const acts = licenceTypes.get(type)?.acts ?? []
  if (!acts.includes(act)) throw new Problem('act-not-allowed', { type, act, acts })
}

interface Term {
  readonly validFrom: Date
  readonly validUntil: Date | null
}

/** Ends of the term that the act `change` moves outwards, and may not: a longer term is a renewal. */
export function lengthened(
  { licenceTypes }: Catalogue,
  type: string,
  { before, now }: { readonly before: Term; readonly now: Term },
): string[] {
  const changeable = licenceTypes.get(type)?.changeable ?? []
  const isLater = endOf(now) > endOf(before) && !changeable.includes('validUntil')
  return [
    ...(now.validFrom < before.validFrom ? ['validFrom'] : []),
    ...(isLater ? ['validUntil'] : []),
  ]
}

function endOf({ validUntil }: Term): number {
  return validUntil?.getTime() ?? Infinity
}

type Items = Readonly<Record<string, unknown>>

/** Items that the act `change` makes others, and may not; what the old licence left out may be added. */
export function unchangeable(
  { licenceTypes }: Catalogue,
  type: string,
  { before, now }: { readonly before: Items; readonly now: Items },
): string[] {
  const changeable = licenceTypes.get(type)?.changeable ?? []
  return Object.keys(before).filter(
    (code) => before[code] !== now[code] && !changeable.includes(code),
  )
}

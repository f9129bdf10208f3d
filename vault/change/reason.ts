/** Why an act may be done: the reasons of the catalogue, each with its clause of the law. */
import type { Catalogue } from '../../catalogs/catalog.ts'
import { Problem } from '../../sdk/problem.ts'
import type { Act } from './lifecycle.ts'

/** @throws Problem unknown-reason */
export function checkReason({ stateCodes }: Catalogue, act: Act, reason: string): void {
  const reasons = stateCodes.reasons.flatMap((one) => (one.act === act ? [one.code] : []))
  if (!reasons.includes(reason)) throw new Problem('unknown-reason', { act, reasons })
}

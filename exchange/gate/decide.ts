/** Who may have what: one pure function over the list of checks. The default is no. */
import type { Ask, Decision, Known, Refusal } from './ask.ts'
import { grantsInForce } from './ask.ts'
import { askChecks, fieldChecks } from './checks.ts'

/** Judges each field of an ask on its own, before any source is touched. */
export function decide(ask: Ask, known: Known): Decision {
  const wholeRefused = firstRefusal(askChecks, (check) => check(ask, known))
  const refused = new Map<string, Refusal>()
  const allowed: string[] = []
  for (const field of new Set(ask.fields)) {
    const refusal = wholeRefused ?? firstRefusal(fieldChecks, (check) => check(field, ask, known))
    if (refusal) refused.set(field, refusal)
    else allowed.push(field)
  }
  return { allowed, refused, grants: grantsReliedOn(allowed, ask, known) }
}

function firstRefusal<C>(
  checks: readonly C[],
  run: (check: C) => Refusal | undefined,
): Refusal | undefined {
  for (const check of checks) {
    const refusal = run(check)
    if (refusal) return refusal
  }
  return undefined
}

function grantsReliedOn(allowed: readonly string[], ask: Ask, known: Known): string[] {
  if (known.catalogue.shared(ask.resource)?.shareType === 'unconditional') return []
  return grantsInForce(ask, known)
    .filter(({ fields }) => fields.some((field) => allowed.includes(field)))
    .map(({ code }) => code)
}

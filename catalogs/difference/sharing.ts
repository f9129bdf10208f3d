/** What changed in how a thing is shared and in its days; the same for licence types and resources. */
import { canonicalJson } from '../../sdk/json.ts'
import type { Json } from '../../sdk/json.ts'
import type { Dated, Label, Sharing } from '../types/words.ts'
import type { Rule } from './change.ts'

const openness = { none: 0, conditional: 1, unconditional: 2 } as const

export const sharingRules: readonly Rule<Sharing & { readonly name: Label }>[] = [
  { kind: 'name-changed', holds: (before, after) => differ(before.name, after.name) },
  {
    kind: 'share-narrowed',
    holds: (before, after) => openness[after.shareType] < openness[before.shareType],
  },
  {
    kind: 'share-widened',
    holds: (before, after) => openness[after.shareType] > openness[before.shareType],
  },
  {
    kind: 'condition-changed',
    holds: (before, after) => differ(before.shareCondition, after.shareCondition),
  },
]

/** Later than every day. */
const never = '9999-12-31'

export const dayRules: readonly Rule<Dated>[] = [
  { kind: 'begins-later', holds: (before, after) => after.from > before.from },
  { kind: 'begins-earlier', holds: (before, after) => after.from < before.from },
  {
    kind: 'ends-earlier',
    holds: (before, after) => (after.until ?? never) < (before.until ?? never),
  },
  {
    kind: 'ends-later',
    holds: (before, after) => (after.until ?? never) > (before.until ?? never),
  },
]

/** Values of the catalogue came from JSON, so they are JSON; what is left out differs from all. */
export function differ(before: unknown, after: unknown): boolean {
  return canonicalJson([before ?? null] as Json) !== canonicalJson([after ?? null] as Json)
}

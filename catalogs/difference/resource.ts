/** What changed in a resource: what may be asked, what is answered, and how fresh it is. */
import type { Resource } from '../types.ts'
import { changesByLists, changesByRules } from './change.ts'
import type { Change, ListRule, Rule } from './change.ts'
import { changesOfFields } from './fields.ts'
import { dayRules, differ, sharingRules } from './sharing.ts'

const rules: readonly Rule<Resource>[] = [
  ...sharingRules,
  ...dayRules,
  { kind: 'owner-changed', holds: (before, after) => before.owner !== after.owner },
  { kind: 'subject-changed', holds: (before, after) => differ(before.subject, after.subject) },
  {
    kind: 'freshness-loosened',
    holds: (before, after) => after.freshnessHours > before.freshnessHours,
  },
  {
    kind: 'freshness-tightened',
    holds: (before, after) => after.freshnessHours < before.freshnessHours,
  },
]

const lists: readonly ListRule<Resource>[] = [
  {
    ...{ removed: 'key-removed', added: 'key-added' },
    list: ({ keys }) => keys.map(({ code }) => code),
  },
  {
    ...{ removed: 'predicate-removed', added: 'predicate-added' },
    list: ({ predicates }) => predicates.map(({ code }) => code),
  },
]

export function changesOfResource(before: Resource, after: Resource): Change[] {
  return [
    ...changesByRules(rules, before, after),
    ...changesByLists(lists, before, after),
    ...changedPredicates(before, after),
    ...changesOfFields(before.fields, after.fields),
  ]
}

/** Names aside: what it is asked of, how, and which codes mean yes. */
function changedPredicates(before: Resource, after: Resource): Change[] {
  return before.predicates.flatMap((asked) => {
    const next = after.predicates.find(({ code }) => code === asked.code)
    const isOther = next && differ(asked, { ...next, name: asked.name })
    return isOther ? [{ kind: 'predicate-changed', of: asked.code } as const] : []
  })
}

/** What one department may have of it, before and after: each field of each thing for each item. */
import type { Grant } from '../types.ts'
import type { Change } from './change.ts'

export function changesOfGrants(before: readonly Grant[], after: readonly Grant[]): Change[] {
  const had = endsByCell(before)
  const has = endsByCell(after)
  const lost = [...had].flatMap(([of, until]): Change[] => {
    const end = has.get(of)
    if (end === undefined) return [{ kind: 'grant-lost', of }]
    return end < until ? [{ kind: 'grant-shortened', of }] : []
  })
  const gained = [...has.keys()]
    .filter((of) => !had.has(of))
    .map((of): Change => ({ kind: 'grant-gained', of }))
  return [...lost, ...gained]
}

/** The last day by `resource.field item`; of several grants of the same the one that lasts longest. */
function endsByCell(grants: readonly Grant[]): ReadonlyMap<string, string> {
  const ends = new Map<string, string>()
  for (const { resource, fields, items, until } of grants) {
    for (const cell of items.flatMap((item) =>
      fields.map((field) => `${resource}.${field} ${item}`),
    )) {
      const known = ends.get(cell)
      if (known === undefined || known < until) ends.set(cell, until)
    }
  }
  return ends
}

/** Counting what became of the rows of an import. */

/** Every row is counted once: `rows` = `issued` + `existing` + `quarantined`. */
export interface ImportTotals {
  readonly rows: number
  readonly issued: number
  /** The licence was there already, from an earlier run or an ordinary issue. */
  readonly existing: number
  readonly quarantined: number
  /** Licences issued, by department. */
  readonly byIssuer: Readonly<Record<string, number>>
  /** Licences issued, by division. */
  readonly byDivision: Readonly<Record<string, number>>
  /** Findings in quarantine; a row may have several. */
  readonly byRule: Readonly<Record<string, number>>
}

export type Outcome =
  | { readonly is: 'issued'; readonly issuer: string; readonly division: string }
  | { readonly is: 'existing' }
  | { readonly is: 'quarantined'; readonly rules: readonly string[] }

interface Tally {
  readonly add: (outcomes: readonly Outcome[]) => void
  readonly totals: () => ImportTotals
}

export function createTally(): Tally {
  const count = { issued: 0, existing: 0, quarantined: 0 }
  const byIssuer = new Map<string, number>()
  const byDivision = new Map<string, number>()
  const byRule = new Map<string, number>()
  const increase = (by: Map<string, number>, key: string): void => {
    by.set(key, (by.get(key) ?? 0) + 1)
  }
  const addOne = (outcome: Outcome): void => {
    count[outcome.is] += 1
    if (outcome.is === 'issued') {
      increase(byIssuer, outcome.issuer)
      increase(byDivision, outcome.division)
    }
    if (outcome.is === 'quarantined') for (const rule of outcome.rules) increase(byRule, rule)
  }
  return {
    add: (outcomes) => {
      outcomes.forEach(addOne)
    },
    totals: () => ({
      rows: count.issued + count.existing + count.quarantined,
      ...count,
      byIssuer: Object.fromEntries(byIssuer),
      byDivision: Object.fromEntries(byDivision),
      byRule: Object.fromEntries(byRule),
    }),
  }
}

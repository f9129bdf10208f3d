/** Counting what became of the rows of an import. */

/** Every row is counted once: `rows` = `issued` + `existing` + `quarantined`. */
export interface ImportTotals {
  readonly rows: number
  readonly issued: number
  /** The licence was there before the run, from an earlier one or an ordinary issue. */
  readonly existing: number
  readonly quarantined: number
  /** Licences issued, by department. */
  readonly byIssuer: Counts
  /** Licences issued, by division. */
  readonly byDivision: Counts
  /** Findings in quarantine; a row may have several. */
  readonly byRule: Counts
  /** The same by `field rule`. */
  readonly byFinding: Counts
  /** How many of the licences issued have each item. */
  readonly byItem: Counts
}

export type Counts = Readonly<Record<string, number>>

export type Outcome =
  | {
      readonly is: 'issued'
      readonly issuer: string
      readonly division: string
      readonly items: readonly string[]
    }
  | { readonly is: 'existing' }
  | {
      readonly is: 'quarantined'
      readonly findings: readonly { readonly field: string; readonly rule: string }[]
    }

export const nothing: ImportTotals = {
  ...{ rows: 0, issued: 0, existing: 0, quarantined: 0 },
  ...{ byIssuer: {}, byDivision: {}, byRule: {}, byFinding: {}, byItem: {} },
}

export function tallyOf(outcomes: readonly Outcome[]): ImportTotals {
  const count = { issued: 0, existing: 0, quarantined: 0 }
  for (const { is } of outcomes) count[is] += 1
  const issued = outcomes.filter((outcome) => outcome.is === 'issued')
  const findings = outcomes.flatMap((one) => (one.is === 'quarantined' ? one.findings : []))
  return {
    rows: outcomes.length,
    ...count,
    byIssuer: countsOf(issued.map(({ issuer }) => issuer)),
    byDivision: countsOf(issued.map(({ division }) => division)),
    byRule: countsOf(findings.map(({ rule }) => rule)),
    byFinding: countsOf(findings.map(({ field, rule }) => `${field} ${rule}`)),
    byItem: countsOf(issued.flatMap(({ items }) => items)),
  }
}

export function addTotals(a: ImportTotals, b: ImportTotals): ImportTotals {
  return {
    rows: a.rows + b.rows,
    issued: a.issued + b.issued,
    existing: a.existing + b.existing,
    quarantined: a.quarantined + b.quarantined,
    byIssuer: addCounts(a.byIssuer, b.byIssuer),
    byDivision: addCounts(a.byDivision, b.byDivision),
    byRule: addCounts(a.byRule, b.byRule),
    byFinding: addCounts(a.byFinding, b.byFinding),
    byItem: addCounts(a.byItem, b.byItem),
  }
}

function countsOf(keys: readonly string[]): Counts {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return Object.fromEntries(counts)
}

function addCounts(a: Counts, b: Counts): Counts {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return Object.fromEntries(Array.from(keys, (key) => [key, (a[key] ?? 0) + (b[key] ?? 0)]))
}

/**
 * How many licences there are of what, from the counts that are kept along with every event. Counts of
 * licences that persons hold are rounded down to tens, each type for itself and before they are added
 * up: no comparison of two answers then tells of fewer than ten people.
 */
import type { Catalogue } from '../catalogs/catalog.ts'
import type { Tx } from '../db/postgres.ts'
import { Problem } from '../sdk/problem.ts'
import { areaSpan } from './search.ts'
import { sumCounts } from './statistics/store.ts'
import type { CountRow } from './statistics/store.ts'

export const countedBy = ['type', 'issuer', 'division', 'month', 'state'] as const
export type CountedBy = (typeof countedBy)[number]

export interface StatisticsQuestion {
  readonly by: readonly CountedBy[]
  /** Months in Beijing, `YYYY-MM`, the last one included. */
  readonly from: string
  readonly to: string
  readonly type?: string
  readonly issuer?: string
  /** The first two, four or all six digits of a division. */
  readonly area?: string
}

/** By what was asked for, and nothing else. */
export interface Count extends Readonly<Partial<Record<CountedBy, string>>> {
  /** Licences that entered the state in the period, or in the month. */
  readonly entered: number
  readonly gone: number
  /** Licences in the state at the end of it. */
  readonly standing: number
}

const statisticsLimits = { rows: 10_000, fewest: 10 } as const

/** @throws Problem invalid-request, too-many */
export async function statistics(
  { db, catalogue }: { readonly db: Tx; readonly catalogue: Catalogue },
  asked: StatisticsQuestion,
): Promise<Count[]> {
  check(asked)
  const { by, from, to, type, issuer, area } = asked
  const isAsked = (one: CountedBy): boolean => by.includes(one)
  const rows = await sumCounts(
    db,
    {
      by: {
        ...{ type: true, issuer: isAsked('issuer'), division: isAsked('division') },
        ...{ month: isAsked('month'), state: isAsked('state') },
      },
      ...{ from: `${from}-01`, to: `${to}-01`, type: type ?? null, issuer: issuer ?? null },
      divisions: areaSpan(area),
    },
    statisticsLimits.rows + 1,
  )
  if (rows.length > statisticsLimits.rows)
    throw new Problem('too-many', { limit: statisticsLimits.rows })
  const counts = new Map<string, Count>()
  for (const row of rows.map((one) => rounded(one, catalogue))) {
    const named = Object.fromEntries(by.map((one) => [one, row[one] ?? '']))
    const key = JSON.stringify(named)
    const { entered = 0, gone = 0, standing = 0 } = counts.get(key) ?? {}
    counts.set(key, {
      ...{ ...named, entered: entered + row.entered, gone: gone + row.gone },
      standing: standing + row.standing,
    })
  }
  return [...counts.values()].filter(({ entered, gone, standing }) => entered + gone + standing > 0)
}

/** What is not known to be of organisations alone is taken to be of persons. */
function rounded(row: CountRow, { licenceTypes }: Catalogue): CountRow {
  if (licenceTypes.get(row.type ?? '')?.holderCategory === 'organisation') return row
  const { entered, gone, standing } = row
  return { ...row, entered: tens(entered), gone: tens(gone), standing: tens(standing) }
}

function tens(count: number): number {
  return count - (count % statisticsLimits.fewest)
}

function check({ by, from, to }: StatisticsQuestion): void {
  const refuse = (place: string, expected: string): never => {
    throw new Problem('invalid-request', { place, expected })
  }
  if (!by.every((one) => countedBy.includes(one))) refuse('by', countedBy.join(', '))
  const month = /^(?!0000)\d{4}-(0[1-9]|1[0-2])$/ // The calendar of PostgreSQL has no year 0.
  if (!month.test(from)) refuse('from', 'YYYY-MM')
  if (!month.test(to) || to < from) refuse('to', 'YYYY-MM, not before `from`')
}

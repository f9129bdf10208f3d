/** The root field `audit`: who saw what, for departments that supervise; itself an entry. */
import type { Catalogue } from '../../catalogs/catalog.ts'
import type { Tx } from '../../db/postgres.ts'
import type { EntryFilter, FoundEntry, Log } from '../../log/index.ts'
import { searchLimits } from '../../log/index.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import type { BlindIndex, Party } from '../../vault/index.ts'
import type { RecordedItem } from '../audit/record.ts'
import { leavesAbout } from '../audit/store.ts'
import type { Root } from './root.ts'

export interface AuditParts {
  readonly db: Tx
  readonly log: Log
  readonly catalogue: Catalogue
  readonly blind: BlindIndex
}

/** Entries about one subject that one search looks through. */
const subjectEntriesMax = 1_000

export function auditRoot(parts: AuditParts): Root {
  return ({ args }, { caller }) => {
    const roles = parts.catalogue.departments.get(caller.department)?.roles ?? []
    if (!roles.includes('supervision')) {
      const error = { code: 'not-an-auditor', rule: 'departmentSupervises' } as const
      return Promise.resolve({ run: () => Promise.resolve({ error, items: [] }) })
    }
    const filter = filterIn(args['filter'])
    const page = pageOf(args)
    return Promise.resolve({
      run: async () => {
        const found = await parts.log.search(await filterOf(parts, filter), page)
        const last = found.length === page.first ? found.at(-1) : undefined
        const entries = found.map((entry) => viewOf(parts.log, entry))
        const next = last ? String(last.id) : null
        return { value: { entries, next }, items: [searched(parts, filter)], kind: 'audit-read' }
      },
    })
  }
}

/** GraphQL takes null for any member that may be absent; nothing is filtered by it. */
function filterIn(given: unknown): AuditFilter {
  const members = Object.entries(given ?? {}).filter(([, value]) => value !== null)
  return Object.fromEntries(members) // Checked by GraphQL against AuditFilter.
}

/** What was looked for stands in the auditor's own entry: codes and numbers, a person as a commitment. */
function searched({ blind }: AuditParts, { subject, ...rest }: AuditFilter): RecordedItem {
  return {
    ...{ resource: 'audit', decision: 'allowed' },
    fields: Object.entries(rest).map(([name, value]) => `${name}=${value}`),
    subject: subject && toBase64url(blind.party(subject)),
  }
}

type AuditFilter = Omit<EntryFilter, 'leaves' | 'from' | 'until'> & {
  readonly subject?: Party
  readonly from?: string
  readonly until?: string
}

async function filterOf(
  { db, blind }: AuditParts,
  { subject, from, until, ...rest }: AuditFilter,
): Promise<EntryFilter> {
  if (!Object.values(rest).every(isText))
    throw new Problem('invalid-request', { place: 'filter', expected: 'text' })
  const leaves = subject && (await leavesAbout(db, blind.party(subject), subjectEntriesMax))
  return {
    ...rest,
    ...(leaves ? { leaves } : {}),
    ...(from ? { from: timeOf(from, 'from') } : {}),
    ...(until ? { until: timeOf(until, 'until') } : {}),
  }
}

/** Control characters are in no entry, and NUL PostgreSQL cannot even compare. */
function isText(text: string): boolean {
  return /^[^\p{Cc}]{1,512}$/u.test(text)
}

/** RFC 3339, or a day alone; Date reads much more, and what is read here is repeated in the log. */
const timePattern = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/

function timeOf(text: string, place: string): Date {
  const time = new Date(timePattern.test(text) ? text : NaN)
  if (!Number.isNaN(time.getTime())) return time
  throw new Problem('invalid-request', { place, expected: 'an RFC 3339 time' })
}

function pageOf(args: Readonly<Record<string, unknown>>): { first: number; before?: number } {
  const first = Number(args['first'])
  if (!(first >= 1 && first <= searchLimits.pageMax)) {
    throw new Problem('invalid-request', {
      place: 'first',
      expected: `1 to ${searchLimits.pageMax}`,
    })
  }
  const after = args['after']
  if (after === undefined || after === null) return { first }
  if (typeof after === 'string' && /^\d{1,15}$/.test(after)) return { first, before: Number(after) }
  throw new Problem('invalid-request', { place: 'after', expected: 'next of an earlier page' })
}

function viewOf(log: Log, { shard, index, leaf, recordedAt, body }: FoundEntry) {
  const text = fromUtf8(body)
  return {
    ...(JSON.parse(text) as object), // Our own canonical bytes.
    ...{ leaf: toBase64url(leaf), origin: log.origin(shard), index, body: text },
    recordedAt: recordedAt.toISOString(),
  }
}

/** A page of the log: codes and commitments, as the entries have them; they hold nothing personal. */
import { entryKinds, searchLimits } from '../../log/index.ts'
import type { EntryFilter, FoundEntry } from '../../log/index.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import { withExchange } from './open.ts'
import type { Shell } from './shell.ts'
import { columns } from './words.ts'

export interface SearchOptions {
  readonly department?: string
  readonly officer?: string
  readonly case?: string
  readonly kind?: string
  readonly licence?: string
  readonly from?: Date
  readonly until?: Date
  readonly first: number
  readonly before?: number
}

export async function runSearch(shell: Shell, options: SearchOptions): Promise<void> {
  const { licence: licenceId, first, before, ...rest } = options
  refuseUnknown(options)
  const filter: EntryFilter = { ...rest, ...(licenceId === undefined ? {} : { licenceId }) }
  await withExchange(shell, async ({ log }) => {
    const found = await log.search(filter, { first, ...(before === undefined ? {} : { before }) })
    const next = found.length === first ? (found.at(-1)?.id ?? null) : null
    shell.terminal.answer({ entries: found.map(viewOf), next }, columns(found.map(rowOf)))
    if (found.length === 0) shell.terminal.note('no entry fits')
    if (next !== null) shell.terminal.note(`there may be more: --before ${next}`)
  })
}

function refuseUnknown({ kind, first }: SearchOptions): void {
  if (kind !== undefined && !Object.hasOwn(entryKinds, kind)) {
    const expected = Object.keys(entryKinds).join(', ')
    throw new Problem('invalid-request', { place: 'kind', expected })
  }
  const { pageMax } = searchLimits
  if (first > pageMax) {
    throw new Problem('invalid-request', { place: 'first', expected: `1 to ${pageMax}` })
  }
}

function viewOf({ id, shard, index, leaf, recordedAt, body }: FoundEntry) {
  return {
    ...{ id, shard, index, leaf: toBase64url(leaf), recordedAt: recordedAt.toISOString() },
    entry: parseJsonObject(fromUtf8(body)),
  }
}

const shown = ['department', 'officer', 'item', 'case', 'decision', 'type', 'licenceId'] as const

function rowOf({ id, leaf, recordedAt, body }: FoundEntry): string[] {
  const entry = parseJsonObject(fromUtf8(body))
  const words = shown.flatMap((name) => {
    const value = entry[name]
    return typeof value === 'string' ? [`${name} ${value}`] : []
  })
  const kind = typeof entry['kind'] === 'string' ? entry['kind'] : ''
  return [String(id), recordedAt.toISOString(), kind, toBase64url(leaf), words.join(', ')]
}

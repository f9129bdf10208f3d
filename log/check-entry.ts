/**
 * One row of log.entry against its own bytes: the leaf, the search columns, the order of time. Whether the
 * tree holds it is `check-tree.ts`.
 */
import { leafHash } from '../sdk/merkle.ts'
import { equalBytes } from '../sdk/primitives.ts'
import type { EntryRow } from './check-store.ts'
import { columnsOf } from './entry.ts'
import type { EntryColumns } from './entry.ts'
import type { Find } from './finding.ts'

/** Entries of one batch may be recorded by transactions as long as the longest load. */
const disorderMaxMs = 3_600_000

interface CheckedEntry {
  /** Recomputed from the body, never the stored one. */
  readonly leaf: Uint8Array
  readonly isSound: boolean
  readonly recordedAt: Date | undefined
}

export function checkEntry(row: EntryRow, find: Find, index?: number): CheckedEntry {
  const leaf = leafHash(row.body)
  const columns = columnsOf(row.body)
  const isSound = columns !== undefined && equalBytes(leaf, row.leaf)
  if (!isSound) find('entry-altered', `log.entry ${row.id}`, index)
  else if (!agree(columns, row)) find('entry-columns-altered', `log.entry ${row.id}`, index)
  return { leaf, isSound, recordedAt: columns?.recordedAt }
}

/** Compared with the neighbour only: one clock that was ahead for an hour is one finding, not many. */
export function isBackDated(recordedAt: Date, before: Date): boolean {
  return recordedAt.getTime() < before.getTime() - disorderMaxMs
}

function agree(columns: EntryColumns, row: EntryRow): boolean {
  const { at, recordedAt, ...others } = columns
  if (at.getTime() !== row.at.getTime()) return false
  if (recordedAt.getTime() !== row.recordedAt.getTime()) return false
  const stored: Readonly<Record<string, unknown>> = { ...row }
  return Object.entries(others).every(([name, value]) => stored[name] === value)
}

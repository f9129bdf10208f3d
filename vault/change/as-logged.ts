/**
 * Whether what is stored of acts is what the log tells of them. A row of the database is not believed
 * by itself: who can write there could call a revoked licence valid (promise I12).
 */
import { leafHash } from '../../sdk/merkle.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import { equalBytes, fromUtf8 } from '../../sdk/primitives.ts'
import type { RecordedAct } from '../verify/history-store.ts'

interface LoggedEntry {
  readonly leaf: Uint8Array
  readonly body: Uint8Array
}

/** Of one licence: its acts in the order of their ordinals, its entries in that of the log. */
export function areAsLogged(
  acts: readonly RecordedAct[],
  entries: readonly LoggedEntry[],
): boolean {
  return (
    acts.length === entries.length &&
    entries.every((entry, i) => {
      const act = acts[i]
      return act !== undefined && isAsLogged(act, entry)
    })
  )
}

/** In every member that an entry has; of the rest, only its place among the others matters. */
export function isAsLogged(act: RecordedAct, { leaf, body }: LoggedEntry): boolean {
  if (!equalBytes(act.leaf, leaf) || !equalBytes(leafHash(body), leaf)) return false
  const entry = parseJsonObject(fromUtf8(body))
  // Entries of former versions, whose acts took effect at once, have one time.
  const told: Readonly<Record<string, unknown>> = { effectiveAt: entry['at'], ...entry }
  return Object.entries(toldOf(act)).every(([name, value]) => (told[name] ?? null) === value)
}

function toldOf(act: RecordedAct) {
  const { licence_id: licenceId, state, reason, department, officer, receiver, successor } = act
  return {
    ...{ licenceId, act: act.act, state, reason, department, officer, receiver, successor },
    case: act.case_number,
    at: act.recorded_at.toISOString(),
    effectiveAt: act.effective_at.toISOString(),
  }
}

/**
 * Events: what happened to licences, as others are told of it. An event is appended in the transaction
 * of what it tells of, so neither is ever there without the other; nobody waits for anybody in that.
 */
import type { Tx } from '../db/postgres.ts'
import type { State } from './change/lifecycle.ts'
import { addPending } from './event/store.ts'

export interface LicenceEvent {
  readonly kind: 'issued' | 'changed' | 'superseded' | 'expiring'
  readonly licenceId: string
  readonly type: string
  readonly issuer: string
  readonly division: string
  /** That it is in since, or with its issue. */
  readonly state: State
  /** How many acts there were of it by then, this one included: none at its issue. */
  readonly acts: number
  /** When it took effect. */
  readonly at: Date
}

/** Any number of events of one transaction is one statement. */
export async function announce(tx: Tx, events: readonly LicenceEvent[]): Promise<void> {
  if (events.length > 0) await addPending(tx, events)
}

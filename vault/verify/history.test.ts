import { expect, test } from 'vitest'
import { stateAt } from './history.ts'
import type { RecordedAct } from './history-store.ts'

const day = (n: number): Date => new Date(Date.UTC(2026, 0, n))

/** Recorded on one day, effective on another. */
function act(state: RecordedAct['state'], recorded: number, effective: number): RecordedAct {
  return {
    ...{ act: 'suspend', state, reason: 'under-investigation', department: 'd', officer: 'o' },
    ...{ effective_at: day(effective), recorded_at: day(recorded), leaf: new Uint8Array(32) },
    ...{ licence_id: 'any', case_number: null, successor: null, receiver: null },
  }
}

const suspended = act('suspended', 10, 10)
const restored = act('valid', 12, 12)
/** Recorded on the 20th, and effective since the 5th. */
const revokedBefore = act('revoked', 20, 5)
const cancelledLater = act('cancelled', 13, 30)

test.for<[what: string, acts: readonly RecordedAct[], at: number, state: string]>([
  ['nothing has happened', [], 10, 'valid'],
  ['an act not yet effective', [suspended], 9, 'valid'],
  ['on the very moment', [suspended], 10, 'suspended'],
  ['the newest of all', [suspended, restored], 12, 'valid'],
  ['between two acts', [suspended, restored], 11, 'suspended'],
  ['recorded later, effective earlier', [suspended, restored, revokedBefore], 6, 'revoked'],
  [
    'and it is not undone by what came before it',
    [suspended, restored, revokedBefore],
    12,
    'revoked',
  ],
  ['before even that', [suspended, restored, revokedBefore], 4, 'valid'],
  ['announced for later', [suspended, restored, cancelledLater], 29, 'valid'],
  ['announced, and the day has come', [suspended, restored, cancelledLater], 30, 'cancelled'],
])('%s', ([, acts, at, state]) => {
  expect(stateAt(acts, day(at))).toBe(state)
})

/**
 * Which key may have signed a head. The first key needs no word for it; every other one signs only
 * heads that cover the entry by which the key before it handed over. A head was signed after its last
 * entry was recorded, so a key that had ended by then has not signed it, or not honestly.
 */
import { fromUtf8 } from '../sdk/primitives.ts'
import { parseJsonObject } from '../sdk/json.ts'
import { hadNotEnded, isChangeBetween, isChangeSigned } from '../sdk/log-key.ts'
import type { LogKey } from '../sdk/log-key.ts'
import type { SignedHead } from './check-heads.ts'
import type { EntryRow } from './check-store.ts'
import type { Find } from './finding.ts'

export interface Changes {
  /** To be called with every sound entry, in the order of the log. */
  readonly read: (entry: EntryRow) => void
  /** @param recordedAt of the last entry under the head */
  readonly checkSigners: (head: SignedHead, recordedAt: Date | undefined) => void
}

export function createChanges(keys: readonly LogKey[], find: Find): Changes {
  const announced = new Set(keys.slice(0, 1))
  return {
    read: ({ id, body, kind }) => {
      if (kind !== 'log-key-changed') return
      const entry = parseJsonObject(fromUtf8(body))
      if (!isChangeSigned(entry, keys)) find('key-change-invalid', `log.entry ${id}`)
      for (const [i, key] of keys.entries()) {
        const before = keys[i - 1]
        if (before && isChangeBetween(entry, before, key)) announced.add(key)
      }
    },
    checkSigners: ({ row, signedBy }, recordedAt) => {
      if (signedBy.some((key) => !announced.has(key))) find('head-by-unannounced-key', row)
      if (recordedAt && !signedBy.some((key) => hadNotEnded(key, recordedAt))) {
        find('head-by-ended-key', row)
      }
    },
  }
}

/** Small records encrypted each under its own wrapped data key: case parties, quarantined rows. */
import { decrypt, encrypt, newDataKey } from './cipher.ts'
import type { KeyWrapper } from './key-wrapper.ts'

export interface SealedRecord {
  readonly sealed: Uint8Array
  readonly wrappedKey: Uint8Array
}

export interface RecordCipher {
  /** @param place where the record will stand; opening it elsewhere fails. */
  readonly seal: (plain: Uint8Array, place: string) => Promise<SealedRecord>
  readonly open: (record: SealedRecord, place: string) => Promise<Uint8Array>
}

export function createRecordCipher(wrapper: KeyWrapper): RecordCipher {
  return {
    seal: async (plain, place) => {
      const key = newDataKey()
      return { sealed: encrypt(key, plain, place), wrappedKey: await wrapper.wrap(key, place) }
    },
    open: async ({ sealed, wrappedKey }, place) =>
      decrypt(await wrapper.unwrap(wrappedKey, place), sealed, place),
  }
}

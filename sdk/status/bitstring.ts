/**
 * The W3C Bitstring Status List v1.0, as an export of a Token Status List: one bit a licence for one
 * purpose, the first in the highest bit of the first byte, gzip, multibase. Only written here; our own
 * verifier asks for the signed list itself.
 */
import { toBase64url } from '../base64url.ts'
import { gzip } from '../compression.ts'
import { statusAt } from '../status.ts'
import type { StatusList } from '../status.ts'

/** A shorter list would say too much about whom a position belongs to (§6.1 of the standard). */
const entriesMin = 131_072
const multibaseBase64url = 'u'

/** What the purposes of the standard are in the registry of the IETF's. */
const marks = { revocation: 0x01, suspension: 0x02 } as const
export type BitstringPurpose = keyof typeof marks

/** The `encodedList` of a `BitstringStatusList`. */
export function encodeBitstring(list: StatusList, purpose: BitstringPurpose): string {
  const bytes = new Uint8Array(Math.ceil(Math.max(list.length, entriesMin) / 8))
  for (let index = 0; index < list.length; index += 1) {
    if (statusAt(list, index) !== marks[purpose]) continue
    const at = Math.floor(index / 8)
    bytes[at] = (bytes[at] ?? 0) | (0x80 >> (index % 8))
  }
  return `${multibaseBase64url}${toBase64url(gzip(bytes))}`
}

/** The subject of a `BitstringStatusListCredential`, which somebody else signs. */
export function bitstringSubject(
  id: string,
  list: StatusList,
  purpose: BitstringPurpose,
): Readonly<Record<'id' | 'type' | 'statusPurpose' | 'encodedList', string>> {
  const encodedList = encodeBitstring(list, purpose)
  return { id, type: 'BitstringStatusList', statusPurpose: purpose, encodedList }
}

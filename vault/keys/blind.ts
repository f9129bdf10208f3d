/**
 * Keyed blind indexes: equal identifiers give equal 32 bytes, and without the key the bytes tell
 * nothing, not even by trying all citizen numbers. The key lives outside the database.
 */
import { keyedSha256, utf8 } from '../../sdk/primitives.ts'

export interface Party {
  /** GB/T 36903 annex A, for example 001 (USCC) or 111 (citizen number). */
  readonly codeType: string
  readonly code: string
}

export interface BlindIndex {
  readonly party: (party: Party) => Uint8Array
  readonly licenceNumber: (type: string, number: string) => Uint8Array
  /** Of the place in the answer to a question, so that no other can be made up. */
  readonly cursor: (question: string, place: string) => Uint8Array
  /** 128 bits that stand on the face in place of the identifier. */
  readonly faceCode: (licenceId: string) => Uint8Array
  /** Of a whole request, to know it again without keeping it. */
  readonly request: (content: string) => Uint8Array
  /** 128 bits that nobody guesses, and that every attempt at one request of a department has again. */
  readonly secret: (of: 'copy' | 'show-code', department: string, key: string) => Uint8Array
}

export function createBlindIndex(key: Uint8Array): BlindIndex {
  const hash = keyedSha256(key)
  const index = (...parts: readonly string[]): Uint8Array => hash(utf8(JSON.stringify(parts)))
  /** An import asks for the same ones twice: for what is in the file, and for what is to be issued. */
  const parties = new WeakMap<Party, Uint8Array>()
  return {
    party: (party) => {
      const known = parties.get(party) ?? index('party', party.codeType, party.code)
      parties.set(party, known)
      return known
    },
    licenceNumber: (type, number) => index('licence-number', type, number),
    cursor: (question, place) => index('cursor', question, place),
    faceCode: (licenceId) => index('face-code', licenceId).subarray(0, 16),
    request: (content) => index('request', content),
    secret: (of, department, key) => index(of, department, key).subarray(0, 16),
  }
}

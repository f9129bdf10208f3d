/**
 * What a thread that seals answers: all documents of a task in one piece of memory, which changes hands
 * without being copied. Each by itself would be copied twice, with whatever stands beside it in memory.
 */
import type { SealedDocument } from './seal-one.ts'

const digestLength = 32

export interface SealAnswer {
  readonly licenceIds: readonly string[]
  /** Of each sealed document in `bytes`, behind its digest. */
  readonly lengths: readonly number[]
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** By licence. */
export type SealedDocuments = readonly (readonly [string, SealedDocument])[]

export function packed(documents: SealedDocuments): SealAnswer {
  const lengths = documents.map(([, { sealed }]) => sealed.length)
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + digestLength + length, 0))
  let end = 0
  for (const [, { documentDigest, sealed }] of documents) {
    bytes.set(documentDigest, end)
    bytes.set(sealed, end + digestLength)
    end += digestLength + sealed.length
  }
  return { licenceIds: documents.map(([licenceId]) => licenceId), lengths, bytes }
}

export function unpacked({ licenceIds, lengths, bytes }: SealAnswer): SealedDocuments {
  let end = 0
  return licenceIds.map((licenceId, i) => {
    const [digestAt, sealedAt] = [end, end + digestLength]
    end = sealedAt + (lengths[i] ?? 0)
    const documentDigest = bytes.subarray(digestAt, sealedAt)
    return [licenceId, { documentDigest, sealed: bytes.subarray(sealedAt, end) }]
  })
}

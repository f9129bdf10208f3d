/**
 * Face numbers: each is given to one licence. They are kept as keyed indexes, and unique keys decide
 * between all who want the same number or the same identifier at once.
 */
import type { Tx } from '../../db/postgres.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { Problem } from '../../sdk/problem.ts'
import type { BlindIndex } from '../keys/blind.ts'
import { findNumbers, reserveNumbers } from '../store.ts'
import type { FaceNumber } from '../store.ts'
import type { Prepared } from './draft.ts'

/** A draft with the keyed index of its face number, and that index as text to look it up by. */
export interface Numbered extends FaceNumber {
  readonly draft: Prepared
  readonly key: string
}

export function numberIndexOf(
  blind: BlindIndex,
  { type, issuer, licenceNo }: Pick<Prepared, 'type' | 'issuer' | 'licenceNo'>,
): Uint8Array {
  return blind.licenceNumber(type, `${issuer}/${licenceNo}`)
}

export function numbered(draft: Prepared, numberIndex: Uint8Array): Numbered {
  const { type, licenceId } = draft
  return { draft, type, licenceId, numberIndex, key: keyOf({ type, numberIndex }) }
}

function keyOf({ type, numberIndex }: Omit<FaceNumber, 'licenceId'>): string {
  return `${type} ${toBase64url(numberIndex)}`
}

/** The licences that bear these numbers already, by number. */
export async function licencesOf(
  db: Tx,
  numbers: readonly Numbered[],
): Promise<Map<string, string>> {
  if (numbers.length === 0) return new Map()
  const found = await findNumbers(db, numbers)
  return new Map(found.map((number) => [keyOf(number), number.licenceId]))
}

/**
 * Takes those that are still free; answers the others, with the licences that somebody else gave them to
 * in the meantime.
 * @throws Problem licence-id-exists
 */
export async function takeNumbers(
  tx: Tx,
  wanted: readonly Numbered[],
): Promise<Map<string, string>> {
  const free = await reserveNumbers(tx, wanted)
  const late = wanted.filter(({ licenceId }) => !free.has(licenceId))
  const taken = await licencesOf(tx, late)
  if (late.some(({ key }) => !taken.has(key))) throw new Problem('licence-id-exists')
  return taken
}

/**
 * Erasing what the vault holds of a subject, when a law, a court or the holder's right asks for it
 * (Personal Information Protection Law, art. 47): the holder's key is deleted, and the log says that it
 * was and why, in one transaction. What only this holder could open cannot be read again, in a backup
 * as little as here; the licence of two holders stays readable through the other.
 */
import type { Db } from '../db/postgres.ts'
import type { Log } from '../log/index.ts'
import { toBase64url } from '../sdk/base64url.ts'
import { sha256 } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'
import type { BlindIndex, Party } from './keys/blind.ts'
import { deleteHolderKey, isBeingIssued } from './keys/holder-key-store.ts'

interface Erasing {
  /** As zt_keeper: nobody else may delete. */
  readonly keeper: Db
  readonly log: Log
  readonly blind: BlindIndex
  readonly clock: () => Date
}

export interface Erasure {
  readonly holder: Party
  /** The order or decision that asks for it, by its number; stands in the log. */
  readonly basis: string
  readonly officer: string
}

const basisLengthMax = 128

/** @throws Problem invalid-request, licence-being-sealed, unknown-holder */
export async function eraseHolder(
  { keeper, log, blind, clock }: Erasing,
  { holder, basis, officer }: Erasure,
): Promise<void> {
  if (basis.trim() === '' || basis.length > basisLengthMax) {
    const expected = `the number of an order, ${basisLengthMax} characters at most`
    throw new Problem('invalid-request', { place: 'basis', expected })
  }
  const index = toBase64url(blind.party(holder))
  await keeper.transaction(async (tx) => {
    if (await isBeingIssued(tx, index)) throw new Problem('licence-being-sealed')
    const deleted = await deleteHolderKey(tx, index)
    if (!deleted) throw new Problem('unknown-holder')
    const at = clock().toISOString()
    // Names the row, not the person: in a backup under the same wrapping key it is found by this.
    const key = toBase64url(sha256(deleted))
    await log.append(tx, [{ kind: 'holder-erased', at, basis, officer, key }])
  }, 'read committed')
}

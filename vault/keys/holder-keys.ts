/**
 * The keys of holders, which stand between a licence's data key and the key-encryption key: the data key
 * is wrapped once for each holder, under that holder's own key, and only holders' keys are wrapped by the
 * `KeyWrapper`. So a rotation touches one key a holder, and with the erasure of a holder's key all that
 * only they hold is unreadable wherever copies of it are, while signatures and proofs, which need no key,
 * stay true.
 */
import type { Tx } from '../../db/postgres.ts'
import { equalBytes } from '../../sdk/primitives.ts'
import { decrypt, encrypt, newDataKey } from './cipher.ts'
import { addHolderKeys, findHolderKeys } from './holder-key-store.ts'
import { keyId } from './key-wrapper.ts'
import type { KeyWrapper } from './key-wrapper.ts'

interface Keeping {
  readonly db: Tx
  readonly wrapper: KeyWrapper
}

/** Where a wrapped data key stands; unwrapping it elsewhere fails. */
interface Place {
  readonly licenceId: string
  /** Blind index, base64url. */
  readonly holder: string
}

/** The key of each of these holders, by blind index; whoever has none yet is given one, durably. */
export async function keysOfHolders(
  keeping: Keeping,
  holders: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const asked = [...new Set(holders)]
  const known = await openKeys(keeping, asked)
  const newcomers = asked.filter((holder) => !known.has(holder))
  if (newcomers.length === 0) return known
  return new Map([...known, ...(await giveKeys(keeping, newcomers))])
}

async function openKeys(
  { db, wrapper }: Keeping,
  holders: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const stored = [...(await findHolderKeys(db, holders))]
  const opened = stored.map(async ([holder, wrappedKey]): Promise<[string, Uint8Array]> => {
    return [holder, await openHolderKey(wrapper, { holder, wrappedKey })]
  })
  return new Map(await Promise.all(opened))
}

async function giveKeys(
  keeping: Keeping,
  newcomers: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const made = newcomers.map(async (holder) => {
    const key = newDataKey()
    return { holder, key, wrappedKey: await keeping.wrapper.wrap(key, contextOf(holder)) }
  })
  const given = await Promise.all(made)
  const added = await addHolderKeys(keeping.db, given)
  // Somebody else may have been first with one of them; then theirs count.
  if (added < given.length) return openKeys(keeping, newcomers)
  return new Map(given.map(({ holder, key }) => [holder, key]))
}

export function openHolderKey(
  wrapper: KeyWrapper,
  { holder, wrappedKey }: { readonly holder: string; readonly wrappedKey: Uint8Array },
): Promise<Uint8Array> {
  return wrapper.unwrap(wrappedKey, contextOf(holder))
}

/** Behind the id of the holder's key, because whoever was erased may hold licences again. */
export function wrapDataKey(holderKey: Uint8Array, dataKey: Uint8Array, place: Place): Uint8Array {
  return Buffer.concat([keyId(holderKey), encrypt(holderKey, dataKey, placeOf(place))])
}

/**
 * Undefined when it was wrapped under a key of this holder that is no more.
 * @throws Problem stored-data-damaged
 */
export function unwrapDataKey(
  holderKey: Uint8Array,
  wrapped: Uint8Array,
  place: Place,
): Uint8Array | undefined {
  const id = keyId(holderKey)
  if (!equalBytes(wrapped.subarray(0, id.length), id)) return undefined
  return decrypt(holderKey, wrapped.subarray(id.length), placeOf(place))
}

function contextOf(holder: string): string {
  return `holder:${holder}`
}

function placeOf({ licenceId, holder }: Place): string {
  return `data-key:${licenceId}:${holder}`
}

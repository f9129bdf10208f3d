/**
 * A licence begun and not yet sealed: what a prepared draft comes to, how that is encrypted for the time
 * between, and how it is opened again. When that happens is decided in `issue.ts` and `reissue.ts`.
 */
import type { Tx } from '../../db/postgres.ts'
import { fromBase64url, toBase64url } from '../../sdk/base64url.ts'
import { licenceClaims } from '../../sdk/licence/claims.ts'
import { draftLicence } from '../../sdk/licence/document.ts'
import type { LicenceClaims, LicenceDraft } from '../../sdk/licence/document.ts'
import { fromUtf8, utf8 } from '../../sdk/primitives.ts'
import type { BlindIndex } from '../keys/blind.ts'
import { decrypt, encrypt, freshBytes, newDataKey } from '../keys/cipher.ts'
import { keysOfHolders, unwrapDataKey, wrapDataKey } from '../keys/holder-keys.ts'
import type { Prepared } from './draft.ts'
import type { KeyWrapper } from '../keys/key-wrapper.ts'
import { statusPlace } from '../status-list.ts'
import { nextStatusPositions } from '../status-list-store.ts'
import type { IntentFacts } from '../store.ts'
import type { Intent } from './intent-store.ts'

const saltBytes = 16

export interface Beginning {
  readonly db: Tx
  readonly blind: BlindIndex
  readonly wrapper: KeyWrapper
  /** Where the status lists of this vault are published, without the number. */
  readonly statusUri: string
}

/** Keys of holders by blind index in base64url. */
type HolderKeys = ReadonlyMap<string, Uint8Array>

/** Holders of a draft by blind index in base64url. */
export function holdersOfDraft(
  { blind }: Pick<Beginning, 'blind'>,
  { holders }: Pick<Prepared, 'holders'>,
) {
  return holders.map((holder) => ({ role: holder.role, index: toBase64url(blind.party(holder)) }))
}

/** Where the licence will stand in the status lists, who its holders are, and what their keys. */
interface Given {
  readonly position: number
  readonly holders: ReturnType<typeof holdersOfDraft>
  readonly keys: HolderKeys
}

/** All that will be under the seal; what was stored for a time has its disclosures already. */
type Content = { readonly claims: LicenceClaims; readonly items: Prepared['items'] } | LicenceDraft

/** A licence that is to be: what it says, and the key it will be kept under. */
export interface Begun {
  readonly licenceId: string
  readonly facts: IntentFacts
  readonly dataKey: Uint8Array
  readonly content: Content
}

/** With places in the status lists and keys for their holders; a crash leaves gaps and keys, no more. */
export async function beginEach(vault: Beginning, drafts: readonly Prepared[]): Promise<Begun[]> {
  if (drafts.length === 0) return []
  const positions = await nextStatusPositions(vault.db, drafts.length)
  const begun = drafts.map((draft) => ({ draft, holders: holdersOfDraft(vault, draft) }))
  const keys = await keysOfHolders(
    vault,
    begun.flatMap(({ holders }) => holders.map(({ index }) => index)),
  )
  return begun.map(({ draft, holders }, i) =>
    begin(vault, draft, { position: positions[i] ?? -1, holders, keys }),
  )
}

function begin(vault: Pick<Beginning, 'statusUri'>, draft: Prepared, given: Given): Begun {
  const { licenceId, items } = draft
  const content = { claims: claimsOf(vault, draft, given.position), items }
  return { ...beginFacts(draft, given), licenceId, content }
}

export function draftOf(content: Content): LicenceDraft {
  if ('payload' in content) return content
  return draftLicence(content.claims, content.items, () => freshBytes(saltBytes))
}

/** How it is kept until it is sealed. */
export function intentOf({ licenceId, facts, dataKey, content }: Begun): Intent {
  const draft = utf8(JSON.stringify(draftOf(content)))
  return { licenceId, facts, draft: encrypt(dataKey, draft, placeOf(licenceId)) }
}

/** Undefined for what an erased holder had the key of. @throws Problem stored-data-damaged */
export async function openIntents(
  vault: Pick<Beginning, 'db' | 'wrapper'>,
  intents: readonly Intent[],
): Promise<(Begun | undefined)[]> {
  if (intents.length === 0) return []
  const holders = intents.flatMap(({ facts }) => facts.holders.slice(0, 1))
  const keys = await keysOfHolders(
    vault,
    holders.map(({ index }) => index),
  )
  return intents.map((intent) => open(intent, keys))
}

function open({ licenceId, facts, draft }: Intent, keys: HolderKeys): Begun | undefined {
  const [holder] = facts.holders
  if (!holder) throw new Error('an intent without a holder')
  const place = { licenceId, holder: holder.index }
  const wrapped = fromBase64url(holder.wrappedKey)
  const dataKey = unwrapDataKey(keyOf(keys, holder.index), wrapped, place)
  if (!dataKey) return undefined
  const text = fromUtf8(decrypt(dataKey, draft, placeOf(licenceId)))
  // Written by intentOf, authenticated by GCM.
  return { licenceId, facts, dataKey, content: JSON.parse(text) as LicenceDraft }
}

function placeOf(licenceId: string): string {
  return `intent:${licenceId}`
}

/** A key for the licence, and what is known of it without opening it. */
export function beginFacts(
  draft: Prepared,
  { position, holders: listed, keys }: Given,
): { readonly dataKey: Uint8Array; readonly facts: IntentFacts } {
  const { licenceId } = draft
  const dataKey = newDataKey()
  const holders = listed.map(({ role, index }) => ({
    ...{ role, index },
    wrappedKey: toBase64url(wrapDataKey(keyOf(keys, index), dataKey, { licenceId, holder: index })),
  }))
  const facts = {
    ...{ type: draft.type, typeVersion: draft.typeVersion, issuer: draft.issuer, holders },
    ...{ division: draft.division, grade: draft.grade, statusPosition: position },
    validFrom: draft.validFrom.toISOString(),
    validUntil: draft.validUntil?.toISOString() ?? null,
  }
  return { dataKey, facts }
}

/** All that stands in clear under the seal. */
export function claimsOf(
  vault: Pick<Beginning, 'statusUri'>,
  draft: Prepared,
  position: number,
): LicenceClaims {
  const { idx, list } = statusPlace(position)
  return licenceClaims({ ...draft, place: { idx, uri: `${vault.statusUri}${list}` } })
}

function keyOf(keys: HolderKeys, holder: string): Uint8Array {
  const key = keys.get(holder)
  if (!key) throw new Error('a holder without a key')
  return key
}

/**
 * A licence begun and not yet sealed: how a prepared draft is encrypted for the time between, and
 * how it is opened again and sealed. When that happens is decided in `issue.ts` and `reissue.ts`.
 */
import { randomBytes } from 'node:crypto'
import { failpoint } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import { fromBase64url, toBase64url } from '../../sdk/base64url.ts'
import {
  departmentUrn,
  documentDigest,
  draftLicence,
  licenceTypeUrn,
  sealLicence,
} from '../../sdk/licence/document.ts'
import type { LicenceClaims, LicenceDraft } from '../../sdk/licence/document.ts'
import { fromUtf8, utf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import type { BlindIndex } from '../keys/blind.ts'
import { decrypt, encrypt, newDataKey } from '../keys/cipher.ts'
import { keysOfHolders, unwrapDataKey, wrapDataKey } from '../keys/holder-keys.ts'
import type { Prepared } from './draft.ts'
import type { KeyWrapper } from '../keys/key-wrapper.ts'
import type { Signer } from './signer.ts'
import { statusPlace } from '../status-list.ts'
import type { Intent, IntentFacts } from '../store.ts'
import type { Sealed } from './keep.ts'
import type { Lint } from './lint.ts'

const saltBytes = 16

export interface Sealing {
  readonly blind: BlindIndex
  readonly wrapper: KeyWrapper
  readonly signer: Signer
  readonly lint: Lint
  /** Where the status lists of this vault are published, without the number. */
  readonly statusUri: string
  readonly clock: () => Date
}

/** Keys of holders by blind index in base64url. */
type HolderKeys = ReadonlyMap<string, Uint8Array>

/** Holders of a draft by blind index in base64url. */
export function holdersOfDraft(
  { blind }: Pick<Sealing, 'blind'>,
  { holders }: Pick<Prepared, 'holders'>,
) {
  return holders.map(({ role, ...party }) => ({ role, index: toBase64url(blind.party(party)) }))
}

interface Begun {
  /** Where the licence will stand in the status lists. */
  readonly position: number
  readonly keys: HolderKeys
}

export function beginIntent(
  vault: Pick<Sealing, 'blind' | 'statusUri'>,
  draft: Prepared,
  begun: Begun,
): Intent {
  const { licenceId, items } = draft
  const { dataKey, facts } = beginFacts(vault, draft, begun)
  const claims = claimsOf(vault, draft, begun.position)
  const ready = draftLicence(claims, items, saltsFor(Object.keys(items).length))
  const body = utf8(JSON.stringify(ready))
  return { licenceId, facts, draft: encrypt(dataKey, body, `intent:${licenceId}`) }
}

/** A key for the licence, and what is known of it without opening it. */
export function beginFacts(
  vault: Pick<Sealing, 'blind'>,
  draft: Prepared,
  { position, keys }: Begun,
): { readonly dataKey: Uint8Array; readonly facts: IntentFacts } {
  const { licenceId } = draft
  const dataKey = newDataKey()
  const holders = holdersOfDraft(vault, draft).map(({ role, index }) => ({
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
  vault: Pick<Sealing, 'statusUri'>,
  draft: Prepared,
  position: number,
): LicenceClaims {
  const { idx, list } = statusPlace(position)
  return {
    vct: licenceTypeUrn(draft.typeCode),
    licenceId: draft.licenceId,
    iss: departmentUrn(draft.issuer),
    nbf: seconds(draft.validFrom),
    ...(draft.validUntil ? { exp: seconds(draft.validUntil) } : {}),
    status: { status_list: { idx, uri: `${vault.statusUri}${list}` } },
    typeVersion: draft.typeVersion,
    ...(draft.supersedes === undefined ? {} : { supersedes: draft.supersedes }),
  }
}

/** One draw for all the salts of a document, because each draw costs as much as a hundred bytes. */
function saltsFor(count: number): () => Uint8Array {
  const drawn = randomBytes(saltBytes * count)
  let used = 0
  return () => {
    if (used === drawn.length) throw new Error('a salt would be used twice')
    used += saltBytes
    return drawn.subarray(used - saltBytes, used)
  }
}

/**
 * Seals what was begun, by whoever comes first to do it; nothing of it is durable yet.
 * @throws Problem stored-data-damaged, seal-unavailable, document-not-sound
 */
export async function sealIntents(
  vault: Sealing & { readonly db: Tx },
  intents: readonly Intent[],
): Promise<Sealed[]> {
  failpoint('before-sign')
  const holders = intents.flatMap(({ facts }) => facts.holders.slice(0, 1))
  const keys = await keysOfHolders(
    vault,
    holders.map(({ index }) => index),
  )
  const sealed = await Promise.all(intents.map((intent) => sealIntent(vault, intent, keys)))
  failpoint('after-sign-before-store')
  return sealed
}

async function sealIntent(
  vault: Pick<Sealing, 'signer' | 'lint' | 'clock'>,
  { licenceId, facts, draft }: Intent,
  keys: HolderKeys,
): Promise<Sealed> {
  const [holder] = facts.holders
  if (!holder) throw new Error('an intent without a holder')
  const wrapped = fromBase64url(holder.wrappedKey)
  const place = { licenceId, holder: holder.index }
  const dataKey = unwrapDataKey(keyOf(keys, holder.index), wrapped, place)
  if (!dataKey) throw new Problem('stored-data-damaged')
  const body = fromUtf8(decrypt(dataKey, draft, `intent:${licenceId}`))
  const ready = JSON.parse(body) as LicenceDraft // Written by beginIntent, authenticated by GCM.
  const seal = vault.signer.sealOf(facts.issuer)
  await vault.lint(ready, seal)
  const document = await sealLicence(ready, seal, vault.clock())
  return {
    ...{ licenceId, facts },
    sealed: encrypt(dataKey, utf8(document), `licence:${licenceId}`),
    documentDigest: fromBase64url(documentDigest(document)),
  }
}

function keyOf(keys: HolderKeys, holder: string): Uint8Array {
  const key = keys.get(holder)
  if (!key) throw new Error('a holder without a key')
  return key
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000)
}

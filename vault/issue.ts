/**
 * How licences come to exist, one or a thousand at a time:
 *
 *   reserve  one transaction stores the intents: identifier, face number, encrypted draft
 *   seal     the department's seal signs each draft, outside any transaction
 *   store    one transaction removes the intents, stores the licences and their log entries
 *
 * A crash after `reserve` leaves intents, and `finish` is the same function at start-up as here.
 * Nothing is acknowledged before `store` has committed.
 */
import { randomBytes } from 'node:crypto'
import type { Db } from '../db/postgres.ts'
import type { Log } from '../log/index.ts'
import { fromBase64url, toBase64url } from '../sdk/base64url.ts'
import { parseJsonObject } from '../sdk/json.ts'
import {
  departmentUrn,
  documentDigest,
  draftLicence,
  licenceTypeUrn,
  sealLicence,
} from '../sdk/licence-document.ts'
import type { LicenceDraft } from '../sdk/licence-document.ts'
import { fromUtf8, utf8 } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'
import type { BlindIndex } from './blind.ts'
import { decrypt, encrypt, newDataKey } from './cipher.ts'
import type { Prepared } from './draft.ts'
import type { KeyWrapper } from './key-wrapper.ts'
import type { Signer } from './signer.ts'
import { statusPlace } from './status-list.ts'
import {
  addHolders,
  addIntents,
  addLicences,
  loadIntents,
  nextStatusPositions,
  reserveNumbers,
  takeIntents,
} from './store.ts'
import type { Intent, IntentFacts, NewLicence } from './store.ts'

export interface Issuing {
  readonly db: Db
  readonly log: Log
  readonly blind: BlindIndex
  readonly wrapper: KeyWrapper
  readonly signer: Signer
  /** Where the status lists of this vault are published, without the number. */
  readonly statusUri: string
  readonly clock: () => Date
}

/** Licences sealed and stored in one go; bounds the memory and the length of a transaction. */
export const issueBatchMax = 500

export interface Issued {
  readonly licenceId: string
  /** False when the face number was given before: nothing new was sealed. */
  readonly fresh: boolean
}

/** Durable when it resolves. A draft whose face number exists already is left alone and said so. */
export async function issue(vault: Issuing, drafts: readonly Prepared[]): Promise<Issued[]> {
  if (drafts.length > issueBatchMax) throw new Problem('too-many', { limit: issueBatchMax })
  const intents = await reserve(vault, drafts)
  await finish(vault, intents)
  const fresh = new Set(intents.map(({ licenceId }) => licenceId))
  return drafts.map(({ licenceId }) => ({ licenceId, fresh: fresh.has(licenceId) }))
}

/** Seals what an earlier run began and did not end. Answers how many. */
export async function finishIntents(vault: Issuing): Promise<number> {
  let finished = 0
  for (;;) {
    const intents = await loadIntents(vault.db, issueBatchMax)
    if (intents.length === 0) return finished
    await finish(vault, intents)
    finished += intents.length
  }
}

async function reserve(vault: Issuing, drafts: readonly Prepared[]): Promise<Intent[]> {
  const positions = await nextStatusPositions(vault.db, drafts.length)
  const begun: Intent[] = []
  for (const [i, draft] of drafts.entries()) {
    begun.push(await toIntent(vault, draft, positions[i] ?? -1))
  }
  const numbers = drafts.map(({ type, issuer, licenceNo, licenceId }) => ({
    ...{ type, licenceId },
    numberIndex: vault.blind.licenceNumber(type, `${issuer}/${licenceNo}`),
  }))
  return vault.db.transaction(async (tx) => {
    const free = await reserveNumbers(tx, numbers)
    const intents = begun.filter(({ licenceId }) => free.has(licenceId))
    await addIntents(tx, intents, vault.clock())
    return intents
  })
}

/** Whoever removes the intent stores the licence, so two finishers never store it twice. */
async function finish(vault: Issuing, intents: readonly Intent[]): Promise<void> {
  if (intents.length === 0) return
  const sealed = await Promise.all(intents.map((intent) => seal(vault, intent)))
  const at = vault.clock()
  await vault.db.transaction(async (tx) => {
    const taken = await takeIntents(
      tx,
      sealed.map(({ licenceId }) => licenceId),
    )
    const ours = sealed.filter(({ licenceId }) => taken.has(licenceId))
    const entries = ours.map(({ licenceId, facts, documentDigest: digest }) => ({
      kind: 'licence-issued' as const,
      at: at.toISOString(),
      ...{ licenceId, department: facts.issuer, type: facts.type, grade: facts.grade },
      document: toBase64url(digest),
    }))
    const leaves = await vault.log.append(tx, entries)
    const licences = ours.map((one, i) => ({ ...one, leaf: leafAt(leaves, i) }))
    await addLicences(tx, licences, at)
    await addHolders(tx, licences)
  })
}

function leafAt(leaves: readonly { leaf: Uint8Array }[], i: number): Uint8Array {
  const entry = leaves[i]
  if (!entry) throw new Error('the log appended fewer entries than it was given')
  return entry.leaf
}

async function toIntent(vault: Issuing, draft: Prepared, position: number): Promise<Intent> {
  const { licenceId } = draft
  const dataKey = newDataKey()
  const holders = await Promise.all(
    draft.holders.map(async ({ role, codeType, code }) => ({
      role,
      index: toBase64url(vault.blind.party({ codeType, code })),
      wrappedKey: toBase64url(await vault.wrapper.wrap(dataKey, licenceId)),
    })),
  )
  const facts: IntentFacts = {
    ...{ type: draft.type, typeVersion: draft.typeVersion, issuer: draft.issuer, holders },
    ...{ division: draft.division, grade: draft.grade, statusPosition: position },
    validFrom: draft.validFrom.toISOString(),
    validUntil: draft.validUntil?.toISOString() ?? null,
  }
  const body = utf8(JSON.stringify(toSdkDraft(vault, draft, position)))
  return { licenceId, facts, draft: encrypt(dataKey, body, `intent:${licenceId}`) }
}

function toSdkDraft(vault: Issuing, draft: Prepared, position: number): LicenceDraft {
  const { idx, list } = statusPlace(position)
  const claims = {
    vct: licenceTypeUrn(draft.typeCode),
    licenceId: draft.licenceId,
    iss: departmentUrn(draft.issuer),
    nbf: seconds(draft.validFrom),
    ...(draft.validUntil ? { exp: seconds(draft.validUntil) } : {}),
    status: { status_list: { idx, uri: `${vault.statusUri}${list}` } },
    typeVersion: draft.typeVersion,
  }
  return draftLicence(claims, draft.items, () => randomBytes(16))
}

async function seal(
  vault: Issuing,
  { licenceId, facts, draft }: Intent,
): Promise<Omit<NewLicence, 'leaf'>> {
  const [holder] = facts.holders
  if (!holder) throw new Error('an intent without a holder')
  const dataKey = await vault.wrapper.unwrap(fromBase64url(holder.wrappedKey), licenceId)
  const body = parseJsonObject(fromUtf8(decrypt(dataKey, draft, `intent:${licenceId}`)))
  const ready = body as unknown as LicenceDraft // Written by toIntent and authenticated by GCM.
  const document = await sealLicence(ready, vault.signer.sealOf(facts.issuer), vault.clock())
  return {
    ...{ licenceId, facts },
    sealed: encrypt(dataKey, utf8(document), `licence:${licenceId}`),
    documentDigest: fromBase64url(documentDigest(document)),
  }
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000)
}

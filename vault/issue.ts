/**
 * How licences come to exist, one or a thousand at a time:
 *
 *   reserve  one transaction stores the intents: identifier, face number, encrypted draft
 *   seal     the department's seal signs each draft, outside any transaction
 *   store    one transaction removes the intents, stores the licences and their log entries
 *
 * A crash after `reserve` leaves intents, and `finish` is the same function at start-up as here.
 * Nothing is acknowledged before `store` has committed. Both transactions are read committed: unique
 * keys and the removal of the intent decide every race, and issuers do not wait for each other.
 */
import type { Db, Tx } from '../db/postgres.ts'
import type { Log } from '../log/index.ts'
import { toBase64url } from '../sdk/base64url.ts'
import { Problem } from '../sdk/problem.ts'
import type { Prepared } from './issue/draft.ts'
import { beginIntent, holdersOfDraft, sealIntents } from './issue/intent.ts'
import type { Sealing } from './issue/intent.ts'
import { keepSealed } from './issue/keep.ts'
import { keysOfHolders } from './keys/holder-keys.ts'
import {
  addIntents,
  findNumbers,
  loadIntents,
  loadIntentsOf,
  nextStatusPositions,
  reserveNumbers,
  takeIntents,
} from './store.ts'
import type { FaceNumber, Intent } from './store.ts'

export interface Issuing extends Sealing {
  readonly db: Db
  readonly log: Log
}

/** Licences sealed and stored in one go; bounds the memory and the length of a transaction. */
export const issueBatchMax = 500

export interface Issued {
  /** Of the licence that bears the face number. */
  readonly licenceId: string
  /** False when the face number was given before: nothing new was sealed. */
  readonly fresh: boolean
}

/** A draft with the keyed index of its face number, and that index as text to look it up by. */
interface Numbered extends FaceNumber {
  readonly draft: Prepared
  readonly key: string
}

/**
 * Every answer is durable when it resolves, also that of a licence which an interrupted run began.
 * @throws Problem licence-id-exists when a serial was given to another licence before
 */
export async function issue(vault: Issuing, drafts: readonly Prepared[]): Promise<Issued[]> {
  if (drafts.length > issueBatchMax) throw new Problem('too-many', { limit: issueBatchMax })
  const numbered = drafts.map((draft) => withNumber(vault, draft))
  const known = await licencesOf(vault.db, numbered)
  const first = new Map(numbered.toReversed().map((one) => [one.key, one]))
  const isNew = (one: Numbered): boolean => first.get(one.key) === one && !known.has(one.key)
  const { intents, taken } = await reserve(vault, numbered.filter(isNew))
  const left = await loadIntentsOf(vault.db, [...known.values(), ...taken.values()])
  await finish(vault, [...intents, ...left])
  return numbered.map((one) => {
    const older = known.get(one.key) ?? taken.get(one.key)
    const licenceId = older ?? first.get(one.key)?.licenceId ?? one.licenceId
    return { licenceId, fresh: older === undefined && isNew(one) }
  })
}

/** Seals what an earlier run began and did not end. Answers how many. */
export async function finishIntents(vault: Issuing): Promise<number> {
  let finished = 0
  for (;;) {
    const intents = await loadIntents(vault.db, issueBatchMax)
    if (intents.length === 0) return finished
    finished += await finish(vault, intents)
  }
}

function withNumber(vault: Issuing, draft: Prepared): Numbered {
  const { type, issuer, licenceNo, licenceId } = draft
  const numberIndex = vault.blind.licenceNumber(type, `${issuer}/${licenceNo}`)
  return { draft, type, licenceId, numberIndex, key: keyOf({ type, numberIndex }) }
}

function keyOf({ type, numberIndex }: Omit<FaceNumber, 'licenceId'>): string {
  return `${type} ${toBase64url(numberIndex)}`
}

/** The licences that bear these numbers already, by number. */
async function licencesOf(db: Tx, numbers: readonly Numbered[]): Promise<Map<string, string>> {
  const found = await findNumbers(db, numbers)
  return new Map(found.map((number) => [keyOf(number), number.licenceId]))
}

interface Reserved {
  readonly intents: readonly Intent[]
  /** Numbers that somebody else took in the meantime, with their licences. */
  readonly taken: ReadonlyMap<string, string>
}

async function reserve(vault: Issuing, newcomers: readonly Numbered[]): Promise<Reserved> {
  if (newcomers.length === 0) return { intents: [], taken: new Map() }
  const positions = await nextStatusPositions(vault.db, newcomers.length)
  const holders = newcomers.flatMap(({ draft }) => holdersOfDraft(vault, draft))
  const keys = await keysOfHolders(
    vault,
    holders.map(({ index }) => index),
  )
  const begun = newcomers.map(({ draft }, i) =>
    beginIntent(vault, draft, { position: positions[i] ?? -1, keys }),
  )
  return vault.db.transaction(async (tx) => {
    const free = await reserveNumbers(tx, newcomers)
    const intents = begun.filter(({ licenceId }) => free.has(licenceId))
    await addIntents(tx, intents, vault.clock())
    const late = newcomers.filter(({ licenceId }) => !free.has(licenceId))
    const taken = late.length === 0 ? new Map<string, string>() : await licencesOf(tx, late)
    if (late.some(({ key }) => !taken.has(key))) throw new Problem('licence-id-exists')
    return { intents, taken }
  }, 'read committed')
}

/** Whoever removes the intent stores the licence, so two finishers never store it twice. */
async function finish(vault: Issuing, intents: readonly Intent[]): Promise<number> {
  if (intents.length === 0) return 0
  const sealed = await sealIntents(vault, intents)
  const at = vault.clock()
  return vault.db.transaction(async (tx) => {
    const taken = await takeIntents(
      tx,
      sealed.map(({ licenceId }) => licenceId),
    )
    const ours = sealed.filter(({ licenceId }) => taken.has(licenceId))
    await keepSealed({ tx, log: vault.log, at }, ours)
    return ours.length
  }, 'read committed')
}

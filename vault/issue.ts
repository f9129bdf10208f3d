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
import type { Db } from '../db/postgres.ts'
import type { Log } from '../log/index.ts'
import { Problem } from '../sdk/problem.ts'
import type { Prepared } from './issue/draft.ts'
import { createGathering } from './issue/gather.ts'
import { beginEach, intentOf, openIntents } from './issue/intent.ts'
import type { Beginning, Begun } from './issue/intent.ts'
import { keepSealed } from './issue/keep.ts'
import type { Sealed } from './issue/keep.ts'
import { licencesOf, numbered, numberIndexOf, takeNumbers } from './issue/number.ts'
import type { Numbered } from './issue/number.ts'
import { sealEach } from './issue/seal.ts'
import type { Sealing } from './issue/seal.ts'
import { addIntents, loadIntents, loadIntentsOf, takeIntents } from './store.ts'

export interface Issuing extends Beginning, Sealing {
  readonly db: Db
  readonly log: Log
}

/** Licences sealed and stored in one go; bounds the memory and the length of a transaction. */
const issueBatchMax = 500

export interface Issued {
  /** Of the licence that bears the face number. */
  readonly licenceId: string
  /** False when the face number was given before: nothing new was sealed. */
  readonly fresh: boolean
}

const gatheringLimits = { batchMax: issueBatchMax, batchesAtOnce: 2, waitingMax: 5_000 } as const

/** Issues one at a time for many callers. @throws Problem as `issueEach`, database-unavailable */
export function createIssue(vault: Issuing): (draft: Prepared) => Promise<Issued> {
  return createGathering({ work: (drafts) => issueEach(vault, drafts), ...gatheringLimits })
}

/**
 * One outcome for each draft, durable when it resolves, also that of a licence which an interrupted run
 * began. Nobody is refused for what is wrong with another.
 * @throws Problem licence-id-exists when a serial was given to another licence before: nothing was done
 */
async function issueEach(
  vault: Issuing,
  drafts: readonly Prepared[],
): Promise<PromiseSettledResult<Issued>[]> {
  if (drafts.length > issueBatchMax) throw new Problem('too-many', { limit: issueBatchMax })
  const asked = drafts.map((draft) => numbered(draft, numberIndexOf(vault.blind, draft)))
  const known = await licencesOf(vault.db, asked)
  const first = new Map(asked.toReversed().map((one) => [one.key, one]))
  const isNew = (one: Numbered): boolean => first.get(one.key) === one && !known.has(one.key)
  const { begun, taken } = await reserve(vault, asked.filter(isNew))
  const left = await loadIntentsOf(vault.db, [...known.values(), ...taken.values()])
  const { failed } = await finish(vault, [...begun, ...(await openIntents(vault, left))])
  return asked.map((one): PromiseSettledResult<Issued> => {
    const older = known.get(one.key) ?? taken.get(one.key)
    const licenceId = older ?? first.get(one.key)?.licenceId ?? one.licenceId
    if (failed.has(licenceId)) return { status: 'rejected', reason: failed.get(licenceId) }
    return { status: 'fulfilled', value: { licenceId, fresh: older === undefined && isNew(one) } }
  })
}

/** Seals what an earlier run began and did not end. Answers how many. */
export async function finishIntents(vault: Issuing): Promise<number> {
  let finished = 0
  for (;;) {
    const intents = await loadIntents(vault.db, issueBatchMax)
    if (intents.length === 0) return finished
    const { stored, failed } = await finish(vault, await openIntents(vault, intents))
    for (const reason of failed.values()) throw reason
    finished += stored
  }
}

interface Reserved {
  readonly begun: readonly Begun[]
  /** Numbers that somebody else took in the meantime, with their licences. */
  readonly taken: ReadonlyMap<string, string>
}

async function reserve(vault: Issuing, newcomers: readonly Numbered[]): Promise<Reserved> {
  if (newcomers.length === 0) return { begun: [], taken: new Map() }
  const begun = await beginEach(
    vault,
    newcomers.map(({ draft }) => draft),
  )
  return vault.db.transaction(async (tx) => {
    const taken = await takeNumbers(tx, newcomers)
    const ours = begun.filter((_, i) => !taken.has(newcomers[i]?.key ?? ''))
    await addIntents(tx, ours.map(intentOf), vault.clock())
    return { begun: ours, taken }
  }, 'read committed')
}

interface Finished {
  readonly stored: number
  /** By identifier, why it could not be sealed. */
  readonly failed: ReadonlyMap<string, unknown>
}

/** Whoever removes the intent stores the licence, so two finishers never store it twice. */
async function finish(vault: Issuing, begun: readonly Begun[]): Promise<Finished> {
  const outcomes = await sealEach(vault, begun)
  const sealed = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const reasons = outcomes.flatMap((one, i): [string, unknown][] =>
    one.status === 'rejected' ? [[begun[i]?.licenceId ?? '', one.reason]] : [],
  )
  return { stored: await storeSealed(vault, sealed), failed: new Map(reasons) }
}

async function storeSealed(vault: Issuing, sealed: readonly Sealed[]): Promise<number> {
  if (sealed.length === 0) return 0
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

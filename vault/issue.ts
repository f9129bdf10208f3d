/**
 * How licences come to exist, one or a thousand at a time:
 *
 *   begin   each gets a place in the status lists, its holders get keys
 *   seal    the department's seal signs each draft, outside any transaction
 *   store   one transaction takes the face numbers and stores the licences and their log entries
 *
 * A crash before `store` has committed leaves gaps in the lists and keys of holders, no more, and nothing
 * is acknowledged before. The transaction is read committed: unique keys decide every race, and issuers
 * do not wait for each other.
 */
import type { Db } from '../db/postgres.ts'
import type { Log } from '../log/index.ts'
import { Problem } from '../sdk/problem.ts'
import type { Prepared } from './issue/draft.ts'
import { createGathering } from './issue/gather.ts'
import { beginEach, openIntents } from './issue/intent.ts'
import type { Beginning } from './issue/intent.ts'
import { loadIntents, takeIntents } from './issue/intent-store.ts'
import { keepSealed } from './issue/keep.ts'
import type { Sealed } from './issue/keep.ts'
import { licencesOf, numbered, numberIndexOf, takeNumbers } from './issue/number.ts'
import type { Numbered } from './issue/number.ts'
import { sealEach } from './issue/seal.ts'
import type { Sealing } from './issue/seal.ts'

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
 * One outcome for each draft, durable when it resolves. Nobody is refused for what is wrong with another.
 * @throws Problem licence-id-exists when a serial was given to another licence before: nothing was done
 */
async function issueEach(
  vault: Issuing,
  drafts: readonly Prepared[],
): Promise<PromiseSettledResult<Issued>[]> {
  if (drafts.length > issueBatchMax) throw new Problem('too-many', { limit: issueBatchMax })
  const asked = drafts.map((draft) => numbered(draft, numberIndexOf(vault.blind, draft)))
  const first = new Map(asked.toReversed().map((one) => [one.key, one]))
  const known = await licencesOf(vault.db, [...first.values()])
  const newcomers = [...first.values()].filter(({ key }) => !known.has(key))
  const { taken, failed } = await issueNew(vault, newcomers)
  const older = new Map([...known, ...taken])
  if (older.size > 0) await finishIntents(vault, [...older.values()])
  return asked.map((one): PromiseSettledResult<Issued> => {
    if (failed.has(one.key)) return { status: 'rejected', reason: failed.get(one.key) }
    const { licenceId } = first.get(one.key) ?? one
    const fresh = !older.has(one.key) && first.get(one.key) === one
    return { status: 'fulfilled', value: { licenceId: older.get(one.key) ?? licenceId, fresh } }
  })
}

interface Outcome {
  /** Numbers that somebody else took in the meantime, with their licences. */
  readonly taken: ReadonlyMap<string, string>
  /** By number, why it could not be sealed. */
  readonly failed: ReadonlyMap<string, unknown>
}

async function issueNew(vault: Issuing, newcomers: readonly Numbered[]): Promise<Outcome> {
  const drafts = newcomers.map(({ draft }) => draft)
  const outcomes = await sealEach(vault, await beginEach(vault, drafts))
  const wanted = newcomers.filter((_, i) => outcomes[i]?.status === 'fulfilled')
  const failed = newcomers.flatMap(({ key }, i): [string, unknown][] => {
    const outcome = outcomes[i]
    return outcome?.status === 'rejected' ? [[key, outcome.reason]] : []
  })
  return { taken: await store(vault, wanted, sealedOf(outcomes)), failed: new Map(failed) }
}

function sealedOf(outcomes: readonly PromiseSettledResult<Sealed>[]): Sealed[] {
  return outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}

/** Of those whose number is still free; answers the others, with the licences that bear it. */
async function store(
  vault: Issuing,
  wanted: readonly Numbered[],
  sealed: readonly Sealed[],
): Promise<ReadonlyMap<string, string>> {
  if (wanted.length === 0) return new Map()
  return vault.db.transaction(async (tx) => {
    const taken = await takeNumbers(tx, wanted)
    const ours = sealed.filter((_, i) => !taken.has(wanted[i]?.key ?? ''))
    await keepSealed({ tx, log: vault.log, at: vault.clock() }, ours)
    return taken
  }, 'read committed')
}

/**
 * Seals what the version before this one began and did not end, whether it crashed or still runs beside
 * this one: it stored an intent first. Whoever takes the intent away stores the licence. Answers how many.
 */
export async function finishIntents(
  vault: Issuing,
  licenceIds: readonly string[] | null = null,
): Promise<number> {
  let finished = 0
  for (;;) {
    const intents = await loadIntents(vault.db, licenceIds, issueBatchMax)
    if (intents.length === 0) return finished
    const begun = (await openIntents(vault, intents)).flatMap((one) => one ?? [])
    // Its number is taken already, and must not be left to a licence that nobody can seal.
    if (begun.length < intents.length) throw new Problem('stored-data-damaged')
    const outcomes = await sealEach(vault, begun)
    finished += await storeIntended(vault, sealedOf(outcomes))
    for (const one of outcomes) if (one.status === 'rejected') throw one.reason
  }
}

function storeIntended(vault: Issuing, sealed: readonly Sealed[]): Promise<number> {
  const licenceIds = sealed.map(({ licenceId }) => licenceId)
  return vault.db.transaction(async (tx) => {
    const taken = await takeIntents(tx, licenceIds)
    const ours = sealed.filter(({ licenceId }) => taken.has(licenceId))
    await keepSealed({ tx, log: vault.log, at: vault.clock() }, ours)
    return ours.length
  }, 'read committed')
}

/**
 * What a department does to a licence that leaves its document as it is: revoke, suspend and the other
 * acts of `lifecycle.ts` that make no new version. The act and its log entry are one serialisable
 * transaction; both are durable on return.
 */
import type { Catalogue } from '../catalogs/catalog.ts'
import type { Db, Tx } from '../db/postgres.ts'
import type { Log } from '../log/index.ts'
import type { JsonObject } from '../sdk/json.ts'
import { Problem } from '../sdk/problem.ts'
import { actsOf } from './change/act-store.ts'
import type { State, StateAct } from './change/lifecycle.ts'
import { checkAct, checkReason } from './change/rules.ts'
import { recordAct } from './change/record.ts'
import { stateAfter } from './change/standing.ts'
import type { PastAct } from './change/standing.ts'
import { isShaped } from './find.ts'
import type { Claiming } from './issue/request.ts'
import type { BlindIndex } from './keys/blind.ts'
import { findLicences } from './store.ts'

export interface Change {
  readonly licenceId: string
  readonly act: StateAct
  /** One of the reasons that the catalogue lists for the act. */
  readonly reason: string
  readonly department: string
  readonly officer: string
  /** The case the act was decided in, by its number. */
  readonly case?: string
  /** When it takes effect; now when absent. */
  readonly effectiveAt?: Date
  /** Of a transfer: the department that goes on with the licence. */
  readonly receiver?: string
  /** The same for every attempt at this very change. */
  readonly key?: string
}

export interface Changed {
  /** What the act leads to, from `effectiveAt` on. */
  readonly state: State
  /** When it was recorded. */
  readonly at: Date
  readonly effectiveAt: Date
}

/**
 * Something that must become true together with the act, such as the use of a request token;
 * answers what the act's log entry says of it.
 */
export type Alongside = (
  tx: Tx,
  done: Changed & {
    /** False when the same act was done before: then no entry is made of it now. */
    readonly fresh: boolean
  },
) => Promise<JsonObject>

export interface Changing extends Claiming {
  readonly db: Db
  readonly log: Log
  readonly catalogue: Catalogue
  readonly blind: BlindIndex
  readonly clock: () => Date
}

/**
 * @throws Problem unknown-licence, not-the-issuer, unknown-reason, act-not-allowed, wrong-state,
 *   effect-out-of-bounds, not-a-receiver, request-id-reused
 */
export async function change(
  vault: Changing,
  asked: Change,
  alongside?: Alongside,
): Promise<Changed> {
  const { licenceId, act, reason, department, officer, key = null, receiver = null } = asked
  checkReason(vault.catalogue, act, reason)
  if (!isShaped(licenceId)) throw new Problem('unknown-licence')
  if (key !== null) await claimFor(vault, asked, key)
  return vault.db.transaction(async (tx) => {
    const at = vault.clock()
    const [licence] = await findLicences(tx, [licenceId], at)
    if (!licence) throw new Problem('unknown-licence')
    const { issuer, type, division } = licence
    if (issuer !== department) throw new Problem('not-the-issuer', { issuer })
    const acts = await actsOf(tx, licenceId)
    const same = earlierOf(acts, asked)
    if (same) {
      const { state, effectiveAt, recordedAt } = same
      const done = { state, at: recordedAt, effectiveAt }
      await alongside?.(tx, { ...done, fresh: false })
      return done
    }
    checkAct(vault.catalogue, type, act)
    checkReceiver(vault.catalogue, type, asked)
    const lived = { acts, validFrom: licence.valid_from, validUntil: licence.valid_until }
    const { effectiveAt = at } = asked
    const done = { state: stateAfter(lived, { act, effectiveAt, at }), at, effectiveAt }
    const about = await alongside?.(tx, { ...done, fresh: true })
    const decided = {
      ...{ licenceId, type, issuer, division, ordinal: acts.length + 1 },
      ...{ act, state: done.state, reason },
      ...{ effectiveAt, recordedAt: at, department, officer, key, receiver, successor: null },
      ...{ caseNumber: asked.case ?? null, statusPosition: licence.status_position },
    }
    await recordAct({ tx, log: vault.log }, decided, about)
    return done
  })
}

/**
 * A key says which act is meant; without one, the newest may be it, whose answer was lost. One that was
 * announced for later is not what is asked for now.
 */
function earlierOf(acts: readonly PastAct[], asked: Change): PastAct | undefined {
  const { act, reason, department, key, effectiveAt, receiver = null } = asked
  if (key !== undefined) {
    const done = acts.find((one) => one.key === key && one.department === department)
    if (done) return done
  }
  const newest = acts.at(-1)
  if (newest?.act !== act || newest.reason !== reason) return undefined
  if (newest.receiver !== receiver) return undefined
  const { effectiveAt: from, recordedAt } = newest
  return from.getTime() === (effectiveAt ?? recordedAt).getTime() ? newest : undefined
}

async function claimFor(vault: Changing, asked: Change, key: string): Promise<void> {
  const { licenceId, act, reason, department, effectiveAt, receiver } = asked
  const what = { licenceId, act, reason, receiver, effectiveAt, case: asked.case }
  await vault.claim({ department, key, what }, licenceId)
}

/** A transfer, and nothing else, has a receiver, who may issue the type. */
function checkReceiver(catalogue: Catalogue, type: string, asked: Change): void {
  const { act, receiver, department } = asked
  if (act !== 'transfer' && receiver === undefined) return
  const issuers = catalogue.licenceTypes.get(type)?.issuers ?? []
  const isFit =
    receiver !== undefined && receiver !== department && issuers.some((one) => one === receiver)
  if (act !== 'transfer' || !isFit) throw new Problem('not-a-receiver')
}

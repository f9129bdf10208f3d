/**
 * What an issuing department does to a licence it issued: revoke, suspend and the other acts of
 * `lifecycle.ts`. The act and its log entry are one transaction; both are durable on return.
 */
import type { Db, Tx } from '../db/postgres.ts'
import type { Log } from '../log/index.ts'
import type { JsonObject } from '../sdk/json.ts'
import { Problem } from '../sdk/problem.ts'
import { addAct, newestAct } from './change/act-store.ts'
import { announce } from './event.ts'
import { isShaped } from './find.ts'
import { after, reasons } from './change/lifecycle.ts'
import type { Act, State } from './change/lifecycle.ts'
import { findLicence } from './store.ts'

export interface Change {
  readonly licenceId: string
  readonly act: Act
  /** One of the reasons that `lifecycle.ts` lists for the act. */
  readonly reason: string
  readonly department: string
  readonly officer: string
}

/**
 * Something that must become true together with the act, such as the use of a request token;
 * answers what the act's log entry says of it.
 */
export type Alongside = (
  tx: Tx,
  done: {
    readonly state: State
    readonly at: Date
    /** False when the same act was done before: then no entry is made of it now. */
    readonly fresh: boolean
  },
) => Promise<JsonObject>

/** @throws Problem unknown-licence, not-the-issuer, unknown-reason, wrong-state */
export async function change(
  { db, log, clock }: { readonly db: Db; readonly log: Log; readonly clock: () => Date },
  asked: Change,
  alongside?: Alongside,
): Promise<{ state: State; at: Date }> {
  const { licenceId, act, reason, department, officer } = asked
  if (!reasons[act].includes(reason)) {
    throw new Problem('unknown-reason', { act, reasons: reasons[act] })
  }
  return db.transaction(async (tx) => {
    const at = clock()
    const licence = isShaped(licenceId) ? await findLicence(tx, licenceId, at) : undefined
    if (!licence) throw new Problem('unknown-licence')
    if (licence.issuer !== department)
      throw new Problem('not-the-issuer', { issuer: licence.issuer })
    const { ordinal, state: before, done } = await newestAct(tx, licenceId)
    // The answer to the same act may have been lost on its way; it is given again.
    if (done?.act === act && done.reason === reason) {
      await alongside?.(tx, { state: before, at: done.at, fresh: false })
      return { state: before, at: done.at }
    }
    const state = after(before, act)
    const about = await alongside?.(tx, { state, at, fresh: true })
    const [entry] = await log.append(tx, [
      {
        ...about,
        kind: 'licence-changed',
        at: at.toISOString(),
        ...{ licenceId, type: licence.type, act, state, reason, department, officer },
      },
    ])
    if (!entry) throw new Error('the log appended nothing')
    const statusPosition = licence.status_position
    await addAct(tx, {
      ...{ licenceId, ordinal: ordinal + 1, act, state, reason, effectiveAt: at, at },
      ...{ department, officer, statusPosition, leaf: entry.leaf },
    })
    const { type, issuer, division } = licence
    await announce(tx, [
      { kind: 'changed', licenceId, type, issuer, division, state, acts: ordinal + 1, at },
    ])
    return { state, at }
  })
}

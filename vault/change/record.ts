/**
 * The one place where an act is written: with its log entry and its event, in the caller's transaction.
 * Whether it may be done was decided before, in that same transaction.
 */
import type { Tx } from '../../db/postgres.ts'
import type { Log } from '../../log/index.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { announce } from '../event.ts'
import { addAct } from './act-store.ts'
import type { NewAct } from './act-store.ts'

export interface DecidedAct extends Omit<NewAct, 'leaf'> {
  readonly type: string
  readonly issuer: string
  readonly division: string
}

/** @param about what else its entry says */
export async function recordAct(
  { tx, log }: { readonly tx: Tx; readonly log: Log },
  act: DecidedAct,
  about: JsonObject = {},
): Promise<void> {
  const { licenceId, type, state, reason, department, officer, receiver, successor } = act
  const [entry] = await log.append(tx, [
    {
      ...about,
      kind: 'licence-changed',
      at: act.recordedAt.toISOString(),
      effectiveAt: act.effectiveAt.toISOString(),
      ...{ licenceId, type, act: act.act, state, reason, department, officer },
      ...(act.caseNumber === null ? {} : { case: act.caseNumber }),
      ...(receiver === null ? {} : { receiver }),
      ...(successor === null ? {} : { successor }),
    },
  ])
  if (!entry) throw new Error('the log appended nothing')
  await addAct(tx, { ...act, leaf: entry.leaf })
  const { issuer, division, ordinal: acts, effectiveAt: at } = act
  const kind = successor === null ? 'changed' : 'superseded'
  await announce(tx, [{ kind, licenceId, type, issuer, division, state, acts, at }])
}

/** Every statement on what happened to licences after their issue. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import type { State } from './lifecycle.ts'
import { actsMax } from './standing.ts'
import type { PastAct } from './standing.ts'

export interface NewAct extends PastAct {
  readonly licenceId: string
  readonly officer: string
  readonly caseNumber: string | null
  readonly statusPosition: number
  readonly leaf: Uint8Array
}

/** Oldest first. */
export function actsOf(db: Tx, licenceId: string): Promise<PastAct[]> {
  return db.rows<PastAct>(sql`
    select ordinal, act, state, reason, effective_at as "effectiveAt",
           recorded_at as "recordedAt", department, request_key as key, receiver, successor
      from vault.act
     where licence_id = ${licenceId}
     order by ordinal
     limit ${actsMax + 1}`)
}

export async function addAct(tx: Tx, act: NewAct): Promise<void> {
  await tx.execute(sql`
    insert into vault.act (licence_id, ordinal, act, state, reason, effective_at, recorded_at,
                           department, officer, case_number, request_key, receiver, successor,
                           status_position, leaf)
    values (${act.licenceId}, ${act.ordinal}, ${act.act}, ${act.state}, ${act.reason},
            ${act.effectiveAt}, ${act.recordedAt}, ${act.department}, ${act.officer},
            ${act.caseNumber}, ${act.key}, ${act.receiver}, ${act.successor},
            ${act.statusPosition}, ${Buffer.from(act.leaf)})`)
}

/** Positions of one status list whose licences are not plainly valid at a time. */
export function markedPositions(
  db: Tx,
  range: { readonly from: number; readonly to: number },
  at: Date,
): Promise<{ status_position: number; state: State }[]> {
  return db.rows(sql`
    select distinct on (status_position) status_position, state
      from vault.act
     where status_position >= ${range.from} and status_position < ${range.to}
       and effective_at <= ${at}
     order by status_position, state in ('valid', 'suspended'), ordinal desc`)
}

export async function countActs(db: Tx): Promise<number> {
  const row = await db.row<{ acts: number }>(sql`
    select count(*) as acts
      from vault.act`)
  return row?.acts ?? 0
}

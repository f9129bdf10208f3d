/** Every statement on what happened to licences after their issue. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import type { Act, State } from './lifecycle.ts'

export interface NewAct {
  readonly licenceId: string
  readonly ordinal: number
  readonly act: Act
  readonly state: State
  readonly reason: string
  readonly effectiveAt: Date
  readonly at: Date
  readonly department: string
  readonly officer: string
  readonly statusPosition: number
  readonly leaf: Uint8Array
}

export interface NewestAct {
  readonly ordinal: number
  readonly state: State
  /** Absent while nothing has happened since the issue. */
  readonly done?: { readonly act: Act; readonly reason: string; readonly at: Date }
}

export async function newestAct(tx: Tx, licenceId: string): Promise<NewestAct> {
  const row = await tx.row<{
    ordinal: number
    state: State
    act: Act
    reason: string
    at: Date
  }>(sql`
    select ordinal, state, act, reason, recorded_at as at
      from vault.act
     where licence_id = ${licenceId}
     order by ordinal desc
     limit 1`)
  if (!row) return { ordinal: 0, state: 'valid' }
  const { ordinal, state, ...done } = row
  return { ordinal, state, done }
}

export async function addAct(tx: Tx, act: NewAct): Promise<void> {
  await tx.execute(sql`
    insert into vault.act (licence_id, ordinal, act, state, reason, effective_at, recorded_at,
                           department, officer, status_position, leaf)
    values (${act.licenceId}, ${act.ordinal}, ${act.act}, ${act.state}, ${act.reason},
            ${act.effectiveAt}, ${act.at}, ${act.department}, ${act.officer},
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
     order by status_position, ordinal desc`)
}

export async function countActs(db: Tx): Promise<number> {
  const row = await db.row<{ acts: number }>(sql`
    select count(*) as acts
      from vault.act`)
  return row?.acts ?? 0
}

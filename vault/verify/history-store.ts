/** Every statement on what was known of licences, and when it became known. */
import { sql } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import type { Act, State } from '../change/lifecycle.ts'

/** A licence that is kept here, without what is in it. */
export interface KeptLicence {
  readonly licence_id: string
  readonly type: string
  readonly issuer: string
  readonly division: string
  readonly grade: string
  readonly valid_from: Date
  readonly valid_until: Date | null
  readonly status_position: number
  readonly leaf: Uint8Array
  readonly recorded_at: Date
  /** How many acts are stored, whenever they took effect. */
  readonly acts: number
  /** The licence whose place it took. */
  readonly supersedes: string | null
}

/** Those of them that are here. `offset 0` keeps the planner from scanning a whole table of keys. */
export function findKept(db: Tx, licenceIds: readonly string[]): Promise<KeptLicence[]> {
  return db.rows<KeptLicence>(sql`
    select l.licence_id, l.type, l.issuer, l.division, l.grade, l.valid_from, l.valid_until,
           l.status_position, l.leaf, l.recorded_at,
           (select count(*) from vault.act where licence_id = l.licence_id) as acts,
           (select licence_id from vault.act where successor = l.licence_id) as supersedes
      from unnest(${licenceIds}::text[]) as asked (licence_id)
      join lateral (
             select licence_id, type, issuer, division, grade, valid_from, valid_until,
                    status_position, leaf, recorded_at
               from vault.licence
              where licence_id = asked.licence_id
             offset 0) l on true`)
}

export interface RecordedAct {
  readonly licence_id: string
  readonly act: Act
  readonly state: State
  readonly reason: string
  readonly department: string
  readonly officer: string
  readonly effective_at: Date
  readonly recorded_at: Date
  readonly leaf: Uint8Array
  readonly case_number: string | null
  /** The licence that took its place. */
  readonly successor: string | null
  /** The department it was transferred to. */
  readonly receiver: string | null
}

/** In the order in which they were recorded, and at most so many of each licence. */
export function findActs(
  db: Tx,
  licenceIds: readonly string[],
  most: number,
): Promise<RecordedAct[]> {
  return db.rows(sql`
    select a.licence_id, a.act, a.state, a.reason, a.department, a.officer, a.effective_at,
           a.recorded_at, a.leaf, a.case_number, a.successor, a.receiver
      from unnest(${licenceIds}::text[]) as asked (licence_id)
      join lateral (
             select licence_id, ordinal, act, state, reason, department, officer, effective_at,
                    recorded_at, leaf, case_number, successor, receiver
               from vault.act
              where licence_id = asked.licence_id
              order by ordinal
              limit ${most}) a on true
     order by a.licence_id, a.ordinal`)
}

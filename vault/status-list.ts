/**
 * The public status of licences: which list and place each one has, and the lists themselves, signed
 * afresh from the acts whenever they are asked for. A revocation is in the next list that is served.
 */
import type { KeyObject } from 'node:crypto'
import type { Tx } from '../db/postgres.ts'
import { encodeStatusList, signStatusList, statusListLength } from '../sdk/status.ts'
import { Problem } from '../sdk/problem.ts'
import type { LicenceStatus } from '../sdk/status.ts'
import { statusOf } from './lifecycle.ts'
import { markedPositions, newestPosition } from './store.ts'

export interface StatusSigner {
  readonly key: KeyObject
  /** Leaf first, DER. */
  readonly chain: readonly Uint8Array[]
}

/** Positions are given in order; every list is filled before the next begins. */
export function statusPlace(position: number): { list: number; idx: number } {
  return { list: Math.floor(position / statusListLength), idx: position % statusListLength }
}

/** Whether places of this list were ever given; the first list is there from the beginning. */
async function listExists(db: Tx, list: number): Promise<boolean> {
  return list === 0 || list * statusListLength <= (await newestPosition(db))
}

/** The statuses of one list at a time, by place; a place without an entry is valid. */
export async function statusesOf(
  db: Tx,
  list: number,
  at: Date,
): Promise<ReadonlyMap<number, LicenceStatus>> {
  const from = list * statusListLength
  const rows = await markedPositions(db, { from, to: from + statusListLength }, at)
  return new Map(
    rows.map(({ status_position: position, state }) => [position - from, statusOf[state]]),
  )
}

/** @throws Problem not-found */
export async function publishStatusList(
  { db, signer, uri }: { readonly db: Tx; readonly signer: StatusSigner; readonly uri: string },
  list: number,
  at: Date,
): Promise<string> {
  if (!(await listExists(db, list))) throw new Problem('not-found')
  const lst = encodeStatusList(await statusesOf(db, list, at))
  return signStatusList({ uri: `${uri}${list}`, lst, at }, signer)
}

/**
 * The public status of licences: which list and place each one has, and the lists themselves, signed
 * afresh from the acts whenever they are asked for. A revocation is in the next list that is served.
 */
import type { KeyObject } from 'node:crypto'
import type { Tx } from '../db/postgres.ts'
import type { LogReader } from '../log/index.ts'
import { encodeLicenceStatuses, signStatusList, statusListLength } from '../sdk/status/signer.ts'
import { Problem } from '../sdk/problem.ts'
import type { LicenceStatus } from '../sdk/status/signer.ts'
import { countActs, markedPositions } from './change/act-store.ts'
import { statusOf } from './change/lifecycle.ts'
import { newestPosition } from './store.ts'

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
async function statusesOf(
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

interface PublishingParts {
  readonly db: Tx
  readonly log: Pick<LogReader, 'count'>
  readonly signer: StatusSigner
  readonly uri: string
}

/**
 * A list says in which second it was signed, is signed at most once in it however often it is asked for,
 * and is not given out after it: no instance gives a list that says it is older than another's before.
 */
const secondOf = (at: Date): number => Math.floor(at.getTime() / 1_000)

export interface Publisher {
  readonly publish: (list: number, at: Date) => Promise<string>
  /** To be called when a status has changed: the next list asked for is a new one. */
  readonly changed: () => void
}

/**
 * A publisher of signed lists. It refuses to sign while the log knows of more acts than are stored:
 * a list that lacks a revocation would call the licence valid (promise I12).
 */
export function createPublisher(parts: PublishingParts): Publisher {
  const signed = new Map<number, { readonly second: number; readonly token: Promise<string> }>()
  const publishOnce = (list: number, at: Date): Promise<string> => {
    const newest = signed.get(list)
    if (newest?.second === secondOf(at)) return newest.token
    const token = publish(parts, list, at)
    signed.set(list, { second: secondOf(at), token })
    // What failed is not kept; the next question tries again.
    token.catch(() => signed.delete(list))
    return token
  }
  return {
    publish: publishOnce,
    changed: () => {
      signed.clear()
    },
  }
}

/** @throws Problem not-found, log-damaged */
async function publish({ db, log, signer, uri }: PublishingParts, list: number, at: Date) {
  if (!(await listExists(db, list))) throw new Problem('not-found')
  const logged = await log.count('licence-changed')
  if (logged > (await countActs(db))) throw new Problem('log-damaged', { table: 'vault.act' })
  const statuses = encodeLicenceStatuses(await statusesOf(db, list, at))
  return signStatusList({ ...statuses, uri: `${uri}${list}`, at }, signer)
}

/**
 * The public status of licences: which list and place each one has, and the lists themselves. A list is
 * made from the acts when somebody asks and it has changed, is kept in the database, and is given out by
 * every instance as it is there: all give the same bytes, and none gives an older one after a newer one.
 * Every list that was ever given out stays, for those who ask what was known then.
 */
import type { KeyObject } from 'node:crypto'
import type { Tx } from '../db/postgres.ts'
import type { LogReader } from '../log/index.ts'
import { equalBytes, sha256, utf8 } from '../sdk/primitives.ts'
import {
  encodeLicenceStatuses,
  signStatusList,
  statusListLength,
  statusListTtl,
} from '../sdk/status/signer.ts'
import { Problem } from '../sdk/problem.ts'
import { clockSkewSeconds } from '../sdk/status.ts'
import type { LicenceStatus } from '../sdk/status/signer.ts'
import { countActs, markedPositions } from './change/act-store.ts'
import { statusOf } from './change/lifecycle.ts'
import {
  addStatusList,
  databaseTime,
  newestPosition,
  newestSigned,
  newestStatusList,
  newestVersion,
  statusListAt,
} from './status-list-store.ts'
import type { StoredList } from './status-list-store.ts'

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
  readonly signer: () => StatusSigner
  readonly uri: string
  /** In place of the database's own. */
  readonly databaseClock: (() => Date) | undefined
}

const secondOf = (at: Date): number => Math.floor(at.getTime() / 1_000)
const timeOf = (second: number): Date => new Date(second * 1_000)

/** A list that says nothing new is signed again when a third of its life is over. */
const renewAfterSeconds = statusListTtl / 3

export interface Publisher {
  readonly publish: (list: number, at: Date) => Promise<string>
  /** The list that was given out at a time. @throws Problem not-found when none was */
  readonly publishedAt: (list: number, at: Date) => Promise<string>
  /** To be called when a status has changed: the acts are read at the next question. */
  readonly changed: () => void
}

/**
 * A publisher of signed lists. It refuses to sign while the log knows of more acts than are stored:
 * a list that lacks a revocation would call the licence valid (promise I12).
 */
export function createPublisher(parts: PublishingParts): Publisher {
  const looked = new Map<number, { readonly second: number; readonly list: Promise<StoredList> }>()
  /** However often it is asked for, the acts are read once a second. */
  const lookOnce = (list: number, at: Date): Promise<StoredList> => {
    const last = looked.get(list)
    if (last?.second === secondOf(at)) return last.list
    const found = publish(parts, list, at)
    looked.set(list, { second: secondOf(at), list: found })
    // What failed is not kept; the next question tries again.
    found.catch(() => looked.delete(list))
    return found
  }
  return {
    publish: async (list, at) => {
      const ours = await lookOnce(list, at)
      if ((await newestVersion(parts.db, list)) === ours.version) return ours.token
      const theirs = await newestStatusList(parts.db, list)
      return (theirs ?? ours).token
    },
    publishedAt: async (list, at) => {
      const token = await statusListAt(parts.db, list, {
        at,
        since: new Date(at.getTime() - statusListTtl * 1_000),
      })
      if (token === undefined) throw new Problem('not-found')
      return token
    },
    changed: () => {
      looked.clear()
    },
  }
}

/** Others publish as well; whoever comes second looks at what the first has published. */
const triesMax = 5

/** @throws Problem not-found, log-damaged */
async function publish(parts: PublishingParts, list: number, at: Date): Promise<StoredList> {
  if (!(await listExists(parts.db, list))) throw new Problem('not-found')
  for (let tries = 0; tries < triesMax; tries += 1) {
    // Before the acts are read: whatever was published after this moment makes our version a taken one.
    const newest = await newestStatusList(parts.db, list)
    const next = await nextList(parts, { list, at, newest, tries })
    if (next === undefined || (await addStatusList(parts.db, list, next)))
      return next ?? stored(newest)
  }
  return stored(await newestStatusList(parts.db, list))
}

function stored(list: StoredList | undefined): StoredList {
  if (!list) throw new Error('a status list that was published is gone')
  return list
}

interface Publication {
  readonly list: number
  readonly at: Date
  readonly newest: StoredList | undefined
  /** How often it was tried before; the second may be taken by a list of a clock that was wrong. */
  readonly tries: number
}

/** Undefined when the newest is still right. */
async function nextList(
  parts: PublishingParts,
  { list, at, newest, tries }: Publication,
): Promise<StoredList | undefined> {
  const { db, log, signer, uri } = parts
  const logged = await log.count('licence-changed')
  if (logged > (await countActs(db))) throw new Problem('log-damaged', { table: 'vault.act' })
  const statuses = encodeLicenceStatuses(await statusesOf(db, list, at))
  const digest = sha256(utf8(statuses.lst))
  const believed = await believedOf(parts, { list, at, newest })
  const last = believed ? secondOf(believed.signedAt) : -Infinity
  const age = secondOf(at) - last
  const isSame = believed?.digest !== undefined && equalBytes(believed.digest, digest)
  // Ahead already: the time that lists name always grows, and never runs further ahead than a second.
  if (age < 0 || (isSame && age < renewAfterSeconds)) return undefined
  const signedAt = timeOf(Math.max(secondOf(at), last + 1) + tries)
  const token = signStatusList({ ...statuses, uri: `${uri}${list}`, at: signedAt }, signer())
  return { version: (newest?.version ?? 0) + 1, signedAt, digest, token }
}

/** The newest list that somebody whose clock is right can have believed; unless it is the newest, only when. */
async function believedOf(
  parts: PublishingParts,
  { list, at, newest }: Omit<Publication, 'tries'>,
): Promise<{ readonly signedAt: Date; readonly digest?: Uint8Array } | undefined> {
  if (!newest || !(await isOfTheFuture(parts, newest, at))) return newest
  const signedAt = await newestSigned(parts.db, list, at)
  return signedAt && { signedAt }
}

/**
 * Signed while our clock was so far ahead that nobody whose own is right has believed it; to wait until
 * time has caught up would keep revocations back. That our clock is right now, and not late, PostgreSQL's
 * has to confirm.
 */
async function isOfTheFuture(
  { db, databaseClock }: PublishingParts,
  { signedAt }: StoredList,
  at: Date,
): Promise<boolean> {
  const isAheadOf = (now: Date | undefined): boolean =>
    now !== undefined && signedAt.getTime() - now.getTime() > clockSkewSeconds * 1_000
  return isAheadOf(at) && isAheadOf(databaseClock?.() ?? (await databaseTime(db)))
}

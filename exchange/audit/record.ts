/**
 * The durable record of every authenticated request, made before its answer leaves (promises I3 and
 * I7). One transaction consumes the token, appends the log entry and, for a mutation, does the write.
 * Requests that arrive while a batch is on its way share the next one; there is no timer.
 */
import { randomBytes } from 'node:crypto'
import type { Db, Tx } from '../../db/postgres.ts'
import { uniqueViolation } from '../../db/postgres.ts'
import type { Appended, Entry, EntryKind, Log } from '../../log/index.ts'
import { fromBase64url, toBase64url } from '../../sdk/base64url.ts'
import type { Json } from '../../sdk/json.ts'
import { sha256, utf8 } from '../../sdk/primitives.ts'
import { Problem, problemFrom } from '../../sdk/problem.ts'
import type { ProblemCode } from '../../sdk/problem.ts'
import type { Caller } from '../caller.ts'
import { addSubjects, consumeRequests, requestKey, usesOf } from './store.ts'

/** Requests waiting for a place in a batch; more are turned away, so nobody waits without end. */
const waitingMax = 1_000
const batchMax = 200

/** What happened to one item of a request: one subject, one resource, fields of one fate. */
export interface RecordedItem {
  readonly resource: string
  readonly fields: readonly string[]
  /** Blind index, base64url; kept beside the log, never in it. */
  readonly subject: string | undefined
  readonly decision: 'allowed' | 'refused' | 'failed' | 'nothing-found'
  /** Code of the refusal or failure. */
  readonly code?: string
  readonly rule?: string
  readonly grants?: readonly string[]
  /** What a predicate was asked, canonical JSON; stands in the entry as a commitment. */
  readonly arguments?: string
}

export interface Recording {
  readonly caller: Caller
  readonly kind: EntryKind
  readonly at: Date
  readonly decision: string
  readonly items: readonly RecordedItem[]
  /** The case and item that were changed, whatever the purpose in the token names. */
  readonly about?: { readonly case: string; readonly item: string }
  /** Base64url hash of the answer's data. */
  readonly answerHash: string
  readonly catalogue: string
  /** A change that must become true together with its entry. */
  readonly write?: (tx: Tx) => Promise<void>
}

export interface Recorder {
  /**
   * Durable when it resolves.
   * @throws Problem not-authenticated (token used before), attempt-already-recorded,
   *   request-id-reused, audit-unavailable
   */
  readonly record: (recording: Recording) => Promise<Appended>
  /** Whether a request may still be recorded, without using it up. @throws Problem as `record` does */
  readonly checkUnused: (caller: Caller) => Promise<void>
}

interface Waiting {
  readonly recording: Recording
  readonly resolve: (appended: Appended) => void
  readonly reject: (reason: unknown) => void
}

interface RecorderParts {
  readonly db: Db
  readonly log: Log
  /** Told after each commit that the log has grown. */
  readonly appended: () => void
}

export function createRecorder(parts: RecorderParts): Recorder {
  let waiting: Waiting[] = []
  let busy = false

  async function drain(): Promise<void> {
    busy = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchMax)
      waiting = waiting.slice(batchMax)
      await settle(parts, batch)
    }
    busy = false
  }

  return {
    record: (recording) => {
      if (recording.write) return recordWith(parts, recording, recording.write)
      if (waiting.length >= waitingMax) throw new Problem('audit-unavailable')
      const { promise, resolve, reject } = Promise.withResolvers<Appended>()
      waiting.push({ recording, resolve, reject })
      if (!busy) void drain() // Settles every promise it takes; it cannot reject itself.
      return promise
    },
    checkUnused: async (caller) => {
      const code = await earlierUse(parts.db, caller)
      if (code) throw new Problem(code)
    },
  }
}

async function settle(parts: RecorderParts, batch: readonly Waiting[]): Promise<void> {
  try {
    const outcomes = await parts.db.transaction(
      (tx) =>
        append(
          parts.log,
          tx,
          batch.map(({ recording }) => recording),
        ),
      'read committed',
    )
    parts.appended()
    batch.forEach(({ resolve, reject }, i) => {
      const outcome = outcomes[i]
      if (outcome && 'leaf' in outcome) resolve(outcome)
      else reject(outcome ?? new Problem('audit-unavailable'))
    })
  } catch (cause) {
    if (batch.length === 1 || databaseIsDown(cause)) {
      for (const { reject } of batch) reject(new Problem('audit-unavailable', {}, { cause }))
      return
    }
    // One recording that cannot be written must not take the others with it.
    for (const one of batch) await settle(parts, [one])
  }
}

function databaseIsDown(cause: unknown): boolean {
  return problemFrom(cause).code === 'database-unavailable'
}

const outages: readonly ProblemCode[] = ['database-unavailable', 'audit-unavailable']

/**
 * A request that failed leaves an entry saying so. When it failed in an outage, the commit that nobody
 * got an answer to may have used its token up; then its entry is there, and "not now" stays the answer.
 */
export function isRecordedAfterAll(failure: ProblemCode, refusal: unknown): boolean {
  return outages.includes(failure) && problemFrom(refusal).code === 'not-authenticated'
}

/** A mutation has a transaction of its own: its failure must not touch anyone else. */
async function recordWith(
  { db, log, appended }: RecorderParts,
  recording: Recording,
  write: (tx: Tx) => Promise<void>,
): Promise<Appended> {
  try {
    const done = await db.transaction(async (tx) => {
      const [outcome] = await append(log, tx, [recording])
      if (!outcome || !('leaf' in outcome)) throw outcome ?? new Problem('audit-unavailable')
      await write(tx)
      return outcome
    })
    appended()
    return done
  } catch (thrown) {
    const constraint = uniqueViolation(thrown)
    if (constraint === 'case_opening_pkey') throw new Problem('case-exists')
    if (constraint === 'case_closing_pkey') throw new Problem('case-closed')
    throw thrown
  }
}

/** Uses a token up in somebody else's transaction. @throws Problem as `record` does */
export async function consume(tx: Tx, caller: Caller, at: Date): Promise<void> {
  const consumed = await consumeRequests(tx, [caller], at)
  if (!consumed.has(requestKey(caller))) throw await repeated(tx, caller)
}

/** Nothing was consumed, so something stands in the way. */
async function repeated(tx: Tx, caller: Caller): Promise<Problem> {
  return new Problem((await earlierUse(tx, caller)) ?? 'attempt-already-recorded')
}

/** How a request was used before, if it was: its token, its id for something else, its attempt. */
async function earlierUse(tx: Tx, caller: Caller): Promise<ProblemCode | undefined> {
  const used = await usesOf(tx, caller)
  if (used.token) return 'not-authenticated'
  if (used.another) return 'request-id-reused'
  return used.attempt ? 'attempt-already-recorded' : undefined
}

/** One outcome for each recording: its leaf, or why it may not be recorded. */
async function append(
  log: Log,
  tx: Tx,
  recordings: readonly Recording[],
): Promise<(Appended | Problem)[]> {
  const at = recordings[0]?.at
  if (!at) return []
  const rows = recordings.map(({ caller }) => caller)
  const consumed = await consumeRequests(tx, rows, at)
  // Taken out when it is used, because the very same request may stand in one batch twice.
  const kept = recordings.filter(({ caller }) => consumed.delete(requestKey(caller)))
  const entries = kept.map(toEntry)
  const appended = await log.append(
    tx,
    entries.map(({ entry }) => entry),
  )
  const subjects = entries.flatMap((entry, i) => entry.subjects(appended[i]))
  await addSubjects(tx, subjects)
  const leaves = new Map(kept.map((recording, i) => [recording, appended[i]]))
  const outcomes: (Appended | Problem)[] = []
  for (const recording of recordings) {
    outcomes.push(leaves.get(recording) ?? (await repeated(tx, recording.caller)))
  }
  return outcomes
}

/** Which request an entry answers: its id and attempt, and the hash of the token that signed it. */
export function requestMembers({ rid, attempt, jti, token }: Caller) {
  return { rid, attempt, jti, token: toBase64url(sha256(utf8(token))) }
}

/** Subjects stand in an entry as salted commitments; salt and index are kept beside it, erasably. */
function toEntry(recording: Recording) {
  const { caller, kind, at, decision, items, answerHash, catalogue, about } = recording
  const salted = items.map((item) => ({ item, salt: randomBytes(16) }))
  const { purpose } = caller
  const entry: Entry = {
    kind,
    at: at.toISOString(),
    ...requestMembers(caller),
    ...{ department: caller.department, officer: caller.officer, decision, catalogue },
    ...(about ?? (purpose && { case: purpose.case, item: purpose.item })),
    ...(purpose?.basis ? { basis: purpose.basis } : {}),
    items: salted.map(({ item, salt }) => describe(item, salt)),
    ah: answerHash,
  }
  const subjects = (appended: Appended | undefined) =>
    salted.flatMap(({ item: { subject }, salt }, ordinal) =>
      appended && subject !== undefined
        ? [{ leaf: appended.leaf, ordinal, subjectIndex: fromBase64url(subject), salt }]
        : [],
    )
  return { entry, subjects }
}

function describe({ subject, arguments: asked, ...item }: RecordedItem, salt: Uint8Array): Json {
  const commitment = (bytes: Uint8Array): string => toBase64url(sha256(salt, bytes))
  return {
    ...item,
    ...(subject === undefined ? {} : { subject: commitment(fromBase64url(subject)) }),
    ...(asked === undefined ? {} : { arguments: commitment(utf8(asked)) }),
  }
}

/**
 * The desk where departments issue and change licences over HTTP, each answer recorded like every
 * other. The token of a change is consumed in the transaction of the change itself.
 */
import { Problem } from '../../sdk/problem.ts'
import { answerHash } from '../../sdk/receipt.ts'
import { isStateAct, isVersionAct } from '../../vault/index.ts'
import type { Draft, HandedIn, Place, State, Vault } from '../../vault/index.ts'
import { consume, requestMembers } from '../audit/record.ts'
import type { Caller } from '../caller.ts'
import { readInstant } from '../instant.ts'
import { doneOnce, recordAnswer } from './attending.ts'
import type { Attended, AttendingParts } from './attending.ts'

export interface VaultDesk {
  /** @throws Problem invalid-draft, licence-id-exists */
  readonly issue: (asked: Attended & { readonly body: OwnDraft }) => Promise<IssueAnswer>
  /** @throws Problem unknown-licence, not-the-issuer, unknown-reason, wrong-state, … */
  readonly change: (asked: Attended & AskedChange) => Promise<ChangeAnswer>
  /** Puts a new version in the place of a licence. @throws Problem as `change`, invalid-draft */
  readonly reissue: (asked: Attended & AskedVersion) => Promise<VersionAnswer>
  /** @throws Problem not-an-issuer, too-many */
  readonly reservePlaces: (
    asked: Attended & { readonly body: { readonly count: number } },
  ) => Promise<{ readonly places: readonly Place[] }>
  /** Takes in what a department has sealed itself. @throws Problem document-not-sound, … */
  readonly accept: (asked: Attended & { readonly body: AskedAcceptance }) => Promise<IssueAnswer>
}

/** A draft of whoever hands it in: issued today, so it must be complete. */
export type OwnDraft = Omit<Draft, 'issuer' | 'grade'>

interface IssueAnswer {
  readonly licenceId: string
  readonly fresh: boolean
}

interface AskedAct {
  readonly act: string
  readonly reason: string
  /** RFC 3339; now when absent. */
  readonly effectiveAt?: string
}

interface AskedChange extends AskedAct {
  readonly licenceId: string
  /** Of a transfer. */
  readonly receiver?: string
}

interface AskedVersion {
  readonly licenceId: string
  readonly body: AskedAct & { readonly draft: OwnDraft }
}

type AskedAcceptance = Omit<HandedIn, 'department' | 'key' | 'succession'> & {
  readonly succession?: AskedAct
}

interface VersionAnswer {
  readonly licenceId: string
  readonly supersedes: string
  readonly act: string
  readonly at: string
  readonly effectiveAt: string
}

interface ChangeAnswer {
  readonly licenceId: string
  readonly act: string
  readonly state: State
  readonly at: string
  readonly effectiveAt: string
}

interface DeskParts extends AttendingParts {
  readonly vault: Vault
}

export function createVaultDesk(parts: DeskParts): VaultDesk {
  return {
    issue: (asked) => issue(parts, asked),
    change: (asked) => change(parts, asked),
    reissue: (asked) => reissue(parts, asked),
    reservePlaces: (asked) => reservePlaces(parts, asked),
    accept: (asked) => accept(parts, asked),
  }
}

/** Every attempt has the request id of the first, and so the same answer. */
function issue(
  parts: DeskParts,
  { caller, at, body }: Attended & { readonly body: OwnDraft },
): Promise<IssueAnswer> {
  return doneOnce(parts, { caller, at, item: issued(body.type) }, async () => ({
    ...(await parts.vault.issue(draftOf(caller, body), caller.rid)),
  }))
}

function draftOf({ department }: Caller, body: OwnDraft): Draft {
  return { ...body, issuer: department, grade: 'A' }
}

async function change(
  parts: DeskParts,
  { caller, at, licenceId, receiver, ...said }: Attended & AskedChange,
): Promise<ChangeAnswer> {
  const { act } = said
  if (!isStateAct(act)) throw new Problem('invalid-request', { place: 'act', expected: 'an act' })
  const answerOf = (done: { state: State; at: Date; effectiveAt: Date }) => ({
    ...{ licenceId, act, state: done.state, at: done.at.toISOString() },
    effectiveAt: done.effectiveAt.toISOString(),
  })
  const seen = { isRepeated: false }
  const asked = {
    ...{ ...actOf(caller, said), licenceId, act, department: caller.department, key: caller.rid },
    ...(receiver === undefined ? {} : { receiver }),
  }
  const done = await parts.vault.change(asked, async (tx, decided) => {
    seen.isRepeated = !decided.fresh
    if (seen.isRepeated) return {}
    await consume(tx, caller, at)
    return { ...requestMembers(caller), ah: answerHash(answerOf(decided)) }
  })
  const answer = answerOf(done)
  // The act has its entry; being told of it again is an answer of its own.
  if (seen.isRepeated) {
    const item = { resource: 'vault', fields: ['state'] }
    await recordAnswer(parts, { caller, at, answer, item })
  }
  return answer
}

/** What every act says: why, by whom, in which case, and when it takes effect. */
function actOf({ officer, purpose }: Caller, { reason, effectiveAt }: AskedAct) {
  return {
    ...{ reason, officer },
    ...(purpose === undefined ? {} : { case: purpose.case }),
    ...(effectiveAt === undefined ? {} : { effectiveAt: momentOf(effectiveAt) }),
  }
}

function momentOf(text: string): Date {
  const moment = readInstant(text)
  if (moment) return moment
  throw new Problem('invalid-request', { place: 'effectiveAt', expected: 'a moment of RFC 3339' })
}

function reissue(
  parts: DeskParts,
  { caller, at, licenceId, body }: Attended & AskedVersion,
): Promise<VersionAnswer> {
  const { act, draft } = body
  const asked = { ...actOf(caller, body), ...versionAct(act), licenceId, key: caller.rid }
  return doneOnce(parts, { caller, at, item: issued(draft.type) }, async () => {
    const done = await parts.vault.reissue({ ...asked, draft: draftOf(caller, draft) })
    return {
      ...{ ...done, act },
      ...{ at: done.at.toISOString(), effectiveAt: done.effectiveAt.toISOString() },
    }
  })
}

function versionAct(act: string) {
  if (isVersionAct(act)) return { act }
  throw new Problem('invalid-request', { place: 'act', expected: 'renew, change or supersede' })
}

function reservePlaces(
  parts: DeskParts,
  { caller, at, body }: Attended & { readonly body: { readonly count: number } },
): Promise<{ readonly places: readonly Place[] }> {
  const { department, rid: key } = caller
  const item = { resource: 'vault', fields: ['places'] }
  return doneOnce(parts, { caller, at, item }, async () => {
    const places = await parts.vault.reservePlaces({ department, count: body.count, key })
    return { places: places.map((place) => ({ ...place })) }
  })
}

function accept(
  parts: DeskParts,
  { caller, at, body }: Attended & { readonly body: AskedAcceptance },
): Promise<IssueAnswer> {
  const { succession, ...handed } = body
  const { department, rid: key } = caller
  const whole = {
    ...{ ...handed, department, key },
    ...(succession && {
      succession: { ...actOf(caller, succession), ...versionAct(succession.act) },
    }),
  }
  return doneOnce(parts, { caller, at, item: issued('vault') }, async () => ({
    ...(await parts.vault.accept(whole)),
  }))
}

function issued(resource: string) {
  return { resource, fields: ['licenceId'] }
}

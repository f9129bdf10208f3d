/**
 * Asking whether items are what a licence says, without seeing it. Each answer gives something of a
 * person away, so the gate decides as if the items themselves were asked for, the answer has its entry
 * in the log, and who guesses is stopped.
 */
import type { Catalogue } from '../../catalogs/catalog.ts'
import type { Tx } from '../../db/postgres.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { canonicalJson } from '../../sdk/json.ts'
import { Problem } from '../../sdk/problem.ts'
import { answerHash } from '../../sdk/receipt.ts'
import { verifyOutcomes } from '../../vault/index.ts'
import type { BlindIndex, Party, Vault, VerifyOutcome } from '../../vault/index.ts'
import type { RecordedItem, Recorder } from '../audit/record.ts'
import type { Caller } from '../caller.ts'
import { addFieldCheck, countFieldChecks } from './field-check-store.ts'
import type { Ask, Decision, Known, Refusal } from '../gate/ask.ts'
import { grantsInForce } from '../gate/ask.ts'
import { decide } from '../gate/decide.ts'
import { checkAsker } from '../gate/verified-by.ts'
import type { Attended } from './attending.ts'

export interface AskedFields {
  readonly type: string
  readonly holder?: Party
  /** Printed on the face. */
  readonly number?: string
  readonly items?: Readonly<Record<string, string>>
}

export interface FieldAnswer {
  readonly outcome: VerifyOutcome
  /** Of the outcome in the national interfaces, 0 to 7. */
  readonly number: number
}

/** How often one department may ask about one holder's licences of one type. */
export const fieldCheckLimits = { perHour: 10, items: 50 } as const

interface FieldCheckParts {
  readonly vault: Pick<Vault, 'verifyFields' | 'holdersOfNumber'>
  readonly blind: BlindIndex
  readonly recorder: Recorder
  readonly catalogue: Catalogue
  /** Reads everything the decision may depend on. */
  readonly asking: (caller: Caller) => Promise<{ readonly known: Known }>
}

/** @throws Problem not-granted, not-a-party and other refusals of the gate; too-many-guesses */
export type FieldCheck = (asked: Attended & { readonly body: AskedFields }) => Promise<FieldAnswer>

export function createFieldCheck(parts: FieldCheckParts): FieldCheck {
  return async ({ caller, at, body, note }) => {
    const { type, number, items = {}, holder } = body
    if (!holder && number === undefined && Object.keys(items).length === 0) {
      return record(parts, { caller, at, outcome: 'nothing-asked', items: [] })
    }
    const { known } = await parts.asking(caller)
    const subject = await subjectOf(parts, body, known)
    const ask = askOf({ caller, subject, type, items, known })
    const item = { resource: type, fields: ask.fields, subject, ...argumentsOf(body) }
    note([{ ...item, decision: 'refused' }])
    const grants = allowedBy(parts, ask, known)
    // The gate allows nothing about nobody.
    if (subject === undefined) throw new Problem('not-a-party')
    const asked = { type, holder: subject, number, items }
    const outcome = await parts.vault.verifyFields(asked, at)
    const decision = outcome === 'nothing-found' ? 'nothing-found' : 'allowed'
    return record(parts, {
      ...{ caller, at, outcome, items: [{ ...item, grants, decision }] },
      write: (tx) => refuseGuessing(tx, { department: caller.department, type, subject, at }),
    })
  }
}

/** The holder who was named, or whoever of the parties holds what bears the number. */
async function subjectOf(
  { vault, blind }: FieldCheckParts,
  { type, holder, number }: AskedFields,
  { case: opened }: Known,
): Promise<string | undefined> {
  if (holder) return toBase64url(blind.party(holder))
  if (number === undefined) return undefined
  const holders = await vault.holdersOfNumber({ type, number })
  return holders.find((index) => opened?.parties.includes(index)) ?? holders[0]
}

interface Judging {
  readonly caller: Caller
  readonly subject: string | undefined
  readonly type: string
  readonly items: Readonly<Record<string, string>>
  readonly known: Known
}

/** Whoever names no item asks whether there is such a licence, and must be granted something of it. */
function askOf({ caller, subject, type, items, known }: Judging): Ask {
  const { department, purpose } = caller
  const ask = { department, purpose, resource: type, subject, fields: Object.keys(items) }
  if (ask.fields.length > 0) return ask
  const granted = grantsInForce(ask, known).flatMap(({ fields }) => fields)
  const all = known.catalogue.licenceTypes.get(type)?.fields.map(({ code }) => code) ?? [type]
  return { ...ask, fields: granted.length > 0 ? granted : all }
}

/** All of it or nothing: an answer about some of the items would say which of them are right. */
function allowedBy({ catalogue }: FieldCheckParts, ask: Ask, known: Known): Decision['grants'] {
  const type = catalogue.licenceTypes.get(ask.resource)
  if (!type) throw new Problem('unknown-resource')
  checkAsker(type, 'departments')
  const { refused, grants } = decide(ask, known)
  const [refusal] = refused.values()
  if (refusal) throw problemOf(refusal)
  return grants
}

/** As over GraphQL: the rule, the smallest grant that is missing, and who could give it. */
function problemOf({ code, rule, grantNeeded, owners, legalBasis }: Refusal): Problem {
  return new Problem(code, {
    ...{ rule, ...grantNeeded },
    ...(owners && { owner: owners }),
    ...(legalBasis && { legalBasis: `${legalBasis.zh} · ${legalBasis.en}` }),
  })
}

/** What was asked stands in the entry as a commitment. */
function argumentsOf({ number, items = {} }: AskedFields): Pick<RecordedItem, 'arguments'> {
  return { arguments: canonicalJson({ items, ...(number === undefined ? {} : { number }) }) }
}

async function record(
  { recorder, catalogue }: FieldCheckParts,
  answered: {
    readonly caller: Caller
    readonly at: Date
    readonly outcome: VerifyOutcome
    readonly items: readonly RecordedItem[]
    readonly write?: (tx: Tx) => Promise<void>
  },
): Promise<FieldAnswer> {
  const { outcome, ...rest } = answered
  const answer = { outcome, number: verifyOutcomes.indexOf(outcome) }
  await recorder.record({
    ...{ ...rest, kind: 'answer', decision: 'allowed', catalogue: catalogue.version },
    answerHash: answerHash(answer),
  })
  return answer
}

const hourMs = 3_600_000

/** In the transaction of the entry, which is serialisable: nobody guesses faster side by side. */
async function refuseGuessing(
  tx: Tx,
  about: {
    readonly department: string
    readonly type: string
    readonly subject: string
    readonly at: Date
  },
): Promise<void> {
  const { at } = about
  const since = new Date(at.getTime() - hourMs)
  if ((await countFieldChecks(tx, about, since)) >= fieldCheckLimits.perHour) {
    const detail = { limit: fieldCheckLimits.perHour, retryAfter: hourMs / 1_000 }
    throw new Problem('too-many-guesses', detail)
  }
  await addFieldCheck(tx, about)
}

/**
 * Cases (办件) as intake systems open them: a number of the department, a service item, the parties.
 * Parties are kept encrypted, with a blind index for the gate. A write is prepared here and carried
 * out by the recorder in one transaction with its log entry.
 */
import type { Catalogue, HolderCodeType, PartyRole } from '../../catalogs/catalog.ts'
import { itemAt } from '../../catalogs/catalog.ts'
import type { Tx } from '../../db/postgres.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { citizenNumberIsValid, usccIsValid } from '../../sdk/identifier.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import { fromUtf8, utf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import type { BlindIndex, RecordCipher } from '../../vault/index.ts'
import type { KnownCase } from '../gate/ask.ts'
import { addCase, addClosing, addParty, findCase, findParties } from './store.ts'
import type { CaseKey, PartyRow } from './store.ts'

export interface CaseParty {
  readonly role: string
  readonly codeType: string
  readonly code: string
  readonly name: string
}

export interface NewCase {
  readonly number: string
  readonly item: string
  readonly parties: readonly CaseParty[]
}

export interface CaseView {
  readonly number: string
  readonly item: string
  readonly state: 'open' | 'closed'
  readonly openedAt: string
  readonly closedAt: string | null
}

/** What the answer will say, and the write that makes it true; no write when it is true already. */
export interface CaseChange {
  readonly view: CaseView
  readonly write?: (tx: Tx) => Promise<void>
}

/** A case with its parties in clear, for the plan of materials. */
export interface OpenedCase {
  readonly known: KnownCase
  readonly parties: readonly CaseParty[]
}

export interface Cases {
  readonly find: (key: CaseKey) => Promise<OpenedCase | undefined>
  readonly open: (who: Actor, input: NewCase) => Promise<CaseChange>
  readonly close: (who: Actor, number: string) => Promise<CaseChange>
}

export interface Actor {
  readonly department: string
  readonly officer: string
  readonly at: Date
}

interface CaseParts {
  readonly db: Tx
  readonly catalogue: Catalogue
  readonly blind: BlindIndex
  readonly cipher: RecordCipher
}

const numberPattern = /^[\w.-]{1,64}$/

export function createCases(parts: CaseParts): Cases {
  return {
    find: (key) => find(parts, key),
    open: (who, input) => open(parts, who, input),
    close: (who, number) => close(parts, who, number),
  }
}

async function find(parts: CaseParts, key: CaseKey): Promise<OpenedCase | undefined> {
  const row = await findCase(parts.db, key)
  if (!row) return undefined
  const rows = await findParties(parts.db, key)
  const parties = await Promise.all(rows.map((party) => openParty(parts, key, party)))
  const known: KnownCase = {
    ...{ number: key.number, item: row.item },
    state: row.closed_at ? 'closed' : 'open',
    parties: rows.map(({ party_index: index }) => toBase64url(index)),
  }
  return { known, parties }
}

async function open(parts: CaseParts, who: Actor, input: NewCase): Promise<CaseChange> {
  checkCase(parts.catalogue, who, input)
  const key = { department: who.department, number: input.number }
  const before = await findCase(parts.db, key)
  if (before) return sameCase(parts, { key, row: before }, input)
  const rows = await Promise.all(input.parties.map((party) => sealParty(parts, key, party)))
  const { item } = input
  return {
    view: viewOf(key, { item, opened_at: who.at, closed_at: null }),
    write: async (tx) => {
      await addCase(tx, key, { item, officer: who.officer, at: who.at })
      for (const row of rows) await addParty(tx, key, row)
    },
  }
}

async function close(parts: CaseParts, who: Actor, number: string): Promise<CaseChange> {
  const key = { department: who.department, number }
  const row = numberPattern.test(number) ? await findCase(parts.db, key) : undefined
  if (!row) throw new Problem('unknown-case')
  if (row.closed_at) return { view: viewOf(key, row) }
  return {
    view: viewOf(key, { ...row, closed_at: who.at }),
    write: (tx) => addClosing(tx, key, who),
  }
}

/** Opening a case again with the same content is no error: the client may not have seen the answer. */
async function sameCase(
  parts: CaseParts,
  { key, row }: { readonly key: CaseKey; readonly row: Parameters<typeof viewOf>[1] },
  input: NewCase,
): Promise<CaseChange> {
  const existing = await find(parts, key)
  const there = existing?.parties.map(partyText).sort().join()
  const asked = input.parties.map(partyText).sort().join()
  if (row.item !== input.item || there !== asked) throw new Problem('case-exists')
  return { view: viewOf(key, row) }
}

function partyText({ role, codeType, code, name }: CaseParty): string {
  return JSON.stringify([role, codeType, code, name])
}

const codeIsValid: Readonly<Record<HolderCodeType, (code: string, at: Date) => boolean>> = {
  '001': usccIsValid,
  '111': citizenNumberIsValid,
}

function checkCase(catalogue: Catalogue, { department, at }: Actor, input: NewCase): void {
  const item = itemAt(catalogue, input.item, at)
  if (!item) throw new Problem('unknown-item')
  if (!item.departments.includes(department)) throw new Problem('item-of-other-department')
  if (!numberPattern.test(input.number)) refuse('number', 'letters, digits, dot, dash; at most 64')
  const roles = input.parties.map(({ role }) => role)
  if (new Set(roles).size !== roles.length) refuse('parties', 'one party for each role')
  if (!roles.includes('applicant')) refuse('parties', 'an applicant is required')
  input.parties.forEach(({ role, codeType, code, name }, i) => {
    const place = `parties[${i}]`
    if (!item.parties.includes(role as PartyRole)) refuse(`${place}.role`, item.parties.join(', '))
    const isValid = isCodeType(codeType) && codeIsValid[codeType](code, at)
    if (!isValid) refuse(`${place}.code`, 'a valid number of its type')
    if (name.length === 0 || name.length > 200) refuse(`${place}.name`, '1 to 200 characters')
  })
}

/** Own names only: `toString` is no kind of number. */
function isCodeType(text: string): text is HolderCodeType {
  return Object.hasOwn(codeIsValid, text)
}

function refuse(place: string, expected: string): never {
  throw new Problem('invalid-request', { place, expected })
}

function viewOf(
  { number }: CaseKey,
  row: { readonly item: string; readonly opened_at: Date; readonly closed_at: Date | null },
): CaseView {
  return {
    ...{ number, item: row.item },
    state: row.closed_at ? 'closed' : 'open',
    openedAt: row.opened_at.toISOString(),
    closedAt: row.closed_at?.toISOString() ?? null,
  }
}

async function sealParty(parts: CaseParts, key: CaseKey, party: CaseParty): Promise<PartyRow> {
  const body = utf8(JSON.stringify(party))
  const { sealed, wrappedKey } = await parts.cipher.seal(body, partyPlace(key, party.role))
  return {
    role: party.role,
    party_index: parts.blind.party(party),
    wrapped_key: wrappedKey,
    sealed,
  }
}

async function openParty(parts: CaseParts, key: CaseKey, row: PartyRow): Promise<CaseParty> {
  const sealed = { sealed: row.sealed, wrappedKey: row.wrapped_key }
  const body = await parts.cipher.open(sealed, partyPlace(key, row.role))
  return parseJsonObject(fromUtf8(body)) as unknown as CaseParty // Written by sealParty, authenticated by GCM.
}

function partyPlace({ department, number }: CaseKey, role: string): string {
  return `case:${department}/${number}/${role}`
}

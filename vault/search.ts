/**
 * Searching licences by what stands in clear (type, issuer, area, term, state) and by number or holder,
 * which are asked for by their keyed indexes. Nothing is opened for it, and no answer says more than
 * whoever keeps the licence may see of it. In pages, newest first.
 */
import { canonicalJson } from '../sdk/json.ts'
import { Problem } from '../sdk/problem.ts'
import { toBase64url } from '../sdk/base64url.ts'
import type { Catalogue } from '../catalogs/catalog.ts'
import { stateByPeriod, statusOf } from './change/lifecycle.ts'
import type { State } from './change/lifecycle.ts'
import { proven } from './find.ts'
import type { Reading, StoredLicence } from './find.ts'
import type { Party } from './keys/blind.ts'
import { readCursor, writeCursor } from './search/cursor.ts'
import { findFacts, findFactsByAct, findIdsOfHolder } from './search/store.ts'
import type { Conditions, FactsRow, Page } from './search/store.ts'
import { findNumbers } from './store.ts'

/** A time from a first moment on and before a last one; either may be open. */
export interface Span {
  readonly from?: Date
  readonly until?: Date
}

/** Everything that is given must fit. */
export interface Search {
  /** The number printed on the face. */
  readonly licenceNo?: string
  readonly holder?: Party
  readonly type?: string
  readonly issuer?: string
  /** The first two, four or all six digits of a division. */
  readonly area?: string
  readonly begins?: Span
  readonly ends?: Span
  readonly state?: State
}

export type FoundLicence = Omit<StoredLicence, 'document' | 'leaf' | 'supersedes' | 'supersededBy'>

export interface SearchPage {
  readonly licences: readonly FoundLicence[]
  /** When the states are as they are told. */
  readonly at: Date
  /** Of the page behind this one; null when there is none. */
  readonly next: string | null
}

export const searchLimits = { pageStandard: 50, pageMax: 200, licencesPerHolder: 10_000 } as const

/** `unproven` cannot be asked for: it is only known of what was found otherwise. */
const states: readonly string[] = Object.keys(statusOf)

interface Searching extends Reading {
  readonly catalogue: Catalogue
}

/**
 * @param page at most `searchLimits.pageMax` licences, after the page that gave the cursor
 * @param at a later page is about the time of the first
 * @throws Problem invalid-request
 */
export async function search(
  vault: Searching,
  asked: Search,
  page: { readonly first?: number; readonly after?: string | undefined },
  at: Date,
): Promise<SearchPage> {
  const { first = searchLimits.pageStandard, after } = page
  check(asked, first)
  const question = questionOf(vault, asked)
  const place = after === undefined ? undefined : readCursor(vault.blind, question, after)
  const when = place?.at ?? at
  const conditions = { ...conditionsOf(asked), ids: await idsOf(vault, asked) }
  const read = (): Promise<FactsRow[]> => {
    const rows: Page = { after: place?.position ?? null, most: first + 1 }
    return readPage(vault, { conditions, state: asked.state, at: when }, rows)
  }
  const found = await proven(vault, read)
  const shown = found.slice(0, first)
  const position = found.length > first ? shown.at(-1)?.row.status_position : undefined
  return {
    licences: shown.map(({ row, isProven }) => factsOf(row, { isProven, at: when })),
    at: when,
    next:
      position === undefined ? null : writeCursor(vault.blind, question, { position, at: when }),
  }
}

interface Wanted {
  readonly conditions: Conditions
  readonly state: Search['state']
  readonly at: Date
}

function readPage(
  { db }: Searching,
  { conditions, state, at }: Wanted,
  rows: Page,
): Promise<FactsRow[]> {
  if (state === undefined || state === 'valid' || state === 'expired') {
    return findFacts(db, conditions, { state: state ?? null, at }, rows)
  }
  return findFactsByAct(db, conditions, { state, at }, rows)
}

function check({ state }: Search, first: number): void {
  const refuse = (place: string, expected: string): never => {
    throw new Problem('invalid-request', { place, expected })
  }
  if (!Number.isInteger(first) || first < 1 || first > searchLimits.pageMax) {
    refuse('first', `1 to ${searchLimits.pageMax}`)
  }
  if (state !== undefined && !states.includes(state)) refuse('state', states.join(', '))
}

function conditionsOf({ type, issuer, area, begins, ends }: Search): Omit<Conditions, 'ids'> {
  const spanOf = (span: Span = {}): Conditions['begins'] => {
    return { from: span.from ?? null, until: span.until ?? null }
  }
  return {
    ...{ type: type ?? null, issuer: issuer ?? null, divisions: areaSpan(area) },
    ...{ begins: spanOf(begins), ends: spanOf(ends) },
  }
}

/**
 * The divisions of an area, which is named by how their codes begin.
 * @throws Problem invalid-request
 */
export function areaSpan(area: string | undefined): Conditions['divisions'] {
  if (area === undefined) return null
  if (!/^(\d\d){1,3}$/.test(area)) {
    throw new Problem('invalid-request', { place: 'area', expected: '2, 4 or 6 digits' })
  }
  return { first: area.padEnd(6, '0'), last: area.padEnd(6, '9') }
}

/** Null when neither a number nor a holder is asked for. */
async function idsOf(vault: Searching, asked: Search): Promise<string[] | null> {
  const byNumber = await idsByNumber(vault, asked)
  const byHolder = await idsByHolder(vault, asked)
  if (byNumber && byHolder) return byNumber.filter((id) => byHolder.includes(id))
  return byNumber ?? byHolder
}

/** A number is one issuer's of one type, and its index says so; all that may be meant are tried. */
async function idsByNumber(
  { db, blind, catalogue }: Searching,
  { licenceNo, type, issuer }: Search,
): Promise<string[] | null> {
  if (licenceNo === undefined) return null
  const types = [...catalogue.licenceTypes.values()].filter(({ code }) => !type || code === type)
  const numbers = types.flatMap(({ code, issuers }) =>
    issuers
      .filter((one) => !issuer || one === issuer)
      .map((one) => {
        return { type: code, numberIndex: blind.licenceNumber(code, `${one}/${licenceNo}`) }
      }),
  )
  return (await findNumbers(db, numbers)).map(({ licenceId }) => licenceId)
}

async function idsByHolder({ db, blind }: Searching, { holder }: Search): Promise<string[] | null> {
  if (!holder) return null
  const limit = searchLimits.licencesPerHolder
  const ids = await findIdsOfHolder(db, blind.party(holder), limit + 1)
  if (ids.length > limit) throw new Problem('too-many', { limit })
  return ids
}

/** Equal questions in equal words; who is asked for stands in it as the index only. */
function questionOf({ blind }: Searching, { holder, begins, ends, ...asked }: Search): string {
  const spanOf = (span: Span = {}): (string | null)[] => {
    return [span.from?.toISOString() ?? null, span.until?.toISOString() ?? null]
  }
  return canonicalJson({
    ...asked,
    ...{ begins: spanOf(begins), ends: spanOf(ends) },
    holder: holder ? toBase64url(blind.party(holder)) : null,
  })
}

function factsOf(
  row: FactsRow,
  { isProven, at }: { readonly isProven: boolean; readonly at: Date },
): FoundLicence {
  const state = stateByPeriod(row.state, row.valid_until, at)
  return {
    ...{ licenceId: row.licence_id, type: row.type, issuer: row.issuer, division: row.division },
    ...{ grade: row.grade, validFrom: row.valid_from, validUntil: row.valid_until },
    ...{ statusPosition: row.status_position, state: isProven ? state : 'unproven' },
  }
}

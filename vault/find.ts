/** Finding licences by identifier or holder, and opening what is stored of them. */
import type { Tx } from '../db/postgres.ts'
import { searchLimits } from '../log/index.ts'
import type { LogReader } from '../log/index.ts'
import { toBase64url } from '../sdk/base64url.ts'
import type { LicenceClaims } from '../sdk/licence/document.ts'
import { fromUtf8 } from '../sdk/primitives.ts'
import type { BlindIndex, Party } from './keys/blind.ts'
import { decrypt } from './keys/cipher.ts'
import { openHolderKey, unwrapDataKey } from './keys/holder-keys.ts'
import type { KeyWrapper } from './keys/key-wrapper.ts'
import { Problem } from '../sdk/problem.ts'
import { areAsLogged } from './change/as-logged.ts'
import { stateByPeriod } from './change/lifecycle.ts'
import type { State } from './change/lifecycle.ts'
import { findHolders, findLicences, findLicencesOf } from './store.ts'
import type { LicenceRow } from './store.ts'
import { findActs } from './verify/history-store.ts'

export interface Reading {
  readonly db: Tx
  readonly log: Pick<LogReader, 'byLicence'>
  readonly blind: BlindIndex
  readonly wrapper: KeyWrapper
}

/** A licence as the vault knows it at a time. */
export interface StoredLicence {
  readonly licenceId: string
  readonly type: string
  readonly issuer: string
  readonly division: string
  readonly grade: string
  /** `unproven` when its acts are not those that the log knows of: nobody may call it valid then. */
  readonly state: State | 'unproven'
  readonly validFrom: Date
  /** First moment out of force; null for 长期. */
  readonly validUntil: Date | null
  /** The licence whose place it took, and the one that took or will take its own. */
  readonly supersedes: string | null
  readonly supersededBy: string | null
  /** With every item; none when the keys of all its holders were erased. */
  readonly document: string | undefined
  readonly statusPosition: number
  /** Log entry of the issue. */
  readonly leaf: Uint8Array
}

export interface ReadableLicence extends StoredLicence {
  readonly document: string
}

/** No holder has more licences than this in one answer. */
const licencesPerHolderMax = 200

/** @param through keyed index of the only holder by whose key it may be opened; anyone's when absent */
export async function findById(
  vault: Reading,
  licenceId: string,
  at: Date,
  through?: string,
): Promise<StoredLicence | undefined> {
  if (!isShaped(licenceId)) return undefined
  const opening = { at, ...(through === undefined ? {} : { through }) }
  const [found] = await openAll(vault, () => findLicences(vault.db, [licenceId], at), opening)
  return found
}

/** Those of them that are here, in any order. */
export async function findByIds(
  vault: Reading,
  licenceIds: readonly string[],
  at: Date,
): Promise<StoredLicence[]> {
  const ids = licenceIds.filter(isShaped)
  if (ids.length === 0) return []
  return openAll(vault, () => findLicences(vault.db, ids, at), { at })
}

/**
 * Whether a licence may be shown to others: nobody is to take for valid what has ended, or not begun.
 * @throws Problem wrong-state
 */
export function checkInForce({ state, validFrom }: StoredLicence, at: Date): void {
  if (state !== 'valid') throw new Problem('wrong-state', { state })
  if (validFrom > at) throw new Problem('wrong-state', { validFrom: validFrom.toISOString() })
}

/**
 * The term stands under the seal and, to be searched for, beside it, where it could be altered.
 * @throws Problem stored-data-damaged
 */
export function checkTerm(
  { validFrom, validUntil }: Pick<StoredLicence, 'validFrom' | 'validUntil'>,
  { nbf, exp }: Pick<LicenceClaims, 'nbf' | 'exp'>,
): void {
  const seconds = (time: Date): number => Math.floor(time.getTime() / 1_000)
  const isSame =
    seconds(validFrom) === nbf && (validUntil ? seconds(validUntil) : undefined) === exp
  if (!isSame) throw new Problem('stored-data-damaged')
}

/** Newest first, whatever their state; what can no longer be read is not there. */
export async function findByHolder(
  vault: Reading,
  { holder, types }: { readonly holder: Party; readonly types?: readonly string[] },
  at: Date,
): Promise<ReadableLicence[]> {
  return findByIndex(vault, { holderIndex: vault.blind.party(holder), types }, at)
}

/** The same, for those who know the holder by the keyed index only. */
export async function findByIndex(
  vault: Reading,
  {
    holderIndex,
    types,
  }: { readonly holderIndex: Uint8Array; readonly types: readonly string[] | undefined },
  at: Date,
): Promise<ReadableLicence[]> {
  const who = { holderIndex, types: types ?? null }
  const read = (): Promise<LicenceRow[]> => findLicencesOf(vault.db, who, at, licencesPerHolderMax)
  const found = await openAll(vault, read, { at, through: toBase64url(holderIndex) })
  return found.filter(isReadable)
}

export function isReadable(licence: StoredLicence): licence is ReadableLicence {
  return licence.document !== undefined
}

/** Whom a licence belongs to, as blind indexes in base64url, without opening it. */
export async function holdersOf(
  { db }: Pick<Reading, 'db'>,
  licenceId: string,
): Promise<{ type: string; holders: string[] } | undefined> {
  const row = isShaped(licenceId) ? await findHolders(db, licenceId) : undefined
  return row && { type: row.type, holders: row.holders.map(toBase64url) }
}

/** No identifier looks otherwise, and text with NUL PostgreSQL cannot even compare. */
export function isShaped(licenceId: string): boolean {
  return /^[0-9A-Za-z.]{1,128}$/.test(licenceId)
}

interface Opening {
  readonly at: Date
  /** The only holder by whose key it may be opened: rows alone could say that it is theirs. */
  readonly through?: string
}

async function openAll(
  vault: Reading,
  read: () => Promise<LicenceRow[]>,
  opening: Opening,
): Promise<StoredLicence[]> {
  const found = await proven(vault, read)
  return Promise.all(
    found.map(async ({ row, isProven }) => {
      const licence = await open(vault, row, opening)
      return isProven ? licence : { ...licence, state: 'unproven' }
    }),
  )
}

interface Changed {
  readonly licence_id: string
  /** How many acts are stored of it. */
  readonly acts: number
}

/** An act that was deleted or altered in the database is still in the log, which is asked (promise I12). */
export async function proven<Row extends Changed>(
  vault: Pick<Reading, 'db' | 'log'>,
  read: () => Promise<Row[]>,
): Promise<{ row: Row; isProven: boolean }[]> {
  let rows = await read()
  let unproven = await unprovenOf(vault, rows)
  if (unproven.size > 0) {
    // An act between two of the questions looks the same at first; a second look tells them apart.
    rows = await read()
    unproven = await unprovenOf(vault, rows)
  }
  return rows.map((row) => ({ row, isProven: !unproven.has(row.licence_id) }))
}

async function unprovenOf(
  { db, log }: Pick<Reading, 'db' | 'log'>,
  rows: readonly Changed[],
): Promise<ReadonlySet<string>> {
  const ids = rows.map(({ licence_id: licenceId }) => licenceId)
  const logged = await log.byLicence('licence-changed', ids)
  const changed = rows.filter((row) => row.acts > 0 || logged.has(row.licence_id))
  if (changed.length === 0) return new Set()
  const changedIds = changed.map(({ licence_id: licenceId }) => licenceId)
  const acts = await findActs(db, changedIds, searchLimits.ofLicence)
  const actsOf = Map.groupBy(acts, ({ licence_id: licenceId }) => licenceId)
  const isProven = ({ licence_id: licenceId, acts: count }: Changed): boolean => {
    const stored = actsOf.get(licenceId) ?? []
    return count === stored.length && areAsLogged(stored, logged.get(licenceId) ?? [])
  }
  const others = changed.filter((row) => !isProven(row))
  return new Set(others.map(({ licence_id: licenceId }) => licenceId))
}

async function open(
  vault: Reading,
  row: LicenceRow,
  { at, through }: Opening,
): Promise<StoredLicence> {
  const licenceId = row.licence_id
  return {
    ...{ licenceId, type: row.type, issuer: row.issuer, division: row.division, grade: row.grade },
    state: stateByPeriod(row.state, row.valid_until, at),
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    ...{ supersedes: row.supersedes, supersededBy: row.superseded_by },
    document: await openDocument(vault.wrapper, row, through),
    statusPosition: row.status_position,
    leaf: row.leaf,
  }
}

/** By whichever holder's key it opens; one that was made after an erasure does not. */
async function openDocument(
  wrapper: KeyWrapper,
  row: LicenceRow,
  through: string | undefined,
): Promise<string | undefined> {
  const {
    licence_id: licenceId,
    holder_indexes: indexes,
    holder_keys: keys,
    data_keys: wrapped,
  } = row
  for (const [i, index] of (indexes ?? []).entries()) {
    const [holder, holderKey, dataKey] = [toBase64url(index), keys?.[i], wrapped?.[i]]
    if (through !== undefined && holder !== through) continue
    if (!holderKey || !dataKey) throw new Error('a holder whose keys were not read')
    const opened = await openHolderKey(wrapper, { holder, wrappedKey: holderKey })
    const key = unwrapDataKey(opened, dataKey, { licenceId, holder })
    if (key) return fromUtf8(decrypt(key, row.sealed, `licence:${licenceId}`))
  }
  return undefined
}

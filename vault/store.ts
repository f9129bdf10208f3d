/** Every statement on the licences themselves: numbers, licences, holders, acts. */
import { sql } from '../db/postgres.ts'
import type { Tx } from '../db/postgres.ts'
import type { State } from './change/lifecycle.ts'

/** What an intent must remember so that sealing can be finished by anyone; nothing personal. */
export interface IntentFacts {
  readonly type: string
  readonly typeVersion: string
  readonly issuer: string
  readonly division: string
  readonly grade: string
  readonly validFrom: string
  readonly validUntil: string | null
  readonly statusPosition: number
  readonly holders: readonly HolderFacts[]
}

export interface HolderFacts {
  readonly role: string
  /** Blind index, base64url. */
  readonly index: string
  /** The licence's data key wrapped for this holder, base64url. */
  readonly wrappedKey: string
}

export interface NewLicence {
  readonly licenceId: string
  readonly facts: IntentFacts
  readonly sealed: Uint8Array
  readonly documentDigest: Uint8Array
  readonly leaf: Uint8Array
}

/** A licence with the act that decides its state at the time asked for (`change/standing.ts`). */
export interface LicenceRow {
  readonly licence_id: string
  readonly type: string
  readonly issuer: string
  readonly division: string
  readonly grade: string
  readonly valid_from: Date
  readonly valid_until: Date | null
  readonly sealed: Uint8Array
  readonly document_digest: Uint8Array
  readonly status_position: number
  readonly leaf: Uint8Array
  /** The holders who have a key, and their keys, side by side; null when all are erased. */
  readonly holder_indexes: readonly Uint8Array[] | null
  readonly holder_keys: readonly Uint8Array[] | null
  readonly data_keys: readonly Uint8Array[] | null
  readonly state: State
  /** How many acts are stored, whenever they took effect. */
  readonly acts: number
  /** The licences before and after it, whenever they took each other's place. */
  readonly supersedes: string | null
  readonly superseded_by: string | null
}

/** A number printed on a face, as its keyed index, and the licence that bears it. */
export interface FaceNumber {
  readonly type: string
  readonly numberIndex: Uint8Array
  readonly licenceId: string
}

/**
 * Takes numbers and identifiers; answers the identifiers of which both were still free. In the order of
 * numbers, so that two who want the same ones never wait for each other.
 */
export async function reserveNumbers(tx: Tx, numbers: readonly FaceNumber[]): Promise<Set<string>> {
  const rows = await tx.rows<{ licence_id: string }>(sql`
    insert into vault.licence_number (type, number_index, licence_id)
    select type, number_index, licence_id
      from unnest(${numbers.map(({ type }) => type)}::text[],
                  ${numbers.map(({ numberIndex }) => numberIndex)}::bytea[],
                  ${numbers.map(({ licenceId }) => licenceId)}::text[])
        as given (type, number_index, licence_id)
     order by type, number_index
        on conflict do nothing
    returning licence_id`)
  return new Set(rows.map(({ licence_id: licenceId }) => licenceId))
}

/**
 * Those of the numbers that a licence bears already, each with that licence. `offset 0` here and below
 * keeps the planner from scanning whole tables of keys, of which it expects to need more than one or two.
 */
export async function findNumbers(
  db: Tx,
  numbers: readonly Omit<FaceNumber, 'licenceId'>[],
): Promise<FaceNumber[]> {
  const rows = await db.rows<{ type: string; number_index: Uint8Array; licence_id: string }>(sql`
    select given.type, given.number_index, n.licence_id
      from unnest(${numbers.map(({ type }) => type)}::text[],
                  ${numbers.map(({ numberIndex }) => numberIndex)}::bytea[])
        as given (type, number_index)
      join lateral (
             select licence_id
               from vault.licence_number
              where type = given.type and number_index = given.number_index
             offset 0) n on true`)
  return rows.map(({ type, number_index: numberIndex, licence_id: licenceId }) => ({
    ...{ type, numberIndex, licenceId },
  }))
}

/**
 * An index has 32 bytes, so those of one licence stand one behind the other. Nearly all have one holder,
 * and a question within the question for each was a sixteenth of the statement. The documents come last: the
 * driver makes room for what it sends as it goes, and would copy them with each list behind them.
 */
export async function addLicences(
  tx: Tx,
  licences: readonly NewLicence[],
  at: Date,
): Promise<void> {
  const facts = <Name extends keyof IntentFacts>(name: Name): IntentFacts[Name][] =>
    licences.map((licence) => licence.facts[name])
  await tx.execute(sql`
    insert into vault.licence (licence_id, type, type_version, issuer, division, grade, valid_from,
                               valid_until, holders, sealed, document_digest, status_position, leaf,
                               recorded_at)
    select licence_id, type, type_version, issuer, division, grade, valid_from, valid_until,
           case length(holders)
             when 32 then array[holders]
             else array(select substring(holders from place for 32)
                          from generate_series(1, length(holders), 32) as place)
           end,
           sealed, document_digest, status_position, leaf, ${at}::timestamptz
      from unnest(${licences.map(({ licenceId }) => licenceId)}::text[],
                  ${facts('type')}::text[], ${facts('typeVersion')}::text[],
                  ${facts('issuer')}::text[], ${facts('division')}::text[], ${facts('grade')}::text[],
                  ${facts('validFrom')}::timestamptz[], ${facts('validUntil')}::timestamptz[],
                  ${facts('holders').map((holders) => Buffer.concat(holders.map(indexOf)))}::bytea[],
                  ${licences.map(({ documentDigest }) => documentDigest)}::bytea[],
                  ${facts('statusPosition')}::bigint[],
                  ${licences.map(({ leaf }) => leaf)}::bytea[],
                  ${licences.map(({ sealed }) => sealed)}::bytea[])
        as given (licence_id, type, type_version, issuer, division, grade, valid_from, valid_until,
                  holders, document_digest, status_position, leaf, sealed)`)
}

export async function addHolders(tx: Tx, licences: readonly NewLicence[]): Promise<void> {
  const rows = licences.flatMap(({ licenceId, facts }) =>
    facts.holders.map((holder) => ({ licenceId, type: facts.type, ...holder })),
  )
  await tx.execute(sql`
    insert into vault.holder (holder_index, type, licence_id, role, wrapped_key)
    select holder_index, type, licence_id, role, wrapped_key
      from unnest(${rows.map(indexOf)}::bytea[],
                  ${rows.map(({ type }) => type)}::text[],
                  ${rows.map(({ licenceId }) => licenceId)}::text[],
                  ${rows.map(({ role }) => role)}::text[],
                  ${rows.map(({ wrappedKey }) => Buffer.from(wrappedKey, 'base64url'))}::bytea[])
        as given (holder_index, type, licence_id, role, wrapped_key)`)
}

function indexOf({ index }: Pick<HolderFacts, 'index'>): Buffer {
  return Buffer.from(index, 'base64url')
}

export function findLicences(
  db: Tx,
  licenceIds: readonly string[],
  at: Date,
): Promise<LicenceRow[]> {
  const which = { licenceIds, holderIndex: null, types: null }
  return findStanding(db, which, at, licenceIds.length)
}

/** The newest first. */
export function findLicencesOf(
  db: Tx,
  who: { readonly holderIndex: Uint8Array; readonly types: readonly string[] | null },
  at: Date,
  limit: number,
): Promise<LicenceRow[]> {
  return findStanding(db, { licenceIds: [], ...who }, at, limit)
}

/** By identifier, and by holder. */
interface Which {
  readonly licenceIds: readonly string[]
  readonly holderIndex: Uint8Array | null
  readonly types: readonly string[] | null
}

function findStanding(db: Tx, which: Which, at: Date, limit: number): Promise<LicenceRow[]> {
  const { licenceIds, types } = which
  const holderIndex = which.holderIndex && Buffer.from(which.holderIndex)
  return db.rows<LicenceRow>(sql`
    select l.licence_id, l.type, l.issuer, l.division, l.grade, l.valid_from, l.valid_until,
           l.sealed, l.document_digest, l.status_position, l.leaf,
           k.holder_indexes, k.holder_keys, k.data_keys,
           coalesce(a.state, 'valid') as state, done.acts, done.superseded_by,
           (select licence_id from vault.act where successor = l.licence_id) as supersedes
      from (select licence_id
              from unnest(${licenceIds}::text[]) as given (licence_id)
             union all
            select licence_id
              from vault.holder
             where holder_index = ${holderIndex}
               and (${types}::text[] is null or type = any (${types}::text[]))) asked
      join lateral (
             select licence_id, type, issuer, division, grade, valid_from, valid_until, sealed,
                    holders, document_digest, status_position, leaf
               from vault.licence
              where licence_id = asked.licence_id
             offset 0) l on true
      left join lateral (
             select array_agg(listed.holder_index) as holder_indexes,
                    array_agg(holder_key.wrapped_key) as holder_keys,
                    array_agg(holder.wrapped_key) as data_keys
               from unnest(l.holders) as listed (holder_index)
               join lateral (
                      select wrapped_key
                        from vault.holder
                       where holder_index = listed.holder_index and type = l.type
                         and licence_id = l.licence_id
                      offset 0) holder on true
               join lateral (
                      select wrapped_key
                        from vault.holder_key
                       where holder_index = listed.holder_index
                      offset 0) holder_key on true) k on true
      left join lateral (
             select state
               from vault.act
              where licence_id = l.licence_id and effective_at <= ${at}
              order by state in ('valid', 'suspended'), ordinal desc
              limit 1) a on true
     cross join lateral (
             select count(*) as acts, max(successor) as superseded_by
               from vault.act
              where licence_id = l.licence_id) done
     order by l.valid_from desc, l.licence_id
     limit ${limit}`)
}

export function findHolders(
  db: Tx,
  licenceId: string,
): Promise<{ type: string; holders: Uint8Array[] } | undefined> {
  return db.row(sql`
    select type, holders
      from vault.licence
     where licence_id = ${licenceId}`)
}

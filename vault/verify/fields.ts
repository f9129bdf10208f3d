/**
 * Whether given items are what a licence says, in one word of eight (`verifyCertInfo` of the national
 * interfaces) and without a value or the name of an item in it. Right and wrong items cost the same
 * work. Who may ask so is decided by the exchange: every answer gives something of a person away.
 */
import { parseLicenceId } from '../../sdk/identifier-licence.ts'
import { readLicence } from '../../sdk/licence/document.ts'
import { fromBase64url, toBase64url } from '../../sdk/base64url.ts'
import { equalBytes, sha256, utf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import type { Catalogue } from '../../catalogs/catalog.ts'
import { checkTerm, findByIndex } from '../find.ts'
import type { ReadableLicence, Reading } from '../find.ts'
import { findHolders, findNumbers } from '../store.ts'

/** In the order of their numbers, 0 to 7. */
export const verifyOutcomes = [
  'correct-and-valid',
  'correct-not-yet-active',
  'correct-and-suspended',
  'correct-and-ended',
  'not-enough',
  'nothing-found',
  'nothing-asked',
  'partly-wrong',
] as const

export type VerifyOutcome = (typeof verifyOutcomes)[number]

export interface FieldQuestion {
  readonly type: string
  /** Keyed index of the holder, base64url. */
  readonly holder: string
  /** Printed on the face. */
  readonly number: string | undefined
  readonly items: Readonly<Record<string, string>>
}

export interface FieldVerifying extends Reading {
  readonly catalogue: Catalogue
}

/** @throws Problem log-damaged when nobody can say how a licence stands */
export async function verifyFields(
  vault: FieldVerifying,
  { type, holder, number, items }: FieldQuestion,
  at: Date,
): Promise<VerifyOutcome> {
  const asked = { holderIndex: fromBase64url(holder), types: [type] }
  const licences = await findByIndex(vault, asked, at)
  const families = number === undefined ? undefined : await familiesOf(vault, { type, number })
  const meant = licences.filter(({ licenceId }) => families?.has(familyOf(licenceId)) ?? true)
  const right = meant.filter((licence) => isRight(licence, items))
  if (meant.length === 0) return 'nothing-found'
  if (right.length === 0) return 'partly-wrong'
  const current = currentOf(right, at)
  const [licence, ...others] = current.length > 0 ? current : right
  return licence && others.length === 0 ? standing(licence, at) : 'not-enough'
}

/** Who holds the licences that bear a number; keyed indexes, base64url. */
export async function holdersOfNumber(
  vault: FieldVerifying,
  asked: { readonly type: string; readonly number: string },
): Promise<readonly string[]> {
  const found: string[] = []
  for (const licenceId of await licencesOfNumber(vault, asked)) {
    const row = await findHolders(vault.db, licenceId)
    found.push(...(row?.holders ?? []).map(toBase64url))
  }
  return found
}

/** A number is one issuer's, and its index says so; all that may issue the type are tried. */
async function licencesOfNumber(
  { db, blind, catalogue }: FieldVerifying,
  { type, number }: { readonly type: string; readonly number: string },
): Promise<string[]> {
  const issuers = catalogue.licenceTypes.get(type)?.issuers ?? []
  const numbers = issuers.map((issuer) => {
    return { type, numberIndex: blind.licenceNumber(type, `${issuer}/${number}`) }
  })
  return (await findNumbers(db, numbers)).map(({ licenceId }) => licenceId)
}

async function familiesOf(
  vault: FieldVerifying,
  asked: { readonly type: string; readonly number: string },
): Promise<ReadonlySet<string>> {
  return new Set((await licencesOfNumber(vault, asked)).map(familyOf))
}

/** All versions of a licence have its number. */
function familyOf(licenceId: string): string {
  const { typeCode, issuer, serial } = parseLicenceId(licenceId)
  return `${typeCode}.${issuer}.${serial}`
}

/** Of versions of a licence the one in force: not what another took the place of, nor what will take it. */
function currentOf(licences: readonly ReadableLicence[], at: Date): ReadableLicence[] {
  const left = licences.filter(
    ({ state, supersededBy }) =>
      state !== 'superseded' && (state !== 'archived' || supersededBy === null),
  )
  const isStillFor = ({ supersedes, validFrom }: ReadableLicence): boolean =>
    validFrom > at && left.some(({ licenceId }) => licenceId === supersedes)
  return left.filter((licence) => !isStillFor(licence))
}

/** Every item is compared, however many before it were wrong. */
function isRight(licence: ReadableLicence, items: FieldQuestion['items']): boolean {
  const { claims, items: own } = readLicence(licence.document)
  checkTerm(licence, claims)
  let wrong = 0
  for (const [code, value] of Object.entries(items)) {
    const said = own.get(code)
    const isEqual = equalBytes(digest(typeof said === 'string' ? said : ''), digest(value))
    wrong += isEqual && typeof said === 'string' ? 0 : 1
  }
  return wrong === 0
}

function digest(value: string): Uint8Array {
  return sha256(utf8(value.normalize('NFC').trim()))
}

function standing({ state, validFrom, licenceId }: ReadableLicence, at: Date): VerifyOutcome {
  if (state === 'unproven') throw new Problem('log-damaged', { licence: licenceId })
  if (state === 'suspended') return 'correct-and-suspended'
  if (state !== 'valid') return 'correct-and-ended'
  return validFrom > at ? 'correct-not-yet-active' : 'correct-and-valid'
}

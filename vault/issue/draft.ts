/**
 * From what an issuing department wants to certify to something that may be sealed. `prepare` checks
 * a draft against its type and is the only maker of a `Prepared`: nothing unchecked can be signed.
 */
import { randomInt } from 'node:crypto'
import { typeOn } from '../../catalogs/catalog.ts'
import type { Catalogue } from '../../catalogs/catalog.ts'
import { formatLicenceId, parseLicenceId } from '../../sdk/identifier-licence.ts'
import type { LicenceIdParts } from '../../sdk/identifier-licence.ts'
import { Problem } from '../../sdk/problem.ts'
import { checkDraft, historicCodes } from './draft-checks.ts'
import type { Draft, Finding } from './draft-checks.ts'

declare const checked: unique symbol

/** A draft that passed every check of its type, with its identifier. Made by `prepare` alone. */
export interface Prepared extends Omit<Draft, 'serial' | 'validFrom' | 'validUntil'> {
  readonly [checked]: true
  readonly licenceId: string
  readonly typeCode: string
  readonly typeVersion: string
  readonly validFrom: Date
  readonly validUntil: Date | null
  /** The licence in whose place it comes. */
  readonly supersedes?: string
}

export type Preparation =
  | {
      readonly ok: true
      readonly prepared: Prepared
      /** What is accepted and should be looked at, such as a code that was abolished. */
      readonly warnings: readonly Finding[]
    }
  | { readonly ok: false; readonly findings: readonly Finding[] }

/**
 * Checks a draft completely and says everything that is wrong, not only the first thing.
 * @param supersedes the licence in whose place the draft is to come
 */
export function prepare(
  draft: Draft,
  catalogue: Catalogue,
  at: Date,
  supersedes?: string,
): Preparation {
  const type = typeOn(catalogue, draft.type, draft.validFrom)
  const issuer = catalogue.departments.get(draft.issuer)
  if (!type) {
    return catalogue.licenceTypes.has(draft.type)
      ? refused('type', 'type-ended', 'The type has ended by the first day; name its successor.')
      : refused('type', 'unknown-type', 'Name a licence type of the catalogue.')
  }
  if (!issuer || !type.issuers.includes(draft.issuer)) {
    return refused('issuer', 'not-an-issuer', 'The department may not issue this type.')
  }
  const findings = checkDraft(draft, { type, catalogue, at })
  if (findings.length > 0) return { ok: false, findings }
  const { serial, validFrom, validUntil, ...rest } = draft
  const prepared = {
    ...rest,
    ...(supersedes === undefined ? {} : { supersedes }),
    licenceId: formatLicenceId({
      ...{ typeCode: type.typeCode, issuer: issuer.uscc, version: '001' },
      serial: serial ?? newSerial(at),
      ...nextOf(supersedes, { typeCode: type.typeCode, issuer: issuer.uscc }),
    }),
    typeCode: type.typeCode,
    typeVersion: `${type.version}`,
    validFrom: startOfDay(validFrom),
    validUntil: validUntil === null ? null : endOfDay(validUntil),
  }
  return {
    ok: true,
    prepared: prepared as Prepared, // The one place that may set the brand.
    warnings: historicCodes(draft, type, catalogue),
  }
}

/** Of the same type and issuer: the same serial, and the version after it. Else another licence's first. */
function nextOf(
  supersedes: string | undefined,
  own: Pick<LicenceIdParts, 'typeCode' | 'issuer'>,
): Partial<LicenceIdParts> {
  if (supersedes === undefined) return {}
  const { typeCode, issuer, serial, version } = parseLicenceId(supersedes)
  if (typeCode !== own.typeCode || issuer !== own.issuer) return {}
  return { serial, version: `${Number(version) + 1}`.padStart(version.length, '0') }
}

/** @throws Problem invalid-draft naming every finding. */
export function prepared(preparation: Preparation): Prepared {
  if (preparation.ok) return preparation.prepared
  const findings = preparation.findings.map(({ field, rule }) => `${field}: ${rule}`)
  throw new Problem('invalid-draft', { findings })
}

function refused(field: string, rule: string, remedy: string): Preparation {
  return { ok: false, findings: [{ field, rule, remedy }] }
}

/** Days of a licence begin and end at midnight in Beijing. */
function startOfDay(day: string): Date {
  return new Date(`${day}T00:00:00+08:00`)
}

/** The first moment after the last day. */
function endOfDay(day: string): Date {
  return new Date(startOfDay(day).getTime() + 86_400_000)
}

const serialAlphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const serialRandomLength = 16

/** Year and 82 random bits: unique without a counter, so the counter cannot be guessed. */
function newSerial(at: Date): string {
  const random = Array.from({ length: serialRandomLength }, () =>
    serialAlphabet.charAt(randomInt(serialAlphabet.length)),
  )
  return `${at.getUTCFullYear()}${random.join('')}`
}

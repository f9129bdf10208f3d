/**
 * From what an issuing department wants to certify to something that may be sealed. `prepare` checks
 * a draft against its type and is the only maker of a `Prepared`: nothing unchecked can be signed.
 */
import { randomInt } from 'node:crypto'
import type { Catalogue, Field, LicenceType } from '../catalogs/catalog.ts'
import { formatLicenceId } from '../sdk/identifier-licence.ts'
import { citizenNumberIsValid, usccIsValid } from '../sdk/identifier.ts'
import { Problem } from '../sdk/problem.ts'
import type { Party } from './blind.ts'

/** Trust grade (可信等级): A issued with seal, B historical stock checked and sealed by the issuer. */
export type Grade = 'A' | 'B'

export interface Draft {
  readonly type: string
  readonly issuer: string
  /** Six digits of GB/T 2260: the area the licence belongs to. */
  readonly division: string
  readonly grade: Grade
  /** The number printed on the face. */
  readonly licenceNo: string
  /** Up to 32 characters 0-9 A-Z for the licence identifier; made up when absent. */
  readonly serial?: string
  readonly holders: readonly (Party & { readonly role: string })[]
  readonly items: Readonly<Record<string, string>>
  /** First day in force, `YYYY-MM-DD` in Beijing. */
  readonly validFrom: string
  /** Last day in force; null for 长期. */
  readonly validUntil: string | null
}

declare const checked: unique symbol

/** A draft that passed every check of its type, with its identifier. Made by `prepare` alone. */
export interface Prepared extends Omit<Draft, 'serial' | 'validFrom' | 'validUntil'> {
  readonly [checked]: true
  readonly licenceId: string
  readonly typeCode: string
  readonly typeVersion: string
  readonly validFrom: Date
  readonly validUntil: Date | null
}

/** One thing wrong with a draft: where, which rule, and what to do. */
export interface Finding {
  readonly field: string
  readonly rule: string
  readonly remedy: string
}

export type Preparation =
  | { readonly ok: true; readonly prepared: Prepared }
  | { readonly ok: false; readonly findings: readonly Finding[] }

/** Checks a draft completely and says everything that is wrong, not only the first thing. */
export function prepare(draft: Draft, catalogue: Catalogue, at: Date): Preparation {
  const type = catalogue.licenceTypes.get(draft.type)
  const issuer = catalogue.departments.get(draft.issuer)
  if (!type) return refused('type', 'unknown-type', 'Name a licence type of the catalogue.')
  if (!issuer || !type.issuers.includes(draft.issuer)) {
    return refused('issuer', 'not-an-issuer', 'The department may not issue this type.')
  }
  const findings = [
    ...checkNumber(draft, type),
    ...checkHolders(draft, type, at),
    ...checkItems(draft, type),
    ...checkPeriod(draft, type),
    ...checkDivision(draft, catalogue),
  ]
  if (findings.length > 0) return { ok: false, findings }
  const { serial, validFrom, validUntil, ...rest } = draft
  const prepared = {
    ...rest,
    licenceId: formatLicenceId({
      ...{ typeCode: type.typeCode, issuer: issuer.uscc, version: '001' },
      serial: serial ?? newSerial(at),
    }),
    typeCode: type.typeCode,
    typeVersion: `${type.version}`,
    validFrom: startOfDay(validFrom),
    validUntil: validUntil === null ? null : endOfDay(validUntil),
  }
  return { ok: true, prepared: prepared as Prepared } // The one place that may set the brand.
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

function checkNumber(draft: Draft, type: LicenceType): Finding[] {
  if (new RegExp(`^(?:${type.numbering.pattern})$`, 'u').test(draft.licenceNo)) return []
  const remedy = `Write the number like ${type.numbering.example}.`
  return [{ field: 'licenceNo', rule: 'numbering', remedy }]
}

const holderCodeIsValid: Readonly<Record<string, (code: string, at: Date) => boolean>> = {
  '001': usccIsValid,
  '111': citizenNumberIsValid,
}

function checkHolders(draft: Draft, type: LicenceType, at: Date): Finding[] {
  if (draft.holders.length === 0) {
    return [{ field: 'holders', rule: 'missing', remedy: 'Name at least one holder.' }]
  }
  return draft.holders.flatMap(({ codeType, code }) => {
    const known = type.holderCodeTypes.some((one) => one === codeType)
    if (known && holderCodeIsValid[codeType]?.(code, at)) return []
    return [{ field: 'holders', rule: 'holder-code', remedy: 'Correct the check character.' }]
  })
}

function checkItems(draft: Draft, type: LicenceType): Finding[] {
  const known = new Set(type.fields.map(({ code }) => code))
  const unknown = Object.keys(draft.items)
    .filter((code) => !known.has(code))
    .map((field) => ({ field, rule: 'unknown-field', remedy: 'Leave the item out.' }))
  return [...unknown, ...type.fields.flatMap((field) => checkItem(draft, field))]
}

function checkItem(draft: Draft, field: Field): Finding[] {
  const value = draft.items[field.code]
  if (value === undefined) {
    // Historical stock carries what it really has; what is issued today must be complete.
    const missing = field.required && draft.grade === 'A'
    return missing ? [{ field: field.code, rule: 'missing', remedy: 'Give the item.' }] : []
  }
  const rule = brokenRule(value, field)
  return rule ? [{ field: field.code, rule, remedy: remedies[rule] }] : []
}

const remedies = {
  empty: 'Leave an item out when it has no value.',
  length: 'Shorten the value to the length in the catalogue.',
  pattern: 'Write the value in the form the catalogue gives.',
  date: 'Write an existing day as YYYY-MM-DD.',
  number: 'Write digits with at most one decimal point.',
  code: 'Use a code of the table in the catalogue.',
} as const

function brokenRule(value: string, field: Field): keyof typeof remedies | undefined {
  if (value.trim() === '') return 'empty'
  if ([...value].length > field.maxLength) return 'length'
  switch (field.type) {
    case 'text':
      return !field.pattern || new RegExp(`^(?:${field.pattern})$`, 'u').test(value)
        ? undefined
        : 'pattern'
    case 'date':
      return isDay(value) ? undefined : 'date'
    case 'number':
      return /^-?\d{1,18}(\.\d{1,6})?$/.test(value) ? undefined : 'number'
    case 'code':
      return field.values.some(({ code }) => code === value) ? undefined : 'code'
  }
}

function checkPeriod({ validFrom, validUntil }: Draft, { validity }: LicenceType): Finding[] {
  if (!isDay(validFrom) || (validUntil !== null && !isDay(validUntil))) {
    return [{ field: 'validFrom', rule: 'date', remedy: remedies.date }]
  }
  if (validUntil === null) {
    const remedy = 'This type has a term; give its last day.'
    return validity.longTerm ? [] : [{ field: 'validUntil', rule: 'missing', remedy }]
  }
  if (validUntil <= validFrom) {
    const remedy = 'The last day must follow the first.'
    return [{ field: 'validUntil', rule: 'inverted', remedy }]
  }
  const years = validity.years ?? Infinity
  const latest = `${Number(validFrom.slice(0, 4)) + years}${validFrom.slice(4)}`
  const remedy = 'Shorten the term to what the type allows.'
  return years !== Infinity && validUntil > latest
    ? [{ field: 'validUntil', rule: 'term-too-long', remedy }]
    : []
}

function checkDivision({ division }: Draft, { divisions }: Catalogue): Finding[] {
  if (divisions.has(division)) return []
  return [{ field: 'division', rule: 'unknown-division', remedy: 'Use a code of GB/T 2260.' }]
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
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

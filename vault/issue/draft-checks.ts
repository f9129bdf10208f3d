/**
 * What an issuing department wants to certify, and every rule it must keep before it may be sealed.
 * The checks are pure and say all that is wrong; turning a draft into something that may be signed
 * is the work of `draft.ts`.
 */
import { isHistoric, termAt } from '../../catalogs/catalog.ts'
import type { Catalogue, Field, LicenceType } from '../../catalogs/catalog.ts'
import { citizenNumberIsValid, usccIsValid } from '../../sdk/identifier.ts'
import type { Party } from '../keys/blind.ts'

/** Trust grade (可信等级): A issued with seal, B historical stock checked and sealed by the issuer. */
type Grade = 'A' | 'B'

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

/** One thing wrong with a draft: where, which rule, and what to do. Never the value itself. */
export interface Finding {
  readonly field: string
  readonly rule: string
  readonly remedy: string
}

/** A document counts seconds from 1970, and none before; Beijing's 1 January begins before it. */
const earliestDay = '1970-01-02'
const holdersMax = 50

const remedies = {
  empty: 'Leave an item out when it has no value.',
  characters: 'Remove control characters, invisible characters and damaged ones.',
  length: 'Shorten the value to the length in the catalogue.',
  pattern: 'Write the value in the form the catalogue gives.',
  date: 'Write an existing day as YYYY-MM-DD.',
  number: 'Write digits with at most one decimal point.',
  code: 'Use a code of the table in the catalogue.',
} as const

/** Everything that is wrong with a draft of this type, not only the first thing. */
export function checkDraft(
  draft: Draft,
  { type, catalogue, at }: { type: LicenceType; catalogue: Catalogue; at: Date },
): Finding[] {
  return [
    ...checkNumber(draft, type),
    ...checkSerial(draft, type),
    ...checkHolders(draft, type, at),
    ...checkItems(draft, type),
    ...checkPeriod(draft, type),
    ...checkDivision(draft, catalogue),
  ]
}

function checkNumber({ licenceNo }: Draft, { numbering }: LicenceType): Finding[] {
  if (matches(numbering.pattern, licenceNo)) return []
  const remedy = `Write the number like ${numbering.example}.`
  return [{ field: 'licenceNo', rule: 'numbering', remedy }]
}

function checkSerial({ serial }: Draft, { identifier }: LicenceType): Finding[] {
  if (serial === undefined) return []
  if (/^[0-9A-Z]{1,32}$/.test(serial) && matches(identifier.serial, serial)) return []
  const remedy = `Use the form ${identifier.serial} of the type, or leave the serial out.`
  return [{ field: 'serial', rule: 'serial', remedy }]
}

const holderCodeIsValid: Readonly<Record<string, (code: string, at: Date) => boolean>> = {
  '001': usccIsValid,
  '111': citizenNumberIsValid,
}

/** Passports, permits and the like have no check digits that are public. */
function codeIsFit(code: string): boolean {
  return /^[0-9A-Z]{4,32}$/.test(code)
}

function checkHolders({ holders }: Draft, type: LicenceType, at: Date): Finding[] {
  const field = 'holders'
  if (holders.length === 0) {
    return [{ field, rule: 'missing', remedy: 'Name at least one holder.' }]
  }
  if (holders.length > holdersMax) {
    return [{ field, rule: 'too-many', remedy: `Name at most ${holdersMax} holders.` }]
  }
  const { holderCount } = type
  const isCountRight =
    !holderCount || (holderCount.min <= holders.length && holders.length <= holderCount.max)
  const repeated = new Set(holders.map(({ codeType, code }) => `${codeType} ${code}`))
  const remedy = 'Name every holder once.'
  const count = 'Name as many holders as the type has together.'
  return [
    ...(isCountRight ? [] : [{ field, rule: 'holder-count', remedy: count }]),
    ...(repeated.size === holders.length ? [] : [{ field, rule: 'repeated', remedy }]),
    ...holders.flatMap(({ codeType, code }) => {
      const known = type.holderCodeTypes.some((one) => one === codeType)
      if (known && (holderCodeIsValid[codeType] ?? codeIsFit)(code, at)) return []
      return [{ field, rule: 'holder-code', remedy: 'Correct the kind or the check character.' }]
    }),
  ]
}

export function checkItems(
  { items, grade }: Pick<Draft, 'items' | 'grade'>,
  type: LicenceType,
): Finding[] {
  const unknown = Object.keys(items)
    .filter((code) => !type.fields.some((field) => field.code === code))
    .map((field) => ({ field, rule: 'unknown-field', remedy: 'Leave the item out.' }))
  return [...unknown, ...type.fields.flatMap((field) => checkItem(items, field, grade))]
}

function checkItem(items: Draft['items'], field: Field, grade: Grade): Finding[] {
  const value = Object.hasOwn(items, field.code) ? items[field.code] : undefined
  if (value === undefined) {
    // Historical stock carries what it really has; what is issued today must be complete.
    const missing = field.required && grade === 'A'
    return missing ? [{ field: field.code, rule: 'missing', remedy: 'Give the item.' }] : []
  }
  const rule = brokenRule(value, field)
  return rule ? [{ field: field.code, rule, remedy: remedies[rule] }] : []
}

/**
 * Controls except the line feed, halves of characters, what was lost in a conversion, what only one
 * system can show, and what shows nothing but its effect.
 */
const unfit =
  /(?!\n)[\p{Cc}\p{Cs}\p{Co}\ufffd\u00ad\u061c\u115f\u1160\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\u{e0000}-\u{e007f}]/u

function brokenRule(value: string, field: Field): keyof typeof remedies | undefined {
  if (value.trim() === '') return 'empty'
  if (unfit.test(value)) return 'characters'
  if (isLonger(value, field.maxLength)) return 'length'
  return formIsRight(value, field) ? undefined : field.type === 'text' ? 'pattern' : field.type
}

function formIsRight(value: string, field: Field): boolean {
  switch (field.type) {
    case 'text':
      return field.pattern === undefined || matches(field.pattern, value)
    case 'date':
      return isDay(value)
    case 'number':
      return /^-?\d{1,18}(\.\d{1,6})?$/.test(value)
    case 'code':
      return field.values.some(({ code }) => code === value)
  }
}

/**
 * Codes that were no longer given on the first day: they are in old numbers for ever, so they are
 * never refused, but somebody should look.
 */
export function historicCodes(
  { items, division, validFrom }: Draft,
  type: LicenceType,
  { divisions }: Catalogue,
): Finding[] {
  const coded = type.fields.flatMap((field) => {
    const value = Object.hasOwn(items, field.code) ? items[field.code] : undefined
    if (field.type !== 'code' || value === undefined) return []
    return [{ field: field.code, value, values: field.values }]
  })
  const place = divisions.get(division)
  const all = [...coded, { field: 'division', value: division, values: place ? [place] : [] }]
  const remedy = 'The code was abolished before the first day; give the present one if it is known.'
  return all
    .filter(({ value, values }) => isHistoric(values, value, validFrom))
    .map(({ field }) => ({ field, rule: 'historic-code', remedy }))
}

/** Counts characters only when the UTF-16 units, of which there are at least as many, are too many. */
function isLonger(value: string, maxLength: number): boolean {
  return value.length > maxLength && Array.from(value).length > maxLength
}

function checkPeriod(draft: Draft, { validity }: LicenceType): Finding[] {
  const { validFrom, validUntil } = draft
  const broken = [...checkDay('validFrom', validFrom), ...checkDay('validUntil', validUntil)]
  if (broken.length > 0) return broken
  const field = 'validUntil'
  const { years, longTerm = false } = termAt(validity, ageOf(draft))
  if (validUntil === null) {
    const remedy = 'This type has a term; give its last day.'
    return longTerm ? [] : [{ field, rule: 'missing', remedy }]
  }
  if (validUntil <= validFrom) {
    return [{ field, rule: 'inverted', remedy: 'The last day must follow the first.' }]
  }
  if (years === undefined) return []
  const latest = `${Number(validFrom.slice(0, 4)) + years}${validFrom.slice(4)}`
  const remedy = 'Shorten the term to what the type allows.'
  return validUntil > latest ? [{ field, rule: 'term-too-long', remedy }] : []
}

/** Full years on the first day, by the citizen number; the youngest holder counts. */
function ageOf({ holders, validFrom }: Draft): number {
  const day = Number(validFrom.replaceAll('-', ''))
  const births = holders.flatMap(({ codeType, code }) =>
    codeType === '111' ? [Number(code.slice(6, 14))] : [],
  )
  return Math.floor((day - Math.max(...births)) / 10_000)
}

function checkDay(field: string, day: string | null): Finding[] {
  if (day === null) return []
  if (!isDay(day)) return [{ field, rule: 'date', remedy: remedies.date }]
  const remedy = `Documents cannot begin before ${earliestDay}; keep the licence on paper.`
  return day < earliestDay ? [{ field, rule: 'too-early', remedy }] : []
}

function checkDivision({ division }: Draft, { divisions }: Catalogue): Finding[] {
  if (divisions.has(division)) return []
  return [{ field: 'division', rule: 'unknown-division', remedy: 'Use a code of GB/T 2260.' }]
}

/** An existing day of the Gregorian calendar as `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  // What does not exist is no date, or is taken for a day of the next month.
  return new Date(`${text}T00:00:00Z`).getUTCDate() === Number(text.slice(8))
}

/** By pattern: the catalogue has few, and making one costs more than trying it. */
const expressions = new Map<string, RegExp>()

/** Patterns of the catalogue are always about the whole value. */
function matches(pattern: string, value: string): boolean {
  const known = expressions.get(pattern) ?? new RegExp(`^(?:${pattern})$`, 'u')
  expressions.set(pattern, known)
  return known.test(value)
}

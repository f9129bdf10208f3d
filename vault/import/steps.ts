/**
 * The named steps by which a cell becomes a value, for a map to choose from. A step changes what it
 * knows for certain, leaves everything else as it is, or refuses; none guesses. No finding repeats a
 * value.
 */
import {
  citizenNumberCheckCharacter,
  citizenNumberIsValid,
  usccIsValid,
} from '../../sdk/identifier.ts'
import type { Finding } from '../issue/draft-checks.ts'
import { dayForms } from './days.ts'

export type Refusal = Omit<Finding, 'field'>
export type Step = (text: string, at: Date) => string | Refusal

/** Ways to write one unit, first as the catalogue writes it. */
const sameUnits: readonly (readonly string[])[] = [
  ['元', '人民币', '元人民币'],
  ['万元', '万元人民币', '万人民币'],
  ['平方米', '㎡', 'm²'],
  ['千克', '公斤', 'kg'],
]

/** Every name that may stand in `as`. */
export const steps: Readonly<Record<string, Step>> = {
  ...dayForms,
  narrow,
  upper: (text) => text.toUpperCase(),
  'drop-invisible': (text) => text.replace(/[\u200b-\u200f\u2060\ufeff]/gu, ''),
  unescape: (text) => (/^'[=+\-@\t\r\n＝＋－＠'\d]/u.test(text) ? text.slice(1) : text),
  lines: (text) => text,
  amount,
  number: numberIn(undefined),
  uscc: checkUscc,
  citizen: checkCitizen,
  'citizen-15': (text, at) => checkCitizen(lengthen(text), at),
  exact: (text) => text,
  'division-of-uscc': (text) => text.slice(2, 8),
  'division-of-citizen': (text) => text.slice(0, 6),
}

/** Full-width forms of ASCII, and the space that is as wide. */
function narrow(text: string): string {
  return text.replace(/[\uff01-\uff5e\u3000]/g, (wide) =>
    wide === '\u3000' ? ' ' : String.fromCharCode(wide.charCodeAt(0) - 0xfee0),
  )
}

function checkUscc(text: string): string | Refusal {
  const remedy = 'Give the 18 characters of the unified social credit code as registered.'
  return usccIsValid(text) ? text : { rule: 'uscc', remedy }
}

function checkCitizen(text: string, at: Date): string | Refusal {
  if (citizenNumberIsValid(text, at)) return text
  if (/^\d{15}$/.test(text)) {
    const remedy =
      'Give all 18 characters, or declare `citizen-15` in the map to have them completed.'
    return { rule: 'citizen-15', remedy }
  }
  return { rule: 'citizen', remedy: 'Give the 18 characters of the number as on the card.' }
}

/** GB 11643-1999: the numbers of 15 digits were all given to people born in the 1900s. */
function lengthen(text: string): string {
  if (!/^\d{15}$/.test(text)) return text
  const first17 = `${text.slice(0, 6)}19${text.slice(6)}`
  return `${first17}${citizenNumberCheckCharacter(first17)}`
}

/** A spreadsheet keeps 15 digits of a number, and shows it like 4.40101E+17. */
export function isRounded(text: string): boolean {
  return /^\d(?:\.\d+)?e\+?\d{1,2}$/i.test(text)
}

/** 17 digits or more, of which it keeps 15: of the codes with a check character one in eleven passes. */
export function mayBeRounded(text: string): boolean {
  return /^\d{15}0{2,}$/.test(text)
}

export const rounded: Refusal = {
  rule: 'rounded',
  remedy: 'A spreadsheet has rounded this number; take it from its source, as text.',
}
export const perhapsRounded: Refusal = {
  rule: 'rounded',
  remedy:
    'A spreadsheet may have rounded this number; take it from its source, as text. If the column never was in one, declare `exact` in the map.',
}

/** How amounts are written in the registers, and here. A unit without currency gets none. */
const amountUnits: ReadonlyMap<string | undefined, string> = new Map([
  ['万元', '万元'],
  ['万元人民币', '万元人民币'],
  ['万人民币', '万元人民币'],
  ['万美元', '万美元'],
  ['万港币', '万港币'],
  ['万港元', '万港元'],
  ['万欧元', '万欧元'],
  ['万日元', '万日元'],
])
const amountForm =
  /^(\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.(\d{1,6}))?(?:\((\p{L}+)\)|（(\p{L}+)）|(\p{L}+))$/u

/** `1,000.50(万元)` as `1000.5万元`; what is written otherwise stays as it is. */
function amount(text: string): string {
  const [, whole, fraction = '', ...units] = amountForm.exec(text) ?? []
  const unit = amountUnits.get(units.find(Boolean))
  if (whole === undefined || unit === undefined) return text
  return `${decimal(whole, fraction)}${unit}`
}

/** `￥1,234.50元` as `1234.5`, for an item in 元: what is in another unit is another number. */
export function numberIn(unit: string | undefined): Step {
  const names = sameUnits.find(([name]) => name === unit) ?? (unit === undefined ? [] : [unit])
  const units = names.map((name) => name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|')
  const sign = unit === '元' ? '[¥￥]?\\s?' : ''
  const digits = '(-?)(\\d{1,3}(?:,\\d{3})+|\\d{1,18})(?:\\.(\\d{1,6}))?'
  const form = new RegExp(`^${sign}${digits}\\s?(?:${units})?$`, 'u')
  const others = unit === undefined ? 'no unit' : `no unit but ${unit}`
  const remedy = `Write digits with at most one decimal point, and ${others}.`
  return (text) => {
    const [, minus = '', whole, fraction = ''] = form.exec(text) ?? []
    return whole === undefined ? { rule: 'number', remedy } : `${minus}${decimal(whole, fraction)}`
  }
}

function decimal(whole: string, fraction: string): string {
  const decimals = fraction.replace(/0+$/, '')
  return `${whole.replaceAll(',', '')}${decimals && `.${decimals}`}`
}

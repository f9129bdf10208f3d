/**
 * How the columns of a file become the parts of a licence: the map its owner writes, as JSON. Here its
 * shape is checked against the type of licence, so that a misspelt name is not lost in silence; how a
 * row is read by it is the work of `row.ts`.
 */
import type { LicenceType } from '../../catalogs/catalog.ts'
import { isJsonObject } from '../../sdk/json.ts'
import type { Json, JsonObject } from '../../sdk/json.ts'
import { Problem } from '../../sdk/problem.ts'
import { encodings } from './encoding.ts'
import type { Encoding } from './encoding.ts'
import { delimiters } from './records.ts'
import type { Delimiter } from './records.ts'
import { steps } from './steps.ts'

/** Where a value comes from, and what is done to it on the way. */
export interface CellRule {
  /** Headers, the first of which that the file has is the column; none for a constant. */
  readonly from: readonly string[]
  /** The value of a constant, or of a cell that says nothing. */
  readonly otherwise?: string
  /** Names of steps, in order. */
  readonly as: readonly string[]
  /** What the owner writes, and what it means here; when given, nothing else may be written. */
  readonly codes?: ReadonlyMap<string, string>
  /** The file need not have the column. */
  readonly isOptional: boolean
}

interface HolderRule {
  readonly role: string
  readonly codeType: CellRule
  readonly code: CellRule
}

export interface ImportMap {
  readonly encoding?: Encoding
  readonly delimiter?: Delimiter
  /** Texts that say nothing, beside the empty one. */
  readonly absent: ReadonlySet<string>
  /** Columns that are read over; `all` for every column that nothing is made of. */
  readonly ignore: ReadonlySet<string> | 'all'
  /** Whoever has a licence of this type that is in force may have no second one. */
  readonly isOnePerHolder: boolean
  /** What a row is made of, by its name in a draft. */
  readonly parts: Readonly<Partial<Record<Part, CellRule>>>
  readonly holders: readonly HolderRule[]
  readonly items: ReadonlyMap<string, CellRule>
}

const parts = ['licenceNo', 'serial', 'division', 'issuer', 'validFrom', 'validUntil'] as const
export type Part = (typeof parts)[number]
const requiredParts: readonly Part[] = ['licenceNo', 'division', 'validFrom']

const mapLimits = { headers: 20, steps: 10, codes: 10_000 } as const
const mapMembers = [
  ...parts,
  ...['encoding', 'delimiter', 'absent', 'ignore', 'onePerHolder', 'holders', 'items'],
]
const ruleMembers = ['from', 'value', 'as', 'codes', 'else', 'optional']

/** @throws Problem invalid-import-map, naming the member and what was expected there */
export function readMap(map: JsonObject, type: LicenceType): ImportMap {
  checkMembers(map, '', mapMembers)
  const { encoding, delimiter, onePerHolder } = map
  for (const part of requiredParts) if (map[part] === undefined) refuse(part, 'a column')
  return {
    ...(encoding === undefined ? {} : { encoding: oneOf(encodings, encoding, 'encoding') }),
    ...(delimiter === undefined ? {} : { delimiter: oneOf(delimiters, delimiter, 'delimiter') }),
    absent: new Set(map['absent'] === undefined ? [] : readTexts(map['absent'], 'absent')),
    ignore: map['ignore'] === 'all' ? 'all' : new Set(readTexts(map['ignore'] ?? [], 'ignore')),
    isOnePerHolder: readFlag(onePerHolder, 'onePerHolder'),
    parts: Object.fromEntries(
      parts.flatMap((part) => (map[part] === undefined ? [] : [[part, readRule(map[part], part)]])),
    ),
    holders: readHolders(map['holders']),
    items: readItems(map['items'], type),
  }
}

function readHolders(value: Json | undefined): HolderRule[] {
  if (!isList(value) || value.length === 0) refuse('holders', 'at least one holder')
  return value.map((holder, i) => {
    const place = `holders[${i}]`
    if (!isJsonObject(holder)) refuse(place, 'an object')
    checkMembers(holder, place, ['role', 'codeType', 'code'])
    const { role, codeType, code } = holder
    const kind = typeof codeType === 'string' ? { value: codeType } : codeType
    return {
      role: readText(role, `${place}.role`),
      codeType: readRule(kind, `${place}.codeType`),
      code: readRule(code, `${place}.code`),
    }
  })
}

function readItems(value: Json | undefined, { fields }: LicenceType): Map<string, CellRule> {
  if (!isJsonObject(value)) refuse('items', 'an object')
  const known = fields.map(({ code }) => code)
  checkMembers(value, 'items', known)
  return new Map(
    Object.entries(value).map(([code, rule]) => [code, readRule(rule, `items.${code}`)]),
  )
}

/** A text alone is the header of the column. */
function readRule(given: Json | undefined, place: string): CellRule {
  const rule = typeof given === 'string' ? { from: given } : given
  if (!isJsonObject(rule)) refuse(place, 'a header, or an object with `from` or `value`')
  checkMembers(rule, place, ruleMembers)
  const { from, value, as = [], codes, optional } = rule
  if ((from === undefined) === (value === undefined)) refuse(place, 'either `from` or `value`')
  const otherwise = value ?? rule['else']
  return {
    from: from === undefined ? [] : readTexts(from, `${place}.from`, mapLimits.headers),
    ...(otherwise === undefined ? {} : { otherwise: readText(otherwise, `${place}.else`) }),
    as: readTexts(as, `${place}.as`, mapLimits.steps).map((name) =>
      oneOf(Object.keys(steps), name, `${place}.as`),
    ),
    ...(codes === undefined ? {} : { codes: readCodes(codes, `${place}.codes`) }),
    isOptional: readFlag(optional, `${place}.optional`),
  }
}

function readCodes(value: Json, place: string): Map<string, string> {
  if (!isJsonObject(value) || Object.keys(value).length > mapLimits.codes)
    refuse(place, 'an object')
  return new Map(
    Object.entries(value).map(([label, code]) => [label, readText(code, `${place}.${label}`)]),
  )
}

function checkMembers(object: JsonObject, place: string, known: readonly string[]): void {
  const foreign = Object.keys(object).find((name) => !known.includes(name))
  if (foreign === undefined) return
  refuse(place === '' ? foreign : `${place}.${foreign}`, `one of ${known.join(', ')}`)
}

function readText(value: Json | undefined, place: string): string {
  return typeof value === 'string' && value !== '' ? value : refuse(place, 'a text')
}

/** One text, or a list of them. */
function readTexts(value: Json, place: string, most = 1_000): string[] {
  const list = isList(value) ? value : [value]
  if (list.length > most) refuse(place, `at most ${most}`)
  return list.map((one) => readText(one, place))
}

function readFlag(value: Json | undefined, place: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value === true
  return refuse(place, 'true or false')
}

function oneOf<T extends string>(known: readonly T[], value: Json, place: string): T {
  return known.find((one) => one === value) ?? refuse(place, `one of ${known.join(', ')}`)
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

function refuse(place: string, expected: string): never {
  throw new Problem('invalid-import-map', { place, expected })
}

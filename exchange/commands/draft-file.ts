/**
 * A draft of a licence, or a licence that its department has sealed, as a JSON file. Here the shape is
 * checked, so that a misspelt member is not lost in silence; whether the values fit the licence type is
 * the vault's business.
 */
import { isJsonObject, parseJsonObject } from '../../sdk/json.ts'
import type { Json, JsonObject } from '../../sdk/json.ts'
import { Problem } from '../../sdk/problem.ts'
import { isVersionAct } from '../../vault/index.ts'
import type { Draft, HandedIn } from '../../vault/index.ts'
import { readInstant } from '../instant.ts'

/** What each member must be; there are no others. */
type Members<T> = Readonly<Record<keyof T, (value: Json | undefined) => boolean>>

const draftMembers: Members<Draft> = {
  type: isText,
  issuer: isText,
  division: isText,
  grade: (value) => value === 'A' || value === 'B',
  licenceNo: isText,
  serial: (value) => value === undefined || isText(value),
  holders: isHolders,
  items: isTexts,
  validFrom: isText,
  validUntil: (value) => value === null || isText(value),
}

/** As over HTTP, with the officer and the case that are in the token there. */
interface HandedInFile extends Pick<HandedIn, 'document' | 'division' | 'licenceNo' | 'holders'> {
  readonly succession?: SuccessionFile
}

type Succession = NonNullable<HandedIn['succession']>

interface SuccessionFile extends Omit<Succession, 'effectiveAt'> {
  readonly effectiveAt?: string
}

const handedInMembers: Members<HandedInFile> = {
  ...{ document: isText, division: isText, licenceNo: isText, holders: isHolders },
  succession: (value) => value === undefined || (isJsonObject(value) && isSuccession(value)),
}

const successionMembers: Members<SuccessionFile> = {
  act: (value) => typeof value === 'string' && isVersionAct(value),
  ...{ reason: isText, officer: isText },
  case: (value) => value === undefined || isText(value),
  effectiveAt: (value) => value === undefined || momentIn(value) !== undefined,
}

const holderMembers = ['role', 'codeType', 'code']

/** @throws Problem invalid-json, invalid-request naming the member */
export function readDraft(text: string): Draft {
  return read<Draft>(text, draftMembers, 'a draft as in docs and demo/sample.ts')
}

/** @throws Problem invalid-json, invalid-request naming the member */
export function readHandedIn(text: string): Omit<HandedIn, 'department' | 'key'> {
  const { succession, ...handed } = read<HandedInFile>(
    text,
    handedInMembers,
    'a sealed document as in docs/life-of-a-licence.md',
  )
  if (!succession) return handed
  const { effectiveAt, ...said } = succession
  const moment = momentIn(effectiveAt)
  return { ...handed, succession: { ...said, ...(moment && { effectiveAt: moment }) } }
}

function read<T extends object>(text: string, members: Members<T>, expected: string): T {
  const given = parseJsonObject(text)
  const foreign = Object.keys(given).find((name) => !Object.hasOwn(members, name))
  if (foreign !== undefined) refuse(foreign, `one of ${Object.keys(members).join(', ')}`)
  const wrong = wrongIn(given, members)
  if (wrong !== undefined) refuse(wrong, expected)
  return given as T // Each of its members was looked at.
}

function wrongIn<T>(given: JsonObject, members: Members<T>): string | undefined {
  const rules = Object.entries<(value: Json | undefined) => boolean>(members)
  return rules.find(([name, isRight]) => !isRight(given[name]))?.[0]
}

function isSuccession(given: JsonObject): boolean {
  const names = Object.keys(given)
  return (
    names.every((name) => Object.hasOwn(successionMembers, name)) &&
    wrongIn(given, successionMembers) === undefined
  )
}

function momentIn(value: Json | undefined): Date | undefined {
  return typeof value === 'string' ? readInstant(value) : undefined
}

function isText(value: Json | undefined): boolean {
  return typeof value === 'string'
}

function isTexts(value: Json | undefined): boolean {
  return isJsonObject(value) && Object.values(value).every(isText)
}

function isHolders(value: Json | undefined): boolean {
  return Array.isArray(value) && value.every(isHolder)
}

function isHolder(value: Json): boolean {
  if (!isJsonObject(value)) return false
  const names = Object.keys(value)
  return names.length === holderMembers.length && holderMembers.every((name) => isText(value[name]))
}

function refuse(place: string, expected: string): never {
  throw new Problem('invalid-request', { place, expected })
}

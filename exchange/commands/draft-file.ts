/**
 * A draft of a licence as a JSON file. Here the shape is checked, so that a misspelt member is not
 * lost in silence; whether the values fit the licence type is the vault's business.
 */
import { isJsonObject, parseJsonObject } from '../../sdk/json.ts'
import type { Json, JsonObject } from '../../sdk/json.ts'
import { Problem } from '../../sdk/problem.ts'
import type { Draft } from '../../vault/index.ts'

const members = {
  type: isText,
  issuer: isText,
  division: isText,
  grade: (value) => value === 'A' || value === 'B',
  licenceNo: isText,
  serial: (value) => value === undefined || isText(value),
  holders: (value) => Array.isArray(value) && value.every(isHolder),
  items: isTexts,
  validFrom: isText,
  validUntil: (value) => value === null || isText(value),
} as const satisfies Record<keyof Draft, (value: Json | undefined) => boolean>

const holderMembers = ['role', 'codeType', 'code']

/** @throws Problem invalid-json, invalid-request naming the member */
export function readDraft(text: string): Draft {
  const draft = parseJsonObject(text)
  const foreign = Object.keys(draft).find((name) => !Object.hasOwn(members, name))
  if (foreign !== undefined) refuse(foreign, `one of ${Object.keys(members).join(', ')}`)
  if (!isDraft(draft))
    refuse(wrongMember(draft) ?? 'draft', 'a draft as in docs and demo/sample.ts')
  return draft
}

function isDraft(draft: JsonObject): draft is JsonObject & Draft {
  return wrongMember(draft) === undefined
}

function wrongMember(draft: JsonObject): string | undefined {
  return Object.entries(members).find(([name, isRight]) => !isRight(draft[name]))?.[0]
}

function isText(value: Json | undefined): boolean {
  return typeof value === 'string'
}

function isTexts(value: Json | undefined): boolean {
  return isJsonObject(value) && Object.values(value).every(isText)
}

function isHolder(value: Json): boolean {
  if (!isJsonObject(value)) return false
  const names = Object.keys(value)
  return names.length === holderMembers.length && holderMembers.every((name) => isText(value[name]))
}

function refuse(place: string, expected: string): never {
  throw new Problem('invalid-request', { place, expected })
}

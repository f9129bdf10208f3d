/**
 * A resource behind a department's JSON service: what it is asked, and what of its answer is
 * believed. The question travels in the body, because addresses end up in logs. The answer repeats
 * the keys and has exactly the fields that were asked; anything else is a fault, and nothing of it
 * is passed on.
 */
import type { Resource, Source as SourceEntry } from '../../catalogs/catalog.ts'
import { isJsonObject } from '../../sdk/json.ts'
import type { Json, JsonObject } from '../../sdk/json.ts'
import { Problem } from '../../sdk/problem.ts'
import type { Inquiry } from './inquiry.ts'
import type { Source } from './source.ts'
import { checkValue } from './value.ts'

type HttpEntry = Extract<SourceEntry, { kind: 'http' }>

export function httpSource({ ask }: Inquiry, resource: Resource, entry: HttpEntry): Source {
  return {
    fetch: async ({ keys: given, fields: wanted, at }) => {
      const keys = Object.fromEntries(resource.keys.map(({ code }) => [code, given[code] ?? '']))
      const fields = [...new Set(wanted)]
      const { status, body } = await ask(entry.path, { keys, fields })
      checkMembers(resource, body, ['keys', 'values'])
      checkEcho(resource, body['keys'], keys)
      // A 404 that does not repeat the question is from somebody who did not understand it.
      if (status === 404 && body['values'] === null) return undefined
      const values = valuesIn(resource, status === 200 ? body['values'] : undefined, fields)
      return { values, version: `${entry.service}${entry.path}`, at }
    },
  }
}

function valuesIn(
  resource: Resource,
  answered: Json | undefined,
  fields: readonly string[],
): Readonly<Record<string, string | null>> {
  if (!isJsonObject(answered)) throw fault(resource, 'values')
  checkMembers(resource, answered, fields)
  return Object.fromEntries(
    fields.map((field) => {
      const value = answered[field]
      if (value !== null && typeof value !== 'string') throw fault(resource, 'type')
      checkValue(resource, field, value)
      return [field, value]
    }),
  )
}

/** The person who was asked about, and nobody else. */
function checkEcho(
  resource: Resource,
  echoed: Json | undefined,
  keys: Readonly<Record<string, string>>,
): void {
  if (!isJsonObject(echoed)) throw fault(resource, 'echo')
  checkMembers(resource, echoed, Object.keys(keys))
  const isSame = Object.entries(keys).every(([code, value]) => echoed[code] === value)
  if (!isSame) throw fault(resource, 'echo')
}

function checkMembers(resource: Resource, object: JsonObject, names: readonly string[]): void {
  const members = Object.keys(object)
  const isExact = members.length === names.length && names.every((name) => members.includes(name))
  if (!isExact) throw fault(resource, 'members')
}

function fault({ code }: Resource, rule: string): Problem {
  return new Problem('source-fault', { resource: code, rule })
}

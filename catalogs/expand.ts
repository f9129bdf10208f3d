/**
 * What files leave out because it stands elsewhere: fields that take an element of `elements.json`
 * and say only what differs, and codes that take a table of `code-tables/`.
 */
import { isJsonObject } from '../sdk/json.ts'
import type { Json, JsonObject } from '../sdk/json.ts'
import { divisionsFile } from './files.ts'
import { finding } from './finding.ts'
import type { Finding, Steps } from './finding.ts'
import type { Division } from './types.ts'
import type { CodeTable, Field } from './types/licence-type.ts'
import type { Label } from './types/words.ts'

/** What a field may take over, by code: name, type, length, level and the like. */
export type Elements = ReadonlyMap<string, JsonObject>

export interface CodeTableFile extends Omit<CodeTable, 'values'> {
  readonly values: readonly (Label & {
    readonly code: string
    readonly from?: string
    readonly until?: string
  })[]
}

/**
 * The content with every field written out; it has not passed its schema yet, so it may be anything.
 * @param elements none when their file is broken: what needs them is then left out without an echo
 * @returns no content when a field could not be written out
 */
export function expandFields(
  { file, content }: { readonly file: string; readonly content: Json },
  elements: Elements | undefined,
): { readonly content?: Json; readonly findings: readonly Finding[] } {
  const findings: Finding[] = []
  const expand = (thing: Json, steps: Steps): Json => {
    if (!isJsonObject(thing) || !isList(thing['fields'])) return thing
    const fields = thing['fields'].map((field, index) => {
      if (!isJsonObject(field) || typeof field['element'] !== 'string') return field
      const element = elements?.get(field['element'])
      if (element) return withElement(field, element)
      findings.push(unknownElement(file, [...steps, 'fields', index], field['element']))
      return field
    })
    return { ...thing, fields }
  }
  const whole = expandAll(content, expand)
  if (findings.length === 0) return { content: whole, findings }
  return { findings: elements ? findings : [] }
}

function expandAll(content: Json, expand: (thing: Json, steps: Steps) => Json): Json {
  const newest = expand(content, [])
  if (!isJsonObject(newest) || !isList(newest['earlier'])) return newest
  const earlier = newest['earlier'].map((entry, index) => expand(entry, ['earlier', index]))
  return { ...newest, earlier }
}

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json)
}

/** What the field says itself counts. */
function withElement(field: JsonObject, element: JsonObject): JsonObject {
  const all = Object.entries({ ...element, ...field })
  return Object.fromEntries(all.filter(([name]) => name !== 'element'))
}

function unknownElement(file: string, steps: Steps, code: string): Finding {
  return finding(file, [...steps, 'element'], {
    what: `${code} is not in elements.json`,
    remedy: 'add it there, correct the code, or write the field out',
  })
}

/** The tables by code; the divisions are one of them (GB/T 2260). */
export function tablesOf(
  files: ReadonlyMap<string, CodeTableFile>,
  divisions: readonly Division[],
): ReadonlyMap<string, CodeTable> {
  const tables = [...files].map(([name, { values, ...table }]): [string, CodeTable] => [
    name,
    { ...table, values: values.map(({ zh, en, ...value }) => ({ ...value, name: { zh, en } })) },
  ])
  return new Map([...tables, [divisionTable, divisionsAsTable(divisions)]])
}

const divisionTable = divisionsFile.replace('.json', '')

function divisionsAsTable(divisions: readonly Division[]): CodeTable {
  const name = { zh: '行政区划代码', en: 'Division codes' }
  return { code: divisionTable, name, standard: 'GB/T 2260', values: divisions }
}

/** A table nobody knows gives no values; that it is named is a finding of `proof/fields.ts`. */
export function withValues<T extends { readonly fields: readonly Field[] }>(
  thing: T,
  tables: ReadonlyMap<string, CodeTable>,
): T {
  const fields = thing.fields.map((field) =>
    field.type === 'code' && field.table !== undefined
      ? { ...field, values: tables.get(field.table)?.values ?? [] }
      : field,
  )
  return { ...thing, fields }
}

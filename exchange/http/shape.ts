/**
 * Shapes of JSON: one value that is a JSON Schema (2020-12) for those who call us and a type for the
 * compiler, so that what is described, what is accepted and what is worked with cannot differ.
 */
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ErrorObject } from 'ajv/dist/2020.js'
import type { Json, JsonObject } from '../../sdk/json.ts'
import { Problem } from '../../sdk/problem.ts'

declare const meant: unique symbol

/** A schema, and what a value that fits it is. */
export interface Shape<T> {
  readonly schema: JsonObject
  /** Seen by the compiler alone. */
  readonly [meant]?: T
}

type Shapes = Readonly<Record<string, Shape<unknown>>>
/** What a shape means. */
export type Meant<S> = S extends Shape<infer T> ? T : never
type Every<Given extends Shapes> = { readonly [Name in keyof Given]: Meant<Given[Name]> }
type Any<May extends Shapes> = { readonly [Name in keyof May]?: Meant<May[Name]> }

export interface TextRules {
  readonly maxLength: number
  readonly minLength?: number
  /** Always about the whole value. */
  readonly pattern?: string
}

export function text({ pattern, ...lengths }: TextRules): Shape<string> {
  return { schema: { type: 'string', ...lengths, ...(pattern && { pattern: `^(?:${pattern})$` }) } }
}

export function choice<T extends string>(...values: readonly T[]): Shape<T> {
  return { schema: { type: 'string', enum: values } }
}

export function whole(limits: {
  readonly minimum: number
  readonly maximum: number
}): Shape<number> {
  return { schema: { type: 'integer', ...limits } }
}

export const anything: Shape<Json> = { schema: {} }

export const flag: Shape<boolean> = { schema: { type: 'boolean' } }

/** A moment of RFC 3339; whether it exists is for `readInstant` to say. */
export const instant = text({
  maxLength: 35,
  pattern: String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)`,
})

/** A day in Beijing. */
export const day = text({ maxLength: 10, pattern: String.raw`\d{4}-\d\d-\d\d` })

/** Every member that is given, those that may be, and none that is not named here. */
export function object<Given extends Shapes>(given: Given): Shape<Every<Given>>
export function object<Given extends Shapes, May extends Shapes>(
  given: Given,
  may: May,
): Shape<Every<Given> & Any<May>>
export function object(given: Shapes, may: Shapes = {}): Shape<unknown> {
  const shapes = Object.entries({ ...given, ...may })
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(shapes.map(([name, { schema }]) => [name, schema])),
      required: Object.keys(given),
      additionalProperties: false,
    },
  }
}

export function list<T>(of: Shape<T>, maxItems: number): Shape<readonly T[]> {
  return { schema: { type: 'array', items: of.schema, maxItems } }
}

/** Members named by whoever calls, at most so many. */
export function named<T>(of: Shape<T>, maxProperties: number): Shape<Readonly<Record<string, T>>> {
  return { schema: { type: 'object', additionalProperties: of.schema, maxProperties } }
}

export function orNull<T>(of: Shape<T>): Shape<T | null> {
  return { schema: { anyOf: [of.schema, { type: 'null' }] } }
}

/** Exactly one of them fits. */
export function oneOf<T>(...shapes: readonly Shape<T>[]): Shape<T> {
  return { schema: { oneOf: shapes.map(({ schema }) => schema) } }
}

export type Read<T> = (value: Json) => T

/**
 * Makes readers; one compiler for all of them.
 * @param whole what a refusal calls the whole of what is read
 */
export type ReaderOf = <T>(shape: Shape<T>, whole?: string) => Read<T>

export function createReaders(): ReaderOf {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, validateSchema: false })
  return <T>({ schema }: Shape<T>, whole = 'body'): Read<T> => {
    const fits = ajv.compile<T>(schema)
    return (value) => {
      if (fits(value)) return value
      throw new Problem('invalid-request', wrong(fits.errors ?? [], whole))
    }
  }
}

/** Where and why, in the words of the schema only: names and values of the caller are not repeated. */
function wrong(errors: readonly ErrorObject[], whole: string): { place: string; expected: string } {
  const first = tellingOf(errors)
  if (!first) return { place: whole, expected: 'one form of /openapi.json' }
  const { schemaPath, message = 'another value', params } = first
  const allowed: unknown = params.allowedValues
  const expected = Array.isArray(allowed) ? `one of ${allowed.join(', ')}` : message
  return { place: placeIn(schemaPath) || whole, expected }
}

/** Of several forms the one whose members were given tells; where none was, or more than one, nothing. */
function tellingOf(errors: readonly ErrorObject[]): ErrorObject | undefined {
  if (errors.at(-1)?.keyword !== 'oneOf') return errors[0]
  const ofMembers = ['oneOf', 'required', 'additionalProperties']
  return (
    errors.find(({ keyword }) => !ofMembers.includes(keyword)) ??
    errors.find(({ keyword }) => keyword === 'additionalProperties')
  )
}

/** `#/properties/holders/items/required` is `holders/0`-like: here `holders/*`. */
function placeIn(schemaPath: string): string {
  const steps = schemaPath.split('/').slice(1, -1)
  const names: string[] = []
  for (let at = 0; at < steps.length; at += 1) {
    const step = steps[at]
    if (step === 'properties') names.push(steps[(at += 1)] ?? '')
    else if (step === 'items' || step === 'additionalProperties') names.push('*')
  }
  return names.join('/')
}

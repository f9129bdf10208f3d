/**
 * Proves the shape of one file by its JSON Schema (draft 2020-12) and says what is wrong in words.
 * The schemas are always those beside this file, whatever folder is being loaded.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { Json } from '../sdk/json.ts'
import { parseJsonObject } from '../sdk/json.ts'
import { finding } from './finding.ts'
import type { Finding, Steps } from './finding.ts'

export interface Shape<T> {
  readonly schema: string
  readonly validate: ValidateFunction<T>
}

export interface Schemas {
  /** @throws Error for a schema that does not exist: a defect of ours, never of the data. */
  readonly shape: <T>(schema: string) => Shape<T>
}

const schemaFolder = join(import.meta.dirname, 'schema')

/** Compiling them takes longer than a whole catalogue takes to check, so it is done once. */
let compiler: Ajv2020 | undefined

function createCompiler(): Ajv2020 {
  const ajv = new Ajv2020({
    ...{ allErrors: true, discriminator: true, strictTypes: true, strictTuples: true },
    validateSchema: false, // That they are schemas is for the test to see, not for every start.
  })
  formats.default(ajv, ['date'])
  for (const name of readdirSync(schemaFolder).sort()) {
    ajv.addSchema(parseJsonObject(readFileSync(join(schemaFolder, name), 'utf8')), name)
  }
  return ajv
}

export function createSchemas(): Schemas {
  const ajv = (compiler ??= createCompiler())
  return {
    shape<T>(schema: string) {
      const validate = ajv.getSchema<T>(schema)
      if (!validate) throw new Error(`no schema ${schema}`)
      return { schema, validate: validate as ValidateFunction<T> } // Ours have no $async.
    },
  }
}

/** The value, typed, or what is wrong with it. */
export function checkShape<T>(
  { file, content }: { readonly file: string; readonly content: Json },
  shape: Shape<T>,
): { readonly value: T } | { readonly findings: Finding[] } {
  const inherited = inheritedNames(content)
  if (inherited.length > 0) {
    const remedy = 'give it another name'
    return {
      findings: inherited.map(({ steps, name }) =>
        finding(file, steps, { what: `must not name a member ${name}`, remedy }),
      ),
    }
  }
  if (shape.validate(content)) return { value: content }
  const errors = shape.validate.errors ?? []
  return { findings: errors.map((error) => findingOf(file, error, shape.schema)) }
}

/** Members named as what every object has: who compares two objects would ask these of them. */
function inheritedNames(
  value: Json,
  steps: Steps = [],
): { readonly steps: Steps; readonly name: string }[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member = null]) => {
    if (!Array.isArray(value) && name in Object.prototype) return [{ steps, name }]
    return inheritedNames(member, [...steps, Array.isArray(value) ? Number(name) : name])
  })
}

function findingOf(file: string, error: ErrorObject, schema: string): Finding {
  const steps = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => (/^(0|[1-9][0-9]*)$/.test(part) ? Number(part) : part))
  return finding(file, steps, {
    what: `${error.message ?? 'is wrong'}${named(error)}`,
    remedy: remedyOf(error, schema),
  })
}

function named(error: ErrorObject): string {
  const name: unknown = error.params.additionalProperty
  return typeof name === 'string' ? ` (${name})` : ''
}

const remedies: Readonly<Record<string, string>> = {
  additionalProperties: 'correct the spelling or remove it',
  required: 'add it',
  format: 'write an existing day as YYYY-MM-DD',
  uniqueItems: 'remove the repetition',
  minItems: 'name at least one',
  discriminator: 'choose one of the kinds that the schema lists',
  pattern: 'correct it; codes are ASCII and begin with a small letter',
  minimum: 'write a number within the limit',
  maximum: 'write a number within the limit',
}

function remedyOf(error: ErrorObject, schema: string): string {
  const allowed: unknown = error.params.allowedValues
  if (Array.isArray(allowed)) return `write one of ${allowed.join(', ')}`
  return remedies[error.keyword] ?? `see schema/${schema} for what may stand here`
}

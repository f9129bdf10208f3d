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
import type { Finding } from './finding.ts'

export interface Schemas {
  /** @throws Error for a schema that does not exist: a defect of ours, never of the data. */
  readonly validator: <T>(name: string) => ValidateFunction<T>
}

const schemaFolder = join(import.meta.dirname, 'schema')

export function createSchemas(): Schemas {
  const ajv = new Ajv2020({
    allErrors: true,
    discriminator: true,
    strictTypes: true,
    strictTuples: true,
  })
  formats.default(ajv, ['date'])
  for (const name of readdirSync(schemaFolder).sort()) {
    ajv.addSchema(parseJsonObject(readFileSync(join(schemaFolder, name), 'utf8')), name)
  }
  return {
    validator<T>(name: string) {
      const validate = ajv.getSchema<T>(name)
      if (!validate) throw new Error(`no schema ${name}`)
      return validate as ValidateFunction<T> // Ours have no $async, the other half of the union.
    },
  }
}

/** The value, typed, or what is wrong with it. */
export function checkShape<T>(
  file: string,
  content: Json,
  validate: ValidateFunction<T>,
): { readonly value: T } | { readonly findings: Finding[] } {
  if (validate(content)) return { value: content }
  return { findings: (validate.errors ?? []).map((error) => findingOf(file, error)) }
}

function findingOf(file: string, error: ErrorObject): Finding {
  const steps = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => (/^(0|[1-9][0-9]*)$/.test(part) ? Number(part) : part))
  return finding(file, steps, {
    what: `${error.message ?? 'is wrong'}${named(error)}`,
    remedy: remedyOf(error),
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
  discriminator: 'choose one of the kinds the schema lists',
}

function remedyOf(error: ErrorObject): string {
  const allowed: unknown = error.params.allowedValues
  if (Array.isArray(allowed)) return `write one of ${allowed.join(', ')}`
  return remedies[error.keyword] ?? `follow ${error.schemaPath.replace(/^#/, 'schema ')}`
}

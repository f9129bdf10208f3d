/** Whether a value that a department's system gave is one the catalogue knows for the field. */
import type { Field, Resource } from '../../catalogs/catalog.ts'
import { Problem } from '../../sdk/problem.ts'

/** No value is a value: registers have gaps. @throws Problem source-fault naming the field only */
export function checkValue(resource: Resource, code: string, value: string | null): void {
  const field = resource.fields.find((one) => one.code === code)
  if (field && (value === null || (isOfLength(field, value) && isOfType(field, value)))) return
  throw new Problem('source-fault', { resource: resource.code, field: code })
}

function isOfLength({ maxLength }: Field, value: string): boolean {
  return value.length <= 2 * maxLength && Array.from(value).length <= maxLength
}

function isOfType(field: Field, value: string): boolean {
  switch (field.type) {
    case 'text':
      // Control characters are never part of a value, and can hide one in a terminal or a page.
      if (/\p{Cc}/u.test(value)) return false
      return field.pattern === undefined || new RegExp(field.pattern, 'u').test(value)
    case 'date':
      return isDay(value)
    case 'number':
      return /^-?\d{1,30}(\.\d{1,20})?$/.test(value)
    case 'code':
      return field.values.some(({ code }) => code === value)
  }
}

function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false
  const day = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value)
}

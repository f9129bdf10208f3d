/**
 * Statements as values: text that was written in our source, and parameters that never become text.
 * Names of tables and columns that come from a list or from the catalogue are looked at and quoted here.
 */
import { createHash } from 'node:crypto'

export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
  /** PostgreSQL reads and plans a statement with a name once for each connection. */
  readonly name?: string
  readonly isPlannedEachTime?: true
}

/** A table by its full name, `schema.table`, and the columns that are meant, in order. */
export interface TableColumns {
  readonly table: string
  readonly columns: readonly string[]
}

type Written = Pick<Statement, 'text' | 'name'>

/** One for each place of our source that writes a statement, so there are as many as places. */
const written = new WeakMap<TemplateStringsArray, Written>()

/** Every interpolated value becomes a numbered parameter; there is no way to splice text in. */
export function sql(strings: TemplateStringsArray, ...values: unknown[]): Statement {
  const known = written.get(strings) ?? write(strings)
  return { ...known, values }
}

/** For one whose best plan depends on the values, such as on which of them are null. */
export function plannedEachTime({ text, values }: Statement): Statement {
  return { text, values, isPlannedEachTime: true }
}

function write(strings: TemplateStringsArray): Written {
  const text = strings.reduce((before, part, i) => `${before}$${i}${part}`)
  const known = { text, name: createHash('sha256').update(text).digest('base64url') }
  written.set(strings, known)
  return known
}

/** A question to a table that the catalogue names, in a database whose shape is not ours. */
interface Selection extends TableColumns {
  readonly where: readonly { readonly column: string; readonly value: string }[]
}

/** The row's columns as one array of texts, `found`; a second row is fetched to be noticed. */
export function selectFrom({ table, columns, where }: Selection): Statement {
  if (where.length === 0) throw new Error('a question names its key')
  const found = columns.map((column) => `${quotedName(column)}::text`).join(', ')
  const keys = where.map(({ column }, i) => `${quotedName(column)} = $${i + 1}`).join(' and ')
  return {
    text: `select array[${found}] as found from ${quotedTable(table)} where ${keys} limit 2`,
    values: where.map(({ value }) => value),
  }
}

/** `schema.table` as a quoted name. */
export function quotedTable(table: string): string {
  const parts = table.split('.')
  if (parts.length !== 2) throw new Error('a table is named with its schema')
  return parts.map(quotedName).join('.')
}

export function quotedNames(names: readonly string[]): string {
  return names.map(quotedName).join(', ')
}

/** Only names as our migrations write them are quoted; PostgreSQL keeps 63 bytes of a name. */
export function quotedName(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name)) throw new Error('not a name our migrations could use')
  return `"${name}"`
}

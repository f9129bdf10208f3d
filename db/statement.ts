/**
 * Statements as values: text that was written in our source, and parameters that never become text.
 * Names of tables and columns that come from a list are quoted here, after being looked at.
 */

export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** A table by its full name, `schema.table`, and the columns that are meant, in order. */
export interface TableColumns {
  readonly table: string
  readonly columns: readonly string[]
}

/** Every interpolated value becomes a numbered parameter; there is no way to splice text in. */
export function sql(strings: TemplateStringsArray, ...values: unknown[]): Statement {
  return { text: strings.reduce((text, part, i) => `${text}$${i}${part}`), values }
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

/**
 * A department's own PostgreSQL database, read through a role that can do nothing else. What comes
 * back is believed only as far as it fits the catalogue and echoes the key that was asked.
 */
import type { Resource, Source as SourceEntry } from '../../catalogs/catalog.ts'
import type { Tx } from '../../db/postgres.ts'
import { Problem } from '../../sdk/problem.ts'
import { readRow } from './postgres-store.ts'
import type { Source } from './source.ts'
import { checkValue } from './value.ts'

type PostgresEntry = Extract<SourceEntry, { kind: 'postgres' }>

export function postgresSource(db: Tx, resource: Resource, entry: PostgresEntry): Source {
  const columnOf = (code: string): string => {
    const column = entry.columns[code]
    if (column === undefined) throw new Problem('source-fault', { resource: resource.code })
    return column
  }
  return {
    fetch: async ({ keys, fields, at }) => {
      const asked = resource.keys.map(({ code }) => ({ code, value: keys[code] ?? '' }))
      const codes = [...asked.map(({ code }) => code), ...fields]
      const row = await readRow(db, {
        table: entry.table,
        columns: codes.map(columnOf),
        where: asked.map(({ code, value }) => ({ column: columnOf(code), value })),
      })
      if (!row) return undefined
      const echoes = asked.every(({ value }, i) => row[i] === value)
      if (!echoes) throw new Problem('source-fault', { resource: resource.code, rule: 'echo' })
      const values = fields.map((field, i): [string, string | null] => {
        const value = row[asked.length + i] ?? null
        checkValue(resource, field, value)
        return [field, value]
      })
      return { values: Object.fromEntries(values), version: entry.table, at }
    },
  }
}

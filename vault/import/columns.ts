/** Which column of a file each rule of a map means. Columns may stand in any order. */
import { Problem } from '../../sdk/problem.ts'
import { namedWidth } from './header.ts'
import type { CellRule, ImportMap } from './map.ts'
import { shapeOf } from './shape.ts'

const columnsMax = 512

/** A rule with the place of its column; without one it is a constant, or the file lacks the column. */
export interface Column {
  readonly rule: CellRule
  readonly place?: number
  /** The header, as the map writes it. */
  readonly header?: string
}

export type Columns = ReadonlyMap<CellRule, Column>

/**
 * @throws Problem invalid-import-file. A header that is not known may be a row of data, so the
 *   detail names the places of such columns and what they look like, never their text.
 */
export function findColumns(map: ImportMap, header: readonly string[]): Columns {
  if (header.length > columnsMax) refuse({ columns: header.length, limit: columnsMax })
  const names = header.map((cell) => cell.trim())
  const columns = rulesOf(map).map((rule) => findColumn(rule, names))
  const missing = columns.filter(
    ({ rule, place }) => rule.from.length > 0 && !rule.isOptional && place === undefined,
  )
  const used = new Set(columns.map(({ place }) => place))
  const repeated = columns.flatMap(({ header: own, place }) =>
    own !== undefined && place !== undefined && isRepeated(own, names) ? [own] : [],
  )
  const unknown = names
    .slice(0, namedWidth(names))
    .flatMap((name, i) =>
      used.has(i) || map.ignore === 'all' || map.ignore.has(name)
        ? []
        : [`${i + 1}: ${shapeOf(name)}`],
    )
  if (missing.length + repeated.length + unknown.length > 0) {
    refuse({
      ...(missing.length > 0 ? { missing: unique(missing.map(({ rule }) => rule.from[0])) } : {}),
      ...(repeated.length > 0 ? { repeated: unique(repeated) } : {}),
      ...(unknown.length > 0 ? { unknownColumns: unknown } : {}),
    })
  }
  return new Map(columns.map((column) => [column.rule, column]))
}

function rulesOf({ parts, holders, items }: ImportMap): CellRule[] {
  return [
    ...Object.values(parts),
    ...holders.flatMap(({ codeType, code }) => [codeType, code]),
    ...items.values(),
  ]
}

function findColumn(rule: CellRule, names: readonly string[]): Column {
  for (const header of rule.from) {
    const place = placeOf(header, names)
    if (place !== undefined) return { rule, place, header }
  }
  return { rule }
}

/** `name#2` is the second column of that name, unless a column is called just that. */
function placeOf(header: string, names: readonly string[]): number | undefined {
  const [, name = '', ordinal] = /^(.+)#([1-9]\d?)$/s.exec(header) ?? []
  const exact = names.indexOf(header)
  if (exact >= 0 || ordinal === undefined) return exact < 0 ? undefined : exact
  const places = names.flatMap((one, i) => (one === name ? [i] : []))
  return places[Number(ordinal) - 1]
}

/** Which of the columns is meant then, nobody can know. */
function isRepeated(header: string, names: readonly string[]): boolean {
  return names.indexOf(header) !== names.lastIndexOf(header)
}

function unique(texts: readonly (string | undefined)[]): string[] {
  return [...new Set(texts)].filter((text) => text !== undefined)
}

function refuse(detail: Readonly<Record<string, readonly string[] | number>>): never {
  throw new Problem('invalid-import-file', { rule: 'header', ...detail })
}

/**
 * Which columns a file of historical licences has, by the names its owners give them, and what a cell
 * that says nothing looks like. Columns may stand in any order; what the values must be is checked in
 * `import-row.ts`.
 */
import { Problem } from '../../sdk/problem.ts'

/** The columns of the open data on registered enterprises, by the items of the catalogue they hold. */
const columns = {
  name: { header: '企业名称', isRequired: true },
  uscc: { header: '统一社会信用代码', isRequired: true },
  establishedOn: { header: '注册日期', isRequired: true },
  entityType: { header: '企业类型', isRequired: false },
  legalRep: { header: '法人代表', isRequired: false },
  registeredCapital: { header: '注册资金', isRequired: false },
  scope: { header: '经营范围', isRequired: false },
  /** Province and area are read over: the division stands in the credit code. */
  province: { header: '所在省份', isRequired: false },
  area: { header: '地区', isRequired: false },
  address: { header: '注册地址', isRequired: false },
} as const

export type ColumnName = keyof typeof columns

/** A row by the meaning of its columns; what is unknown is left out. */
export type Row = Readonly<Partial<Record<ColumnName, string>>>

const names = Object.keys(columns) as ColumnName[] // The keys of the table above and no others.
const unknown: ReadonlySet<string> = new Set(['', 'N/A'])

/**
 * The meaning of each column of a file.
 * @throws Problem invalid-import-file. A header that is not known may be a row of data, so the
 *   detail names the places of such columns and never their text.
 */
export function readHeader(cells: readonly string[]): readonly ColumnName[] {
  const found = cells.map((cell) => names.find((name) => columns[name].header === cell.trim()))
  const places = found.flatMap((name, i) => (name ? [] : [`${i + 1}`]))
  const repeated = names.filter((name) => found.filter((one) => one === name).length > 1)
  const missing = names.filter((name) => columns[name].isRequired && !found.includes(name))
  if (places.length + repeated.length + missing.length > 0) {
    throw new Problem('invalid-import-file', {
      rule: 'header',
      ...(missing.length > 0 ? { missing: missing.map((name) => columns[name].header) } : {}),
      ...(repeated.length > 0 ? { repeated: repeated.map((name) => columns[name].header) } : {}),
      ...(places.length > 0 ? { unknownColumns: places } : {}),
    })
  }
  return found.filter((name) => name !== undefined)
}

export function readCells(header: readonly ColumnName[], cells: readonly string[]): Row {
  const known = header.flatMap((name, i): [ColumnName, string][] => {
    const text = cells[i]?.trim() ?? ''
    return unknown.has(text) ? [] : [[name, text]]
  })
  return Object.fromEntries(known)
}

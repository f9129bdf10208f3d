/** One cell of a row: from its text to a value in the form of the catalogue, or to why there is none. */
import type { Field, LicenceType } from '../../catalogs/catalog.ts'
import { isDay } from '../issue/draft-checks.ts'
import type { Finding } from '../issue/draft-checks.ts'
import type { Columns } from './columns.ts'
import { plainDay } from './days.ts'
import type { CellRule, ImportMap, Part } from './map.ts'
import { isRounded, mayBeRounded, numberIn, perhapsRounded, rounded, steps } from './steps.ts'
import type { Refusal, Step } from './steps.ts'

/** A rule made ready: what a cell goes through. */
export interface Cell {
  /** What it becomes: an item, a part of the draft, or `holders`. */
  readonly field: string
  /** Of the column, counted from 0; a constant has none. */
  readonly place?: number
  readonly column?: string
  readonly otherwise?: string
  readonly steps: readonly Step[]
  /** Names of the steps; some of them only say what the cell may be. */
  readonly declared: ReadonlySet<string>
}

export interface Cells {
  readonly items: readonly Cell[]
  readonly parts: Readonly<Partial<Record<Part, Cell>>>
  readonly holders: readonly {
    readonly role: string
    readonly codeType: Cell
    readonly code: Cell
  }[]
}

/** What a licence without an end says on its last day. */
export const longTerm = '长期'
const longTermForms = /^(?:长期|永久)(?:有效)?$|^无固定期限$/

export function readyCells(map: ImportMap, columns: Columns, type: LicenceType): Cells {
  const fields = new Map(type.fields.map((field) => [field.code, field]))
  const ready = (field: string, rule: CellRule, last?: Step): Cell => {
    const { place, header: column } = columns.get(rule) ?? {}
    const own = rule.as.flatMap((name) =>
      name === 'number' ? numberIn(unitOf(fields.get(field))) : (steps[name] ?? []),
    )
    const table = rule.codes ? [byTable(rule.codes)] : []
    return {
      field,
      ...(place === undefined ? {} : { place }),
      ...(column === undefined ? {} : { column }),
      ...(rule.otherwise === undefined ? {} : { otherwise: rule.otherwise }),
      steps: [...own, ...table, ...(last ? [last] : [])],
      declared: new Set(rule.as),
    }
  }
  const lastOf: Readonly<Partial<Record<string, Step>>> = { validFrom: day, validUntil: lastDay }
  return {
    items: Array.from(map.items, ([code, rule]) => ready(code, rule, formOf(fields.get(code)))),
    parts: Object.fromEntries(
      Object.entries(map.parts).map(([part, rule]) => [part, ready(part, rule, lastOf[part])]),
    ),
    holders: map.holders.map(({ role, codeType, code }) => ({
      role,
      codeType: ready('holders', codeType),
      code: ready('holders', code),
    })),
  }
}

/** Undefined for a cell that says nothing. */
export function valueOf(
  cell: Cell,
  texts: readonly string[],
  { absent, at }: { readonly absent: ReadonlySet<string>; readonly at: Date },
): string | undefined | Refusal {
  const text = cell.place === undefined ? '' : (texts[cell.place] ?? '').trim()
  let value = text === '' || absent.has(text) ? cell.otherwise : text
  if (value === undefined) return undefined
  const refusal = refusalOf(value, cell)
  if (refusal) return refusal
  for (const step of cell.steps) {
    const next = step(value, at)
    if (typeof next !== 'string') return next
    value = next.trim()
  }
  return value === '' ? undefined : value
}

/** What no cell may be unless its map says so. */
function refusalOf(text: string, { declared }: Cell): Refusal | undefined {
  if (isRounded(text)) return rounded
  if (mayBeRounded(text) && !declared.has('exact')) return perhapsRounded
  if (lostForm.test(text)) return lost
  return text.includes('\n') && !declared.has('lines') ? lineBreak : undefined
}

/** An error or a column too narrow of a spreadsheet; what conversions leave of Chinese characters. */
const lostForm = /^#(?:N\/A|REF!|VALUE!|NAME\?|DIV\/0!|NUM!|NULL!|#+)$|锟斤拷|\?{2}/u
const lost: Refusal = {
  rule: 'lost',
  remedy: 'A spreadsheet or a conversion has lost what stood here; take it from its source.',
}

/** A quote left open swallows the rows after it; so a cell of several lines needs a human eye. */
const lineBreak: Refusal = {
  rule: 'line-break',
  remedy: 'Put the cell on one line and close its quotes, or declare `lines` in the map.',
}

/** The catalogue writes it behind the name: 面积（平方米）. */
function unitOf(field: Field | undefined): string | undefined {
  return /（(.+)）$/.exec(field?.name.zh ?? '')?.[1]
}

function formOf(field: Field | undefined): Step | undefined {
  if (field?.type === 'date') return day
  return field?.type === 'code' ? byLabel(field.values) : undefined
}

function day(text: string): string | Refusal {
  const plain = plainDay(text)
  if (isDay(plain)) return plain
  const remedy = 'Write an existing day as YYYY-MM-DD, or declare its form in the map.'
  return { rule: 'date', remedy }
}

function lastDay(text: string): string | Refusal {
  return longTermForms.test(text) ? longTerm : day(text)
}

/** What is neither a code nor a name of one stays as it is, for the check of the item to find. */
function byLabel(values: Extract<Field, { type: 'code' }>['values']): Step {
  const labels = values.flatMap(({ code, name }) => [
    [name.zh, code] as const,
    [name.en, code] as const,
  ])
  const codes = new Map(labels.filter(([label]) => isOnce(label, labels)))
  for (const { code } of values) codes.set(code, code)
  return (text) => codes.get(text) ?? text
}

function isOnce(label: string, labels: readonly (readonly [string, string])[]): boolean {
  return new Set(labels.filter(([one]) => one === label).map(([, code]) => code)).size === 1
}

function byTable(codes: ReadonlyMap<string, string>): Step {
  const remedy = 'Use a text of the table in the map, or add this one to it.'
  return (text) => codes.get(text) ?? { rule: 'code', remedy }
}

/** A finding with the column it is about. */
export interface CellFinding extends Finding {
  readonly place?: number
  readonly column?: string
}

export function findingAt(
  { place, column }: Partial<Pick<Cell, 'place' | 'column'>>,
  finding: Finding,
): CellFinding {
  return {
    ...finding,
    ...(place === undefined ? {} : { place }),
    ...(column === undefined ? {} : { column }),
  }
}

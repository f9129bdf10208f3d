/**
 * From a row of a file to something that may be sealed, or to everything that is wrong with it, by the
 * map of its owner. Values are put into the form of the catalogue where that is certain, and never
 * guessed. What a sound licence is, is said where all licences are checked (`draft-checks.ts`).
 */
import { issuerFor } from '../../catalogs/catalog.ts'
import type { Catalogue, LicenceType } from '../../catalogs/catalog.ts'
import { checkItems } from '../issue/draft-checks.ts'
import type { Draft, Finding } from '../issue/draft-checks.ts'
import { prepare } from '../issue/draft.ts'
import type { Prepared } from '../issue/draft.ts'
import { findingAt, longTerm, readyCells, valueOf } from './cell.ts'
import type { Cell, CellFinding, Cells } from './cell.ts'
import type { Columns } from './columns.ts'
import type { ImportMap } from './map.ts'
import type { Fault } from './records.ts'
import type { Refusal } from './steps.ts'

export type RowReading =
  | { readonly ok: true; readonly prepared: Prepared }
  | { readonly ok: false; readonly findings: readonly CellFinding[] }

export interface RowRules {
  readonly map: ImportMap
  readonly columns: Columns
  readonly type: LicenceType
  readonly catalogue: Catalogue
  /** Whose licences alone may be in it; anybody's, when that is not said. */
  readonly onlyOf?: string | undefined
  /** The time of the run: it stays the same when the run is interrupted. */
  readonly at: Date
}

export function createRowReader(rules: RowRules): (texts: readonly string[]) => RowReading {
  const { type, catalogue, at } = rules
  const cells = readyCells(rules.map, rules.columns, type)
  const issuerOf = createIssuers(rules, cells)
  const cellOf = new Map(
    [...cells.holders.map(({ code }) => code), ...Object.values(cells.parts), ...cells.items]
      .toReversed()
      .map((cell) => [cell.field, cell]),
  )
  const inItsColumn = (finding: Finding): CellFinding =>
    findingAt(cellOf.get(finding.field) ?? {}, finding)
  return (texts) => {
    const taking = createTaking(texts, rules)
    const { items, ...parts } = takeParts(cells, taking)
    const issuer = issuerOf(parts.division, taking)
    if (parts.validFrom !== undefined && begins(parts.validFrom) > at) {
      taking.blame(cells.parts.validFrom, future)
    }
    const { findings, blamed } = taking
    if (!isWhole({ ...parts, issuer }) || findings.length > 0) {
      const others = checkItems({ items, grade: 'B' }, type).map(inItsColumn)
      return {
        ok: false,
        findings: [...findings, ...others.filter(({ place }) => !blamed.has(place))],
      }
    }
    const { licenceNo, division, validFrom, validUntil, serial, holders } = parts
    const draft = {
      ...{ type: type.code, issuer, division, grade: 'B', licenceNo, holders, items, validFrom },
      ...(serial === undefined ? {} : { serial }),
      validUntil: validUntil === undefined || validUntil === longTerm ? null : validUntil,
    } as Draft // Every member that may be undefined was just found to be there.
    const preparation = prepare(draft, catalogue, at)
    if (preparation.ok) return preparation
    return { ok: false, findings: preparation.findings.map(inItsColumn) }
  }
}

interface Whole {
  readonly licenceNo?: string | undefined
  readonly division?: string | undefined
  readonly validFrom?: string | undefined
  readonly issuer?: string | undefined
}

function isWhole({ licenceNo, division, validFrom, issuer }: Whole): boolean {
  return [licenceNo, division, validFrom, issuer].every((part) => part !== undefined)
}

function begins(day: string): Date {
  return new Date(`${day}T00:00:00+08:00`)
}

/** One row being read: values out, findings kept, each column blamed once. */
interface Taking {
  /** @param otherwise the finding when the cell says nothing */
  readonly take: (cell: Cell | undefined, otherwise?: Refusal) => string | undefined
  readonly blame: (cell: Cell | undefined, refusal: Refusal, field?: string) => void
  readonly findings: readonly CellFinding[]
  readonly blamed: ReadonlySet<number | undefined>
}

function createTaking(texts: readonly string[], { map: { absent }, at }: RowRules): Taking {
  const findings: CellFinding[] = []
  const blamed = new Set<number | undefined>()
  const blame: Taking['blame'] = (cell, refusal, field = cell?.field ?? 'row') => {
    const place = cell?.place
    if (place !== undefined && blamed.has(place)) return
    blamed.add(place)
    findings.push(findingAt(cell ?? {}, { field, ...refusal }))
  }
  const take: Taking['take'] = (cell, otherwise) => {
    if (!cell) return undefined
    const value = valueOf(cell, texts, { absent, at })
    if (typeof value === 'string') return value
    const refusal = value ?? otherwise
    if (refusal) blame(cell, refusal)
    return undefined
  }
  return { take, blame, findings, blamed }
}

function takeParts({ items, parts, holders }: Cells, { take }: Taking) {
  return {
    items: Object.fromEntries(
      items.flatMap((cell) => {
        const value = take(cell)
        return value === undefined ? [] : [[cell.field, value]]
      }),
    ),
    licenceNo: take(parts.licenceNo, missing),
    serial: take(parts.serial),
    holders: holders.flatMap(({ role, codeType, code }, i) => {
      const number = take(code, i === 0 ? missing : undefined)
      const kind = number === undefined ? undefined : take(codeType, missing)
      if (number === undefined || kind === undefined) return []
      return [{ role, codeType: kind, code: number }]
    }),
    division: take(parts.division, missing),
    validFrom: take(parts.validFrom, missing),
    validUntil: take(parts.validUntil, missingEnd),
  }
}

/** Of a row: who its cell says it is, or who issues the type in its division, looked up once for each. */
function createIssuers({ type, catalogue, onlyOf }: RowRules, { parts }: Cells) {
  const known = new Map<string, string | undefined>()
  const issuerIn = (division: string): string | undefined => {
    if (!known.has(division)) known.set(division, issuerFor(catalogue, type.code, division)?.code)
    return known.get(division)
  }
  const ofDivision = (division: string, { blame }: Taking): string | undefined => {
    if (!catalogue.divisions.has(division)) {
      blame(undefined, unknownDivision, 'division')
      return undefined
    }
    const issuer = issuerIn(division)
    if (issuer === undefined) blame(undefined, noIssuer, 'issuer')
    return issuer
  }
  return (division: string | undefined, taking: Taking): string | undefined => {
    if (parts.issuer === undefined && division === undefined) return undefined
    const issuer = parts.issuer
      ? taking.take(parts.issuer, missing)
      : ofDivision(division ?? '', taking)
    if (issuer !== undefined && issuer !== (onlyOf ?? issuer)) {
      taking.blame(parts.issuer, ofAnother, 'issuer')
    }
    return issuer
  }
}

const missing: Refusal = { rule: 'missing', remedy: 'Give it; no licence can be without.' }
const missingEnd: Refusal = {
  rule: 'missing',
  remedy: 'Give the last day or 长期, or say with `else` in the map what an empty cell means.',
}
const ofAnother: Refusal = {
  rule: 'not-the-issuer',
  remedy: 'Leave the row to the department that issued the licence.',
}
const future: Refusal = {
  rule: 'future',
  remedy: 'The day has not come; correct it in the register.',
}
const unknownDivision: Refusal = {
  rule: 'unknown-division',
  remedy: 'Add the division to catalogs/divisions.json, with its successor if abolished.',
}
const noIssuer: Refusal = {
  rule: 'no-issuer',
  remedy: 'Name an issuer of this type for the division or one above it.',
}

const remedies: Readonly<Record<Fault, string>> = {
  'unclosed-quote': 'Close the quote that this line opens.',
  'misplaced-quote': 'Put quotes around the whole cell, and write a quote inside as two.',
  'record-too-large': 'Shorten the row; it is longer than any licence.',
  'column-count': 'Give as many cells as the header has.',
  'header-again': 'Take this line out: it is a header, and headers stand in the first line only.',
  'other-columns':
    'A header above has the columns in another order; give what follows it as a file of its own.',
  'nameless-column': 'Give the column a header, or empty the cell.',
  encoding: 'The line has damaged characters; take it from its source again.',
  'encoding-unclear':
    'The line can be read as UTF-8 and as GB18030; write it in one of them, or declare `encoding`.',
}

/** A row that could not even be read. */
export function refuseRow(rule: Fault): RowReading {
  return { ok: false, findings: [{ field: 'row', rule, remedy: remedies[rule] }] }
}

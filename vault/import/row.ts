/**
 * From a row of a file of business licences to something that may be sealed, or to everything that
 * is wrong with it. Values are put into the form of the catalogue where that is certain, and never
 * guessed. No finding repeats a value.
 */
import { issuerFor } from '../../catalogs/catalog.ts'
import type { Catalogue } from '../../catalogs/catalog.ts'
import { usccIsValid } from '../../sdk/identifier.ts'
import { checkItems, isDay } from '../issue/draft-checks.ts'
import type { Finding } from '../issue/draft-checks.ts'
import { prepare } from '../issue/draft.ts'
import type { Preparation } from '../issue/draft.ts'
import type { Row } from './columns.ts'
import type { Fault } from './records.ts'

export const importedType = 'businessLicence'

export function prepareRow(row: Row, catalogue: Catalogue, at: Date): Preparation {
  const type = catalogue.licenceTypes.get(importedType)
  const uscc = readUscc(row)
  const place = readPlace(uscc.value, catalogue)
  const day = readDay(row, at)
  const items = itemsOf(row, day.value)
  const findings = [...uscc.findings, ...place.findings, ...day.findings, ...checkLines(row)]
  const isWhole = uscc.value !== undefined && place.value && day.value !== undefined
  if (!isWhole || findings.length > 0) {
    const others = type ? checkItems({ items, grade: 'B' }, type) : []
    return { ok: false, findings: [...findings, ...others] }
  }
  const draft = {
    ...{ type: importedType, issuer: place.value.issuer, division: place.value.division },
    ...{ grade: 'B' as const, licenceNo: uscc.value, serial: uscc.value },
    holders: [{ role: 'holder', codeType: '001', code: uscc.value }],
    items: { ...items, uscc: uscc.value },
    ...{ validFrom: day.value, validUntil: null },
  }
  return prepare(draft, catalogue, at)
}

const remedies: Readonly<Record<Fault, string>> = {
  'unclosed-quote': 'Close the quote that this line opens.',
  'misplaced-quote': 'Put quotes around the whole cell, and write a quote inside as two.',
  'record-too-large': 'Shorten the row; it is longer than any licence.',
  'column-count': 'Give as many cells as the header has.',
}

/** A row that could not even be read. */
export function refuseRow(rule: Fault): Preparation {
  return { ok: false, findings: [{ field: 'row', rule, remedy: remedies[rule] }] }
}

interface Reading<T> {
  readonly value?: T
  readonly findings: readonly Finding[]
}

function fault(field: string, rule: string, remedy: string): Reading<never> {
  return { findings: [{ field, rule, remedy }] }
}

function readUscc({ uscc }: Row): Reading<string> {
  const remedy = 'Give the 18 characters of the unified social credit code as registered.'
  if (uscc === undefined) return fault('uscc', 'missing', remedy)
  return usccIsValid(uscc) ? { value: uscc, findings: [] } : fault('uscc', 'uscc', remedy)
}

/** Positions 3 to 8 of a credit code are the division of the registry that gave it. */
function readPlace(
  uscc: string | undefined,
  catalogue: Catalogue,
): Reading<{ issuer: string; division: string }> {
  if (uscc === undefined) return { findings: [] }
  const division = uscc.slice(2, 8)
  if (!catalogue.divisions.has(division)) {
    const remedy = 'Add the division to catalogs/divisions.json, with its successor if abolished.'
    return fault('division', 'unknown-division', remedy)
  }
  const issuer = issuerFor(catalogue, importedType, division)
  if (!issuer) {
    const remedy = 'Name an issuer of this type for the division or one above it.'
    return fault('issuer', 'no-issuer', remedy)
  }
  return { value: { issuer: issuer.code, division }, findings: [] }
}

/** Forms that begin with the year leave no doubt; 03/04/2001 does, and so does a serial number. */
const dayForm = /^(\d{4})(?:-(\d{1,2})-|\/(\d{1,2})\/|\.(\d{1,2})\.|年(\d{1,2})月)(\d{1,2})日?$/

function readDay({ establishedOn }: Row, at: Date): Reading<string> {
  const field = 'establishedOn'
  const remedy = 'Write an existing day as YYYY-MM-DD.'
  if (establishedOn === undefined) return fault(field, 'missing', remedy)
  const [, year = '', ...rest] = dayForm.exec(establishedOn) ?? []
  const [month = '', date = ''] = rest.filter(Boolean).map((part) => part.padStart(2, '0'))
  const day = `${year}-${month}-${date}`
  if (!isDay(day)) return fault(field, 'date', remedy)
  if (new Date(`${day}T00:00:00+08:00`) > at) {
    return fault(field, 'future', 'The day has not come; correct it in the register.')
  }
  return { value: day, findings: [] }
}

/** A quote left open swallows the rows after it; so a cell of several lines needs a human eye. */
function checkLines(row: Row): Finding[] {
  const remedy = 'Put the cell on one line, and close its quotes.'
  return Object.entries(row)
    .filter(([, text]) => text.includes('\n'))
    .map(([field]) => ({ field, rule: 'line-break', remedy }))
}

function itemsOf(row: Row, day: string | undefined): Readonly<Record<string, string>> {
  const { name, entityType, legalRep, address, scope, registeredCapital: capital } = row
  const registeredCapital = capital === undefined ? undefined : capitalOf(capital)
  const items = {
    name,
    entityType,
    legalRep,
    address,
    scope,
    registeredCapital,
    establishedOn: day,
  }
  return Object.fromEntries(
    Object.entries(items).flatMap(([field, text]) => (text === undefined ? [] : [[field, text]])),
  )
}

/** How amounts are written in the registers, and here. A unit without currency gets none. */
const capitalUnits: ReadonlyMap<string | undefined, string> = new Map([
  ['万元', '万元'],
  ['万元人民币', '万元人民币'],
  ['万人民币', '万元人民币'],
  ['万美元', '万美元'],
  ['万港币', '万港币'],
  ['万港元', '万港元'],
  ['万欧元', '万欧元'],
  ['万日元', '万日元'],
])
const capitalForm =
  /^(\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.(\d{1,6}))?(?:\((\p{L}+)\)|（(\p{L}+)）|(\p{L}+))$/u

/** `1,000.50(万元)` as `1000.5万元`; what is written otherwise stays as it is. */
function capitalOf(text: string): string {
  const [, whole, fraction = '', ...units] = capitalForm.exec(text) ?? []
  const unit = capitalUnits.get(units.find(Boolean))
  if (whole === undefined || unit === undefined) return text
  const decimals = fraction.replace(/0+$/, '')
  const amount = whole.replaceAll(',', '')
  return `${amount}${decimals && `.${decimals}`}${unit}`
}

/**
 * The lines of an import that were not taken, as a file for whoever mends them: one line of CSV for each
 * finding. A spreadsheet takes a file without a byte order mark for one of the old encodings.
 */
import type { QuarantinedLine } from '../vault/index.ts'
import { csvLine } from './csv.ts'
import { wordsOf } from './finding-words.ts'

const columns = ['line', 'column', 'field', 'rule', 'remedy', 'looks like', '中文说明']

export const errorFileHeading = `\ufeff${csvLine(columns)}`

export function errorFileLines({ line, findings }: QuarantinedLine): string[] {
  return findings.map(({ column = '', field, rule, remedy, shape = '' }) =>
    csvLine([`${line}`, column, field, rule, remedy, shape, wordsOf(rule)]),
  )
}

/**
 * Lines of CSV as we write them (RFC 4180). A spreadsheet runs a cell that begins like a formula, so
 * such a cell gets an apostrophe in front, whatever it is; what is stored is not changed.
 */

const formula = /^[=+\-@\t\r\n＝＋－＠]/u

export function csvLine(cells: readonly string[]): string {
  return cells.map(csvCell).join(',')
}

function csvCell(text: string): string {
  const safe = formula.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

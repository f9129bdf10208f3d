/**
 * The forms in which registers write a day, and the one form of the catalogue. Forms that begin with
 * the year leave no doubt and are always read; all others only where a map declares them, because
 * 03/04/2001 and 37256 are days in more than one way.
 */

/** `2001-12-31`, `2001/12/31`, `2001.12.31`, `2001年12月31日`, each with an empty time of day or none. */
const yearFirst =
  /^(\d{4})(?:-(\d{1,2})-|\/(\d{1,2})\/|\.(\d{1,2})\.|年(\d{1,2})月)(\d{1,2})日?(?:[ T]0{1,2}:00(?::00(?:\.0{1,3})?)?)?$/
const digitsOnly = /^(\d{4})(\d{2})(\d{2})$/
const yearLast = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$/

/** Steps that declare a form; what has another is left to the forms that leave no doubt. */
export const dayForms: Readonly<Record<string, (text: string) => string>> = {
  'day-first': (text) => {
    const [, day, month, year] = yearLast.exec(text) ?? []
    return year === undefined ? text : joined(year, month, day)
  },
  'month-first': (text) => {
    const [, month, day, year] = yearLast.exec(text) ?? []
    return year === undefined ? text : joined(year, month, day)
  },
  'excel-1900': (text) => (isSerial(text) ? fromSerial1900(Number(text), text) : text),
  'excel-1904': (text) => (isSerial(text) ? dayAfter('1904-01-01', Number(text)) : text),
}

/** In the form of the catalogue where that is certain, else as it is; whether it exists is not said. */
export function plainDay(text: string): string {
  const [, year, ...rest] = yearFirst.exec(text) ?? digitsOnly.exec(text) ?? []
  const [month, day] = rest.filter(Boolean)
  return year === undefined ? text : joined(year, month, day)
}

function joined(year: string, month = '', day = ''): string {
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}

function isSerial(text: string): boolean {
  return /^[1-9]\d{0,5}$/.test(text)
}

/** Day 60 of this system is 29 February 1900, which never was; days before it count from a day later. */
function fromSerial1900(serial: number, text: string): string {
  if (serial === 60) return text
  return dayAfter(serial < 60 ? '1899-12-31' : '1899-12-30', serial)
}

function dayAfter(first: string, days: number): string {
  const begin = new Date(`${first}T00:00:00Z`).getTime()
  return new Date(begin + days * 86_400_000).toISOString().slice(0, 10)
}

/** Yes-or-no questions about one value. The value goes in, only the answer comes out. */
import type { Predicate } from '../../catalogs/catalog.ts'
import { equalBytes, utf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'

/** The arguments that have a meaning; all others are refused before anything is fetched. */
const argumentForms: Readonly<Record<Predicate['test'], RegExp>> = {
  equals: /^\P{Cc}{1,200}$/u,
  atLeastAge: /^[1-9]\d{0,2}$/,
  codeMeans: /^$/,
}

/** @throws Problem invalid-request when the argument has no meaning for the question */
export function checkArgument({ code, test }: Predicate, argument: string): void {
  const form = argumentForms[test]
  if (form.test(argument)) return
  throw new Problem('invalid-request', { place: code, expected: form.source })
}

/**
 * Null when the source has no value to judge, or one whose meaning is not written in the catalogue:
 * unknown is neither yes nor no. So no row is never a clean record.
 */
export function predicateHolds(
  predicate: Predicate,
  {
    value,
    argument,
    at,
  }: { readonly value: string | null; readonly argument: string; readonly at: Date },
): boolean | null {
  if (value === null) return null
  switch (predicate.test) {
    case 'equals':
      return equalBytes(utf8(plain(value)), utf8(plain(argument)))
    case 'atLeastAge':
      return birthdayIsReached(value, argument, at)
    case 'codeMeans':
      return meaningOf(value, predicate)
  }
}

function meaningOf(
  value: string,
  { yes, no }: Extract<Predicate, { readonly test: 'codeMeans' }>,
): boolean | null {
  if (yes.includes(value)) return true
  return no.includes(value) ? false : null
}

/** Names are compared without outer blanks and in one Unicode form. */
function plain(text: string): string {
  return text.trim().normalize('NFC')
}

/** Age in full years on the day in China; someone born on 29 February comes of age on 1 March. */
function birthdayIsReached(birthDate: string, years: string, at: Date): boolean | null {
  // What is no day or no number of years would still compare, so it must not get that far.
  if (!/^\d{4}-\d{2}-\d{2}$/.test(birthDate) || !/^\d{1,3}$/.test(years)) return null
  const today = new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 10)
  const birthday = `${String(Number(birthDate.slice(0, 4)) + Number(years)).padStart(4, '0')}${birthDate.slice(4)}`
  return birthday <= today
}

/** Yes-or-no questions about one value. The value goes in, only the answer comes out. */
import type { Predicate } from '../../catalogs/catalog.ts'
import { equalBytes, utf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'

interface Test {
  /** Which arguments have a meaning; all others are refused before anything is fetched. */
  readonly argument: RegExp
  readonly holds: (value: string, argument: string, at: Date) => boolean
}

const tests: Readonly<Record<Predicate['test'], Test>> = {
  equals: {
    argument: /^\P{Cc}{1,200}$/u,
    holds: (value, argument) => equalBytes(utf8(plain(value)), utf8(plain(argument))),
  },
  atLeastAge: {
    argument: /^[1-9]\d{0,2}$/,
    holds: (birthDate, years, at) => birthdayIsReached(birthDate, Number(years), at),
  },
}

/** @throws Problem invalid-request when the argument has no meaning for the question */
export function checkArgument({ code, test }: Predicate, argument: string): void {
  const { argument: form } = tests[test]
  if (form.test(argument)) return
  throw new Problem('invalid-request', { place: code, expected: form.source })
}

/** Null when the source has no value to judge: unknown is neither yes nor no. */
export function predicateHolds(
  predicate: Predicate,
  {
    value,
    argument,
    at,
  }: { readonly value: string | null; readonly argument: string; readonly at: Date },
): boolean | null {
  return value === null ? null : tests[predicate.test].holds(value, argument, at)
}

/** Names are compared without outer blanks and in one Unicode form. */
function plain(text: string): string {
  return text.trim().normalize('NFC')
}

/** Age in full years on the day in China; someone born on 29 February comes of age on 1 March. */
function birthdayIsReached(birthDate: string, years: number, at: Date): boolean {
  const today = new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 10)
  const birthday = `${String(Number(birthDate.slice(0, 4)) + years).padStart(4, '0')}${birthDate.slice(4)}`
  return birthday <= today
}

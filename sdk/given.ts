/**
 * What callers hand in whom no types hold. A validator looks at its question once, by a table of what
 * each member has to be, and refuses by the name of the first that is not; behind that the types hold.
 * A member that is null counts as left out, as JSON has no other way to say so.
 */
import { Problem } from './problem.ts'

/** A moment: a Date, ISO 8601 text in UTC or with an offset, or milliseconds since 1970. */
export type Moment = Date | string | number

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/** The moment as a date; one that is no time, which nothing contains, of anything else. */
export function momentOf(given: unknown): Date {
  if (isDate(given)) return given
  return new Date(typeof given === 'number' || isTimeText(given) ? given : NaN)
}

function isTimeText(value: unknown): value is string {
  return typeof value === 'string' && isoTime.test(value)
}

/** DER, PEM, or what a reader of ours made of them and marked, on this thread or another. */
export function isSource(kind: string): Rule {
  const isRead: Rule = (value) =>
    typeof value === 'object' && value !== null && 'readAs' in value && value.readAs === kind
  return anyOf(isBytes, isText, isRead)
}

export type Rule = (value: unknown) => boolean

export function isDate(value: unknown): value is Date {
  return value instanceof Date
}

/** A date of no time is a date: the checks of time refuse it, each with its own code. */
export const isMoment: Rule = (value) =>
  isDate(value) || typeof value === 'number' || isTimeText(value)
export const isText: Rule = (value) => typeof value === 'string'
export const isTruth: Rule = (value) => typeof value === 'boolean'

export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array
}

export function optional(rule: Rule): Rule {
  return (value) => value === undefined || rule(value)
}

export function listOf(rule: Rule): Rule {
  return (value) => Array.isArray(value) && value.every(rule)
}

export function anyOf(...rules: readonly Rule[]): Rule {
  return (value) => rules.some((rule) => rule(value))
}

export type Looked<Question> =
  | { readonly question: Question; readonly wrong?: undefined }
  | { readonly question?: undefined; readonly wrong: string }

type Rules<Question> = Readonly<Partial<Record<keyof Question, Rule>>>

/** The question without its nulls, or the member of it that is wrong; empty when it is no object. */
export function look<Question extends object>(
  given: Question,
  rules: Rules<Question>,
): Looked<Question> {
  if (typeof given !== 'object' || (given as unknown) === null) return { wrong: '' }
  let question = given
  // Without a list of the rules: making one costs more than they do.
  for (const name in rules) {
    const rule = rules[name]
    if (!rule || rule(question[name])) continue
    if (question[name] !== null || !rule(undefined)) return { wrong: name }
    question = { ...question, [name]: undefined }
  }
  return { question }
}

export function isOneOf(...values: readonly unknown[]): Rule {
  return (value) => values.includes(value)
}

export function isLike<Part extends object>(rules: Rules<Part>): Rule {
  return (value) => look(value as Part, rules).wrong === undefined
}

/** An object of these members and no others, no set of them: where all can be left out, anything would do. */
export function isExactly<Part extends object>(rules: Rules<Part>): Rule {
  const isPart = isLike(rules)
  return (value) =>
    isPart(value) &&
    !(Symbol.iterator in (value as Part)) &&
    Object.keys(value as Part).every((name) => Object.hasOwn(rules, name))
}

/** DER, or PEM with this one thing in it. */
export type Source = Uint8Array | string

/** What can be read of it, and whether anything cannot. */
export function readAll<T extends object>(
  given: readonly (Source | T)[],
  read: (source: Source) => T,
): { readonly whole: readonly T[]; readonly isBroken: boolean } {
  const whole = given.flatMap((one) => {
    if (typeof one !== 'string' && !isBytes(one)) return [one]
    try {
      return [read(one)]
    } catch (thrown) {
      if (thrown instanceof Problem) return []
      throw thrown
    }
  })
  return { whole, isBroken: whole.length < given.length }
}

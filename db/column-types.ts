/**
 * How columns arrive in JavaScript where the driver's habit is not ours: bigint as a safe integer,
 * date as its ISO text (a day has no time zone). A timestamptz is a Date, a numeric stays text.
 */
import { types } from 'pg'
import type { CustomTypesConfig } from 'pg'

type Parser = (text: string) => unknown

const oids = { int8: 20, int8Array: 1016, date: 1082, dateArray: 1182 } as const

const ours: ReadonlyMap<number, Parser> = new Map<number, Parser>([
  [oids.int8, safeInteger],
  [oids.int8Array, (text) => list(text, safeInteger)],
  [oids.date, isoDate],
  [oids.dateArray, (text) => list(text, isoDate)],
])

// The driver's own declaration knows the built-in numbers only and returns `any`.
const theirs = types.getTypeParser as (oid: number, format?: string) => Parser

export const columnTypes: CustomTypesConfig = {
  getTypeParser: (oid: number, format?: string): Parser =>
    (format === 'binary' ? undefined : ours.get(oid)) ?? theirs(oid, format),
}

function safeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new Error('a bigint left the safe integers')
  return value
}

function isoDate(text: string): string {
  return text
}

/** One dimension, whose elements PostgreSQL never quotes. */
function list(text: string, parse: Parser): unknown[] {
  if (text === '{}') return []
  const elements = text.slice(1, -1).split(',')
  return elements.map((element) => (element === 'NULL' ? null : parse(element)))
}

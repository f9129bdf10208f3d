/**
 * How columns arrive in JavaScript where the driver's habit is not ours: bigint as a safe integer,
 * date as its ISO text (a day has no time zone). A timestamptz is a Date, a numeric stays text. And how
 * arrays of bytes leave: in PostgreSQL's own form, not as hexadecimal text, which is twice as long and
 * has to be written here and read there.
 */
import { types } from 'pg'
import type { CustomTypesConfig } from 'pg'

type Parser = (text: string) => unknown

const oids = { bytea: 17, int8: 20, int8Array: 1016, date: 1082, dateArray: 1182 } as const

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

export function asParameter(value: unknown): unknown {
  return isListOfBytes(value) ? byteArray(value) : value
}

function isListOfBytes(value: unknown): value is readonly Uint8Array[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => one instanceof Uint8Array)
}

/** One dimension counted from 1, without nulls: what `array_send` of PostgreSQL would give. */
function byteArray(elements: readonly Uint8Array[]): Buffer {
  const head = integers([1, 0, oids.bytea, elements.length, 1])
  return Buffer.concat([head, ...elements.flatMap((one) => [integers([one.length]), one])])
}

function integers(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, i) => bytes.writeInt32BE(value, 4 * i))
  return bytes
}

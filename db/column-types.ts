/**
 * How columns arrive in JavaScript where the driver's habit is not ours: bigint as a safe integer,
 * date as its ISO text (a day has no time zone). A timestamptz is a Date, a numeric stays text. And how
 * arrays of bytes leave: in PostgreSQL's own form, not as hexadecimal text, which is twice as long and
 * has to be written here and read there; and how lists of texts do, all elements at once.
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
  if (!Array.isArray(value) || value.length === 0) return value
  return isListOfBytes(value) ? byteArray(value) : (plainList(value) ?? value)
}

/**
 * Texts and whole numbers as PostgreSQL writes an array: as JSON does, but for the brackets and what
 * has to be escaped; that is left to the driver, which looks at each element by itself.
 */
function plainList(elements: readonly unknown[]): string | undefined {
  if (
    !elements.every((one) => typeof one === 'string' || one === null || Number.isSafeInteger(one))
  ) {
    return undefined
  }
  const json = JSON.stringify(elements)
  return json.includes('\\') ? undefined : `{${json.slice(1, -1)}}`
}

function isListOfBytes(value: readonly unknown[]): value is readonly Uint8Array[] {
  return value.every((one) => one instanceof Uint8Array)
}

/** One dimension counted from 1, without nulls: what `array_send` of PostgreSQL would give. */
function byteArray(elements: readonly Uint8Array[]): Buffer {
  const head = [1, 0, oids.bytea, elements.length, 1]
  const length = elements.reduce((sum, one) => sum + 4 + one.length, 4 * head.length)
  const bytes = Buffer.allocUnsafe(length)
  let end = head.reduce((at, integer) => bytes.writeInt32BE(integer, at), 0)
  for (const one of elements) {
    bytes.set(one, bytes.writeInt32BE(one.length, end))
    end += 4 + one.length
  }
  return bytes
}

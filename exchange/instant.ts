/** A moment as people and programs write it to us (RFC 3339), to the second or the millisecond. */
import { startOfDay } from '../sdk/instant.ts'

const instantForm = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/

/**
 * Undefined for what is no moment, 30 February among it, which a Date takes for 2 March, and for what
 * lies in UTC outside of the years that have four digits.
 */
export function readInstant(text: string): Date | undefined {
  const [, day] = instantForm.exec(text) ?? []
  if (day === undefined || startOfDay(day) === undefined) return undefined
  const time = new Date(text)
  const year = time.getUTCFullYear() // NaN of what is no time.
  return year >= 0 && year <= 9_999 ? time : undefined
}

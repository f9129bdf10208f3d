/**
 * Moments as texts, the way the log and verdicts say them: RFC 3339 in UTC, to the millisecond,
 * `2026-11-22T08:00:00.000Z`. A Date takes long over reading and writing one, so it is asked for each
 * day once; what it does not write in this very form is no moment.
 */
const dayMs = 86_400_000
const daysRemembered = 1_000

const form = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/

/** Undefined for what is written otherwise, and for days that the calendar does not have. */
export function readInstant(text: string): Date | undefined {
  if (!form.test(text)) return undefined
  const start = startOfDay(text.slice(0, 10))
  if (start === undefined) return undefined
  const digits = (from: number, until: number): number => Number(text.slice(from, until))
  const seconds = (digits(11, 13) * 60 + digits(14, 16)) * 60 + digits(17, 19)
  return new Date(start + seconds * 1000 + digits(20, 23))
}

/** Empty for a Date that is no time. */
export function writeInstant(time: Date): string {
  const ms = time.getTime()
  if (Number.isNaN(ms)) return ''
  const day = Math.floor(ms / dayMs)
  const rest = ms - day * dayMs
  const [minutes, seconds] = [Math.floor(rest / 60_000), Math.floor(rest / 1000)]
  const clock = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}`
  return `${dayText(day)}T${clock}.${String(rest % 1000).padStart(3, '0')}Z`
}

const starts = new Map<string, number>()

/** When a day such as `2026-02-28` begins in UTC, in milliseconds; undefined when there is none. */
export function startOfDay(day: string): number | undefined {
  const known = starts.get(day)
  if (known !== undefined) return known
  const time = new Date(`${day}T00:00:00.000Z`)
  if (Number.isNaN(time.getTime()) || time.toISOString().slice(0, -14) !== day) return undefined
  remember(starts, day, time.getTime())
  return time.getTime()
}

const texts = new Map<number, string>()

function dayText(day: number): string {
  const known = texts.get(day)
  if (known !== undefined) return known
  const text = new Date(day * dayMs).toISOString().slice(0, -14)
  remember(texts, day, text)
  return text
}

function remember<Key, Value>(values: Map<Key, Value>, key: Key, value: Value): void {
  if (values.size >= daysRemembered) values.clear()
  values.set(key, value)
}

function two(number: number): string {
  return number < 10 ? `0${number}` : `${number}`
}

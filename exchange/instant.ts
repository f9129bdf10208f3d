/** A moment as people and programs write it to us (RFC 3339), to the second or the millisecond. */

const instantForm = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/

/** Undefined for what is no moment, 30 February among it, which a Date takes for 2 March. */
export function readInstant(text: string): Date | undefined {
  const [, day] = instantForm.exec(text) ?? []
  if (day === undefined || !dayExists(day)) return undefined
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? undefined : time
}

function dayExists(day: string): boolean {
  const time = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day)
}

/** Times that rows ask for and answer with: of a verdict, and of what happened to a licence. */
import { Problem } from '../../sdk/problem.ts'
import { readInstant } from '../instant.ts'
import { instant, list, object, text, whole } from './shape.ts'

const word = text({ maxLength: 300 })
const size = whole({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const hash = text({ maxLength: 43 })
const proof = object({
  ...{ origin: word, index: size, size, proof: list(hash, 64) },
  checkpoint: text({ maxLength: 8_192 }),
})

export const pastAct = object(
  { act: word, state: word, effectiveAt: instant, recordedAt: instant, leaf: hash },
  { proof },
)

/** @throws Problem invalid-request for what is no time, and for the future */
export function timeIn(
  given: string | undefined,
  { now, place }: { readonly now: Date; readonly place: string },
): Date | undefined {
  const time = given === undefined ? undefined : readInstant(given)
  if (given === undefined || (time && time <= now)) return time
  throw new Problem('invalid-request', { place, expected: 'an RFC 3339 time not in the future' })
}

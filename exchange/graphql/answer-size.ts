/**
 * How large one answer may become, whatever its operation seemed to ask for. Judged before the answer
 * is recorded: what is too large is refused, and the record says so.
 */
import { isJsonObject } from '../../sdk/json.ts'
import type { Json } from '../../sdk/json.ts'
import { Problem } from '../../sdk/problem.ts'
import { answerLimits } from './limits.ts'

/** @throws Problem answer-too-large with the limit and what was found */
export function checkAnswerSize(data: Json): void {
  check('rows', rowsIn(data))
  check('bytes', Buffer.byteLength(JSON.stringify(data)))
}

function rowsIn(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  const isList = Array.isArray(value)
  let rows = 0
  for (const member of Object.values(value) as Json[]) {
    rows += rowsIn(member) + (isList && isJsonObject(member) ? 1 : 0)
  }
  return rows
}

function check(what: keyof typeof answerLimits, found: number): void {
  const limit = answerLimits[what]
  if (found > limit) throw new Problem('answer-too-large', { what, limit, found })
}

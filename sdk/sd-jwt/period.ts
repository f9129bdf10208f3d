/** When a token holds (RFC 7519 §4.1.4 to §4.1.6), for those whose times are not bound more tightly. */
import type { JsonObject } from '../json.ts'
import { clockSkewSeconds } from '../status.ts'

/** What is wrong with the times. Written so that a time that is no time is never inside. */
export function periodRefusal(
  { nbf, exp, iat }: JsonObject,
  at: Date,
): 'time' | 'not-yet-valid' | 'expired' | undefined {
  if ([nbf, exp, iat].some((time) => time !== undefined && typeof time !== 'number')) return 'time'
  const seconds = at.getTime() / 1000
  if (typeof nbf === 'number' && !(nbf <= seconds)) return 'not-yet-valid'
  if (typeof iat === 'number' && !(iat <= seconds + clockSkewSeconds)) return 'not-yet-valid'
  return typeof exp === 'number' && !(seconds < exp) ? 'expired' : undefined
}

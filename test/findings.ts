/** A verdict in one line, to be compared. */
import type { LicenceVerdict } from '../sdk/licence.ts'

/** The verdict and what did not pass, in order. */
export function findingsOf({ verdict, checks }: LicenceVerdict): string {
  const open = checks.filter(({ outcome }) => outcome !== 'pass')
  return [verdict, ...open.map(({ code, reason = '' }) => `${code} ${reason}`)].join('; ')
}

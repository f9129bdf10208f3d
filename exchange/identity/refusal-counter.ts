/**
 * Requests that could not be authenticated leave no log entry, because nobody answers for them. They
 * are counted by reason, and the operator's log hears of the first, the second, the fourth, the eighth
 * …: an attack is seen, and cannot fill the disk.
 */
import type { OperatorLog } from '../watch/operator-log.ts'

export function createRefusalCounter({ say }: OperatorLog): (reason: string) => void {
  const counts = new Map<string, number>()
  return (reason) => {
    const count = (counts.get(reason) ?? 0) + 1
    counts.set(reason, count)
    if (Number.isInteger(Math.log2(count))) say('not authenticated', { reason, count })
  }
}

import { expect, test } from 'vitest'
import { createOperatorLog } from '../watch/operator-log.ts'
import { createRefusalCounter } from './refusal-counter.ts'

test('a thousand refusals are ten lines, each reason counted for itself', () => {
  const lines: string[] = []
  const logger = createOperatorLog('warn', { write: (line) => lines.push(line) })
  const refused = createRefusalCounter(logger)
  for (let i = 0; i < 1_000; i += 1) refused('no-token')
  refused('expired')
  expect(lines).toHaveLength(11)
  expect(JSON.parse(lines.at(-2) ?? '')).toMatchObject({ reason: 'no-token', count: 512 })
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ reason: 'expired', count: 1 })
})

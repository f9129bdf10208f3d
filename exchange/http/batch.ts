/**
 * Many verifications in one request: a line in, a line out, in the same order. The lines wait in memory
 * and are answered as fast as the answers are taken; a line that cannot be answered says why.
 */
import { Readable } from 'node:stream'
import { parseJsonObject } from '../../sdk/json.ts'
import type { Json } from '../../sdk/json.ts'
import { Problem, problemFrom, problems } from '../../sdk/problem.ts'

export const batchLimits = {
  /** Of a whole batch. */
  bytes: 16_777_216,
  lines: 10_000,
  lineLength: 262_144,
  /** Batches that are answered at the same time, whoever asks. */
  atOnce: 2,
  /** Lines of one batch that are looked at together. */
  linesAtOnce: 16,
} as const

export type AnswerLine = (question: Json) => Promise<object>

export interface Batches {
  /**
   * Answers as NDJSON, to be read once. They have their place until they are closed, read or not.
   * @throws Problem too-many for too many lines, too-many-requests while others are answered
   */
  readonly answer: (text: string, answerLine: AnswerLine) => Readable
}

export function createBatches(): Batches {
  let running = 0
  return {
    answer: (text, answerLine) => {
      const lines = linesOf(text)
      if (running >= batchLimits.atOnce) {
        throw new Problem('too-many-requests', { limit: batchLimits.atOnce })
      }
      running += 1
      // A generator that was never begun runs no `finally`; a stream closes in any case.
      return Readable.from(answers(lines, answerLine)).once('close', () => {
        running -= 1
      })
    },
  }
}

async function* answers(lines: readonly string[], answerLine: AnswerLine): AsyncGenerator<string> {
  for (let from = 0; from < lines.length; from += batchLimits.linesAtOnce) {
    const some = lines.slice(from, from + batchLimits.linesAtOnce)
    const told = await Promise.all(some.map((line) => answerOf(line, answerLine)))
    yield told.map((one) => `${JSON.stringify(one)}\n`).join('')
  }
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop() // What ends the last line begins no other.
  if (lines.length > batchLimits.lines) throw new Problem('too-many', { limit: batchLimits.lines })
  return lines
}

async function answerOf(line: string, answerLine: AnswerLine): Promise<object> {
  try {
    if (line.length > batchLimits.lineLength) {
      throw new Problem('body-too-large', { limit: batchLimits.lineLength })
    }
    const { lineLength: stringLength } = batchLimits
    return await answerLine(parseJsonObject(line, { depth: 2, membersPerObject: 4, stringLength }))
  } catch (thrown) {
    const { code, detail } = problemFrom(thrown)
    const { zh, en, remedy } = problems[code]
    const problem = { code, title: en, 'title-zh': zh, remedy }
    return { problem: code === 'internal' ? problem : { ...problem, detail } }
  }
}

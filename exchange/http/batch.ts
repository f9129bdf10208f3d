/**
 * Many verifications in one request: a line in, a line out, in the same order, as they come. Of what was
 * sent only the lines that are being answered are in memory, and nothing more is read before the answers
 * are taken; a line that cannot be answered says why.
 */
import { Readable } from 'node:stream'
import { parseJsonObject } from '../../sdk/json.ts'
import type { Json } from '../../sdk/json.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { Problem, problemFrom, problems } from '../../sdk/problem.ts'

export const batchLimits = {
  /** Of one batch; what follows them is not answered. */
  lines: 10_000,
  lineBytes: 262_144,
  /** Batches that are answered at the same time, whoever asks. */
  atOnce: 3,
  /** Of them of one network, which may send as slowly as it likes and must leave room for others. */
  ofOneNetwork: 2,
  /** Lines of one batch that are answered together; as many more wait for their reader. */
  linesAtOnce: 64,
  /** From its first line to its last. */
  ms: 300_000,
} as const

export interface Answering<Q> {
  /** @throws Problem for a line that asks for nothing */
  readonly read: (line: Json) => Q
  /** In their order; a problem stands in the place of an answer. */
  readonly answer: (questions: readonly Q[]) => Promise<readonly object[]>
}

export interface Batches {
  /**
   * Answers as NDJSON, to be read once. They have their place until they are closed, read or not, and
   * what asks is closed with them.
   * @param from the network they are asked from
   * @throws Problem too-many-requests while others are answered
   */
  readonly answer: <Q>(input: Readable, answering: Answering<Q>, from: string) => Readable
}

export function createBatches(): Batches {
  const running: string[] = []
  const checkRoom = (from: string): void => {
    const ofIt = running.filter((one) => one === from)
    for (const [before, limit] of [
      [ofIt, batchLimits.ofOneNetwork],
      [running, batchLimits.atOnce],
    ] as const) {
      if (before.length >= limit) throw new Problem('too-many-requests', { limit })
    }
  }
  return {
    answer: (input, answering, from) => {
      checkRoom(from)
      running.push(from)
      const answered = written(answersTo(input, answering, batchLimits.lines))
      const answers = Readable.from(answered, { highWaterMark: 1 })
      const late = setTimeout(() => input.destroy(), batchLimits.ms).unref()
      // A generator that was never begun runs no `finally`; a stream closes in any case.
      return answers.once('close', () => {
        clearTimeout(late)
        running.splice(running.indexOf(from), 1)
        input.destroy()
      })
    },
  }
}

/** As objects, of so many lines at most; what a line is answered when it is none stands in a `problem`. */
export async function* answersTo<Q>(
  input: AsyncIterable<Uint8Array>,
  answering: Answering<Q>,
  most: number,
): AsyncGenerator<readonly object[]> {
  let left = most
  let isOver = false
  for await (const lines of linesIn(input)) {
    const some = lines.slice(0, left)
    if (some.length > 0) yield (await answersOf(some, answering)).map(asLine)
    left -= some.length
    // What follows is read, so that whoever still sends can take the answers, and is thrown away.
    if (some.length === lines.length || isOver) continue
    isOver = true
    yield [asLine(new Problem('too-many', { limit: most }))]
  }
}

/** None when it is too long. */
type Line = Uint8Array | undefined

const lineFeed = 0x0a

/** The lines that each piece of the input completes, so many at most together. */
async function* linesIn(input: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Line[]> {
  let held: Line = new Uint8Array()
  for await (const piece of input) {
    let lines: Line[] = []
    let from = 0
    for (let to = piece.indexOf(lineFeed); to >= 0; to = piece.indexOf(lineFeed, from)) {
      lines.push(joined(held, piece.subarray(from, to)))
      held = new Uint8Array()
      from = to + 1
      if (lines.length === batchLimits.linesAtOnce) {
        yield lines
        lines = []
      }
    }
    if (lines.length > 0) yield lines
    held = joined(held, piece.subarray(from))
  }
  if (held?.length !== 0) yield [held] // What ends the last line begins no other.
}

function joined(held: Line, more: Uint8Array): Line {
  if (!held || held.length + more.length > batchLimits.lineBytes) return undefined
  return held.length === 0 ? more : Buffer.concat([held, more])
}

async function answersOf<Q>(
  lines: readonly Line[],
  { read, answer }: Answering<Q>,
): Promise<readonly object[]> {
  const asked = lines.map((line) => questionIn(line, read))
  const questions = asked.flatMap((one) => ('question' in one ? [one.question] : []))
  const answers = await answer(questions).catch((thrown: unknown) => {
    const problem = problemFrom(thrown)
    return questions.map(() => problem)
  })
  const next = answers.values()
  return asked.map((one) =>
    'question' in one ? (next.next().value ?? new Problem('internal')) : one,
  )
}

function questionIn<Q>(line: Line, read: (line: Json) => Q): { readonly question: Q } | Problem {
  const { lineBytes: limit } = batchLimits
  try {
    if (!line) throw new Problem('body-too-large', { limit })
    const json = parseJsonObject(fromUtf8(line), {
      ...{ depth: 2, membersPerObject: 4, stringLength: limit },
    })
    return { question: read(json) }
  } catch (thrown) {
    return problemFrom(thrown)
  }
}

async function* written(answers: AsyncIterable<readonly object[]>): AsyncGenerator<string> {
  for await (const some of answers) {
    yield some.map((one) => `${JSON.stringify(one)}\n`).join('')
  }
}

function asLine(answer: object): object {
  if (!(answer instanceof Problem)) return answer
  const { code, detail } = answer
  const { zh, en, remedy } = problems[code]
  const problem = { code, title: en, 'title-zh': zh, remedy }
  return { problem: code === 'internal' ? problem : { ...problem, detail } }
}

/**
 * `zt licence verify-batch`: of many licences how the vault judges them, a line of JSON in and a line out,
 * as they come and in order, as over HTTP.
 */
import { createReadStream } from 'node:fs'
import type { Command } from 'commander'
import { isJsonObject } from '../../sdk/json.ts'
import type { Json } from '../../sdk/json.ts'
import { Problem } from '../../sdk/problem.ts'
import type { VerifyQuestion } from '../../vault/index.ts'
import { answersTo } from '../http/batch.ts'
import { readInstant } from '../instant.ts'
import { withExchange } from './open.ts'
import { exit } from './shell.ts'
import type { Shell } from './shell.ts'
import { withExamples } from './words.ts'

export function addVerifyBatchCommand(licence: Command, shell: Shell): void {
  withExamples(licence.command('verify-batch'), [
    '# ids.ndjson: {"licenceId":"1.2.156.…","at":"2026-11-01T00:00:00+08:00"}',
    'licence verify-batch ids.ndjson > verdicts.ndjson',
  ])
    .description('check many by the vault, a line of JSON each; exit 0 when all are valid')
    .argument('<file>', 'lines with licenceId or document, at, knownAt; - for standard input')
    .action((file: string) => runVerifyBatch(shell, file))
}

async function runVerifyBatch(shell: Shell, file: string): Promise<void> {
  const { terminal, clock } = shell
  await withExchange(shell, async ({ vault }) => {
    const answering = {
      read: (line: Json) => questionIn(line, clock()),
      answer: (questions: readonly VerifyQuestion[]) => vault.verifyAll(questions),
    }
    const counts = { valid: 0, others: 0 }
    for await (const answers of answersTo(linesOf(shell, file), answering, Infinity)) {
      for (const answer of answers) {
        terminal.answer(answer, [JSON.stringify(answer)])
        counts['verdict' in answer && answer.verdict === 'valid' ? 'valid' : 'others'] += 1
      }
    }
    terminal.note(`${counts.valid} valid, ${counts.others} not`)
    if (counts.others > 0) shell.end(exit.failed)
  })
}

async function* linesOf({ stdin }: Shell, file: string): AsyncGenerator<Uint8Array> {
  const pieces: AsyncIterable<Uint8Array | string> = file === '-' ? stdin : createReadStream(file)
  for await (const piece of pieces) yield Buffer.from(piece)
}

/** @throws Problem invalid-request */
function questionIn(line: Json, now: Date): VerifyQuestion {
  const { licenceId, document, at, knownAt, ...others } = isJsonObject(line) ? line : { line }
  const [other] = Object.keys(others)
  if (other !== undefined) refuse(other, 'licenceId or document, at, knownAt')
  const times = { at: timeIn('at', at) ?? now, knownAt: timeIn('knownAt', knownAt) }
  const asked = { at: times.at, ...(times.knownAt && { knownAt: times.knownAt }) }
  if (typeof licenceId === 'string' && document === undefined) return { licenceId, ...asked }
  if (typeof document === 'string' && licenceId === undefined) return { document, ...asked }
  return refuse('licenceId', 'a text here or as document')
}

function timeIn(place: string, value: Json | undefined): Date | undefined {
  if (value === undefined) return undefined
  return (
    (typeof value === 'string' ? readInstant(value) : undefined) ??
    refuse(place, 'an RFC 3339 time')
  )
}

function refuse(place: string, expected: string): never {
  throw new Problem('invalid-request', { place, expected })
}

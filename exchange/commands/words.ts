/** What several commands read from the command line or print in the same way. */
import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { fromBase64url } from '../../sdk/base64url.ts'
import { licenceIdRoot, parseLicenceId } from '../../sdk/identifier-licence.ts'
import { Problem } from '../../sdk/problem.ts'
import { readInstant } from '../instant.ts'

/** The first thing `--help` shows. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  npm run -s zt -- ${example}`)
  return command.addHelpText('before', `Examples:\n${lines.join('\n')}\n`)
}

/** A time with its zone, or a day, which begins at midnight in Beijing. */
export function readTime(text: string): Date {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text)
  const time = readInstant(isDay ? `${text}T00:00:00+08:00` : text)
  if (time) return time
  throw new InvalidArgumentError('Write 2026-11-22 or 2026-11-22T09:30:00+08:00.')
}

export const exampleLicenceId = '1.2.156.3005.2.11100000MB0143028R001.11460100MB15001202.2026…001.X'

/**
 * What all identifiers begin with may be left out.
 * @throws Problem invalid-licence-id: a slip of the pen is told from a licence that is not there.
 */
export function licenceIdIn(text: string): string {
  const licenceId = text.startsWith(`${licenceIdRoot}.`) ? text : `${licenceIdRoot}.${text}`
  parseLicenceId(licenceId)
  return licenceId
}

export function readLeaf(text: string): Uint8Array {
  try {
    const leaf = fromBase64url(text)
    if (leaf.length === 32) return leaf
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
  }
  throw new InvalidArgumentError('A leaf is 32 bytes in base64url, as receipts carry it.')
}

export function readCount(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Write a whole number from 1 on.')
}

export function readDatabaseUrl(text: string): string {
  if (URL.canParse(text) && /^postgres(ql)?:\/\//.test(text)) return text
  throw new InvalidArgumentError('Write postgres://user:password@host/database.')
}

/** Rows under each other in columns, wide enough for the widest cell; Chinese characters are two wide. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows)
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, widthOf(cell))))
  return rows.map((row) =>
    row
      .map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  )
}

function widthOf(text: string): number {
  return text.length + (text.match(wide)?.length ?? 0)
}

/** Blocks of CJK and full-width characters, which terminals draw in two cells. */
const wide = /[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/g

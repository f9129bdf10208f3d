/** Holders as such: erasing what the vault holds of one. Their codes never stand on a command line. */
import type { Command } from 'commander'
import { parseJsonObject } from '../../sdk/json.ts'
import { Problem } from '../../sdk/problem.ts'
import { eraseHolder } from '../../vault/index.ts'
import type { Party } from '../../vault/index.ts'
import { withExchange, withKeeper } from './open.ts'
import type { Shell } from './shell.ts'
import { readText } from './text-file.ts'
import { withExamples } from './words.ts'

interface EraseOptions {
  readonly basis: string
  readonly officer: string
}

export function addHolderCommands(program: Command, shell: Shell): void {
  const holder = program.command('holder').description('what the vault holds of a subject')
  withExamples(holder.command('erase'), [
    '# holder.json: {"codeType":"111","code":"460300190001019996"}',
    'holder erase holder.json --basis "(2026)琼01行终12号" --officer 0898',
  ])
    .description('make unreadable for ever what only this holder could open; proofs still hold')
    .argument('<file>', 'who it is, as JSON; - for standard input')
    .requiredOption('--basis <number>', 'of the order or decision that asks for it')
    .requiredOption('--officer <id>', 'who does it')
    .action((file: string, options: EraseOptions) => runErase(shell, file, options))
}

async function runErase(
  shell: Shell,
  file: string,
  { basis, officer }: EraseOptions,
): Promise<void> {
  const holder = readParty(await readText(shell, file))
  await withExchange(shell, async (parts) => {
    const { log, blind, settings } = parts
    await withKeeper(parts, (keeper) =>
      eraseHolder({ keeper, log, blind, clock: settings.clock }, { holder, basis, officer }),
    )
    await log.sequence()
    shell.terminal.answer({ erased: true }, ['已销毁 · erased'])
  })
}

/** @throws Problem invalid-request */
export function readParty(text: string): Party {
  const { codeType, code, ...others } = parseJsonObject(text)
  if (typeof codeType !== 'string' || typeof code !== 'string' || Object.keys(others).length > 0) {
    const expected = '{"codeType":"111","code":"…"} and nothing else'
    throw new Problem('invalid-request', { place: 'holder', expected })
  }
  return { codeType, code }
}

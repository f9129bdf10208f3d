/** `zt licence places` and `zt licence accept`: of departments that seal on their own premises. */
import type { Command } from 'commander'
import { readHandedIn } from './draft-file.ts'
import { withExchange } from './open.ts'
import type { Shell } from './shell.ts'
import { readText } from './text-file.ts'
import { readCount, withExamples } from './words.ts'

interface OwnSealOptions {
  readonly department: string
  readonly key?: string
}

export function addOwnSealCommands(licence: Command, shell: Shell): void {
  withExamples(licence.command('places'), ['licence places --department haikouMarket --count 10'])
    .description('reserve places in the status lists for licences a department seals itself')
    .requiredOption('--department <code>', 'the issuing department')
    .option('--count <count>', 'how many, at most 1000', readCount, 1)
    .option('--key <text>', 'the same for every attempt: the same places again')
    .action((options: OwnSealOptions & { count: number }) => runPlaces(shell, options))
  withExamples(licence.command('accept'), [
    '# sealed.json: {"document":"eyJ…","division":"460108","licenceNo":"…","holders":[…]}',
    'licence accept sealed.json --department haikouMarket',
  ])
    .description('take in a licence that its department has sealed, and print its identifier')
    .argument('<file>', 'as JSON: document, division, licenceNo, holders, succession')
    .requiredOption('--department <code>', 'the issuing department')
    .option('--key <text>', 'the same for every attempt at handing in this document')
    .action((file: string, options: OwnSealOptions) => runAccept(shell, file, options))
}

async function runPlaces(
  shell: Shell,
  options: OwnSealOptions & { readonly count: number },
): Promise<void> {
  await withExchange(shell, async ({ vault }) => {
    const places = await vault.reservePlaces(options)
    shell.terminal.answer(
      { places },
      places.map(({ idx, uri }) => `${idx}  ${uri}`),
    )
  })
}

async function runAccept(shell: Shell, file: string, options: OwnSealOptions): Promise<void> {
  const handed = readHandedIn(await readText(shell, file))
  await withExchange(shell, async ({ vault, log }) => {
    const { licenceId, fresh } = await vault.accept({ ...handed, ...options })
    await log.sequence()
    shell.terminal.answer({ licenceId, fresh }, [licenceId])
    if (!fresh) shell.terminal.note('it was accepted before; nothing was stored')
  })
}

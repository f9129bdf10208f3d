/** `zt licence status`: the signed status list that a licence points to, for whoever verifies offline. */
import type { Command } from 'commander'
import { Problem } from '../../sdk/problem.ts'
import { statusPlace } from '../../vault/index.ts'
import { withExchange } from './open.ts'
import type { Shell } from './shell.ts'
import { exampleLicenceId, licenceIdIn, readTime, withExamples } from './words.ts'

export function addStatusCommand(licence: Command, shell: Shell): void {
  withExamples(licence.command('status'), [
    `licence status ${exampleLicenceId} > list.jwt`,
    `licence status ${exampleLicenceId} --at 2026-11-01 > list.jwt`,
  ])
    .description('the signed status list that a licence points to, as `licence verify` takes it')
    .argument('<id>', 'licence identifier')
    .option('--at <time>', 'as it was given out at a time; as it is now when left out', readTime)
    .action((id: string, { at }: { at?: Date }) => runStatus(shell, id, at))
}

async function runStatus(shell: Shell, id: string, at: Date | undefined): Promise<void> {
  const licenceId = licenceIdIn(id)
  await withExchange(shell, async ({ vault, settings: { clock } }) => {
    const stored = await vault.findById(licenceId, clock())
    if (!stored) throw new Problem('unknown-licence')
    const { list, idx } = statusPlace(stored.statusPosition)
    const token = await vault.statusList(list, at)
    shell.terminal.answer({ licenceId, list, idx, token }, [token])
  })
}

/** `zt licence count` and `zt licence remind`: what is known of all licences together. */
import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { dayInChina } from '../../catalogs/catalog.ts'
import { countedBy, remindLimits } from '../../vault/index.ts'
import type { CountedBy, StatisticsQuestion } from '../../vault/index.ts'
import { withExchange } from './open.ts'
import type { Shell } from './shell.ts'
import { columns, readCount, withExamples } from './words.ts'

interface CountOptions extends Pick<StatisticsQuestion, 'by' | 'type' | 'issuer' | 'area'> {
  readonly from?: string
  readonly to?: string
}

export function addCountCommands(licence: Command, shell: Shell): void {
  withExamples(licence.command('count'), [
    'licence count',
    'licence count --by issuer,month --type businessLicence --from 2026-01 --to 2026-12',
  ])
    .description('how many licences entered and left each state, and how many are in it')
    .option('--by <what>', `any of ${countedBy.join(',')}`, readBy, ['type', 'state'])
    .option('--from <month>', 'the first month, such as 2026-01; this one if not given')
    .option('--to <month>', 'the last month; this one if not given')
    .option('--type <code>', 'of one licence type')
    .option('--issuer <code>', 'of one issuing department')
    .option('--area <digits>', 'how the division begins: 46, 4601 or 460108')
    .action((options: CountOptions) => runCount(shell, options))
  withExamples(licence.command('remind'), ['licence remind', 'licence remind --days 60'])
    .description('announce, once for each, which licences are about to end')
    .option('--days <count>', 'within so many days', readCount, remindLimits.daysStandard)
    .action(({ days }: { days: number }) => runRemind(shell, days))
}

async function runCount(shell: Shell, { by, ...options }: CountOptions): Promise<void> {
  await withExchange(shell, async ({ vault, events, settings: { clock } }) => {
    await events.settle()
    const month = dayInChina(clock()).slice(0, 7)
    const to = options.to ?? month
    // What is asked for up to a month of the past is that month.
    const from = options.from ?? (to < month ? to : month)
    const counts = await vault.statistics({ by, ...options, from, to })
    const rows = counts.map(({ entered, gone, standing, ...named }) => [
      ...by.map((one) => named[one] ?? ''),
      ...[entered, gone, standing].map(String),
    ])
    const header = [...by, 'entered', 'gone', 'standing']
    shell.terminal.answer({ from, to, counts }, columns([header, ...rows]))
  })
}

async function runRemind(shell: Shell, days: number): Promise<void> {
  await withExchange(shell, async ({ vault, events }) => {
    const reminded = await vault.remind(days)
    await events.settle()
    shell.terminal.answer({ reminded }, [`${reminded} 件将到期 · about to end`])
  })
}

function readBy(text: string): CountedBy[] {
  return text.split(',').map((word) => {
    const known = countedBy.find((one) => one === word)
    if (!known) throw new InvalidArgumentError(`Choose from ${countedBy.join(', ')}.`)
    return known
  })
}

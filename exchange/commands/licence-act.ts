/**
 * `zt licence suspend`, `renew` and every other act on a licence that was issued, in the name of the
 * department that is responsible for it. Which reasons an act has is said by a refusal of any other.
 */
import type { Command } from 'commander'
import type { Change, Reissue } from '../../vault/index.ts'
import { readDraft } from './draft-file.ts'
import { withExchange } from './open.ts'
import type { Shell } from './shell.ts'
import { readText } from './text-file.ts'
import { exampleLicenceId, licenceIdIn, readTime, withExamples } from './words.ts'

interface ActOptions extends Pick<Reissue, 'reason' | 'officer' | 'case' | 'key'> {
  readonly effective?: Date
}

interface ChangeOptions extends ActOptions, Pick<Change, 'department' | 'receiver'> {}

/** What it is, and a reason for it as an example. */
type Words = readonly [description: string, reason: string]

const changes: Readonly<Record<Change['act'], Words>> = {
  suspend: ['暂扣: out of force until it is restored', 'under-investigation'],
  restore: ['发还: in force again after a suspension', 'investigation-closed'],
  expire: ['过期: record that its term has ended', 'term-ended'],
  cancel: ['注销: it has ended (Administrative Licensing Law, art. 70)', 'on-application'],
  revoke: ['撤销: it should not have been granted (art. 69)', 'obtained-by-fraud'],
  withdraw: ['吊销: taken away as a penalty', 'administrative-penalty'],
  transfer: ['转出: to a department that then supersedes it', 'holder-moved'],
  archive: ['归档: nothing follows', 'retention-ended'],
}

const reissues: Readonly<Record<Reissue['act'], Words>> = {
  renew: ['延续: a new version, for another term (art. 50)', 'term-ending'],
  change: ['变更: a new version, with other items (art. 49)', 'data-changed'],
  supersede: ['换发: a new licence in its place, or in that of a transferred one', 'lost'],
}

export function addActCommands(licence: Command, shell: Shell): void {
  for (const [act, words] of entriesOf(changes)) {
    const receiver = act === 'transfer' ? ' --receiver meilanMarket' : ''
    const command = addAct(licence, act, words, `--department haikouMarket${receiver}`)
      .requiredOption('--department <code>', 'the responsible department')
      .action((id: string, options: ChangeOptions) => runChange(shell, act, { id, options }))
    if (receiver) command.requiredOption('--receiver <code>', 'the department that goes on with it')
  }
  for (const [act, words] of entriesOf(reissues)) {
    addAct(licence, act, words, 'draft.json')
      .argument('<file>', 'a draft of the whole new licence, as for `licence issue`')
      .action((id: string, file: string, options: ActOptions) =>
        runReissue(shell, act, { id, file, options }),
      )
  }
}

function addAct(
  licence: Command,
  act: string,
  [description, reason]: Words,
  example: string,
): Command {
  const command = licence.command(act)
  return withExamples(command, [
    `licence ${act} ${exampleLicenceId} ${example} --reason ${reason} --officer 0731`,
  ])
    .description(description)
    .argument('<id>', 'licence identifier')
    .requiredOption('--reason <reason>', 'one that the catalogue lists for the act')
    .requiredOption('--officer <id>', 'who decided it')
    .option('--case <number>', 'the case it was decided in')
    .option('--effective <time>', 'when it takes effect; now when left out', readTime)
    .option('--key <text>', 'the same for every attempt at this very act')
}

async function runChange(
  shell: Shell,
  act: Change['act'],
  { id, options }: { readonly id: string; readonly options: ChangeOptions },
): Promise<void> {
  const { effective, ...said } = options
  const licenceId = licenceIdIn(id)
  await withExchange(shell, async ({ vault, log }) => {
    const asked = { ...said, licenceId, act, ...(effective && { effectiveAt: effective }) }
    const { state, at, effectiveAt } = await vault.change(asked)
    await log.sequence()
    const done = { licenceId, act, state, ...timesOf({ at, effectiveAt }) }
    shell.terminal.answer(done, [`${licenceId}  ${state}  ${done.effectiveAt}`])
  })
}

async function runReissue(
  shell: Shell,
  act: Reissue['act'],
  asked: { readonly id: string; readonly file: string; readonly options: ActOptions },
): Promise<void> {
  const { effective, ...said } = asked.options
  const supersedes = licenceIdIn(asked.id)
  const draft = readDraft(await readText(shell, asked.file))
  await withExchange(shell, async ({ vault, log }) => {
    const { licenceId, at, effectiveAt } = await vault.reissue({
      ...{ ...said, licenceId: supersedes, act, draft },
      ...(effective && { effectiveAt: effective }),
    })
    await log.sequence()
    const done = { licenceId, supersedes, act, ...timesOf({ at, effectiveAt }) }
    shell.terminal.answer(done, [licenceId])
  })
}

function timesOf({ at, effectiveAt }: { readonly at: Date; readonly effectiveAt: Date }) {
  return { at: at.toISOString(), effectiveAt: effectiveAt.toISOString() }
}

function entriesOf<Name extends string, T>(table: Readonly<Record<Name, T>>): [Name, T][] {
  return Object.entries(table) as [Name, T][] // Its own members, and no others.
}

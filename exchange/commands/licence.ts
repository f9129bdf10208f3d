/**
 * Issuing a licence and looking at one; what else can be asked of licences is beside this. What stands in
 * a licence is not shown here: it is given to cases, through the exchange, and every time recorded.
 */
import type { Command } from 'commander'
import { toBase64url } from '../../sdk/base64url.ts'
import { Problem } from '../../sdk/problem.ts'
import type { StoredLicence } from '../../vault/index.ts'
import { readDraft } from './draft-file.ts'
import { addActCommands } from './licence-act.ts'
import { addCountCommands } from './licence-count.ts'
import { addFindCommand } from './licence-find.ts'
import { addFaceCommand } from './licence-face.ts'
import { addOwnSealCommands } from './licence-own-seal.ts'
import { addStatusCommand } from './licence-status.ts'
import { addVerifyBatchCommand } from './licence-verify-batch.ts'
import { addVerifyCommand } from './licence-verify.ts'
import { withExchange } from './open.ts'
import type { Shell } from './shell.ts'
import { readText } from './text-file.ts'
import { columns, exampleLicenceId, licenceIdIn, withExamples } from './words.ts'

export function addLicenceCommands(program: Command, shell: Shell): void {
  const licence = program.command('licence').description('electronic licences in the vault')
  withExamples(licence.command('issue'), [
    'licence issue draft.json',
    'licence issue draft.json --json',
  ])
    .description('seal and store the licence that a draft describes, and print its identifier')
    .argument(
      '<file>',
      'a draft as JSON, - for standard input: type, issuer, division, grade, licenceNo, …',
    )
    .option('--key <text>', 'the same for every attempt at this very draft')
    .action((file: string, { key }: { key?: string }) => runIssue(shell, file, key))
  withExamples(licence.command('show'), [`licence show ${exampleLicenceId}`])
    .description('say what the vault knows of a licence, without what stands in it')
    .argument('<id>', 'licence identifier')
    .action((id: string) => runShow(shell, id))
  addFindCommand(licence, shell)
  addCountCommands(licence, shell)
  addFaceCommand(licence, shell)
  addVerifyCommand(licence, shell)
  addVerifyBatchCommand(licence, shell)
  addStatusCommand(licence, shell)
  addActCommands(licence, shell)
  addOwnSealCommands(licence, shell)
}

async function runIssue(shell: Shell, file: string, key: string | undefined): Promise<void> {
  const draft = readDraft(await readText(shell, file))
  await withExchange(shell, async ({ vault, log }) => {
    const { licenceId, fresh } = await vault.issue(draft, key)
    await log.sequence()
    shell.terminal.answer({ licenceId, fresh }, [licenceId])
    if (!fresh)
      shell.terminal.note('a licence with this number was there already; nothing was sealed')
  })
}

async function runShow(shell: Shell, id: string): Promise<void> {
  const licenceId = licenceIdIn(id)
  await withExchange(shell, async ({ vault, settings: { catalogue, clock } }) => {
    const at = clock()
    const stored = await vault.findById(licenceId, at)
    if (!stored) throw new Problem('unknown-licence')
    const shown = viewOf(stored)
    const { history } = await vault.standingOf({ licenceId, at })
    const type = catalogue.licenceTypes.get(stored.type)?.name
    const issuer = catalogue.departments.get(stored.issuer)?.name
    const named = {
      ...shown,
      type: type ? `${shown.type}  ${type.zh} · ${type.en}` : shown.type,
      issuer: issuer ? `${shown.issuer}  ${issuer.zh} · ${issuer.en}` : shown.issuer,
      validUntil: shown.validUntil ?? '长期 · open-ended',
      supersedes: shown.supersedes ?? '-',
      supersededBy: shown.supersededBy ?? '-',
    }
    shell.terminal.answer({ ...shown, history }, [
      ...columns(Object.entries(named)),
      ...columns(history.map(({ act, effectiveAt, state }) => [act, effectiveAt, state])),
    ])
  })
}

function viewOf(stored: StoredLicence) {
  const { licenceId, type, state, issuer, division, grade, validFrom, validUntil, leaf } = stored
  const { supersedes, supersededBy } = stored
  return {
    ...{ licenceId, type, state, issuer, division, grade },
    validFrom: validFrom.toISOString(),
    /** First moment out of force. */
    validUntil: validUntil?.toISOString() ?? null,
    ...{ supersedes, supersededBy, leaf: toBase64url(leaf) },
  }
}

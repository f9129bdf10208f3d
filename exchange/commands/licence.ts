/**
 * Issuing, looking at and revoking one licence; verifying is `licence-verify.ts`. What stands in a
 * licence is not shown here: it is given to cases, through the exchange, and every time recorded.
 */
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { toBase64url } from '../../sdk/base64url.ts'
import { Problem } from '../../sdk/problem.ts'
import type { StoredLicence } from '../../vault/index.ts'
import { readDraft } from './draft-file.ts'
import { withExchange } from './open.ts'
import { addCountCommands } from './licence-count.ts'
import { addFindCommand } from './licence-find.ts'
import { addFaceCommand } from './licence-face.ts'
import { addVerifyCommand } from './licence-verify.ts'
import type { Shell } from './shell.ts'
import { columns, exampleLicenceId, licenceIdIn, withExamples } from './words.ts'

interface RevokeOptions {
  readonly reason: string
  readonly department: string
  readonly officer: string
}

export function addLicenceCommands(program: Command, shell: Shell): void {
  const licence = program.command('licence').description('electronic licences in the vault')
  withExamples(licence.command('issue'), [
    'licence issue draft.json',
    'licence issue draft.json --json',
  ])
    .description('seal and store the licence that a draft describes, and print its identifier')
    .argument(
      '<file>',
      'a draft as JSON: type, issuer, division, grade, licenceNo, holders, items, …',
    )
    .action((file: string) => runIssue(shell, file))
  withExamples(licence.command('show'), [`licence show ${exampleLicenceId}`])
    .description('say what the vault knows of a licence, without what stands in it')
    .argument('<id>', 'licence identifier')
    .action((id: string) => runShow(shell, id))
  addFindCommand(licence, shell)
  addCountCommands(licence, shell)
  addFaceCommand(licence, shell)
  addVerifyCommand(licence, shell)
  withExamples(licence.command('revoke'), [
    `licence revoke ${exampleLicenceId} --reason obtained-by-fraud --department haikouMarket --officer 0731`,
  ])
    .description('revoke a licence in the name of the department that issued it')
    .argument('<id>', 'licence identifier')
    .requiredOption('--reason <reason>', 'a case of the Administrative Licensing Law, art. 69')
    .requiredOption('--department <code>', 'the issuing department')
    .requiredOption('--officer <id>', 'who decided it')
    .action((id: string, options: RevokeOptions) => runRevoke(shell, id, options))
}

async function runIssue(shell: Shell, file: string): Promise<void> {
  const draft = readDraft(await readFile(file, 'utf8'))
  await withExchange(shell, async ({ vault, log }) => {
    const { licenceId, fresh } = await vault.issue(draft)
    await log.sequence()
    shell.terminal.answer({ licenceId, fresh }, [licenceId])
    if (!fresh)
      shell.terminal.note('a licence with this number was there already; nothing was sealed')
  })
}

async function runShow(shell: Shell, id: string): Promise<void> {
  const licenceId = licenceIdIn(id)
  await withExchange(shell, async ({ vault, settings: { catalogue, clock } }) => {
    const stored = await vault.findById(licenceId, clock())
    if (!stored) throw new Problem('unknown-licence')
    const shown = viewOf(stored)
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
    shell.terminal.answer(shown, columns(Object.entries(named)))
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

async function runRevoke(shell: Shell, id: string, options: RevokeOptions): Promise<void> {
  const licenceId = licenceIdIn(id)
  const { reason, department, officer } = options
  await withExchange(shell, async ({ vault, log }) => {
    const asked = { licenceId, act: 'revoke', reason, department, officer } as const
    const { state, at } = await vault.change(asked)
    await log.sequence()
    const time = at.toISOString()
    shell.terminal.answer({ licenceId, state, at: time }, [`${licenceId}  ${state}  ${time}`])
  })
}

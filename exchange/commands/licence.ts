/**
 * Issuing, looking at, verifying and revoking one licence. What stands in a licence is not shown here:
 * it is given to cases, through the exchange, and every time recorded.
 */
import { open, readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { toBase64url } from '../../sdk/base64url.ts'
import { licenceIdRoot, parseLicenceId } from '../../sdk/identifier-licence.ts'
import { Problem } from '../../sdk/problem.ts'
import type { Check, Verdict } from '../../sdk/licence/verdict.ts'
import type { StoredLicence } from '../../vault/index.ts'
import { readDraft } from './draft-file.ts'
import { withExchange } from './open.ts'
import { exit } from './shell.ts'
import type { Shell } from './shell.ts'
import { columns, readTime, withExamples } from './words.ts'

const documentBytesMax = 1_048_576
const exampleId = '1.2.156.3005.2.11100000MB0143028R001.11460100MB15001202.2026…001.X'

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
  withExamples(licence.command('show'), [`licence show ${exampleId}`])
    .description('say what the vault knows of a licence, without what stands in it')
    .argument('<id>', 'licence identifier')
    .action((id: string) => runShow(shell, id))
  withExamples(licence.command('verify'), [
    'licence verify licence.sd-jwt && echo "it holds"',
    `licence verify ${exampleId} --at 2025-12-31`,
  ])
    .description('check a licence, one check a line; exit 0 valid, 1 invalid, 5 not provable')
    .argument('<file|id>', 'a licence document, or the identifier of a licence in the vault')
    .option('--at <time>', 'the time the verdict is about; now when left out', readTime)
    .action((asked: string, { at }: { at?: Date }) => runVerify(shell, asked, at))
  withExamples(licence.command('revoke'), [
    `licence revoke ${exampleId} --reason obtained-by-fraud --department haikouMarket --officer 0731`,
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
  const { licenceId } = idOf(id)
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
    }
    shell.terminal.answer(shown, columns(Object.entries(named)))
  })
}

function viewOf(stored: StoredLicence) {
  const { licenceId, type, state, issuer, division, grade, validFrom, validUntil, leaf } = stored
  return {
    ...{ licenceId, type, state, issuer, division, grade },
    validFrom: validFrom.toISOString(),
    /** First moment out of force. */
    validUntil: validUntil?.toISOString() ?? null,
    leaf: toBase64url(leaf),
  }
}

async function runVerify(shell: Shell, asked: string, given: Date | undefined): Promise<void> {
  const subject = asked.startsWith(licenceIdRoot)
    ? idOf(asked)
    : { document: await readDocument(asked) }
  await withExchange(shell, async ({ vault }) => {
    const verdict = await vault.verify({ ...subject, at: given ?? shell.clock() })
    const lines = verdict.checks.map((check) => lineOf(shell, check))
    shell.terminal.answer(verdict, [...lines, summaryOf(shell, verdict)])
    shell.end(statuses[verdict.verdict])
  })
}

const statuses = { valid: exit.ok, invalid: exit.failed, unknown: exit.partial } as const
const colours = { pass: 'green', fail: 'red', unknown: 'yellow' } as const
const marks = { pass: '✓', fail: '✗', unknown: '?' } as const
const verdicts = {
  valid: ['green', '有效 · valid'],
  invalid: ['red', '无效 · invalid'],
  unknown: ['yellow', '无法证实 · not provable'],
} as const

function lineOf({ terminal }: Shell, { code, outcome, reason, zh, en }: Check): string {
  const because = reason === undefined ? '' : `  (${reason})`
  return `${terminal.paint(colours[outcome], marks[outcome])} ${code.padEnd(17)} ${zh} · ${en}${because}`
}

function summaryOf({ terminal }: Shell, { verdict, at }: Verdict): string {
  const [colour, words] = verdicts[verdict]
  return `${terminal.paint(colour, words)}  ${at}`
}

async function runRevoke(shell: Shell, id: string, options: RevokeOptions): Promise<void> {
  const { licenceId } = idOf(id)
  const { reason, department, officer } = options
  await withExchange(shell, async ({ vault, log }) => {
    const asked = { licenceId, act: 'revoke', reason, department, officer } as const
    const { state, at } = await vault.change(asked)
    await log.sequence()
    const time = at.toISOString()
    shell.terminal.answer({ licenceId, state, at: time }, [`${licenceId}  ${state}  ${time}`])
  })
}

/** @throws Problem invalid-licence-id: a slip of the pen is told from a licence that is not there. */
function idOf(text: string): { licenceId: string } {
  parseLicenceId(text)
  return { licenceId: text }
}

/** A document is one line of text, whatever an editor put behind it. */
async function readDocument(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size > documentBytesMax) throw new Problem('body-too-large', { limit: documentBytesMax })
    return (await file.readFile('utf8')).trim()
  } finally {
    await file.close()
  }
}

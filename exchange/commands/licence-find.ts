/** `zt licence find`: a page of licences by what stands in clear; numbers and holders come in files. */
import type { Command } from 'commander'
import { dayInChina } from '../../catalogs/catalog.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import { Problem } from '../../sdk/problem.ts'
import { licenceIdRoot } from '../../sdk/identifier-licence.ts'
import { searchLimits } from '../../vault/index.ts'
import type { FoundLicence, Search } from '../../vault/index.ts'
import { readParty } from './holder.ts'
import { withExchange } from './open.ts'
import type { Shell } from './shell.ts'
import { readText } from './text-file.ts'
import { columns, readCount, readTime, withExamples } from './words.ts'

interface FindOptions extends Pick<Search, 'type' | 'issuer' | 'area' | 'state'> {
  readonly number?: string
  readonly holder?: string
  readonly beginsFrom?: Date
  readonly beginsUntil?: Date
  readonly endsFrom?: Date
  readonly endsUntil?: Date
  readonly first: number
  readonly after?: string
}

export function addFindCommand(licence: Command, shell: Shell): void {
  withExamples(licence.command('find'), [
    'licence find --issuer haikouMarket --area 4601 --state revoked',
    'licence find --type foodBusinessPermit --ends-until 2026-12-31 --json',
    '# holder.json: {"codeType":"111","code":"460300190001019996"}',
    'licence find --holder holder.json',
  ])
    .description('licences by what is known of them, newest first')
    .option('--number <file>', 'the number on the face, as JSON: {"licenceNo":"…"}')
    .option('--holder <file>', 'whose they are, as JSON; - for standard input')
    .option('--type <code>', 'a licence type')
    .option('--issuer <code>', 'the issuing department')
    .option('--area <digits>', 'how the division begins: 46, 4601 or 460108')
    .option('--state <state>', 'valid, expired, suspended, revoked, …')
    .option('--begins-from <time>', 'in force from this time or later', readTime)
    .option('--begins-until <time>', 'in force from before this time', readTime)
    .option('--ends-from <time>', 'ending at this time or later', readTime)
    .option('--ends-until <time>', 'ending before this time', readTime)
    .option('--first <count>', 'how many', readCount, searchLimits.pageStandard)
    .option('--after <cursor>', 'the next page', String)
    .action((options: FindOptions) => runFind(shell, options))
}

async function runFind(shell: Shell, options: FindOptions): Promise<void> {
  const { first, after } = options
  const asked = await searchFor(shell, options)
  await withExchange(shell, async ({ vault, settings: { clock } }) => {
    const page = { first, ...(after === undefined ? {} : { after }) }
    const { licences, at, next } = await vault.search(asked, page, clock())
    shell.terminal.answer(
      { licences: licences.map(viewOf), at: at.toISOString(), next },
      linesOf(licences),
    )
    if (licences.length === 0) shell.terminal.note('no licence fits')
    if (next !== null) shell.terminal.note(`there are more: --after ${next}`)
  })
}

async function searchFor(shell: Shell, options: FindOptions): Promise<Search> {
  const { number, holder, type, issuer, area, state, ...spans } = options
  return {
    ...(number === undefined ? {} : { licenceNo: readNumber(await readText(shell, number)) }),
    ...(holder === undefined ? {} : { holder: readParty(await readText(shell, holder)) }),
    ...(type === undefined ? {} : { type }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(area === undefined ? {} : { area }),
    ...(state === undefined ? {} : { state }),
    begins: spanOf(spans.beginsFrom, spans.beginsUntil),
    ends: spanOf(spans.endsFrom, spans.endsUntil),
  }
}

function spanOf(from: Date | undefined, until: Date | undefined): NonNullable<Search['begins']> {
  return { ...(from ? { from } : {}), ...(until ? { until } : {}) }
}

function readNumber(text: string): string {
  const { licenceNo, ...others } = parseJsonObject(text)
  if (typeof licenceNo !== 'string' || Object.keys(others).length > 0) {
    const expected = '{"licenceNo":"…"} and nothing else'
    throw new Problem('invalid-request', { place: 'number', expected })
  }
  return licenceNo
}

function viewOf(found: FoundLicence) {
  const { licenceId, type, state, issuer, division, grade, validFrom, validUntil } = found
  return {
    ...{ licenceId, type, state, issuer, division, grade },
    validFrom: validFrom.toISOString(),
    /** First moment out of force. */
    validUntil: validUntil?.toISOString() ?? null,
  }
}

/** Two lines each, because no identifier fits beside anything; what all of them begin with is left out. */
function linesOf(licences: readonly FoundLicence[]): string[] {
  const facts = columns(
    licences.map(({ state, validUntil, division, issuer, type }) => [
      ...[state, validUntil ? lastDayOf(validUntil) : '长期', division, issuer, type],
    ]),
  )
  return licences.flatMap(({ licenceId }, i) => [
    facts[i] ?? '',
    `  ${licenceId.slice(licenceIdRoot.length + 1)}`,
  ])
}

/** The end is the first moment out of force. */
function lastDayOf(validUntil: Date): string {
  return dayInChina(new Date(validUntil.getTime() - 1))
}

/** Importing files of historical licences, and what became of earlier runs. */
import type { Command } from 'commander'
import type { FoundEntry, Log } from '../../log/index.ts'
import { searchLimits } from '../../log/index.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import type { Json, JsonObject } from '../../sdk/json.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import type { ImportProgress, ImportReport, ImportResult, Vault } from '../../vault/index.ts'
import { wordsOf } from '../finding-words.ts'
import { errorFileHeading, errorFileLines } from '../error-file.ts'
import { withExchange } from './open.ts'
import { exit } from './shell.ts'
import type { Shell } from './shell.ts'
import { readText } from './text-file.ts'
import { columns, withExamples } from './words.ts'

export function addImportCommands(program: Command, shell: Shell): void {
  const group = program.command('import').description('files of historical licences')
  withExamples(group.command('run'), [
    'import run companies.csv --type businessLicence --dry-run',
    'import run permits.csv --type foodBusinessPermit --map permits.json',
    'import run permits.csv --type foodBusinessPermit --map permits.json --json > summary.json',
  ])
    .description('issue every sound row of a file; the others go into quarantine (exit 5)')
    .argument('<file>', 'CSV with one header line; an interrupted run goes on')
    .requiredOption('--type <type>', 'licence type of the rows')
    .option('--map <file>', 'JSON: which column is what (docs/importing.md)')
    .option('--department <code>', 'whose file it is: may read over HTTP what became of it')
    .option('--dry-run', 'only report what an import would come to; writes nothing')
    .option('--anew', 'give up an unfinished run of this file and begin at its first row')
    .action((path: string, options: RunOptions) => runImport(shell, path, options))
  withExamples(group.command('status'), ['import status', 'import status RUN --json'])
    .description('the runs there were, newest first; or one run, held against the vault')
    .argument('[run]', 'only this run')
    .action((run?: string) => (run === undefined ? listRuns(shell) : showRun(shell, run)))
  withExamples(group.command('errors'), [
    'import errors RUN > errors.csv',
    'import errors RUN --json | jq .line',
  ])
    .description('CSV of the lines in quarantine: where, which rule, what to do; values masked')
    .argument('<run>', 'the id that the run printed')
    .action((run: string) => runErrors(shell, run))
}

interface RunOptions {
  readonly type: string
  readonly map?: string
  readonly department?: string
  readonly dryRun?: boolean
  readonly anew?: boolean
}

async function runImport(shell: Shell, path: string, options: RunOptions): Promise<void> {
  const { type, map: mapPath, department, dryRun = false, anew = false } = options
  const map = mapPath === undefined ? undefined : parseJsonObject(await readText(shell, mapPath))
  const request = {
    ...{ path, type, isAnew: anew },
    ...(map && { map }),
    ...(department !== undefined && { department }),
  }
  await withExchange(shell, async ({ vault, log }) => {
    const report = createProgress(shell)
    if (dryRun) {
      answer(shell, {}, await vault.rehearseImport(request, report))
      return
    }
    const sequencing = log.run()
    try {
      const result = await vault.importLicences(request, report)
      const { runId, resumedAfter } = result
      await log.sequence()
      answer(shell, { run: runId, 'resumed after': resumedAfter }, result)
      if (result.quarantined > 0) {
        shell.terminal.note(`what is wrong with each line: zt import errors ${runId} > errors.csv`)
      }
    } finally {
      await sequencing.stop()
    }
  })
}

/** Rows, speed and what is left, as a line for people or an object for programs. */
function createProgress({ terminal, clock }: Shell): (progress: ImportProgress) => void {
  const begun = clock().getTime()
  let first: ImportProgress | undefined
  return (progress) => {
    first ??= progress
    const { rows, issued, existing, quarantined, share } = progress
    const millis = clock().getTime() - begun
    const rate = rateOf(rows - first.rows, millis)
    const gained = share - first.share
    const secondsLeft = gained > 0 ? Math.ceil(((1 - share) / gained) * (millis / 1_000)) : null
    terminal.progress(
      [
        `rows ${rows}  issued ${issued}  existing ${existing}  quarantined ${quarantined}`,
        `${rate} rows/s  ${Math.floor(share * 100)} %  ${secondsLeft ?? '?'} s left`,
      ].join('  '),
      { rows, issued, existing, quarantined, rowsPerSecond: rate, share, secondsLeft },
    )
  }
}

function answer(
  shell: Shell,
  of: Readonly<Record<string, string | number>>,
  report: ImportReport | ImportResult,
): void {
  const { rows, issued, existing, quarantined, encoding, byIssuer, byDivision } = report
  const rate = rateOf(rows, report.millis)
  const heading = { ...of, encoding, rows, issued, existing, quarantined, 'rows/s': rate }
  shell.terminal.answer({ ...report, rowsPerSecond: rate }, [
    ...columns(counted(heading)),
    ...table('by issuer', byIssuer),
    ...table('by division', byDivision),
    ...table('filled in, by item', report.byItem),
    ...findingTable(report.byFinding),
  ])
  if (quarantined > 0) shell.end(exit.partial)
}

function rateOf(rows: number, millis: number): number {
  return Math.round((rows * 1_000) / Math.max(millis, 1))
}

function counted(counts: Readonly<Record<string, string | number>>): [string, string][] {
  return Object.entries(counts).map(([name, count]) => [name, String(count)])
}

function table(title: string, counts: Counts): string[] {
  return titled(title, sorted(counts))
}

function findingTable(counts: Counts): string[] {
  const rows = sorted(counts)
  const explained = rows.map(([name, count]) => [name, count, wordsOf(name.split(' ')[1] ?? '')])
  return titled('by finding', explained)
}

function sorted(counts: Counts): [string, string][] {
  return counted(counts).sort(([a], [b]) => a.localeCompare(b, 'en'))
}

function titled(title: string, rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : [title, ...columns(rows).map((row) => `  ${row}`)]
}

interface RunView {
  readonly runId: string
  readonly type: string
  readonly startedAt: string
  readonly finishedAt: string | null
  readonly counts: Readonly<Record<string, number>> | null
}

async function listRuns(shell: Shell): Promise<void> {
  await withExchange(shell, async ({ log }) => {
    const runs = await findRuns(log)
    const value = runs.map(({ counts, ...run }) => ({ ...run, ...counts }))
    shell.terminal.answer(value, columns(runs.map(rowOf)))
    if (runs.length === 0) shell.terminal.note('nothing was imported yet')
  })
}

async function showRun(shell: Shell, runId: string): Promise<void> {
  await withExchange(shell, async ({ vault }) => {
    const status = await vault.importStatus(runId)
    const { totals, inVault, agrees, startedAt, finishedAt } = status
    const { rows, issued, existing, quarantined } = totals
    shell.terminal.answer(status, [
      ...columns([
        ['run', runId],
        ['type', status.type],
        ['of', status.department ?? 'nobody in particular'],
        ['started', startedAt.toISOString()],
        ['finished', finishedAt?.toISOString() ?? 'not finished'],
        ...counted({ rows, issued, existing, quarantined }),
        ['agrees with the vault', agrees ? 'yes' : 'no'],
      ]),
      ...compared('by issuer: counted, in the vault', totals.byIssuer, inVault.byIssuer),
      ...compared('by division: counted, in the vault', totals.byDivision, inVault.byDivision),
    ])
    if (finishedAt !== null && !agrees) shell.end(exit.failed)
  })
}

type Counts = Readonly<Record<string, number>>

function compared(title: string, counts: Counts, others: Counts): string[] {
  const keys = [...new Set([...Object.keys(counts), ...Object.keys(others)])].sort()
  const rows = keys.map((key) => [key, `${counts[key] ?? 0}`, `${others[key] ?? 0}`])
  return titled(title, rows)
}

/** The newest runs; a run whose end is not recorded is at work or was interrupted. */
async function findRuns(log: Log): Promise<RunView[]> {
  const page = { first: searchLimits.pageMax }
  const started = (await log.search({ kind: 'import-started' }, page)).map(bodyOf)
  const finished = (await log.search({ kind: 'import-finished' }, page)).map(bodyOf)
  return started.map((start) => {
    const end = finished.find(({ runId }) => runId === start['runId'])
    return {
      runId: textOf(start['runId']),
      type: textOf(start['type']),
      startedAt: textOf(start['at']),
      finishedAt: end ? textOf(end['at']) : null,
      counts: end ? countsIn(end) : null,
    }
  })
}

const countNames = ['rows', 'issued', 'existing', 'quarantined'] as const

function countsIn(end: JsonObject): Record<string, number> {
  return Object.fromEntries(countNames.map((name) => [name, Number(end[name])]))
}

function bodyOf({ body }: FoundEntry): JsonObject {
  return parseJsonObject(fromUtf8(body))
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function rowOf({ runId, type, startedAt, finishedAt, counts }: RunView): string[] {
  const words = counted(counts ?? {}).map((cells) => cells.join(' '))
  return [runId, type, startedAt, finishedAt ?? 'not finished', words.join(', ')]
}

async function runErrors(shell: Shell, runId: string): Promise<void> {
  await withExchange(shell, async ({ vault }) => {
    let isFirst = true
    for await (const { line, findings } of quarantinedLines(vault, runId)) {
      const heading = isFirst ? [errorFileHeading] : []
      shell.terminal.answer({ line, findings }, [...heading, ...errorFileLines({ line, findings })])
      isFirst = false
    }
    if (isFirst) shell.terminal.note('no line of this run is in quarantine')
  })
}

async function* quarantinedLines(vault: Vault, runId: string) {
  for (let last = 0; ;) {
    const page = await vault.quarantineOf(runId, last)
    yield* page
    const end = page.at(-1)
    if (!end) return
    last = end.line
  }
}

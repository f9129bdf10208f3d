/** Importing files of historical licences, and what became of earlier runs. */
import type { Command } from 'commander'
import type { FoundEntry, Log } from '../../log/index.ts'
import { searchLimits } from '../../log/index.ts'
import { parseJsonObject } from '../../sdk/json.ts'
import type { Json, JsonObject } from '../../sdk/json.ts'
import { fromUtf8 } from '../../sdk/primitives.ts'
import { Problem } from '../../sdk/problem.ts'
import { withExchange } from './open.ts'
import { exit } from './shell.ts'
import type { Shell } from './shell.ts'
import { columns, withExamples } from './words.ts'

export function addImportCommands(program: Command, shell: Shell): void {
  const group = program.command('import').description('files of historical licences')
  withExamples(group.command('run'), [
    'import run companies.csv --type businessLicence',
    'import run companies.csv --type businessLicence --json > summary.json',
  ])
    .description('issue every sound row of a file; the others go into quarantine (exit 5)')
    .argument('<file>', 'CSV in UTF-8 with one header line; may be run again at any time')
    .requiredOption('--type <type>', 'licence type of the rows')
    .action((path: string, { type }: { type: string }) => runImport(shell, path, type))
  withExamples(group.command('status'), ['import status', 'import status RUN --json'])
    .description('the runs there were, newest first, as the log has recorded them')
    .argument('[run]', 'only this run')
    .action((run?: string) => runStatus(shell, run))
  withExamples(group.command('errors'), [
    'import errors RUN',
    'import errors RUN --json | jq .line',
  ])
    .description('the lines in quarantine: where, which rule, what to do; never what stood there')
    .argument('<run>', 'the id that the run printed')
    .action((run: string) => runErrors(shell, run))
}

async function runImport(shell: Shell, path: string, type: string): Promise<void> {
  const { terminal, clock } = shell
  await withExchange(shell, async ({ vault, log }) => {
    const begun = clock().getTime()
    const sequencing = log.run()
    try {
      const result = await vault.importLicences(
        { path, type },
        ({ rows, issued, existing, quarantined }) => {
          const rate = rateOf(rows, clock().getTime() - begun)
          terminal.progress(
            `rows ${rows}  issued ${issued}  existing ${existing}  quarantined ${quarantined}  ${rate} rows/s`,
          )
        },
      )
      await log.sequence()
      const { runId, rows, issued, existing, quarantined, byIssuer, byRule, millis } = result
      const rate = rateOf(rows, millis)
      terminal.answer({ ...result, rowsPerSecond: rate }, [
        ...columns([
          ['run', runId],
          ...counted({ rows, issued, existing, quarantined, 'rows/s': rate }),
        ]),
        ...table('by issuer', byIssuer),
        ...table('by finding', byRule),
      ])
      if (quarantined > 0) {
        terminal.note(`what is wrong with each line: zt import errors ${runId}`)
        shell.end(exit.partial)
      }
    } finally {
      await sequencing.stop()
    }
  })
}

function rateOf(rows: number, millis: number): number {
  return Math.round((rows * 1_000) / Math.max(millis, 1))
}

function counted(counts: Readonly<Record<string, number>>): [string, string][] {
  return Object.entries(counts).map(([name, count]) => [name, String(count)])
}

function table(title: string, counts: Readonly<Record<string, number>>): string[] {
  const rows = counted(counts).sort(([a], [b]) => a.localeCompare(b, 'en'))
  return rows.length === 0 ? [] : [title, ...columns(rows).map((row) => `  ${row}`)]
}

interface RunView {
  readonly runId: string
  readonly type: string
  readonly startedAt: string
  readonly finishedAt: string | null
  readonly counts: Readonly<Record<string, number>> | null
}

async function runStatus(shell: Shell, runId: string | undefined): Promise<void> {
  await withExchange(shell, async ({ log }) => {
    const runs = (await findRuns(log)).filter((run) => runId === undefined || run.runId === runId)
    if (runs.length === 0 && runId !== undefined) throw new Problem('unknown-import-run')
    const value = runs.map(({ counts, ...run }) => ({ ...run, ...counts }))
    shell.terminal.answer(value, columns(runs.map(rowOf)))
    if (runs.length === 0) shell.terminal.note('nothing was imported yet')
  })
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
    let last = 0
    for (;;) {
      const page = await vault.quarantineOf(runId, last)
      if (page.length === 0) break
      for (const { line, findings } of page) {
        const lines = findings.map(
          ({ field, rule, remedy }) => `${line}\t${field}\t${rule}\t${remedy}`,
        )
        shell.terminal.answer({ line, findings }, lines)
        last = line
      }
    }
    if (last === 0) shell.terminal.note('no line of this run is in quarantine')
  })
}

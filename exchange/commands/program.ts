/**
 * The command line as a function: its arguments, and everything a program has around it, come in; the
 * exit status comes out. Data goes to stdout, everything else to stderr.
 */
import { Command, CommanderError } from 'commander'
import { readConfig } from '../config.ts'
import { addAuditCommands } from './audit.ts'
import { addBackupCommands } from './backup.ts'
import { addCatalogCommands } from './catalog.ts'
import { addDoctorCommand } from './doctor.ts'
import { explainFailure } from './failure.ts'
import { addGrantCommands } from './grant.ts'
import { addHolderCommands } from './holder.ts'
import { addImportCommands } from './import.ts'
import { addKeysCommands } from './keys.ts'
import { addLicenceCommands } from './licence.ts'
import { addServeCommands } from './serve.ts'
import { exit } from './shell.ts'
import type { ExitStatus, Shell } from './shell.ts'
import { createTerminal } from './terminal.ts'
import type { OutputStream } from './terminal.ts'
import { addTokenCommand } from './token.ts'
import { withExamples } from './words.ts'

export interface Surroundings extends Pick<Shell, 'clock' | 'interrupted' | 'stdin'> {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly environment: NodeJS.ProcessEnv
}

const groups = [
  ...[addServeCommands, addCatalogCommands, addLicenceCommands, addHolderCommands],
  ...[addImportCommands, addGrantCommands, addAuditCommands, addBackupCommands, addKeysCommands],
  ...[addTokenCommand, addDoctorCommand],
]

export async function runProgram(
  args: readonly string[],
  { stdin, stdout, stderr, environment, clock, interrupted }: Surroundings,
): Promise<ExitStatus> {
  let status: ExitStatus = exit.ok
  const program = new Command('zt')
  const wantsJson = (): boolean => program.opts<{ json?: true }>().json ?? false
  const terminal = createTerminal({ stdout, stderr, clock, wantsJson })
  const shell: Shell = {
    ...{ config: () => readConfig(environment), clock, terminal, interrupted, stdin },
    end: (value) => {
      status = value
    },
  }
  program.configureOutput({
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => stderr.write(text),
  })
  describe(program)
  for (const add of groups) add(program, shell)
  try {
    await program.parseAsync(leavesLast(args), { from: 'user' })
    return status
  } catch (thrown) {
    // Commander has said what it refuses and why; asking for help is not a failure.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exit.ok : exit.usage
    const withCause = environment['LOG_LEVEL'] === 'debug'
    return explainFailure(thrown, { terminal, withCause })
  }
}

/** A leaf may begin with a dash, and is no option for that. */
function leavesLast(args: readonly string[]): readonly string[] {
  const isLeaf = (arg: string): boolean => args.includes('prove') && /^-[\w-]{42}$/.test(arg)
  const leaves = args.filter(isLeaf)
  return leaves.length === 0 ? args : [...args.filter((arg) => !isLeaf(arg)), '--', ...leaves]
}

function describe(program: Command): void {
  withExamples(program, [
    'serve',
    'grant list meilanMarket',
    'licence verify licence.sd-jwt --evidence issue.json --status list.jwt',
    'audit verify --json',
  ])
    .description('证通 Zhengtong: electronic licences and data exchange')
    .option('--json', 'data as JSON, refusals as JSON')
    .addHelpText(
      'after',
      '\nExit: 0 ok, 1 failed check, 2 usage, 3 unsafe, 4 unavailable, 5 partial',
    )
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
}

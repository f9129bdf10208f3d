/**
 * The command line, `npm run zt -- <command>`. Data on stdout, everything else on stderr, exit
 * statuses as in `commands/shell.ts`. The clock, the environment and signals come in here.
 */
import { Command, CommanderError } from 'commander'
import { addAuditCommands } from './commands/audit.ts'
import { addBackupCommands } from './commands/backup.ts'
import { addCatalogCommands } from './commands/catalog.ts'
import { addDoctorCommand } from './commands/doctor.ts'
import { explainFailure } from './commands/failure.ts'
import { addGrantCommands } from './commands/grant.ts'
import { addImportCommands } from './commands/import.ts'
import { addLicenceCommands } from './commands/licence.ts'
import { addServeCommands } from './commands/serve.ts'
import { exit } from './commands/shell.ts'
import type { ExitStatus, Shell } from './commands/shell.ts'
import { createTerminal } from './commands/terminal.ts'
import { addTokenCommand } from './commands/token.ts'
import { withExamples } from './commands/words.ts'
import { readConfig } from './config.ts'
import { interruption } from './signals.ts'

const status: { value: ExitStatus } = { value: exit.ok }
const program = new Command('zt')
const clock = (): Date => new Date()
const { stdout, stderr } = process
const wantsJson = (): boolean => program.opts<{ json?: true }>().json ?? false
const terminal = createTerminal({ stdout, stderr, clock, wantsJson })
const shell: Shell = {
  ...{ config: readConfig, clock, terminal, interrupted },
  end: (value) => {
    status.value = value
  },
}

withExamples(program, [
  'serve',
  'grant list meilanMarket',
  'licence verify licence.sd-jwt && echo "it holds"',
  'audit verify --json',
])
  .description('证通 Zhengtong: electronic licences and data exchange')
  .option('--json', 'data as JSON, refusals as JSON')
  .addHelpText('after', '\nExit: 0 ok, 1 failed check, 2 usage, 3 unsafe, 4 unavailable, 5 partial')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride()
const groups = [
  ...[addServeCommands, addCatalogCommands, addLicenceCommands, addImportCommands],
  ...[addGrantCommands, addAuditCommands, addBackupCommands, addTokenCommand, addDoctorCommand],
]
for (const add of groups) add(program, shell)

try {
  await program.parseAsync()
} catch (thrown) {
  status.value = statusAfter(thrown)
}
// What was interrupted may still hold on to something; whatever else ends, ends by itself.
if (status.value === exit.interrupted) process.exit(status.value)
process.exitCode = status.value

/** Commander has said what it refuses and why; asking for help is not a failure. */
function statusAfter(thrown: unknown): ExitStatus {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exit.ok : exit.usage
  return explainFailure(thrown, { terminal, withCause: process.env['LOG_LEVEL'] === 'debug' })
}

function interrupted(): Promise<void> {
  return interruption({
    once: (signal, heard) => process.once(signal, heard),
    exit: (value) => process.exit(value),
  })
}

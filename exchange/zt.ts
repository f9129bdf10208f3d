#!/usr/bin/env node
/**
 * The command line, `npm run zt -- <command>`. Exit statuses as in `commands/shell.ts`. The clock, the
 * environment and signals come in here.
 */
import { setFlagsFromString } from 'node:v8'
import { runProgram } from './commands/program.ts'
import { exit } from './commands/shell.ts'
import { interruption } from './running/signals.ts'

// Young garbage dies in a small space as well: without this an import takes more than the
// 400 MB that it may (bench/README.md, test/faults/import-memory.test.ts).
setFlagsFromString('--semi-space-growth-factor=1')

const { argv, stdin, stdout, stderr, env: environment } = process
const status = await runProgram(argv.slice(2), {
  ...{ stdin, stdout, stderr, environment, clock: () => new Date() },
  interrupted: () =>
    interruption({
      once: (signal, heard) => process.once(signal, heard),
      exit: (value) => process.exit(value),
    }),
})
// What was interrupted may still hold on to something; whatever else ends, ends by itself.
if (status === exit.interrupted) process.exit(status)
process.exitCode = status

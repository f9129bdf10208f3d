/**
 * `npm run check`, for every change: types, lint, layout and all tests but those that take their time,
 * which `npm test` has too: the runs with faults, and `*.slow.test.ts`, where whole programs are started
 * again and again. Side by side, because one alone leaves processors idle. The tests speak as they run,
 * the others when they have something against it.
 */
import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { text } from 'node:stream/consumers'

/** Megabytes in which what is soon forgotten is collected: less often, and for less. */
const youngSpace = '--max-semi-space-size=128'

const steps = {
  'types and lint': ['node', youngSpace, 'test/types-and-lint.ts'],
  layout: ['prettier', '--check', '.', '--log-level', 'warn', '--cache'],
  tests: ['vitest', 'run', '--exclude', 'test/faults', '--exclude', '**/*.slow.test.ts'],
} satisfies Record<string, readonly [string, ...string[]]>

const begun = Date.now()
const failed: string[] = []

await Promise.all(
  Object.entries(steps).map(async ([name, [program, ...args]]) => {
    const speaks = name === 'tests' ? 'inherit' : 'pipe'
    const child = spawn(program, args, { stdio: ['ignore', speaks, speaks] })
    // They are many processes; the compiler and the linter are one, which would end last.
    if (name === 'tests' && child.pid) setPriority(child.pid, constants.priority.PRIORITY_LOW)
    const streams = [child.stdout, child.stderr].filter((stream) => stream !== null)
    const said = Promise.all(streams.map((stream) => text(stream)))
    const status = await new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', resolve)
    })
    if (status === 0) return
    failed.push(name)
    process.stderr.write(`\n${name}:\n${(await said).join('')}\n`)
  }),
)

const seconds = Math.round((Date.now() - begun) / 1_000)
const verdict = failed.length === 0 ? 'all is well' : `failed: ${failed.join(', ')}`
process.stderr.write(`check: ${verdict}, ${seconds} s\n`)
process.exitCode = failed.length === 0 ? 0 : 1

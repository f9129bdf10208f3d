/** What others rely on stands in docs/contracts.md: every address, and every command. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { runProgram } from '../exchange/commands/program.ts'
import { createOperatorLog } from '../exchange/watch/operator-log.ts'
import { routesOf } from './routes.ts'

const [, http = '', commands = ''] = readFileSync(
  join(import.meta.dirname, '../docs/contracts.md'),
  'utf8',
).split(/^## (?:HTTP|Commands)$/m)
const named = (page: string, form: RegExp): string[] =>
  [...page.matchAll(form)].map(([, one = '']) => one)

test('every address of the server, and no other', async () => {
  const routes = await routesOf(createOperatorLog('silent', new PassThrough()))
  const paths = routes.map((route) =>
    (route.split(' ')[1] ?? '').replaceAll(/:(\w+)/g, '{$1}').replace('*', '{rest}'),
  )
  const written = named(http, /`(?:(?:GET|POST) )?(\/[a-z.][^` ]*)`/g)
  const others = ['/metrics', '/log/…']
  const ofLog = paths.filter((path) => path.startsWith('/log/')) // They have a table of their own.
  expect(new Set(paths)).toEqual(
    new Set([...written.filter((path) => !others.includes(path)), ...ofLog]),
  )
})

/** The commands that a help lists, but `help`. */
async function listed(args: readonly string[]): Promise<string[]> {
  const stdout = new PassThrough()
  const said = text(stdout)
  await runProgram([...args, '--help'], {
    ...{ stdin: new PassThrough(), stdout, stderr: new PassThrough(), environment: {} },
    ...{ clock: () => new Date(0), interrupted: () => new Promise<void>(() => undefined) },
  })
  stdout.end()
  const [, list = ''] = (await said).split('Commands:\n')
  const names = [...list.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name)
  return names.filter((name) => name !== 'help')
}

test('every command of zt, and no other', async () => {
  const groups = await listed([])
  const each = groups.map(async (group) => {
    const commands = await listed([group])
    return commands.length === 0 ? [group] : commands.map((command) => `${group} ${command}`)
  })
  const written = named(commands, /`([a-z]+(?: [a-z|-]+)?)`/g).flatMap((words) => {
    const [group = '', names] = words.split(' ')
    if (!groups.includes(group)) return []
    return names === undefined ? [group] : names.split('|').map((one) => `${group} ${one}`)
  })
  expect(new Set((await Promise.all(each)).flat())).toEqual(new Set(written))
})

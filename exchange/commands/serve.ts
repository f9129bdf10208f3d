/** Starting the exchange, and bringing a database to the shape it needs. */
import type { Command } from 'commander'
import { migrate } from '../../db/migrate.ts'
import { Problem } from '../../sdk/problem.ts'
import { isDevelopmentTrust } from '../../sdk/trust.ts'
import type { Trust } from '../../sdk/trust.ts'
import { prepareDevelopmentKeys, registerDevelopmentKeys } from '../development.ts'
import { openLocalDatabase } from '../local.ts'
import { settingsFor, withDatabase } from './open.ts'
import type { Shell } from './shell.ts'
import { withExamples } from './words.ts'

interface ServeOptions {
  readonly insecureDevelopmentKeys?: true
}

const loopback: readonly string[] = ['127.0.0.1', '::1', 'localhost']

export function addServeCommands(program: Command, shell: Shell): void {
  withExamples(program.command('serve'), [
    'serve',
    'serve --json | head -1   # {"url":"http://127.0.0.1:8080"}',
  ])
    .description('start the exchange and answer until SIGINT or SIGTERM')
    .option('--insecure-development-keys', 'let a development PKI serve other machines')
    .action((options: ServeOptions) => runServe(shell, options))
  withExamples(program.command('migrate'), [
    'migrate',
    'migrate --json   # {"applied":["0001-log", …]}',
  ])
    .description('create or update the tables of the database that DATABASE_URL names')
    .action(() => runMigrate(shell))
}

/** Whatever was started here is stopped again, in the opposite order, however it ends. */
async function runServe(shell: Shell, options: ServeOptions): Promise<void> {
  const { terminal } = shell
  const interrupted = shell.interrupted() // Heard from the first moment on, obeyed when all is up.
  const config = shell.config()
  const undo: (() => Promise<void>)[] = []
  try {
    const database = await openLocalDatabase(config, terminal.note)
    undo.push(database.stop)
    const settings = await settingsFor(shell, database.url)
    refuseUnsafeKeys(settings.keys.trust, config.host, options)
    const postponed = ({ detail: { name } }: Problem): void => {
      terminal.note(
        `${String(name)} waits until no older program works in the database: zt migrate`,
      )
    }
    for (const name of await migrate(database.url, { postponed })) {
      terminal.note(`migrated ${name}`)
    }
    const { openExchange, serve } = await import('../main.ts') // Other commands need none of it.
    const exchange = await openExchange(settings)
    undo.push(exchange.close)
    const ours = !config.production
    if (ours && (await prepareDevelopmentKeys(config, settings.catalogue, shell.clock()))) {
      await registerDevelopmentKeys(exchange, config.keysFolder)
    }
    const serving = await serve(exchange, config)
    undo.push(serving.close)
    terminal.answer({ url: serving.url }, [serving.url])
    if (config.port !== 0 && !serving.url.endsWith(`:${config.port}`)) {
      terminal.note(`port ${config.port} was busy; this is the next free one`)
    }
    terminal.note('证通已启动，Ctrl+C 停止 · the exchange is up; Ctrl+C stops it')
    await interrupted
    terminal.note('正在停止 · stopping')
    await serving.drain(config.drainMs)
  } finally {
    for (const stop of undo.toReversed()) await stop()
  }
}

/** Its private keys lie beside the program in clear: whoever reads them can be every department. */
function refuseUnsafeKeys(trust: Trust, host: string, options: ServeOptions): void {
  if (!isDevelopmentTrust(trust) || loopback.includes(host) || options.insecureDevelopmentKeys) {
    return
  }
  throw new Problem('development-keys', { host })
}

async function runMigrate(shell: Shell): Promise<void> {
  await withDatabase(shell, async (url) => {
    const applied = await migrate(url)
    shell.terminal.answer({ applied }, applied)
    if (applied.length === 0)
      shell.terminal.note('nothing to do: every migration was applied before')
  })
}

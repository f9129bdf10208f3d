/** Opening what a command works on, and closing it again, however the command ends. */
import { loadCatalogue } from '../../catalogs/catalog.ts'
import type { Catalogue } from '../../catalogs/catalog.ts'
import { migrate } from '../../db/migrate.ts'
import { connect } from '../../db/postgres.ts'
import type { Db } from '../../db/postgres.ts'
import { Problem } from '../../sdk/problem.ts'
import { isDevelopmentTrust } from '../../sdk/trust.ts'
import type { Trust } from '../../sdk/trust.ts'
import { prepareDevelopmentKeys } from '../development.ts'
import { readTrustFile } from '../keys/key-folder.ts'
import { openKeys } from '../keys/live-keys.ts'
import { openLocalDatabase } from '../local.ts'
import type { ExchangeParts, Settings } from '../exchange.ts'
import { hasOurTables } from './schema-store.ts'
import { exit } from './shell.ts'
import type { Shell } from './shell.ts'

/** Ends with `interrupted` when somebody stops the program before the work is done. */
export async function withDatabase(
  shell: Shell,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const database = await openLocalDatabase(shell.config(), shell.terminal.note)
  try {
    const interruption = shell.interrupted().then(() => {
      shell.end(exit.interrupted)
    })
    await Promise.race([work(database.url), interruption])
  } finally {
    await database.stop()
  }
}

/** The vault and the log as the settings name them, with nothing running beside the command. */
export async function withExchange(
  shell: Shell,
  work: (parts: ExchangeParts) => Promise<void>,
): Promise<void> {
  await withDatabase(shell, async (url) => {
    await prepareTables(shell, url)
    // The server's libraries take longer to load than most commands take to run.
    const { connectExchange } = await import('../main.ts')
    const parts = await connectExchange(await settingsFor(shell, url))
    try {
      await work(parts)
    } finally {
      await parts.close()
    }
  })
}

/** The log as an auditor sees it: to be read, and never written; of another database when named. */
export async function withAuditor(
  shell: Shell,
  work: (db: Db, trust: Trust) => Promise<void>,
  databaseUrl?: string,
): Promise<void> {
  const read = async (url: string): Promise<void> => {
    const db = connect({ url, role: 'zt_auditor', name: 'zhengtong audit', pace: 'batch' })
    try {
      await work(db, await trustFor(shell))
    } finally {
      await db.close()
    }
  }
  if (databaseUrl !== undefined) {
    await requireTables(databaseUrl)
    await read(databaseUrl)
    return
  }
  await withDatabase(shell, async (url) => {
    await prepareTables(shell, url)
    await read(url)
  })
}

/** The database as whoever replaces and erases keys. */
export async function withKeeper<T>(
  { settings: { databaseUrl: url } }: ExchangeParts,
  work: (keeper: Db) => Promise<T>,
): Promise<T> {
  const keeper = connect({ url, role: 'zt_keeper', name: 'zhengtong keys', pace: 'batch', max: 2 })
  try {
    return await work(keeper)
  } finally {
    await keeper.close()
  }
}

/** Everything `openExchange` wants but the database, read from the settings. */
export async function settingsFor(shell: Shell, databaseUrl: string): Promise<Settings> {
  const { exchangeId, sources, signing, logLevel, keysFolder, production } = shell.config()
  const catalogue = await catalogueWithKeys(shell)
  const keys = await openKeys(keysFolder, catalogue)
  if (production && isDevelopmentTrust(keys.trust)) {
    throw new Problem('development-keys', { setting: 'NODE_ENV', keysFolder })
  }
  return {
    ...{ databaseUrl, exchangeId, catalogue, keys, sources, signing, logLevel },
    clock: shell.clock,
    // Standard output is for data.
    logTo: {
      write: (line) => {
        shell.terminal.note(line.trimEnd())
      },
    },
  }
}

async function trustFor(shell: Shell): Promise<Trust> {
  await catalogueWithKeys(shell)
  return readTrustFile(shell.config().keysFolder)
}

async function catalogueWithKeys(shell: Shell): Promise<Catalogue> {
  const catalogue = loadCatalogue()
  const config = shell.config()
  // Production brings its keys; making some would hide that they are missing.
  if (!config.production) await prepareDevelopmentKeys(config, catalogue, shell.clock())
  return catalogue
}

/** The embedded database is ours to make; one that somebody looks after is migrated on request. */
async function prepareTables(shell: Shell, url: string): Promise<void> {
  if (shell.config().databaseUrl === undefined) await migrate(url)
  else await requireTables(url)
}

async function requireTables(url: string): Promise<void> {
  const db = connect({ url, name: 'zhengtong zt', max: 1 })
  try {
    if (!(await hasOurTables(db))) throw new Problem('database-not-migrated')
  } finally {
    await db.close()
  }
}

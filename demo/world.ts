/**
 * The sample world around an exchange: keys, a migrated database, the police's own database, the
 * registered departments and the sample licences. Everything is made when missing and left alone
 * when there, so a second start finds what the first one made.
 */
import { randomBytes } from 'node:crypto'
import { createDevelopmentPki } from '../certs-dev/create.ts'
import { planFrom } from '../certs-dev/from-catalogue.ts'
import { loadCatalogue } from '../catalogs/catalog.ts'
import type { Catalogue } from '../catalogs/catalog.ts'
import { createDatabase, databaseUrl } from '../db/database.ts'
import { migrate } from '../db/migrate.ts'
import { openDepartment, registerDevelopmentKeys } from '../exchange/development.ts'
import { openExchange, serve } from '../exchange/main.ts'
import type { Serving } from '../exchange/main.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { readKeyFolder } from '../exchange/key-folder.ts'
import { createClient } from '../sdk/client.ts'
import type { Client } from '../sdk/client.ts'
import type { Draft } from '../vault/index.ts'
import { fillRegistry, grantReader } from './registry-store.ts'
import { people, sampleLicences } from './sample.ts'

export interface WorldSettings {
  /** A database of ours that may be empty; its login may make databases and roles. */
  readonly databaseUrl: string
  readonly exchangeId: string
  readonly keysFolder: string
  readonly host: string
  readonly port: number
  readonly logLevel: string
  readonly logTo?: { readonly write: (line: string) => void }
  readonly clock: () => Date
  readonly report: (line: string) => void
}

export interface World {
  readonly settings: WorldSettings
  readonly catalogue: Catalogue
  readonly exchange: Exchange
  readonly serving: Serving
  /** A department's own system, with its key store opened. */
  readonly client: (department: string, officer: string) => Promise<Client>
  readonly close: () => Promise<void>
}

export async function openWorld(settings: WorldSettings): Promise<World> {
  const { keysFolder, exchangeId, clock, report } = settings
  const catalogue = loadCatalogue()
  report(
    `目录已校验 · catalogue ${catalogue.version}: ${catalogue.departments.size} departments, ${catalogue.licenceTypes.size} licence types, ${catalogue.resources.size} resources, ${catalogue.items.size} items, ${catalogue.grants.length} grants`,
  )
  await createDevelopmentPki({
    ...{ out: keysFolder, exchange: exchangeId, at: clock() },
    ...planFrom(catalogue),
  })
  const migrated = await migrate(settings.databaseUrl)
  if (migrated.length > 0) report(`数据库已迁移 · migrated: ${migrated.join(', ')}`)
  const police = await preparePolice(settings.databaseUrl)
  const keys = await readKeyFolder(keysFolder, catalogue)
  const { databaseUrl: url, logLevel, logTo } = settings
  const sources = new Map([['police', police]])
  const exchange = await openExchange({
    ...{ databaseUrl: url, exchangeId, catalogue, keys, sources, logLevel, clock },
    ...(logTo ? { logTo } : {}),
  })
  try {
    await registerDevelopmentKeys(exchange, keysFolder)
    const issued = await issueAll(exchange, sampleLicences)
    if (issued > 0) report(`已签发示例证照 · sample licences issued: ${issued}`)
    await exchange.log.sequence()
    const serving = await serve(exchange, settings)
    return {
      ...{ settings, catalogue, exchange, serving },
      client: async (department, officer) => {
        const identity = await openDepartment(keysFolder, department)
        return createClient({ url: serving.url, identity, officer, trust: keys.trust, clock })
      },
      close: async () => {
        await serving.close()
        await exchange.close()
      },
    }
  } catch (thrown) {
    await exchange.close()
    throw thrown
  }
}

/** Issues what is not there yet; answers how many were new. */
async function issueAll({ vault }: Exchange, drafts: readonly Draft[]): Promise<number> {
  let fresh = 0
  for (const draft of drafts) {
    const issued = await vault.issue(draft)
    if (issued.fresh) fresh += 1
  }
  return fresh
}

/** The sample police database lives beside ours, under its own name and its own reader. */
async function preparePolice(url: string): Promise<string> {
  const name = `${new URL(url).pathname.slice(1)}_police`
  const own = databaseUrl(url, name)
  await createDatabase(url, name).catch(ignoreExisting)
  await fillRegistry(own, Object.values(people))
  // Logins belong to the whole server, where several sample worlds may live side by side.
  const login = { role: `${name}_reader`, password: randomBytes(16).toString('hex') }
  await grantReader(own, login)
  const reader = new URL(own)
  reader.username = login.role
  reader.password = login.password
  return reader.href
}

function ignoreExisting(thrown: unknown): void {
  if (!(thrown instanceof Error && thrown.message.includes('42P04'))) throw thrown
}

/**
 * The sample world around an exchange: keys, a migrated database, the departments' own systems, the
 * registered departments and the sample licences. Everything is made when missing and left alone
 * when there, so a second start finds what the first one made.
 */
import { createDevelopmentPki } from '../certs-dev/create.ts'
import { planFrom } from '../certs-dev/from-catalogue.ts'
import { loadCatalogue } from '../catalogs/catalog.ts'
import type { Catalogue } from '../catalogs/catalog.ts'
import { migrate } from '../db/migrate.ts'
import { openDepartment, registerDevelopmentKeys, openTlsEnd } from '../exchange/development.ts'
import { openExchange, serve } from '../exchange/main.ts'
import type { Serving } from '../exchange/main.ts'
import type { Exchange } from '../exchange/exchange.ts'
import type { TlsFiles } from '../exchange/http/tls.ts'
import type { SourceAddress } from '../exchange/sources/address.ts'
import { openKeys } from '../exchange/keys/live-keys.ts'
import { createClient } from '../sdk/client.ts'
import type { Client } from '../sdk/client.ts'
import type { Draft } from '../vault/index.ts'
import { openDepartments } from './departments.ts'
import type { Departments } from './departments.ts'
import { sampleLicences } from './sample.ts'

export interface WorldSettings {
  /** A database of ours that may be empty; its login may make databases and roles. */
  readonly databaseUrl: string
  readonly exchangeId: string
  readonly keysFolder: string
  /** Codes of the departments that run on SM2. */
  readonly sm2?: readonly string[]
  readonly host: string
  readonly port: number
  readonly metricsPort?: number
  /** Plain HTTP without. */
  readonly tls?: TlsFiles | undefined
  /** Turned together with `clock`. */
  readonly databaseClock?: () => Date
  readonly logLevel: string
  readonly logTo?: { readonly write: (line: string) => void }
  /** In place of the departments' own systems of the sample, by name. */
  readonly sources?: ReadonlyMap<string, SourceAddress>
  readonly clock: () => Date
  readonly report: (line: string) => void
}

export interface World {
  readonly settings: WorldSettings
  readonly catalogue: Catalogue
  readonly exchange: Exchange
  readonly serving: Serving
  readonly departments: Departments
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
    ...planFrom(catalogue, settings.sm2),
  })
  const migrated = await migrate(settings.databaseUrl)
  if (migrated.length > 0) report(`数据库已迁移 · migrated: ${migrated.join(', ')}`)
  const departments = await openDepartments(settings.databaseUrl)
  try {
    return await openWith(settings, catalogue, departments)
  } catch (thrown) {
    await departments.close()
    throw thrown
  }
}

async function openWith(
  settings: WorldSettings,
  catalogue: Catalogue,
  departments: Departments,
): Promise<World> {
  const { databaseUrl, exchangeId, keysFolder, logLevel, logTo, clock, report } = settings
  const { databaseClock } = settings
  const keys = await openKeys(keysFolder, catalogue)
  const sources = new Map([...departments.sources, ...(settings.sources ?? [])])
  const exchange = await openExchange({
    ...{ databaseUrl, exchangeId, catalogue, keys, sources, logLevel, clock, databaseClock },
    ...(logTo ? { logTo } : {}),
  })
  try {
    await registerDevelopmentKeys(exchange, keysFolder)
    const issued = await issueAll(exchange, sampleLicences)
    if (issued > 0) report(`已签发示例证照 · sample licences issued: ${issued}`)
    await exchange.log.sequence()
    const serving = await serve(exchange, settings)
    return {
      ...{ settings, catalogue, exchange, serving, departments },
      client: async (department, officer) => {
        const identity = await openDepartment(keysFolder, department)
        const tls = await openTlsEnd(keysFolder, department)
        return createClient({ url: serving.url, identity, officer, trust: keys.trust, clock, tls })
      },
      close: async () => {
        await serving.close()
        await exchange.close()
        await departments.close()
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

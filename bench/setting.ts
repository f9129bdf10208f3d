/**
 * What the programs measure: the sample world over a throwaway database of a real server, with keys
 * of its own, and a second way into the same database for the limits to be measured by.
 */
import { join } from 'node:path'
import { createDatabase } from '../db/database.ts'
import { connect } from '../db/postgres.ts'
import type { Db } from '../db/postgres.ts'
import type { Company } from '../demo/sample.ts'
import { openWorld } from '../demo/world.ts'
import type { World } from '../demo/world.ts'
import { readConfig } from '../exchange/config.ts'
import { openLocalDatabase } from '../exchange/local.ts'
import { organisationCodeCheckCharacter, usccCheckCharacter } from '../sdk/identifier.ts'
import { createFloor, dropDatabases } from './floor-store.ts'

export interface Setting {
  readonly world: World
  /** As the owner of the database. */
  readonly owner: Db
}

const name = 'zhengtong_bench'
const silent = (): undefined => undefined

export async function withSetting(measure: (setting: Setting) => Promise<void>): Promise<void> {
  const config = readConfig(process.env)
  const local = await openLocalDatabase(config, silent)
  try {
    await drop(local.url)
    const databaseUrl = await createDatabase(local.url, name)
    const owner = connect({ url: databaseUrl, name: 'zhengtong bench', pace: 'batch' })
    await createFloor(owner)
    const world = await openWorld({
      ...{ databaseUrl, exchangeId: config.exchangeId, host: '127.0.0.1', port: 0 },
      keysFolder: join(config.dataFolder, 'bench-keys'),
      ...{ logLevel: 'error', clock: () => new Date(), report: silent },
    })
    try {
      await measure({ world, owner })
    } finally {
      await world.close()
      await owner.close()
    }
  } finally {
    await drop(local.url)
    await local.stop()
  }
}

async function drop(url: string): Promise<void> {
  const server = connect({ url, name: 'zhengtong bench', max: 1, pace: 'batch' })
  try {
    await dropDatabases(server)
  } finally {
    await server.close()
  }
}

/** A company that does not exist, of Meilan district. */
export function inventedCompany(number: number): Company {
  const organisation = `X${String(number).padStart(7, '0')}`
  const body = `91460108${organisation}${organisationCodeCheckCharacter(organisation)}`
  return { uscc: `${body}${usccCheckCharacter(body)}`, name: `虚构第${number}号有限公司（示例）` }
}

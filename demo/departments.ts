/**
 * The departments' own systems in the sample world: the police's service over their database, and
 * the database of civil affairs. Each has its own name beside ours, and secrets made at each start.
 */
import { randomBytes } from 'node:crypto'
import { createDatabase, databaseUrl, dropDatabase } from '../db/database.ts'
import { sourceAddress } from '../exchange/sources/address.ts'
import type { SourceAddress } from '../exchange/sources/address.ts'
import { openPopulationRegistry } from './population-registry.ts'
import type { PopulationRegistry } from './population-registry.ts'
import { grantReader, marriages, population } from './registry-store.ts'
import type { Register } from './registry-store.ts'
import { people } from './sample.ts'

export interface Departments {
  readonly sources: ReadonlyMap<string, SourceAddress>
  readonly registry: PopulationRegistry
  readonly close: () => Promise<void>
}

const registers = { police: population, civil: marriages } as const satisfies Record<
  string,
  Register
>

/** `url` is of our own database; theirs live on the same server. */
export async function openDepartments(url: string): Promise<Departments> {
  const [police, civil] = await Promise.all([prepare(url, 'police'), prepare(url, 'civil')])
  const token = randomBytes(32).toString('hex')
  const registry = await openPopulationRegistry({ databaseUrl: police, token })
  return {
    registry,
    sources: new Map([
      ['police', sourceAddress('POLICE', { url: registry.url, token })],
      ['civil', sourceAddress('CIVIL', { url: civil, token: undefined })],
    ]),
    close: () => registry.close(),
  }
}

/** Drops what was made beside the database of this name; the databases, not the logins. */
export async function dropDepartments(url: string, name: string): Promise<void> {
  for (const department of Object.keys(registers)) {
    await dropDatabase(url, `${name}_${department}`)
  }
}

/** The url of a login that may read the one table. */
async function prepare(url: string, department: keyof typeof registers): Promise<string> {
  const register = registers[department]
  const name = `${new URL(url).pathname.slice(1)}_${department}`
  const own = databaseUrl(url, name)
  await createDatabase(url, name).catch(ignoreExisting)
  await register.fill(own, Object.values(people))
  // Logins belong to the whole server, where several sample worlds may live side by side.
  const login = { role: `${name}_reader`, password: randomBytes(16).toString('hex') }
  await grantReader(own, register.table, login)
  const reader = new URL(own)
  reader.username = login.role
  reader.password = login.password
  return reader.href
}

function ignoreExisting(thrown: unknown): void {
  if (!(thrown instanceof Error && thrown.message.includes('42P04'))) throw thrown
}

/**
 * Which versions of the program use a database now. Each running program holds a shared advisory lock
 * named by the newest migration it knows, on a connection of its own: the lock ends with the program,
 * however that ends.
 */
import { Client } from 'pg'
import { fault } from './fault.ts'
import { sql } from './statement.ts'
import type { Tx } from './session.ts'

/** The first half of a two-number lock; the second is the number of a migration. */
const presenceLock = 1_948_120
const againMs = 1_000
const connectMs = 5_000

interface Present {
  readonly url: string
  readonly name: string
  /** Of the newest migration this program knows. */
  readonly number: number
}

/** Resolves when the lock is held. It is taken again whenever the connection is lost. */
export async function holdPresence(present: Present): Promise<() => Promise<void>> {
  const state: { client: Client; closed: boolean; timer?: NodeJS.Timeout } = {
    client: await enter(present),
    closed: false,
  }
  const watch = (client: Client): void => {
    client.once('end', again)
  }
  const again = (): void => {
    if (state.closed) return
    state.timer = setTimeout(() => {
      enter(present).then((client) => {
        state.client = client
        if (state.closed) void client.end()
        else watch(client)
      }, again)
    }, againMs).unref()
  }
  watch(state.client)
  return async () => {
    state.closed = true
    clearTimeout(state.timer)
    await state.client.end()
  }
}

async function enter({ url, name, number }: Present): Promise<Client> {
  const client = new Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
  })
  // The end of the connection is heard by whoever watches it.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select pg_advisory_lock_shared($1, $2)', [presenceLock, number])
    return client
  } catch (thrown) {
    await client.end().catch(() => undefined) // It never was one.
    throw fault(thrown)
  }
}

/** Programs in this database that do not know the migration of this number, by what they call themselves. */
export async function olderPrograms(tx: Tx, number: number): Promise<string[]> {
  const rows = await tx.rows<{ program: string }>(sql`
    select concat_ws(' ', coalesce(nullif(application_name, ''), 'unknown'),
             'process', activity.pid, 'from', coalesce(host(client_addr), 'this machine')) as program
      from pg_locks
      join pg_stat_activity activity on activity.pid = pg_locks.pid
     where locktype = 'advisory' and granted
       and database = (select oid from pg_database where datname = current_database())
       and classid = ${presenceLock} and objsubid = 2 and objid < ${number}
     order by activity.pid`)
  return rows.map(({ program }) => program)
}

/** Whole databases of one server: their urls, making one, dropping one. */
import { connect } from './postgres.ts'
import { quotedName } from './statement.ts'

/** The same server and login, another database. */
export function databaseUrl(url: string, name: string): string {
  const other = new URL(url)
  other.pathname = `/${encodeURIComponent(name)}`
  return other.href
}

interface CreateOptions {
  readonly template?: string
  /** `file_copy` is faster, and makes the whole server write a checkpoint. */
  readonly strategy?: 'wal_log' | 'file_copy'
}

/** Makes a database, empty or as a copy of a template nobody is connected to; returns its url. */
export async function createDatabase(
  url: string,
  name: string,
  { template = 'template1', strategy = 'wal_log' }: CreateOptions = {},
): Promise<string> {
  await onServer(
    url,
    `create database ${quotedName(name)} template ${quotedName(template)} strategy ${strategy}`,
  )
  return databaseUrl(url, name)
}

/** Drops a database, ending its sessions; one that is not there is dropped already. */
export async function dropDatabase(url: string, name: string): Promise<void> {
  const drop = `drop database if exists ${quotedName(name)}`
  try {
    await onServer(url, `${drop} with (force)`)
  } catch (thrown) {
    // Only a superuser may end an autovacuum worker by force; without force it is asked to leave.
    if (!(thrown instanceof Error && thrown.message.includes('42501'))) throw thrown
    await onServer(url, drop)
  }
}

async function onServer(url: string, text: string): Promise<void> {
  const db = connect({ url, name: 'zhengtong databases', max: 1, pace: 'batch' })
  try {
    await db.execute({ text, values: [] })
  } finally {
    await db.close()
  }
}

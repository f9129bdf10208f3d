/**
 * Brings a database to the shape this program was written for, by the numbered files in
 * `db/migrations`, each once and in its own transaction. There is no way down: a mistake is
 * corrected by the next file. Also says whether a server keeps what it has acknowledged.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { equalBytes, sha256 } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'
import { connect, sql } from './postgres.ts'
import type { Db, Tx } from './postgres.ts'

const ourMigrations = join(import.meta.dirname, 'migrations')
const roles = join(import.meta.dirname, 'roles.sql')

/** Any number will do as long as no other advisory lock of ours in the same database has it. */
const migrationLock = 8_820_746_017

interface Migration {
  readonly number: number
  readonly name: string
  readonly text: string
  readonly checksum: Uint8Array
}

interface Applied {
  readonly name: string
  readonly checksum: Uint8Array
}

/**
 * Applies what is missing and names it. Several processes may call this at once.
 * @throws Problem changed-migration, unknown-migration or invalid-migration
 */
export async function migrate(url: string, folder = ourMigrations): Promise<string[]> {
  const migrations = await readMigrations(folder)
  const db = connect({ url, name: 'zhengtong migrate', max: 1, pace: 'batch' })
  try {
    await locked(db, prepare)
    const names: string[] = []
    for (const migration of migrations) {
      if (await locked(db, (tx) => apply(tx, migration, migrations))) names.push(migration.name)
    }
    return names
  } finally {
    await db.close()
  }
}

/** Names what is not applied yet, was changed since, or is unknown; none when all is as it should be. */
export async function wrongMigrations(db: Tx, folder = ourMigrations): Promise<string[]> {
  const known = await readMigrations(folder)
  const applied = await db.rows<Applied>(sql`select name, checksum from db.migration order by name`)
  const isSame = (one: Applied, other: Applied): boolean =>
    one.name === other.name && equalBytes(one.checksum, other.checksum)
  return [
    ...known.filter((one) => !applied.some((other) => isSame(one, other))),
    ...applied.filter(({ name }) => !known.some((one) => one.name === name)),
  ].map(({ name }) => name)
}

/**
 * Refuses a server that may lose what it has acknowledged, or cannot hold our text.
 * @throws Problem unsafe-database, naming the setting
 */
export async function checkServer(db: Tx): Promise<void> {
  for (const [setting, isSafe] of Object.entries(safeSettings)) {
    const row = await db.row<{ value: string }>(sql`select current_setting(${setting}) as value`)
    const value = row?.value ?? ''
    if (!isSafe(value)) throw new Problem('unsafe-database', { setting, value })
  }
}

const oldestVersion = 150_000

const safeSettings: Readonly<Record<string, (value: string) => boolean>> = {
  server_version_num: (value) => Number(value) >= oldestVersion,
  server_encoding: (value) => value === 'UTF8',
  fsync: (value) => value === 'on',
  full_page_writes: (value) => value === 'on',
  // Ours on every connection; anything else means that something in between drops what we ask for.
  synchronous_commit: (value) => value === 'on',
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  const migrations: Migration[] = []
  for (const file of files) {
    const number = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(file)?.[1])
    if (Number.isNaN(number)) throw new Problem('invalid-migration', { file, rule: 'name' })
    if (migrations.at(-1)?.number === number) {
      throw new Problem('invalid-migration', { file, rule: 'number' })
    }
    const bytes = await readFile(join(folder, file))
    const name = file.slice(0, -'.sql'.length)
    migrations.push({ number, name, text: bytes.toString('utf8'), checksum: sha256(bytes) })
  }
  return migrations
}

/** Takes its snapshot after the lock, so it sees what the session before it has committed. */
function locked<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${migrationLock})`)
    return work(tx)
  }, 'read committed')
}

async function prepare(tx: Tx): Promise<void> {
  await tx.execute({ text: await readFile(roles, 'utf8'), values: [] })
  await tx.execute(sql`create schema if not exists db`)
  await tx.execute(sql`
    create table if not exists db.migration (
      name text primary key,
      checksum bytea not null check (octet_length(checksum) = 32),
      applied_at timestamptz not null default now()
    )`)
}

async function apply(tx: Tx, migration: Migration, known: readonly Migration[]): Promise<boolean> {
  const applied = await tx.rows<Applied>(sql`select name, checksum from db.migration order by name`)
  refuseForeign(applied, known)
  if (applied.some(({ name }) => name === migration.name)) return false
  const last = applied.at(-1)
  if (last && last.name > migration.name) {
    throw new Problem('invalid-migration', {
      file: migration.name,
      rule: 'order',
      after: last.name,
    })
  }
  await tx.execute({ text: migration.text, values: [] })
  await tx.execute(sql`
    insert into db.migration (name, checksum) values (${migration.name}, ${migration.checksum})`)
  return true
}

function refuseForeign(applied: readonly Applied[], known: readonly Migration[]): void {
  for (const { name, checksum } of applied) {
    const file = known.find((migration) => migration.name === name)
    if (!file) throw new Problem('unknown-migration', { name })
    if (!equalBytes(file.checksum, checksum)) throw new Problem('changed-migration', { name })
  }
}

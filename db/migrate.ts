/**
 * Brings a database to the shape this program was written for, by the numbered files in
 * `db/migrations`, each once and in its own transaction. There is no way down: a mistake is
 * corrected by the next file. Also says whether a program and a database fit together, and whether a
 * server keeps what it has acknowledged.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { equalBytes } from '../sdk/primitives.ts'
import { Problem } from '../sdk/problem.ts'
import { lockWasBusy } from './fault.ts'
import { locks } from './locks.ts'
import { readMigrations, ruleOf } from './migration-files.ts'
import type { Migration } from './migration-files.ts'
import { connect, sql } from './postgres.ts'
import type { Db, Tx } from './postgres.ts'
import { holdPresence, olderPrograms } from './presence.ts'

const ourMigrations = join(import.meta.dirname, 'migrations')
const roles = join(import.meta.dirname, 'roles.sql')

/**
 * Whoever waits for a table makes everybody after them wait too, so a migration gives up soon and
 * comes again later.
 */
const patience = { lock: '500ms', tries: 40, againMs: 500 } as const

interface Applied {
  readonly name: string
  readonly checksum: Uint8Array
}

interface Migrating {
  /** Of another version than this program's. */
  readonly folder?: string | undefined
  /** Told of a contraction that must wait for programs that are older; without it that is refused. */
  readonly postponed?: (why: Problem) => void
}

/**
 * Applies what is missing and names it. Several processes may call this at once.
 * @throws Problem changed-migration, unknown-migration, invalid-migration or older-program
 */
export async function migrate(
  url: string,
  { folder = ourMigrations, postponed }: Migrating = {},
): Promise<string[]> {
  const migrations = await readMigrations(folder)
  const db = connect({ url, name: 'zhengtong migrate', max: 1, pace: 'batch' })
  const names: string[] = []
  try {
    await locked(db, prepare)
    for (const migration of migrations) {
      if (await applyPatiently(db, migration, migrations)) names.push(migration.name)
    }
    return names
  } catch (thrown) {
    if (!postponed || !mayWait(thrown, migrations)) throw thrown
    postponed(thrown)
    return names
  } finally {
    await db.close()
  }
}

/** How a migration stands to a program, when it is not simply known and applied. */
export interface Standing {
  readonly name: string
  readonly standing: 'missing' | 'changed' | 'unknown' | 'later' | 'waiting'
}

/** Those this program can work with: additions of a later version, contractions yet to come. */
const bearable: ReadonlySet<Standing['standing']> = new Set(['later', 'waiting'])

export async function migrationStandings(db: Tx, folder = ourMigrations): Promise<Standing[]> {
  const known = await readMigrations(folder)
  const applied = await readApplied(db)
  const ours = known.flatMap(({ name, checksum }): Standing[] => {
    const found = applied.find((one) => one.name === name)
    if (!found) return [{ name, standing: ruleOf(name).isNeeded ? 'missing' : 'waiting' }]
    return equalBytes(found.checksum, checksum) ? [] : [{ name, standing: 'changed' }]
  })
  const others = applied
    .filter(({ name }) => !known.some((one) => one.name === name))
    .map(({ name }): Standing => {
      return { name, standing: ruleOf(name).isBearable ? 'later' : 'unknown' }
    })
  return [...ours, ...others]
}

/** What keeps this program and this database from working together; none when nothing does. */
export async function wrongMigrations(db: Tx, folder?: string): Promise<Standing[]> {
  return (await migrationStandings(db, folder)).filter(isWrong)
}

export function isWrong({ standing }: Standing): boolean {
  return !bearable.has(standing)
}

/**
 * Declares that a program of this version works in the database until the answer is called. Whoever
 * migrates meanwhile either sees it, or has finished before the look this takes.
 * @throws Problem database-not-migrated, changed-migration, unknown-migration
 */
export async function enterDatabase(
  url: string,
  { name, folder = ourMigrations }: { readonly name: string; readonly folder?: string | undefined },
): Promise<() => Promise<void>> {
  const number = (await readMigrations(folder)).at(-1)?.number ?? 0
  const leave = await holdPresence({ url, name, number })
  const db = connect({ url, name, max: 1, pace: 'batch' })
  try {
    const [wrong] = await locked(db, (tx) => wrongMigrations(tx, folder))
    if (wrong) throw misfit(wrong)
    return leave
  } catch (thrown) {
    await leave()
    throw thrown
  } finally {
    await db.close()
  }
}

function misfit({ name, standing }: Standing): Problem {
  if (standing === 'missing') return new Problem('database-not-migrated', { name })
  return new Problem(standing === 'changed' ? 'changed-migration' : 'unknown-migration', { name })
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

/** Takes its snapshot after the lock, so it sees what the session before it has committed. */
function locked<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${locks.migration})`)
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

async function applyPatiently(
  db: Db,
  migration: Migration,
  known: readonly Migration[],
): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await locked(db, (tx) => apply(tx, migration, known))
    } catch (thrown) {
      if (tries === patience.tries || !lockWasBusy(thrown)) throw thrown
    }
    await setTimeout(patience.againMs)
  }
}

async function apply(tx: Tx, migration: Migration, known: readonly Migration[]): Promise<boolean> {
  const { name, checksum, text } = migration
  const applied = await readApplied(tx)
  refuseForeign(applied, known)
  if (applied.some((one) => one.name === name)) return false
  const last = applied.at(-1)
  if (last && last.name > name) {
    throw new Problem('invalid-migration', { file: name, rule: 'order', after: last.name })
  }
  if (!ruleOf(name).isBearable) await refuseOlderPrograms(tx, name)
  await tx.execute(sql`select set_config('lock_timeout', ${patience.lock}, true)`)
  await tx.execute({ text, values: [] })
  await tx.execute(sql`insert into db.migration (name, checksum) values (${name}, ${checksum})`)
  return true
}

/**
 * For what programs that do not know this migration could not bear.
 * @throws Problem older-program
 */
export async function refuseOlderPrograms(tx: Tx, name: string): Promise<void> {
  const programs = await olderPrograms(tx, Number(name.slice(0, 4)))
  if (programs.length > 0) throw new Problem('older-program', { name, programs })
}

function readApplied(tx: Tx): Promise<Applied[]> {
  return tx.rows<Applied>(sql`select name, checksum from db.migration order by name`)
}

function refuseForeign(applied: readonly Applied[], known: readonly Migration[]): void {
  for (const { name, checksum } of applied) {
    const file = known.find((migration) => migration.name === name)
    if (!file && !ruleOf(name).isBearable) throw new Problem('unknown-migration', { name })
    if (file && !equalBytes(file.checksum, checksum)) {
      throw new Problem('changed-migration', { name })
    }
  }
}

/** A contraction may wait for older programs, unless something this program needs comes after it. */
function mayWait(thrown: unknown, migrations: readonly Migration[]): thrown is Problem {
  if (!(thrown instanceof Problem) || thrown.code !== 'older-program') return false
  const first = migrations.findIndex(({ name }) => name === thrown.detail['name'])
  return migrations.slice(first).every(({ name }) => !ruleOf(name).isNeeded)
}

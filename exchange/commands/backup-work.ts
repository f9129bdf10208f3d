/**
 * Making a backup, looking whether it still is one, and bringing it back. All tables are read in one
 * snapshot and written back in one transaction: there is no half of either.
 */
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  connectOwner,
  isEmpty,
  listMigrations,
  listSequences,
  listTables,
  newestCheckpoints,
  restoreTable,
  setSequence,
} from '../../db/backup.ts'
import type { TableBytes } from '../../db/backup.ts'
import type { Tx } from '../../db/postgres.ts'
import { checkLog, createLogReader } from '../../log/index.ts'
import type { Finding } from '../../log/index.ts'
import { Problem } from '../../sdk/problem.ts'
import type { Trust } from '../../sdk/trust.ts'
import { checkVault } from '../../vault/index.ts'
import type { KeyWrapper } from '../../vault/index.ts'
import { placeOf, readManifest, writeManifest } from '../backup/manifest.ts'
import type { BackupFile, Manifest } from '../backup/manifest.ts'
import { hashOfFile, readSealed, writeSealed } from '../backup/sealed-file.ts'

type VaultFinding = Awaited<ReturnType<typeof checkVault>>[number]

interface Making {
  readonly url: string
  readonly folder: string
  readonly wrapper: KeyWrapper
  readonly at: Date
  readonly exchange: string
  readonly catalogue: string
}

/** @throws Problem backup-target when the folder is there already */
export async function createBackup(making: Making): Promise<Manifest> {
  const { url, folder, wrapper, at, exchange, catalogue } = making
  await makeFolder(folder)
  const db = connectOwner(url)
  try {
    const id = randomBytes(12).toString('hex')
    const manifest = await db.transaction(async (tx): Promise<Manifest> => {
      const files: BackupFile[] = []
      for (const table of await listTables(tx)) {
        files.push(await saveTable(tx, table, { folder, wrapper, id }))
      }
      return {
        ...{ version: 1, id, at: at.toISOString(), exchange, catalogue, files },
        migrations: await listMigrations(tx),
        sequences: await listSequences(tx),
        checkpoints: await newestCheckpoints(tx),
      }
    }, 'snapshot')
    await writeManifest(folder, manifest, wrapper)
    return manifest
  } finally {
    await db.close()
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
    if (!exists) throw cause
    throw new Problem('backup-target', { folder, rule: 'exists' }, { cause })
  }
}

async function saveTable(
  tx: Tx,
  { table, columns }: TableBytes,
  { folder, wrapper, id }: { folder: string; wrapper: KeyWrapper; id: string },
): Promise<BackupFile> {
  const file = `${table}.copy.aes`
  const key = randomBytes(32)
  const place = placeOf(id, file)
  const sealed = { path: join(folder, file), key, place }
  const written = await tx.copyOut({ table, columns }, (bytes) => writeSealed(sealed, bytes))
  const wrapped = Buffer.from(await wrapper.wrap(key, place)).toString('base64')
  return { table, columns, file, key: wrapped, ...written }
}

/** Every file is there, unchanged, and opens. @throws Problem backup-damaged naming the file */
export async function verifyBackup(folder: string, wrapper: KeyWrapper): Promise<Manifest> {
  const manifest = await readManifest(folder, wrapper)
  for (const one of manifest.files) {
    const path = join(folder, one.file)
    if ((await hashOfFile(path)) !== one.sha256) {
      throw new Problem('backup-damaged', { file: one.file, rule: 'hash' })
    }
    const bytes = await openFile(folder, manifest.id, one, wrapper)
    while ((await bytes.next()).done !== true); // Read to its end, where the tag is.
  }
  return manifest
}

async function openFile(
  folder: string,
  id: string,
  { file, key }: BackupFile,
  wrapper: KeyWrapper,
): Promise<AsyncGenerator<Uint8Array>> {
  const place = placeOf(id, file)
  const opened = await wrapper.unwrap(Buffer.from(key, 'base64'), place)
  return readSealed({ path: join(folder, file), key: opened, place })
}

interface Restoring {
  readonly url: string
  readonly folder: string
  readonly wrapper: KeyWrapper
  readonly trust: Trust
  readonly clock: () => Date
}

interface Restored {
  readonly manifest: Manifest
  /** Of the log with the manifest's heads, and of the vault against it; none means that all holds. */
  readonly findings: readonly (Finding | VaultFinding)[]
}

/** @throws Problem backup-damaged, backup-target; then nothing was written */
export async function restoreBackup(restoring: Restoring): Promise<Restored> {
  const { url, folder, wrapper, trust, clock } = restoring
  const manifest = await verifyBackup(folder, wrapper)
  const db = connectOwner(url)
  try {
    await db.transaction(async (tx) => {
      await refuseTarget(tx, manifest)
      for (const one of manifest.files) {
        const rows = await restoreTable(tx, one, await openFile(folder, manifest.id, one, wrapper))
        if (rows !== one.rows) throw new Problem('backup-damaged', { file: one.file, rule: 'rows' })
      }
      for (const [name, value] of Object.entries(manifest.sequences)) {
        await setSequence(tx, name, value)
      }
    }, 'read committed')
    const origin = (shard: number): string => `${trust.logOriginPrefix}${shard}`
    const held = { checkpoints: manifest.checkpoints }
    const log = createLogReader({ db, origin })
    const findings = [
      ...(await checkLog({ db, origin, keys: trust.logKeys, clock }, held)),
      ...(await checkVault({ db, log })),
    ]
    return { manifest, findings }
  } finally {
    await db.close()
  }
}

async function refuseTarget(tx: Tx, { migrations, files }: Manifest): Promise<void> {
  const there = await listMigrations(tx)
  if (there.join() !== migrations.join()) {
    throw new Problem('backup-target', { rule: 'migrations', expected: migrations.join(', ') })
  }
  const tables = await listTables(tx)
  if (tables.map(({ table }) => table).join() !== files.map(({ table }) => table).join()) {
    throw new Problem('backup-target', { rule: 'tables' })
  }
  for (const { table } of tables) {
    if (!(await isEmpty(tx, table)))
      throw new Problem('backup-target', { rule: 'not-empty', table })
  }
}

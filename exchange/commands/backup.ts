/** The backup commands. Who has the backup and the key-encryption key has everything. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { loadCatalogue } from '../../catalogs/catalog.ts'
import { localKeyWrapper } from '../../vault/index.ts'
import type { KeyWrapper } from '../../vault/index.ts'
import { readTrustFile, readWrappingKeys } from '../keys/key-folder.ts'
import type { Manifest } from '../backup/manifest.ts'
import { createBackup, restoreBackup, verifyBackup } from './backup-work.ts'
import { withDatabase } from './open.ts'
import { exit } from './shell.ts'
import type { Shell } from './shell.ts'
import { readDatabaseUrl, withExamples } from './words.ts'

export function addBackupCommands(program: Command, shell: Shell): void {
  const backup = program
    .command('backup')
    .description('encrypted copies of the whole database, without the keys folder')
  withExamples(backup.command('create'), ['backup create /backup/2026-11-22'])
    .description('all tables at one moment, into a folder that is not there yet')
    .argument('<folder>')
    .action((folder: string) => runCreate(shell, resolve(folder)))
  withExamples(backup.command('verify'), ['backup verify /backup/2026-11-22 --json'])
    .description('every file is there, unchanged, and opens with our key; exit 1 names one')
    .argument('<folder>')
    .action((folder: string) => runVerify(shell, resolve(folder)))
  withExamples(backup.command('restore'), [
    'backup restore /backup/2026-11-22 --database postgres://owner@host/empty',
  ])
    .description('into an empty migrated database, then check the log and the vault there')
    .argument('<folder>')
    .requiredOption('--database <url>', 'where to; its login must own the tables', readDatabaseUrl)
    .action((folder: string, { database }: { database: string }) =>
      runRestore(shell, resolve(folder), database),
    )
}

async function wrapperOf(shell: Shell): Promise<KeyWrapper> {
  const keys = await readWrappingKeys(shell.config().keysFolder)
  return localKeyWrapper(() => keys)
}

async function runCreate(shell: Shell, folder: string): Promise<void> {
  await withDatabase(shell, async (url) => {
    const manifest = await createBackup({
      ...{ url, folder, wrapper: await wrapperOf(shell), at: shell.clock() },
      ...{ exchange: shell.config().exchangeId, catalogue: loadCatalogue().version },
    })
    tell(shell, manifest, '已备份 · backed up')
  })
}

async function runVerify(shell: Shell, folder: string): Promise<void> {
  tell(shell, await verifyBackup(folder, await wrapperOf(shell)), '备份完好 · the backup is whole')
}

async function runRestore(shell: Shell, folder: string, url: string): Promise<void> {
  const { terminal, clock } = shell
  const trust = await readTrustFile(shell.config().keysFolder)
  const wrapper = await wrapperOf(shell)
  const { manifest, findings } = await restoreBackup({ url, folder, wrapper, trust, clock })
  if (findings.length === 0) {
    tell(shell, manifest, '已恢复，日志与证照库核验无误 · restored; the log and the vault hold')
    return
  }
  const lines = findings.map(({ row, code, zh, en }) => `✗ ${row}  ${code}  ${zh} · ${en}`)
  terminal.answer({ ok: false, findings }, [
    ...lines,
    `restored, with findings: ${findings.length}`,
  ])
  shell.end(exit.failed)
}

function tell({ terminal }: Shell, manifest: Manifest, what: string): void {
  const { id, at, catalogue, files, checkpoints } = manifest
  const rows = files.reduce((sum, one) => sum + one.rows, 0)
  const tables = Object.fromEntries(files.map((one) => [one.table, one.rows]))
  terminal.answer({ ok: true, id, at, catalogue, rows, tables, checkpoints }, [
    `${what}: ${files.length} tables, ${rows} rows, ${at}, catalogue ${catalogue}`,
  ])
}

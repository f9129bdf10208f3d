/** Searching the log, verifying all of it, and proving one entry. */
import { join } from 'node:path'
import type { Command } from 'commander'
import { checkLog, createLogReader } from '../../log/index.ts'
import { checkVault } from '../../vault/index.ts'
import { countLog } from './audit-store.ts'
import { runProve } from './audit-prove.ts'
import { runSearch } from './audit-search.ts'
import type { SearchOptions } from './audit-search.ts'
import { withAuditor } from './open.ts'
import { exit } from './shell.ts'
import type { Shell } from './shell.ts'
import { readCount, readDatabaseUrl, readLeaf, readTime, withExamples } from './words.ts'

const firstStandard = 50

export function addAuditCommands(program: Command, shell: Shell): void {
  const audit = program.command('audit').description('the log of everything that happened')
  withExamples(audit.command('search'), [
    'audit search --department meilanMarket --from 2026-11-01',
    'audit search --licence 1.2.156.3005.2.… --json',
  ])
    .description('entries of the log, newest first')
    .option('--department <code>', 'who asked or acted')
    .option('--officer <id>', 'which officer')
    .option('--case <number>', 'about which case')
    .option('--kind <kind>', 'what happened, such as answer or licence-issued')
    .option('--licence <id>', 'about which licence')
    .option('--from <time>', 'recorded at this time or later', readTime)
    .option('--until <time>', 'recorded before this time', readTime)
    .option('--first <count>', 'how many entries', readCount, firstStandard)
    .option('--before <id>', 'older than this entry, to see the next page', readCount)
    .action((options: SearchOptions) => runSearch(shell, options))
  withExamples(audit.command('verify'), [
    'audit verify',
    'audit verify --database postgres://auditor@replica/zhengtong --json',
  ])
    .description(
      'check every entry, tile and signed head, and the vault against them; exit 1 names the row',
    )
    .option('--database <url>', 'of another database than the settings name', readDatabaseUrl)
    .action(({ database }: { database?: string }) => runVerify(shell, database))
  withExamples(audit.command('prove'), [
    'audit prove LEAF',
    'audit prove LEAF --json > evidence.json',
  ])
    .description('the entry behind a leaf and the proof that a signed head covers it')
    .argument('<leaf>', 'as a receipt carries it', readLeaf)
    .action((leaf: Uint8Array) => runProve(shell, leaf))
}

/** Believes the trust file and nothing in the database, so it may also be run by somebody else. */
async function runVerify(shell: Shell, database: string | undefined): Promise<void> {
  const { terminal, clock } = shell
  const verify: Parameters<typeof withAuditor>[1] = async (db, trust) => {
    const { entries, heads } = await countLog(db)
    terminal.note(`checking ${entries} entries and ${heads} signed heads by ${trustPlace(shell)}`)
    const origin = (shard: number): string => `${trust.logOriginPrefix}${shard}`
    const log = createLogReader({ db, origin })
    const findings = [
      ...(await checkLog({ db, origin, keys: trust.logKeys, clock })),
      ...(await checkVault({ db, log })),
    ]
    const ok = findings.length === 0
    const lines = findings.map(
      ({ row, code, zh, en }) => `${terminal.paint('red', '✗')} ${row}  ${code}  ${zh} · ${en}`,
    )
    const summary = ok
      ? `${terminal.paint('green', '✓')} 日志完整，证照库与之一致 · the log holds and the vault agrees with it: ${entries} entries, ${heads} signed heads`
      : `${terminal.paint('red', '✗')} 发现问题 · findings: ${findings.length} (${entries} entries, ${heads} signed heads)`
    terminal.answer({ ok, entries, heads, findings }, [...lines, summary])
    if (!ok) shell.end(exit.failed)
  }
  await withAuditor(shell, verify, database)
}

function trustPlace(shell: Shell): string {
  return join(shell.config().keysFolder, 'trust.json')
}

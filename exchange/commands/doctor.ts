/**
 * `zt doctor`: looks at everything the exchange needs, changes nothing, and says what to do. A check
 * that cannot be made fails; those that need what failed are left out.
 */
import type { Command } from 'commander'
import { loadCatalogue } from '../../catalogs/catalog.ts'
import { checkServer, isWrong, migrationStandings } from '../../db/migrate.ts'
import type { Standing } from '../../db/migrate.ts'
import { connect } from '../../db/postgres.ts'
import type { Tx } from '../../db/postgres.ts'
import { parseCertificate } from '../../sdk/certificate.ts'
import { problemFrom, problems } from '../../sdk/problem.ts'
import { readDisk } from '../watch/disk.ts'
import { readKeyFolder } from '../keys/key-folder.ts'
import { openLocalDatabase } from '../local.ts'
import { certificatesOf } from '../watch/operation.ts'
import { readOperation } from '../watch/operation-store.ts'
import { readinessLimits } from '../watch/readiness.ts'
import { exit } from './shell.ts'
import type { Shell } from './shell.ts'
import { withExamples } from './words.ts'

interface Check {
  readonly name: string
  readonly outcome: 'ok' | 'warn' | 'fail'
  readonly found: string
  readonly remedy?: string
}

const limits = {
  nodeMajor: 22,
  dayMs: 86_400_000,
} as const
const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const

export function addDoctorCommand(program: Command, shell: Shell): void {
  withExamples(program.command('doctor'), ['doctor', 'doctor --json'])
    .description('look at everything the exchange needs; exit 1 when something fails')
    .action(() => runDoctor(shell))
}

async function runDoctor(shell: Shell): Promise<void> {
  const { terminal } = shell
  const checks = [
    judge('node', process.version, Number(process.versions.node.split('.')[0]) >= limits.nodeMajor),
    ...(await attempt('settings', () => Promise.resolve(settingsChecks(shell)))),
    ...(await attempt('catalogue', () => {
      return Promise.resolve([judge('catalogue', loadCatalogue().version, true)])
    })),
    ...(await attempt('keys', () => keyChecks(shell))),
    ...(await attempt('database', () => databaseChecks(shell))),
    ...(await attempt('disk', () => diskChecks(shell))),
  ]
  const ok = checks.every(({ outcome }) => outcome !== 'fail')
  const lines = checks.map(({ name, outcome, found, remedy }) => {
    const next = remedy === undefined ? '' : `  → ${remedy}`
    return `${terminal.paint(colours[outcome], outcome.padEnd(4))} ${name}: ${found}${next}`
  })
  terminal.answer({ ok, checks }, lines)
  if (!ok) shell.end(exit.failed)
}

async function attempt(name: string, look: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await look()
  } catch (thrown) {
    const { code } = problemFrom(thrown)
    return [{ name, outcome: 'fail', found: code, remedy: problems[code].remedy }]
  }
}

function judge(name: string, found: string, isRight: boolean, remedy?: string): Check {
  if (isRight) return { name, outcome: 'ok', found }
  return { name, outcome: 'fail', found, ...(remedy === undefined ? {} : { remedy }) }
}

function settingsChecks(shell: Shell): Check[] {
  const { production } = shell.config()
  return [judge('settings', production ? 'production' : 'development', true)]
}

async function keyChecks(shell: Shell): Promise<Check[]> {
  const keys = await readKeyFolder(shell.config().keysFolder, loadCatalogue())
  const at = shell.clock()
  const certificates = certificatesOf(keys).flatMap(([name, { chain }]) =>
    chain
      .slice(0, 1)
      .map((der) => untilCheck(`certificate ${name}`, at, parseCertificate(der).notAfter)),
  )
  const lists = keys.trust.crls.map(({ nextUpdate }, i) =>
    untilCheck(`revocation list ${i + 1}`, at, nextUpdate),
  )
  return [judge('keys', 'complete', true), ...certificates, ...lists]
}

function untilCheck(name: string, at: Date, end: Date): Check {
  const days = Math.floor((end.getTime() - at.getTime()) / limits.dayMs)
  const found = `${days} days left`
  if (days >= readinessLimits.warnDays) return { name, outcome: 'ok', found }
  return { name, outcome: days < 0 ? 'fail' : 'warn', found, remedy: 'Have a new one issued.' }
}

async function databaseChecks(shell: Shell): Promise<Check[]> {
  const database = await openLocalDatabase(shell.config(), shell.terminal.note)
  const db = connect({ url: database.url, name: 'zhengtong doctor', max: 1 })
  try {
    await checkServer(db)
    return [
      judge('database', 'reachable, with safe settings', true),
      ...(await attempt('tables', () => tableChecks(db, shell.clock()))),
    ]
  } finally {
    await db.close()
    await database.stop()
  }
}

async function tableChecks(db: Tx, at: Date): Promise<Check[]> {
  const tables = migrationCheck(await migrationStandings(db))
  if (tables.outcome === 'fail') return [tables]
  const { pending, oldestPending, now } = await readOperation(db)
  const age = oldestPending ? (at.getTime() - oldestPending.getTime()) / 1000 : 0
  const skew = (at.getTime() - now.getTime()) / 1000
  const { headAgeSeconds, skewSeconds } = readinessLimits
  return [
    tables,
    judge('log head', `${pending} waiting`, age <= headAgeSeconds, 'Start the exchange.'),
    judge('clock', `${skew} s`, Math.abs(skew) <= skewSeconds, 'Synchronise the clocks.'),
  ]
}

const migrationRemedies: Readonly<Record<Standing['standing'], string>> = {
  missing: 'Run zt migrate.',
  changed: 'Restore the file; put the change into a new migration.',
  unknown: 'Run the version that migrated the database, or a later one.',
  later: 'Finish the update: a later version works here too.',
  waiting: 'Run zt migrate once every program has this version.',
}

/** The worst one tells what to do. */
function migrationCheck(standings: readonly Standing[]): Check {
  const [wrong] = standings.filter(isWrong)
  const [worst = wrong] = wrong ? [wrong] : standings
  if (!worst) return judge('tables', 'migrated', true)
  const found = standings.map(({ name, standing }) => `${name} ${standing}`).join(', ')
  const remedy = migrationRemedies[worst.standing]
  return { name: 'tables', outcome: wrong ? 'fail' : 'warn', found, remedy }
}

async function diskChecks(shell: Shell): Promise<Check[]> {
  const { keysFolder, dataFolder, databaseUrl } = shell.config()
  // A server that somebody else looks after has its disk elsewhere.
  const ours =
    databaseUrl === undefined ? { keys: keysFolder, data: dataFolder } : { keys: keysFolder }
  return Promise.all(
    Object.entries(ours).map(async ([name, folder]) => {
      const { freeBytes, isRoomy } = await readDisk(folder)
      const found = `${Math.round(freeBytes / 1e6)} MB free`
      return judge(`disk of ${name}`, found, isRoomy, 'Make room: 1 GB and 5 % are the least.')
    }),
  )
}

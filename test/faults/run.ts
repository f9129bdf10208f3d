/** One run with faults: a database, a server process, clients with their ledger, and the judgement. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from '../../db/postgres.ts'
import { openWorld } from '../../demo/world.ts'
import { openDepartment } from '../../exchange/development.ts'
import { fromBase64url } from '../../sdk/base64url.ts'
import { readTrust } from '../../sdk/trust.ts'
import { checkVault } from '../../vault/index.ts'
import { judge } from './check.ts'
import type { LogIdentity } from './check.ts'
import { drive } from './driver.ts'
import type { Driven } from './driver.ts'
import { readEvidence } from './evidence.ts'
import type { Evidence } from './evidence.ts'
import { openLedger } from './ledger.ts'
import type { Ledger } from './ledger.ts'
import { createServerProcess } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'
import { reportFolder } from './settings.ts'
import { keysFolder, worldSettings } from './world-settings.ts'

export interface FaultRun {
  /** Where the report is, as long as there is one. */
  readonly folder: string
  readonly server: ServerProcess
  readonly ledger: Ledger
  /** Clients at work; `sent` is told after each request. */
  readonly drive: (
    size: Parameters<typeof drive>[1],
    sent?: (count: number) => void,
  ) => Promise<void>
  /** Something done to the system, written down from before until it is over. */
  readonly fault: (what: string, work: () => Promise<void>) => Promise<void>
  /** Says in one line how much happened. */
  readonly report: (faults: string) => void
  /** Kills the server, starts everything again in this process, and judges. */
  readonly conclude: () => Promise<Conclusion>
  readonly close: () => Promise<void>
}

export interface Conclusion {
  readonly findings: readonly string[]
  readonly evidence: Evidence
  readonly log: LogIdentity
}

const counted = ['sent', 'acked', 'refused', 'unknown', 'head'] as const

/** @param databaseUrl an empty database of its own */
export async function startRun(name: string, databaseUrl: string): Promise<FaultRun> {
  const folder = reportFolder(name)
  const ledger = openLedger(join(folder, 'ledger.jsonl'))
  const server = createServerProcess({ databaseUrl }, folder)
  await server.start()
  const trust = readTrust(await readFile(join(keysFolder, 'trust.json'), 'utf8'))
  const identity = await openDepartment(keysFolder, 'meilanMarket')
  const { clock } = worldSettings({ databaseUrl })
  const as: Driven['as'] = { identity, officer: 'officer-017', trust, clock }
  return {
    ...{ folder, server, ledger },
    drive: (size, sent = () => undefined) => drive({ server, ledger, folder, as, sent }, size),
    fault: async (what, work) => {
      ledger.write({ event: 'fault', phase: 'begin', what })
      await work()
      ledger.write({ event: 'fault', phase: 'end', what })
    },
    report: (faults) => {
      const count = (event: string): number =>
        ledger.lines.filter((line) => line.event === event).length
      const counts = counted.map((event) => `${count(event)} ${event}`)
      process.stderr.write(`faults: ${[faults, ...counts].join(', ')}\n`)
    },
    conclude: async () => {
      await server.kill()
      const log = { originPrefix: trust.logOriginPrefix, keys: trust.logKeys }
      const { evidence, own } = await recover(databaseUrl, ledger)
      const findings = [...judge(ledger.lines, evidence, log), ...own]
      await writeFile(join(folder, 'findings.json'), JSON.stringify(findings, null, 2))
      if (findings.length === 0) await rm(folder, { recursive: true })
      return { findings, evidence, log }
    },
    close: async () => {
      await server.kill()
      ledger.close()
    },
  }
}

/** The same start as every start; then everything that the product itself can find. */
async function recover(
  databaseUrl: string,
  { lines }: Ledger,
): Promise<{ evidence: Evidence; own: string[] }> {
  const { exchange, close } = await openWorld(worldSettings({ databaseUrl }))
  const owner = connect({ url: databaseUrl, name: 'fault checker', max: 1 })
  try {
    await exchange.log.sequence()
    const leaves = lines.flatMap((line) => ('leaf' in line ? [fromBase64url(line.leaf)] : []))
    const checkpoints = lines.flatMap((line) => (line.event === 'head' ? [line.note] : []))
    const found = [
      ...(await exchange.log.check({ leaves, checkpoints })),
      ...(await checkVault(exchange)),
    ]
    const own = found.map(({ code, row }) => `${code} ${row}`)
    return { evidence: await readEvidence(owner), own }
  } finally {
    await owner.close()
    await close()
  }
}

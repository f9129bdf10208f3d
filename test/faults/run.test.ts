/**
 * A busy exchange is struck again and again: its process dies at named places between two steps, the
 * sessions of its database are ended, the database server stops at once. Clients go on until all is
 * answered, and then the judge holds what they wrote down against what is there.
 */
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWire } from '../wire.ts'
import { judge } from './check.ts'
import { passedByClients } from './blow.ts'
import { createInjector } from './injector.ts'
import { mutations } from './mutations.ts'
import { createOwnServer } from './own-server.ts'
import type { OwnServer } from './own-server.ts'
import { startRun } from './run.ts'
import type { Conclusion, FaultRun } from './run.ts'
import { createRandom, isLong, seed, shuffled, sizes, testMs } from './settings.ts'

let own: OwnServer
let run: FaultRun
let conclusion: Conclusion

beforeAll(async () => {
  own = await createOwnServer()
  run = await startRun('run', own.url)
}, testMs)

afterAll(async () => {
  await run.close()
  await own.remove()
})

interface Blow {
  readonly what: string
  readonly strike: () => Promise<void>
}

/** Each failpoint as often as the size of the run says, and the two things that befall a database. */
function planned(): Blow[] {
  const random = createRandom(seed)
  const { kills, outages } = sizes
  const order = shuffled(passedByClients, random)
  const names = Array.from({ length: kills }, (_, i) => order[i % order.length] ?? 'before-sign')
  const deaths = names.map((name) => {
    const fault = `${name}@${1 + random(3)}`
    return {
      what: fault,
      strike: async () => {
        await run.server.dieAt(fault)
        await run.server.start()
      },
    }
  })
  const ended =
    "select pg_terminate_backend(pid, 2000) from pg_stat_activity where datname = 'zt_faults'"
  const database = Array.from({ length: outages }, () => [
    { what: 'every session is ended', strike: () => own.asSuperuser([ended]) },
    { what: 'the server stops at once', strike: own.crash },
  ])
  return shuffled([...deaths, ...database.flat()], random)
}

test(
  'struck again and again, and everything acknowledged is there',
  { timeout: testMs },
  async () => {
    const { jobs, clients } = sizes
    const plan = planned()
    const struck: string[] = []
    const injector = createInjector({ requests: jobs * 3, faults: plan.length }, async () => {
      const blow = plan[struck.length]
      if (!blow) throw new Error('more blows fell than were planned')
      await run.server.url()
      await run.fault(blow.what, blow.strike)
      struck.push(blow.what)
    })
    await run.drive({ jobs, clients }, injector.sent)
    const state = { isOver: false }
    const over = injector.done().finally(() => (state.isOver = true))
    let first = jobs + 1
    const more = async (): Promise<void> => {
      await run.drive({ jobs: clients, clients, first })
      first += clients
    }
    // A place that nobody passed any more is still to be reached.
    while (!state.isOver) await more()
    await over
    // And some that nothing befalls, whose answers must all have arrived.
    await more()
    conclusion = await run.conclude()
    expect(conclusion.findings).toEqual([])
    expect(struck).toHaveLength(plan.length)
    const { effects } = conclusion.evidence
    const made = (kind: string): number => effects.filter((one) => one.kind === kind).length
    expect(made('case')).toBeGreaterThanOrEqual(jobs)
    expect(made('licence')).toBeGreaterThanOrEqual(jobs)
    run.report(struck.join(', '))
  },
)

test.for(mutations)('the judge notices when $what', ({ spoil, finds }) => {
  const { ledger, evidence } = spoil({
    ledger: run.ledger.lines,
    evidence: conclusion.evidence,
  })
  const findings = judge(ledger, evidence, conclusion.log)
  expect(findings.filter((finding) => finding.startsWith(finds))).not.toEqual([])
})

/**
 * Proof that the loss test can fail: what each connection says first is rewritten on its way, behind
 * the back of an exchange that has started, and the next crash forgets what was acknowledged. The server
 * writes it down every ten seconds at the latest, so a crash just then forgets nothing.
 */
test.runIf(isLong)(
  'without synchronous commits the loss test goes red',
  { timeout: testMs },
  async () => {
    let lost: readonly string[] = []
    for (let crash = 1; crash <= 3 && lost.length === 0; crash += 1) {
      const findings = await forgetfulRun(`forgetful-${crash}`)
      lost = findings.filter((finding) => finding.startsWith('I1'))
    }
    expect(lost).not.toEqual([])
  },
)

async function forgetfulRun(name: string): Promise<readonly string[]> {
  const other = await createOwnServer()
  const wire = await createWire(other.url)
  const forgetful = await startRun(name, wire.through(other.url))
  try {
    await other.asSuperuser([
      "alter system set wal_writer_delay = '10s'",
      "alter system set wal_writer_flush_after = '1GB'",
      'select pg_reload_conf()',
    ])
    wire.sayInstead('synchronous_commit=on', 'synchronous_commit=off')
    await other.asSuperuser([
      "select pg_terminate_backend(pid, 2000) from pg_stat_activity where datname = 'zt_faults'",
    ])
    await forgetful.drive({ jobs: 30, clients: sizes.clients })
    await other.crash()
    wire.sayInstead('synchronous_commit=off', 'synchronous_commit=on')
    const { findings } = await forgetful.conclude()
    await rm(forgetful.folder, { recursive: true, force: true }) // A report of what was done on purpose.
    return findings
  } finally {
    await forgetful.close()
    await wire.close()
    await other.remove()
  }
}

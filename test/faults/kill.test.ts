/** SIGKILL at random moments of a busy server: nothing acknowledged is lost, nothing is done twice. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../database.ts'
import type { TestDatabase } from '../database.ts'
import { judge } from './check.ts'
import { createInjector } from './injector.ts'
import { mutations } from './mutations.ts'
import { dropNeighbour, startRun } from './run.ts'
import type { Conclusion, FaultRun } from './run.ts'
import { sizes, testMs } from './settings.ts'

let database: TestDatabase
let run: FaultRun
let conclusion: Conclusion

beforeAll(async () => {
  database = await createTestDatabase()
  run = await startRun('kill', database.url)
}, testMs)

afterAll(async () => {
  await run.close()
  await dropNeighbour(database.url)
  await database.drop()
})

test(
  'killed again and again, and everything acknowledged is there',
  { timeout: testMs },
  async () => {
    const { jobs, clients, kills } = sizes
    const injector = createInjector({ requests: jobs * 3, faults: kills }, async () => {
      await run.server.url()
      await run.fault('kill', run.server.kill)
      await run.server.start()
    })
    await run.drive({ jobs, clients }, injector.sent)
    const killed = await injector.done()
    conclusion = await run.conclude()
    expect(conclusion.findings).toEqual([])
    expect(killed).toBe(kills)
    const { effects } = conclusion.evidence
    const made = (kind: string): number => effects.filter((one) => one.kind === kind).length
    expect(made('case')).toBe(jobs)
    expect(made('licence')).toBeGreaterThanOrEqual(jobs)
    run.report(`${killed} kills`)
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

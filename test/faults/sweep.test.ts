/**
 * Every call of every operation to the database fails once, in four ways. Whatever the first try was
 * answered, trying again with the same key completes the operation, and in the end the judge finds
 * that nothing was lost, done twice or said without its entry. The short form takes the lost answer to
 * each last call, and draws one more case.
 */
import { subscribe } from 'node:diagnostics_channel'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { failpointChannel } from '../../db/failpoint.ts'
import type { Company } from '../../demo/sample.ts'
import { createSchema } from '../../exchange/graphql/schema.ts'
import { checkVault } from '../../vault/index.ts'
import { canariesIn } from '../canary.ts'
import { routesOf } from '../routes.ts'
import { blows, createWire } from '../wire.ts'
import type { Blow, Wire } from '../wire.ts'
import { createTestWorld } from '../world.ts'
import type { TestWorld } from '../world.ts'
import { passedByClients } from './blow.ts'
import { judge } from './check.ts'
import { readEvidence } from './evidence.ts'
import { openLedger } from './ledger.ts'
import type { Ledger } from './ledger.ts'
import { operationsOf, setScene } from './operations.ts'
import { createRandom, isLong, reportFolder, seed, testMs } from './settings.ts'
import { afterAges } from './trying.ts'
import type { Operation, Prepare, Tried } from './trying.ts'

/** Programs of ours whose calls are struck. The sequencer works when it is called, not by itself. */
const named = /^zhengtong (exchange|operation|sequencer|source)/

let wire: Wire
let world: TestWorld
let ledger: Ledger
let folder: string
let company: Company
let operations: Record<string, Prepare>
const passed = new Set<unknown>()
const counts = { operations: 0, cases: 0, unknown: 0 }
let seq = 0
let n = 0

beforeAll(async () => {
  folder = reportFolder('sweep')
  ledger = openLedger(join(folder, 'ledger.jsonl'))
  subscribe(failpointChannel, (name) => passed.add(name))
  wire = await createWire(inject('database').url)
  world = await createTestWorld({ through: wire.through })
  const { sequencing, announcing } = world.world.exchange
  await Promise.all([sequencing.stop(), announcing.stop()]) // Its calls would be counted as ours.
  const scene = await setScene(world, folder)
  company = scene.company
  operations = operationsOf({ ...scene, before: (operation) => tried(operation, 1) })
  // What it took to get here was answered, and is not judged again.
  for (const { body } of await world.entriesAfter(0)) {
    if (typeof body['rid'] !== 'string') continue
    const { rid, attempt, ah } = body as { rid: string; attempt: number; ah: string }
    seq += 1
    ledger.write({ event: 'sent', seq, key: `scene ${seq}`, rid, attempt })
    ledger.write({ event: 'acked', seq, answerHash: ah })
  }
}, testMs)

afterAll(async () => {
  ledger.close()
  await world.close()
  await wire.close()
})

test('no operation is left out without a reason: every field of the schema, every route', async () => {
  const names = Object.keys(operations)
  const schema = createSchema(world.world.catalogue, { shows: () => true })
  const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.keys(type?.getFields() ?? {}).map((field) => `${type?.name ?? ''}.${field}`),
  )
  expect(fields.filter((field) => !names.includes(field))).toEqual([])
  const paths = names.map((name) => name.split(' ')[1])
  const declared = await routesOf(world.world.exchange.logger)
  const routes = declared.map((route) => route.split(' ')[1] ?? '')
  expect(routes.length).toBeGreaterThan(10)
  expect(routes.filter((route) => !paths.includes(route))).toEqual([])
})

async function tried({ key, rid, go }: Operation, attempt: number): Promise<Tried> {
  seq += 1
  const own = seq
  ledger.write({ event: 'sent', seq: own, key, attempt, ...(rid === undefined ? {} : { rid }) })
  const result = await go(attempt)
  const { answer, codes } = result
  if (answer) ledger.write({ event: 'acked', seq: own, ...answer })
  else ledger.write({ event: 'unknown', seq: own, why: codes.join(' ') })
  return result
}

/** So that nothing is left of what was remembered, and every case makes the same calls. */
function letAgesPass(): void {
  world.clock.now = afterAges(world)
}

/** How many calls it makes, and what it answers, when nothing is struck. */
async function undisturbed(prepare: Prepare): Promise<{ calls: number; codes: readonly string[] }> {
  n += 1
  const operation = await prepare(n)
  letAgesPass()
  wire.watch(named)
  const { answer, codes } = await tried(operation, 1)
  expect(answer, operation.key).toBeDefined()
  return { calls: wire.calls(), codes }
}

interface Case {
  readonly call: number
  readonly blow: Blow
}

function casesOf(calls: number, random: (below: number) => number): Case[] {
  const all = Array.from({ length: calls }, (_, i) => i + 1).flatMap((call) =>
    blows.map((blow) => ({ call, blow })),
  )
  if (isLong) return all
  // The last call is the commit, where nobody knows.
  const drawn = [all.findLast(({ blow }) => blow === 'unanswered'), all[random(all.length)]]
  return drawn.filter((one) => one !== undefined)
}

async function strike(prepare: Prepare, strike: Case, codes: readonly string[]): Promise<void> {
  n += 1
  const operation = await prepare(n)
  const what = `${operation.key}, call ${strike.call} ${strike.blow}`
  ledger.write({ event: 'fault', phase: 'begin', what })
  letAgesPass()
  wire.watch(named, strike)
  const first = await tried(operation, 1)
  expect(wire.calls(), what).toBeGreaterThanOrEqual(strike.call)
  ledger.write({ event: 'fault', phase: 'end', what })
  const again = await tried(operation, 2)
  expect(again.codes, what).toEqual(codes)
  if (first.answer?.effect) expect(again.answer?.effect, what).toEqual(first.answer.effect)
  counts.cases += 1
  if (!first.answer) counts.unknown += 1
}

test(
  'each call struck in each way, and trying again completes it',
  { timeout: testMs },
  async () => {
    const random = createRandom(seed)
    for (const [name, prepare] of Object.entries(operations)) {
      const { calls, codes } = await undisturbed(prepare)
      if (calls > 0) counts.operations += 1
      for (const one of casesOf(calls, random)) {
        await strike(prepare, one, codes).catch((cause: unknown) => {
          throw new Error(`${name}, call ${one.call} ${one.blow}`, { cause })
        })
      }
    }
    expect(counts.operations).toBeGreaterThan(20)
  },
)

test('after all this every promise was kept', { timeout: testMs }, async () => {
  const { exchange } = world.world
  wire.watch(named)
  await exchange.log.sequence()
  const { trust } = exchange.settings.keys
  const identity = { originPrefix: trust.logOriginPrefix, keys: trust.logKeys }
  expect(judge(ledger.lines, await readEvidence(world.owner), identity)).toEqual([])
  expect(await exchange.log.check()).toEqual([])
  expect(await checkVault(exchange)).toEqual([])
  expect(canariesIn(world.lines.join('\n'), [company.name, company.uscc])).toEqual([])
  expect(canariesIn(world.told.join('\n'), [company.name, company.uscc])).toEqual([])
  const { operations: swept, cases, unknown } = counts
  process.stderr.write(`faults: ${swept} operations swept, ${cases} cases, ${unknown} unknown\n`)
  await rm(folder, { recursive: true })
})

test('every failpoint that operations pass is passed', () => {
  expect(passedByClients.filter((name) => !passed.has(name))).toEqual([])
})

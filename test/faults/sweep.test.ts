/**
 * The connection to the database is cut after the first message of an operation, after the second, and
 * so on until the operation gets through: whatever was cut, trying again with the same key completes
 * it, and nothing was done twice or half.
 */
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { businessLicence, fictitiousCompany } from '../../demo/sample.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import type { Json } from '../../sdk/json.ts'
import { Problem } from '../../sdk/problem.ts'
import { answerHash } from '../../sdk/receipt.ts'
import { checkVault } from '../../vault/index.ts'
import { createCut } from '../cut.ts'
import type { Cut } from '../cut.ts'
import { createTestWorld, partiesOf } from '../world.ts'
import type { Forged, Reply, TestWorld } from '../world.ts'
import { judge } from './check.ts'
import { readEvidence } from './evidence.ts'
import { openLedger } from './ledger.ts'
import type { Acked, Effect, Ledger } from './ledger.ts'
import { reportFolder, testMs } from './settings.ts'

/** An operation that was not cut this many times in a row was not cut because it is over. */
const wholeEnough = 3
const messagesMax = 80

type Outcome = Omit<Acked, 'event' | 'seq'>
/** One try; undefined when the answer was that nobody knows now. */
type Try = (headers: Readonly<Record<string, string>>) => Promise<Outcome | undefined>

let way: Cut
let world: TestWorld
let ledger: Ledger
let folder: string
let seq = 0

beforeAll(async () => {
  folder = reportFolder('sweep')
  ledger = openLedger(join(folder, 'ledger.jsonl'))
  way = await createCut(inject('database').url)
  world = await createTestWorld({ through: way.through })
}, testMs)

afterAll(async () => {
  ledger.close()
  await world.close()
  await way.close()
})

/** Everything answers again; a bounded number of tries, each of which takes its own time. */
async function healed(): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const { status } = await world.send({ method: 'GET', path: '/readyz', token: undefined })
    if (status === 200) return
  }
  throw new Error('the exchange did not recover')
}

interface Operation {
  readonly key: string
  readonly rid?: string
  readonly go: Try
}

async function once({ key, rid, go }: Operation, attempt: number): Promise<Outcome | undefined> {
  seq += 1
  const own = seq
  ledger.write({ event: 'sent', seq: own, key, attempt, ...(rid === undefined ? {} : { rid }) })
  const outcome = await go({ 'idempotency-key': rid ?? '', attempt: `${attempt}` })
  ledger.write(
    outcome ? { event: 'acked', seq: own, ...outcome } : { event: 'unknown', seq: own, why: 'cut' },
  )
  return outcome
}

async function whole(operation: Operation, attempt = 1): Promise<Outcome> {
  const outcome = await once(operation, attempt)
  if (!outcome) throw new Error(`${operation.key} was not answered although nothing was cut`)
  return outcome
}

/** Says how often it was cut before it got through. */
async function sweep(prepare: (n: number) => Promise<Operation>): Promise<number> {
  let cuts = 0
  let wholes = 0
  for (let messages = 1; wholes < wholeEnough; messages += 1) {
    if (messages > messagesMax) throw new Error('the operation never got through')
    const operation = await prepare(messages)
    ledger.write({ event: 'fault', phase: 'begin', what: `cut after ${messages} messages` })
    way.cutAfter(messages)
    const first = await once(operation, 1)
    way.mend()
    ledger.write({ event: 'fault', phase: 'end', what: 'mended' })
    await healed()
    wholes = first ? wholes + 1 : 0
    cuts += first ? 0 : 1
    const again = await whole(operation, 2)
    if (first) expect(again.effect).toEqual(first.effect)
  }
  return cuts
}

const requestId = (): string => toBase64url(randomBytes(16))

function issueOperation(n: number): Operation {
  const go: Try = async () => {
    try {
      const draft = businessLicence(fictitiousCompany(n))
      const { licenceId } = await world.world.exchange.vault.issue(draft)
      return { effect: { kind: 'licence', id: licenceId } }
    } catch (thrown) {
      if (thrown instanceof Problem && thrown.code === 'database-unavailable') return undefined
      throw thrown
    }
  }
  return { key: `issue ${n}`, go }
}

/** A signed request: its answer, or 503 for an open outcome; anything else is a defect. */
function requestOperation(key: string, effect: Effect, forged: Forged): Operation {
  const go: Try = async (headers) => {
    const reply = await world.send({ ...forged, headers })
    if (reply.status === 503) return undefined
    const data = dataOf(reply)
    if (data === null) throw new Error(`${key}: ${reply.status} ${reply.text}`)
    return { effect, answerHash: answerHash(data) }
  }
  return { key, rid: requestId(), go }
}

function dataOf({ status, json }: Reply): Json {
  if (status === 201) return json
  return status === 200 && json['errors'] === undefined ? (json['data'] ?? null) : null
}

function openOperation(n: number, number: string): Operation {
  const parties = partiesOf(fictitiousCompany(n))
  const input = { number, item: 'foodBusinessPermitNew', parties }
  const query = 'mutation ($input: CaseInput!) { openCase(input: $input) { number state } }'
  const body = JSON.stringify({ query, variables: { input } })
  return requestOperation(`open ${number}`, { kind: 'case', id: number }, { body })
}

test('vault.issue, cut after every message', { timeout: testMs }, async () => {
  const cuts = await sweep((n) => Promise.resolve(issueOperation(1_000 + n)))
  expect(cuts).toBeGreaterThan(5)
})

test('a revocation, cut after every message', { timeout: testMs }, async () => {
  const cuts = await sweep(async (n) => {
    const { effect } = await whole(issueOperation(2_000 + n))
    const id = effect?.id ?? ''
    const revocation = {
      ...{ department: 'haikouMarket', path: `/vault/licences/${id}/acts` },
      body: '{"act":"revoke","reason":"obtained-by-fraud"}',
    }
    return requestOperation(`revoke ${id}`, { kind: 'act', id }, revocation)
  })
  expect(cuts).toBeGreaterThan(5)
})

test('the opening of a case, cut after every message', { timeout: testMs }, async () => {
  const cuts = await sweep((n) => Promise.resolve(openOperation(n, `ML-opened-${n}`)))
  expect(cuts).toBeGreaterThan(5)
})

test('the closing of a case, cut after every message', { timeout: testMs }, async () => {
  const cuts = await sweep(async (n) => {
    const number = `ML-closed-${n}`
    await whole(openOperation(n, number))
    const query = 'mutation ($number: ID!) { closeCase(number: $number) { number state } }'
    const body = JSON.stringify({ query, variables: { number } })
    return requestOperation(`close ${number}`, { kind: 'closing', id: number }, { body })
  })
  expect(cuts).toBeGreaterThan(5)
})

test('after all this every promise was kept', { timeout: testMs }, async () => {
  const { exchange } = world.world
  await exchange.log.sequence()
  const { trust } = exchange.settings.keys
  const identity = { originPrefix: trust.logOriginPrefix, key: trust.logKey }
  expect(judge(ledger.lines, await readEvidence(world.owner), identity)).toEqual([])
  expect(await exchange.log.check()).toEqual([])
  expect(await checkVault(exchange)).toEqual([])
  const cuts = ledger.lines.filter(({ event }) => event === 'unknown').length
  process.stderr.write(`faults: sweep, ${seq} tries, ${cuts} of them cut\n`)
  await rm(folder, { recursive: true })
})

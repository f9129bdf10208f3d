/**
 * Honest clients of one server: each takes the next job, tries every operation of it until it is
 * acknowledged, and writes down what it sent and what it received.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fictitiousCompany } from '../../demo/sample.ts'
import { toBase64url } from '../../sdk/base64url.ts'
import { createClient } from '../../sdk/client.ts'
import type { Asked, Client, ClientSettings } from '../../sdk/client.ts'
import type { JsonObject } from '../../sdk/json.ts'
import { Problem } from '../../sdk/problem.ts'
import { partiesOf } from '../world.ts'
import type { Acked, Ledger, Refused } from './ledger.ts'
import { writeRegister } from './register.ts'
import { serverGone } from './server-process.ts'
import type { ServerProcess } from './server-process.ts'

export interface Driven {
  readonly server: ServerProcess
  readonly ledger: Ledger
  /** Where files to import may lie. */
  readonly folder: string
  readonly as: Omit<ClientSettings, 'url'>
  /** Told after each line that says something was sent. */
  readonly sent: (count: number) => void
}

type Outcome = Omit<Acked, 'event' | 'seq'> & { readonly why?: Refused['why'] }
type Try = (asked: Required<Pick<Asked, 'requestId' | 'attempt'>>) => Promise<Outcome>

const importEach = 3
const triesMax = 40
const looksMax = 400
const lookMs = 25

/** What an outage may answer; anything else is a defect and ends the run. */
const passing: ReadonlySet<string> = new Set([
  ...['database-unavailable', 'audit-unavailable', serverGone],
])

const broken = /^(ECONN|EPIPE|HPE_|ERR_STREAM|ABORT_ERR)/

const open = 'mutation ($input: CaseInput!) { openCase(input: $input) { number } }'
const fetchAll = `query ($item: String!, $case: String!) {
  materials(item: $item, case: $case, fetch: true) { materials { code state } }
}`
const item = 'foodBusinessPermitNew'

/** `clients` at once do jobs number 1 to `jobs`. */
export async function drive(
  driven: Driven,
  { jobs, clients, first = 1 }: { jobs: number; clients: number; first?: number },
): Promise<void> {
  const count = { seq: driven.ledger.lines.filter(({ event }) => event === 'sent').length }
  let next = first
  const client = async (): Promise<void> => {
    for (let job = next++; job < first + jobs; job = next++) await work(driven, count, job)
  }
  await Promise.all(Array.from({ length: clients }, client))
}

async function work(driven: Driven, count: { seq: number }, job: number): Promise<void> {
  const { server, ledger } = driven
  const number = `ML-fault-${job}`
  const company = fictitiousCompany(job)
  const attempts = (key: string, go: Try): Promise<void> => attempt(driven, count, { key, go })
  const issue: Try = async () => ({ effect: { kind: 'licence', id: await server.issue(job) } })
  await attempts(`issue ${job}`, issue)
  await attempts(`open ${number}`, async (asked) => {
    const input = { number, item, parties: partiesOf(company) }
    const outcome = await ask(driven, open, { input }, asked)
    return { effect: { kind: 'case', id: number }, ...outcome }
  })
  await attempts(`materials ${number}`, (asked) =>
    ask(driven, fetchAll, { item, case: number }, { ...asked, purpose: { item, case: number } }),
  )
  if (job % importEach === 0) {
    const file = join(driven.folder, `${job}.csv`)
    await writeRegister(file, job / importEach)
    await attempts(`import ${job}`, async () => {
      await server.importFile(file)
      return {}
    })
  }
  // The same face number again, as a department does that is not sure: it has one licence.
  if (job % 5 === 0) await attempts(`issue ${job}`, issue)
  const note = await fetchHead(await server.url())
  if (note !== undefined) ledger.write({ event: 'head', note })
}

async function attempt(
  { server, ledger, sent }: Driven,
  count: { seq: number },
  { key, go }: { readonly key: string; readonly go: Try },
): Promise<void> {
  const requestId = toBase64url(randomBytes(16))
  const rid = /^(issue|import)/.test(key) ? {} : { rid: requestId }
  for (let attempt = 1; attempt <= triesMax; attempt += 1) {
    if (attempt > 1) await ready(server)
    else await server.url()
    count.seq += 1
    const { seq } = count
    ledger.write({ event: 'sent', seq, key, attempt, ...rid })
    sent(seq)
    try {
      const { why, effect, ...answer } = await go({ requestId, attempt })
      if (why === undefined) {
        ledger.write({ event: 'acked', seq, ...answer, ...(effect && { effect }) })
        return
      }
      ledger.write({ event: 'refused', seq, ...answer, why })
    } catch (thrown) {
      ledger.write({ event: 'unknown', seq, why: whyOf(thrown) })
    }
  }
  throw new Error(`${key} was tried ${triesMax} times`)
}

async function ask(
  { server, as }: Driven,
  document: string,
  variables: JsonObject,
  asked: Asked,
): Promise<Outcome> {
  const client: Client = createClient({ ...as, url: await server.url() })
  const { claims, receipt, errors } = await client.query(document, variables, asked)
  const answer = { answerHash: claims.ah, leaf: claims.leaf, receipt }
  const why = errors[0]?.extensions.code
  if (why !== undefined && !passing.has(why)) throw new Problem('request-refused', { code: why })
  return { ...answer, ...(why !== undefined && { why }) }
}

/** The server says itself when it can be asked again: within ten seconds, without a restart. */
async function ready(server: ServerProcess): Promise<void> {
  for (let look = 0; look < looksMax; look += 1) {
    const response = await fetch(`${await server.url()}/readyz`).catch(() => undefined)
    await response?.body?.cancel()
    if (response?.ok === true) return
    await wait(lookMs)
  }
  throw new Error('the server did not recover')
}

async function fetchHead(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/log/checkpoint`)
    return response.ok ? await response.text() : undefined
  } catch {
    return undefined // The server was killed meanwhile; the next job fetches the next head.
  }
}

/** @throws whatever an outage does not explain */
function whyOf(thrown: unknown): string {
  if (isBroken(thrown)) return thrown.message
  const code = thrown instanceof Problem ? thrown.detail['code'] : undefined
  const why = String(code ?? (thrown instanceof Error ? thrown.message : thrown))
  if (!passing.has(why)) throw thrown
  return why
}

/** What a connection says that breaks before or in the middle of the answer. */
function isBroken(thrown: unknown): thrown is Error {
  if (thrown instanceof TypeError || thrown instanceof DOMException) return true
  return thrown instanceof Error && 'code' in thrown && broken.test(String(thrown.code))
}

/**
 * An audited query end to end over HTTP: the business licence of a party of an open case, asked with
 * tokens signed beforehand. The limits are servers written by hand that check the same token, select
 * the same row and, one of them, make the same record.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Company } from '../demo/sample.ts'
import { businessLicence, fictitiousCompany, people } from '../demo/sample.ts'
import { openDepartment } from '../exchange/development.ts'
import { toBase64url } from '../sdk/base64url.ts'
import type { Identity } from '../sdk/pkcs12.ts'
import { utf8 } from '../sdk/primitives.ts'
import { bodyHash, signRequestToken } from '../sdk/request-token.ts'
import type { Purpose } from '../sdk/request-token.ts'
import type { Load, LoadResult } from './load.ts'
import { compare } from './measure.ts'
import { serveByHand } from './query-by-hand.ts'
import { withSetting } from './setting.ts'
import type { Setting } from './setting.ts'

const department = 'meilanMarket'
const requests = { 1: 60, 32: 800 } as const
const query = `query ($holder: HolderInput!) {
  licences(holder: $holder, types: ["businessLicence"]) {
    document ... on BusinessLicence { name uscc legalRep }
  }
}`

export function measureQuery(): Promise<void> {
  return withSetting(async (setting) => {
    const { exchange, serving } = setting.world
    const company = fictitiousCompany(1)
    await exchange.vault.issue(businessLicence(company))
    const purpose = await openCase(setting, company)
    const identity = await openDepartment(setting.world.settings.keysFolder, department)
    const byHand = await serveByHand(setting)
    const worker = new Worker(new URL('./load.ts', import.meta.url))
    try {
      const body = JSON.stringify({ query, variables: { holder: holderOf(company) } })
      for (const callers of [32, 1] as const) {
        const count = requests[callers]
        const ask = async (url: string): Promise<number> => {
          const tokens = signTokens(setting, { identity, purpose, body, count })
          return play(worker, { url: `${url}/graphql`, callers, body, tokens })
        }
        await compare({
          ...{ name: `audited query, ${callers} callers`, unit: 'requests' },
          work: () => ask(serving.url),
          limits: {
            'the same by hand': () => ask(byHand.recorded),
            'the same by hand, unrecorded': () => ask(byHand.unrecorded),
          },
          settle: () => exchange.log.sequence(),
        })
      }
    } finally {
      await worker.terminate()
      await byHand.close()
    }
  })
}

function holderOf({ uscc }: Company) {
  return { codeType: '001', code: uscc }
}

async function openCase({ world }: Setting, company: Company): Promise<Purpose> {
  const purpose = { item: 'foodBusinessPermitNew', case: `ML-${randomBytes(6).toString('hex')}` }
  const { legalRepresentative, premisesOwner } = people
  const person = ({ name, idNumber }: { name: string; idNumber: string }) => {
    return { codeType: '111', code: idNumber, name }
  }
  const parties = [
    { role: 'applicant', ...holderOf(company), name: company.name },
    { role: 'legalRepresentative', ...person(legalRepresentative) },
    { role: 'premisesOwner', ...person(premisesOwner) },
  ]
  const window = await world.client(department, 'officer-017')
  const { errors } = await window.query(
    'mutation ($input: CaseInput!) { openCase(input: $input) { number } }',
    { input: { number: purpose.case, item: purpose.item, parties } },
  )
  if (errors.length > 0) throw new Error(JSON.stringify(errors))
  return purpose
}

interface Asked {
  readonly identity: Identity
  readonly purpose: Purpose
  readonly body: string
  readonly count: number
}

/** Ready before the first is sent, inside the measured time: a small part of what a request costs. */
function signTokens({ world }: Setting, { identity, purpose, body, count }: Asked): string[] {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    ...{ iss: department, sub: 'officer-017', aud: world.settings.exchangeId, purpose },
    ...{ iat: now, exp: now + 60, htm: 'POST', htu: '/graphql', bh: bodyHash(utf8(body)) },
  }
  return Array.from({ length: count }, () =>
    signRequestToken(
      { ...claims, jti: toBase64url(Buffer.from(randomUUID())) },
      identity.key,
      identity.kid,
    ),
  )
}

async function play(worker: Worker, load: Load): Promise<number> {
  worker.postMessage(load)
  const [result] = (await once(worker, 'message')) as [LoadResult] // What load.ts posts.
  if ('failure' in result) throw new Error(result.failure)
  return result.answered
}

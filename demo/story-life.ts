/**
 * Steps 7 and 8: the permit that came of the case is suspended and given back, and renewed; whoever asks
 * is told at once, and old and new point to each other.
 */
import { randomInt } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { openTlsEnd } from '../exchange/development.ts'
import { createTransport } from '../sdk/transport.ts'
import type { Draft } from '../vault/index.ts'
import { people } from './sample.ts'
import { mustBe, short } from './tale.ts'
import type { Tale } from './tale.ts'

const verifyMs = 10_000

interface Verdict {
  readonly verdict: string
  readonly checks: readonly { readonly code: string; readonly reason?: string }[]
}

/** As anyone is told it, by the name of a licence. */
export async function askAnyone({ world, issuer }: Tale, licenceId: string): Promise<Verdict> {
  const { authorities } = await openTlsEnd(world.settings.keysFolder, issuer)
  const send = createTransport({ authorities })
  const reply = await send(new URL('/verify', world.serving.url), {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({ licenceId }),
    signal: AbortSignal.timeout(verifyMs),
  })
  return JSON.parse(await text(reply)) as Verdict // Our own contract.
}

/** Answers the permit as it was granted, with its name. */
export async function tellSuspension(
  tale: Tale,
): Promise<{ readonly licenceId: string; readonly draft: Draft }> {
  const { world, narrator, window } = tale
  narrator.step('暂扣与发还', 'The permit is granted, suspended, and given back')
  const draft = permitOf(tale)
  const { licenceId } = await world.exchange.vault.issue(draft)
  await world.exchange.log.sequence()
  narrator.asked(`${draft.licenceNo} · suspend, POST /verify, restore, POST /verify`)
  const told: string[] = []
  for (const [act, reason, verdict, status] of [
    ['suspend', 'under-investigation', 'invalid', 'suspended'],
    ['restore', 'investigation-closed', 'valid', undefined],
  ] as const) {
    await window.changeLicence(licenceId, act, reason)
    const seen = await askAnyone(tale, licenceId)
    const check = seen.checks.find(({ code }) => code === 'status')
    mustBe(seen.verdict === verdict, `after ${act} the permit is ${verdict}`)
    mustBe(check?.reason === status, `after ${act} the status says why`)
    told.push(`${act} → ${[seen.verdict, ...(status ? [status] : [])].join(', ')}`)
  }
  narrator.decided('yes', 'only the issuer may, and says why · 仅发证机关可以，须有事由')
  narrator.got(`暂扣后无效，发还后有效 · ${told.join(' · ')}`)
  return { licenceId, draft }
}

export async function tellRenewal(
  tale: Tale,
  old: { readonly licenceId: string; readonly draft: Draft },
): Promise<void> {
  const { world, narrator, window } = tale
  narrator.step('延续：新证接替旧证', 'Renewed: a new licence takes the place of the old one')
  narrator.asked(`POST /vault/licences/{licenceId}/versions renew · ${short(old.licenceId)}`)
  const { type, division, licenceNo, items, holders } = old.draft
  const done = await window.newVersion(old.licenceId, {
    ...{ act: 'renew', reason: 'term-ending' },
    draft: {
      ...{ type, division, licenceNo, items, ...renewed(world.settings.clock()) },
      holders: holders.map((holder) => ({ ...holder })),
    },
  })
  await world.exchange.log.sequence()
  const { licenceId } = done
  mustBe(typeof licenceId === 'string' && licenceId !== old.licenceId, 'there is a new licence')
  const at = world.settings.clock()
  const before = await world.exchange.vault.standingOf({ licenceId: old.licenceId, at })
  const after = await world.exchange.vault.standingOf({ licenceId, at })
  mustBe(before.supersededBy === licenceId, 'the old licence names the new one')
  mustBe(after.supersedes === old.licenceId, 'the new licence names the old one')
  narrator.decided('yes', 'within its term, by its issuer · 有效期内，由发证机关延续')
  narrator.got(`${short(old.licenceId)} 被接替 ⇄ 接替 ${short(licenceId)} · linked both ways`)
  const verdicts = [await askAnyone(tale, old.licenceId), await askAnyone(tale, licenceId)]
  const words = verdicts.map(({ verdict }) => verdict)
  mustBe(words.join() === 'invalid,valid', 'the old one is invalid and the new one valid')
  narrator.got(`POST /verify: 旧证 old ${words[0] ?? ''} · 新证 new ${words[1] ?? ''}`)
}

const granted = { validFrom: '2022-03-02', validUntil: '2027-03-01' } as const

/** From today in Beijing, for the five years of its type. */
function renewed(now: Date): Pick<Draft, 'validFrom' | 'validUntil'> {
  const day = (years: number, days: number): string => {
    const date = new Date(now.getTime() + 8 * 3_600_000)
    date.setUTCFullYear(date.getUTCFullYear() + years)
    date.setUTCDate(date.getUTCDate() + days)
    return date.toISOString().slice(0, 10)
  }
  return { validFrom: day(0, 0), validUntil: day(5, -1) }
}

function permitOf({ company }: Tale): Draft {
  const licenceNo = `JY2460108${String(randomInt(10_000_000)).padStart(7, '0')}`
  return {
    ...{ type: 'foodBusinessPermit', issuer: 'meilanMarket', division: '460108', grade: 'A' },
    ...{ licenceNo, ...granted },
    holders: [{ role: 'holder', codeType: '001', code: company.uscc }],
    items: {
      ...{ permitNo: licenceNo, operatorName: company.name, uscc: company.uscc },
      legalRep: people.legalRepresentative.name,
      registeredAddress: '海口市美兰区海甸岛（示例）五西路8号',
      premises: '海口市美兰区海甸岛（示例）五西路8号',
      ...{ businessType: '2', items: '热食类食品制售；自制饮品制售' },
    },
  }
}

/** Steps 9 and 10: the issuer revokes the licence, and the next verification says so. */
import { verifyLicence } from '../sdk/licence.ts'
import { askAnyone } from './story-life.ts'
import { mustBe, short } from './tale.ts'
import type { Tale } from './tale.ts'
import type { StoryLicence } from './story-case.ts'

export async function tellRevocation(tale: Tale, { licenceId }: StoryLicence): Promise<void> {
  const { world, narrator, issuer } = tale
  narrator.step('发证机关撤销证照', 'The issuer revokes the licence')
  narrator.asked(
    `POST /vault/licences/{licenceId}/acts revoke · by ${issuer} · 行政许可法第六十九条`,
  )
  const desk = await world.client(issuer, 'officer-203')
  const done = await desk.changeLicence(licenceId, 'revoke', 'obtained-by-fraud')
  mustBe(done['state'] === 'revoked', 'the licence is revoked')
  narrator.decided('yes', 'only the issuer may · 仅发证机关可以')
  narrator.got(`${licenceId} → revoked`)
}

export async function tellVerdictAfter(tale: Tale, licence: StoryLicence): Promise<void> {
  const { world, narrator, window } = tale
  narrator.step('再核验一次', 'The same document, verified again')
  narrator.asked(
    `the document kept since step 3 (${short(licence.licenceId)}), with today's status list`,
  )
  const evidence = await window.issueEvidence(licence.issueEntry)
  const status = await window.statusList(licence.document)
  const { trust } = world.exchange.settings.keys
  const verdict = verifyLicence(licence.document, {
    ...{ trust, status, evidence, at: world.settings.clock() },
  })
  const check = verdict.checks.find(({ code }) => code === 'status')
  mustBe(verdict.verdict === 'invalid' && check?.reason === 'revoked', 'the verdict is revoked')
  narrator.decided('no', `结论 verdict: ${verdict.verdict} — 已撤销 ${check.reason}`)
  const online = await askAnyone(tale, licence.licenceId)
  mustBe(online.verdict === 'invalid', 'POST /verify says the same')
  narrator.got(`POST /verify: ${online.verdict}`)
}

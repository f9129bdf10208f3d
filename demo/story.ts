/**
 * The story: one case from its opening to the audit, with real calls through the public interfaces.
 * Each step says what was asked, what was decided and what came back, and fails the whole story when
 * the product does not keep its word.
 */
import { randomBytes } from 'node:crypto'
import type { Narrator } from './narrator.ts'
import { businessLicence, fictitiousCompany } from './sample.ts'
import type { Company } from './sample.ts'
import { tellAudit, tellTampering } from './story-audit.ts'
import { tellCase, tellFetch, tellMaterials, tellOffline } from './story-case.ts'
import { tellRenewal, tellSuspension } from './story-life.ts'
import { tellField, tellRefusals } from './story-refusals.ts'
import { tellRevocation, tellVerdictAfter } from './story-revocation.ts'
import type { Tale } from './tale.ts'
import type { World } from './world.ts'

const item = 'foodBusinessPermitNew'

export async function tellStory(
  world: World,
  narrator: Narrator,
  told?: { readonly company: Company; readonly issuer: string },
): Promise<void> {
  const { company, issuer } = told ?? (await newCompany(world))
  const caseNumber = `ML-2026-${randomBytes(4).toString('hex').toUpperCase()}`
  const tale: Tale = {
    ...{ world, narrator, company, issuer, caseNumber },
    purpose: { item, case: caseNumber, basis: '政务数据共享条例第二十条' },
    window: await world.client('meilanMarket', 'officer-017'),
  }
  await tellCase(tale)
  await tellMaterials(tale)
  const fetched = await tellFetch(tale)
  await tellOffline(tale, fetched)
  const { licence } = fetched
  await tellField(tale)
  await tellRefusals(tale)
  await tellRenewal(tale, await tellSuspension(tale))
  await tellRevocation(tale, licence)
  await tellVerdictAfter(tale, licence)
  await tellAudit(tale)
  await tellTampering(tale)
}

/** A fictitious company nobody has told a story about, because its licence ends up revoked. */
async function newCompany({
  exchange: { vault, log },
}: World): Promise<{ company: Company; issuer: string }> {
  for (let n = 1; n <= 9_999; n += 1) {
    const company = fictitiousCompany(n)
    const draft = businessLicence(company)
    const { fresh } = await vault.issue(draft)
    if (!fresh) continue
    await log.sequence()
    return { company, issuer: draft.issuer }
  }
  throw new Error('the story failed: no fictitious company is left')
}

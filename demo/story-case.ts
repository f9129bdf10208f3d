/** Steps 1 to 4: the case, the plan of its materials, everything in one call, verified offline. */
import { verifyLicence } from '../sdk/licence.ts'
import { redeemReceipt } from '../sdk/receipt.ts'
import type { ReceiptClaims } from '../sdk/receipt.ts'
import type { Answer } from '../sdk/client.ts'
import { people } from './sample.ts'
import type { Company } from './sample.ts'
import { mustBe, short } from './tale.ts'
import type { Tale } from './tale.ts'

interface Material {
  readonly code: string
  readonly name: { readonly zh: string; readonly en: string }
  readonly state: string
  readonly by: string
  readonly resource: string | null
  readonly fields: readonly string[]
  readonly reasons: readonly { readonly zh: string; readonly en: string }[]
  readonly licences: readonly StoryLicence[] | null
  readonly holds: boolean | null
}

export interface StoryLicence {
  readonly licenceId: string
  readonly document: string
  readonly issueEntry: string
}

interface Plan {
  readonly materials: { readonly materials: readonly Material[] }
}

function parties({ name, uscc }: Company) {
  return [
    { role: 'applicant', codeType: '001', code: uscc, name },
    {
      ...{ role: 'legalRepresentative', codeType: '111' },
      ...{ code: people.legalRepresentative.idNumber, name: people.legalRepresentative.name },
    },
    {
      ...{ role: 'premisesOwner', codeType: '111' },
      ...{ code: people.premisesOwner.idNumber, name: people.premisesOwner.name },
    },
  ]
}

export async function tellCase({
  window,
  narrator,
  company,
  caseNumber,
  purpose,
}: Tale): Promise<void> {
  narrator.step(
    '美兰区窗口受理食品经营许可',
    'A window in Meilan district opens a case for a food business permit',
  )
  const input = { number: caseNumber, item: purpose.item, parties: parties(company) }
  narrator.asked(`openCase ${caseNumber} · ${company.name} (${company.uscc})`)
  const { data, receipt } = await window.query<{ openCase: { state: string } }>(
    'mutation Open($input: CaseInput!) { openCase(input: $input) { number state } }',
    { input },
  )
  mustBe(data?.openCase.state === 'open', 'the case is open')
  narrator.decided('yes', 'the item is handled by this department · 事项由本部门办理')
  narrator.got(`办件已受理 case open, receipt ${short(receipt)}`)
}

export async function tellMaterials(tale: Tale): Promise<void> {
  const { narrator, caseNumber, purpose } = tale
  narrator.step(
    '问：这个事项要哪些材料？',
    'Which materials does the item require, and who can give them?',
  )
  narrator.asked(`materials(item: ${purpose.item}, case: ${caseNumber})`)
  const { data } = await askMaterials(tale, false)
  const materials = data?.materials.materials ?? []
  for (const { name, by, resource, fields, state, reasons } of materials) {
    const how =
      state === 'applicant'
        ? `申请人提交 the applicant gives it: ${reasons.map(({ en }) => en).join('; ')}`
        : `免提交 waived, by ${by}: ${resource ?? ''} {${fields.join(', ')}}`
    narrator.got(`${name.zh} · ${how}`)
  }
  const left = materials.filter(({ state }) => state === 'applicant')
  mustBe(materials.length >= 4 && left.length === 1, 'one material only is left for the applicant')
  narrator.decided(
    'yes',
    `${materials.length - left.length} of ${materials.length} materials need not be asked · 免提交`,
  )
}

/** What the window holds after one call, and goes on to verify. */
interface Fetched {
  readonly licence: StoryLicence
  readonly claims: ReceiptClaims
}

export async function tellFetch(tale: Tale): Promise<Fetched> {
  const { narrator } = tale
  narrator.step('一次取得全部获准的材料', 'Everything that is granted, in one call')
  narrator.asked('materials(…, fetch: true)')
  const { data, receipt, claims } = await askMaterials(tale, true)
  const materials = data?.materials.materials ?? []
  for (const { name, holds, licences } of materials.filter(({ state }) => state === 'obtained')) {
    const documents = `${licences?.length ?? 0} 份签名证照 signed document(s)`
    narrator.got(`${name.zh} · ${holds === true ? '姓名与号码一致 holds: yes' : documents}`)
  }
  narrator.got(`签名回执 signed receipt ${short(receipt)} → leaf ${short(claims.leaf)}`)
  const licence = materials.find(({ code }) => code === 'businessLicence')?.licences?.[0]
  mustBe(licence !== undefined, 'the business licence came from the vault')
  mustBe(
    materials.some(({ holds }) => holds === true),
    'the identity was answered by a predicate',
  )
  narrator.decided('yes', '每个数据项都有授权 every field by a grant')
  return { licence, claims }
}

/** Verifies with nothing but the document, the receipt, the trust file and the proofs. */
export async function tellOffline(tale: Tale, { licence, claims }: Fetched): Promise<void> {
  const { narrator, world, window } = tale
  narrator.step('离线核验：证照与回执', 'Both verified offline with the SDK')
  const { trust } = world.exchange.settings.keys
  const evidence = await window.issueEvidence(licence.issueEntry)
  const status = await window.statusList(licence.document)
  const proof = await window.proof(claims.leaf)
  narrator.asked(
    'verifyLicence(document, { trust, at, status, evidence }) · 此后不联网 no network from here on',
  )
  const at = world.settings.clock()
  const verdict = verifyLicence(licence.document, { trust, at, status, evidence })
  for (const { zh, en, outcome } of verdict.checks) {
    narrator.got(`${outcome === 'pass' ? '✓' : '✗'} ${zh} · ${en}`)
  }
  mustBe(verdict.verdict === 'valid', 'the licence verifies')
  const items = Object.keys(verdict.licence?.items ?? {})
  narrator.got(`披露的数据项 disclosed: ${items.join(', ')}`)
  const log = { originPrefix: trust.logOriginPrefix, keys: trust.logKeys }
  mustBe(redeemReceipt({ claims, evidence: proof, log }).ok, 'the receipt is redeemed')
  narrator.got(
    `✓ 回执已兑现 · The receipt is redeemed: entry ${proof.index} of ${proof.size} in ${proof.origin}`,
  )
  narrator.decided('yes', '结论 verdict: valid')
}

function askMaterials({ window, purpose }: Tale, fetch: boolean): Promise<Answer<Plan>> {
  return window.query<Plan>(
    `query Materials($item: String!, $case: String!, $fetch: Boolean) {
      materials(item: $item, case: $case, fetch: $fetch) {
        materials {
          code name { zh en } state by resource fields reasons { zh en }
          licences { licenceId document issueEntry }
          holds
        }
      }
    }`,
    { item: purpose.item, case: purpose.case, fetch },
    { purpose },
  )
}

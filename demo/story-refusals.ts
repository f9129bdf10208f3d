/** Steps 5 and 6: what is refused, by which rule, and what to do about it. */
import type { AnswerError } from '../sdk/client.ts'
import { people } from './sample.ts'
import { mustBe } from './tale.ts'
import type { Tale } from './tale.ts'

const capital = `query Capital($holder: HolderInput!) {
  licences(holder: $holder, types: ["businessLicence"]) {
    ... on BusinessLicence { name registeredCapital }
  }
}`

const person = `query Person($id: String!, $name: String!) {
  populationRegistry(idNumber: $id) { identityMatches(name: $name) }
}`

export async function tellField({ window, narrator, company, purpose }: Tale): Promise<void> {
  narrator.step('多要一个数据项：注册资本', 'One field more: the registered capital')
  narrator.asked('businessLicence { name registeredCapital }')
  const holder = { codeType: '001', code: company.uscc }
  const { data, errors } = await window.query<{ licences: Record<string, string | null>[] }>(
    capital,
    { holder },
    { purpose },
  )
  const [error] = errors
  mustBe(error?.extensions.code === 'not-granted', 'a field without a grant is refused')
  mustBe(data?.licences[0]?.['registeredCapital'] === null, 'the refused field is empty')
  explain(narrator, error)
  narrator.got(`其余照给 the rest is given: name = ${data.licences[0]['name'] ?? ''}`)
}

export async function tellRefusals(tale: Tale): Promise<void> {
  const { window, narrator, caseNumber, purpose } = tale
  const { legalRepresentative, stranger } = people
  const ask = (about: { name: string; idNumber: string }, withCase?: typeof purpose) =>
    window.query(
      person,
      { id: about.idNumber, name: about.name },
      withCase ? { purpose: withCase } : {},
    )

  narrator.step(
    '没有办件、办件已结、不是当事人',
    'No case, a closed case, a person who is no party',
  )
  narrator.asked('populationRegistry without a case · 没有办件')
  refused(tale, (await ask(legalRepresentative)).errors, 'case-required')
  narrator.asked('populationRegistry about a stranger · 办件之外的人')
  refused(tale, (await ask(stranger, purpose)).errors, 'not-a-party')

  const close = 'mutation Close($number: ID!) { closeCase(number: $number) { state } }'
  await window.query(close, { number: caseNumber })
  narrator.asked(`populationRegistry for ${caseNumber}, closed meanwhile · 办件已办结`)
  refused(tale, (await ask(legalRepresentative, purpose)).errors, 'case-closed')
}

function refused({ narrator }: Tale, errors: readonly AnswerError[], code: string): void {
  const [error] = errors
  mustBe(error?.extensions.code === code, `the refusal is ${code}`)
  explain(narrator, error)
}

/** The rule that refused, in both languages, and the remedy; for a missing grant also who can give it. */
function explain(narrator: Tale['narrator'], { extensions }: AnswerError): void {
  const { code, rule, title, remedy, owner } = extensions
  const { zh, en } = title as { zh: string; en: string } // The exchange's own error shape.
  narrator.decided('no', `${code} · ${zh} · ${en} (rule ${String(rule)})`)
  narrator.got(
    `办法 remedy: ${String(remedy)}${Array.isArray(owner) ? ` Owner: ${owner.join(', ')}` : ''}`,
  )
}

/**
 * Why a department may or may not have one field, by the gate's own checks. The catalogue decides
 * here; what only a real case can show (that it is open, that the subject is a party) is supposed.
 */
import { itemAt } from '../../catalogs/catalog.ts'
import type { Catalogue } from '../../catalogs/catalog.ts'
import { problems } from '../../sdk/problem.ts'
import type { Ask, Known, Refusal } from '../gate/ask.ts'
import { askChecks, fieldChecks } from '../gate/checks.ts'
import { decide } from '../gate/decide.ts'

export interface Question {
  readonly department: string
  readonly resource: string
  readonly field: string
  readonly item: string
}

interface Step {
  readonly rule: string
  readonly outcome: 'held' | 'supposed' | 'refused'
}

export interface Explanation {
  readonly allowed: boolean
  /** The checks in order, up to the one that refused. */
  readonly steps: readonly Step[]
  readonly lines: readonly string[]
  /** Codes of the grants relied on. */
  readonly grants: readonly string[]
  /** The rule that refused, and the grant and the department that would change it. */
  readonly code?: string
  readonly rule?: string
  readonly grantNeeded?: NonNullable<Refusal['grantNeeded']>
  readonly owners?: readonly string[]
}

/** What `supposed` makes true. */
const aboutTheCase: readonly string[] = [
  'caseIsKnown',
  'caseIsOfItem',
  'caseIsOpen',
  'subjectIsParty',
]
const supposed = { subject: 'supposed', number: 'supposed' } as const

export function explain(question: Question, catalogue: Catalogue, at: Date): Explanation {
  const { department, resource, field, item } = question
  const { subject, number } = supposed
  const ask: Ask = {
    ...{ department, resource, subject, fields: [field] },
    purpose: { item, case: number },
  }
  const known: Known = {
    ...{ catalogue, at, item: itemAt(catalogue, item, at) },
    case: { number, item, state: 'open', parties: [subject] },
  }
  const { refused, grants } = decide(ask, known)
  const refusal = refused.get(field)
  const steps = stepsTo(refusal)
  if (!refusal) return { allowed: true, steps, grants, lines: allowedLines(ask, grants, catalogue) }
  const { code, rule, grantNeeded, owners } = refusal
  return {
    ...{ allowed: false, steps, grants, lines: refusedLines(refusal, catalogue), code, rule },
    ...(grantNeeded ? { grantNeeded } : {}),
    ...(owners ? { owners } : {}),
  }
}

function stepsTo(refusal: Refusal | undefined): Step[] {
  const rules = [...askChecks, ...fieldChecks].map(({ name }) => name)
  const reached = refusal ? rules.slice(0, rules.indexOf(refusal.rule)) : rules
  const steps = reached.map((rule): Step => {
    return { rule, outcome: aboutTheCase.includes(rule) ? 'supposed' : 'held' }
  })
  return refusal ? [...steps, { rule: refusal.rule, outcome: 'refused' }] : steps
}

function allowedLines(ask: Ask, grants: readonly string[], catalogue: Catalogue): string[] {
  if (grants.length === 0) return ['无条件共享 · shared unconditionally, no grant is needed']
  return catalogue
    .grantsOf(ask.department)
    .filter(({ code }) => grants.includes(code))
    .map(({ code, from, until, legalBasis: { law, article } }) => {
      const basis = `《${law.zh}》第${article}条 · ${law.en}, art. ${article}`
      return `授权 grant ${code}, ${from} – ${until}: ${basis}`
    })
}

function refusedLines(refusal: Refusal, catalogue: Catalogue): string[] {
  const { code, grantNeeded, owners = [], legalBasis } = refusal
  const { zh, en, remedy } = problems[code]
  const lines = [`${code}: ${zh} · ${en}`]
  if (legalBasis) lines.push(`依据 because of ${legalBasis.zh} · ${legalBasis.en}`)
  if (grantNeeded) {
    const { department, resource, fields, item } = grantNeeded
    lines.push(`需要授权 grant needed: ${department} – ${resource}.${fields.join(',')} – ${item}`)
  }
  for (const owner of owners) {
    const found = catalogue.departments.get(owner)
    if (!found) continue
    const { name, sharingOffice: office } = found
    const giver = grantNeeded ? '可由其授权 can give it' : '数据归属 owner'
    lines.push(`${giver}: ${name.zh} · ${name.en} – ${office.name.zh}, ${office.phone}`)
  }
  return [...lines, `→ ${remedy}`]
}

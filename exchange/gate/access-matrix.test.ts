/**
 * Who may have what, for which item: the real `decide` over the whole catalogue, every department with
 * every item and every field and predicate of everything that can be shared. `test/golden/access-matrix.txt`
 * is that table for a lawyer; the tests below prove that nothing was left out of it.
 */
import { beforeAll, expect, test } from 'vitest'
import { itemAt, loadCatalogue } from '../../catalogs/catalog.ts'
import type { Department, ServiceItem, Shared } from '../../catalogs/catalog.ts'
import type { Ask, Decision, Known, Refusal } from './ask.ts'
import { askChecks, fieldChecks } from './checks.ts'
import { decide } from './decide.ts'

const catalogue = loadCatalogue()
const at = new Date('2026-11-02T09:00:00+08:00')
const party = 'the-applicant'

/** What the matrix does not vary, and where it is proven instead. */
const exemptions: readonly { readonly what: string; readonly why: string }[] = [
  {
    what: 'the role of the party asked about',
    why: 'the gate knows parties by index and treats them alike; which party a material is about is in catalogue.txt',
  },
  {
    what: 'other days than this one',
    why: 'dates of items, resources and grants are read by isInForce alone; the test of this table has the days before and after',
  },
  {
    what: 'asks of several fields at once',
    why: 'each field is judged on its own, which the test proves for every ask of this table',
  },
  {
    what: 'grants of what is shared unconditionally',
    why: 'they record that both offices agreed; the gate needs none and names none',
  },
]

interface Cell {
  readonly department: Department
  readonly item: string
  readonly shared: Shared
  readonly decision: Decision
}

const things = [...catalogue.resources.keys(), ...catalogue.licenceTypes.keys()].flatMap(
  (code) => catalogue.shared(code) ?? [],
)
const partsOf = ({ fields, predicates }: Shared) => [...fields.keys(), ...predicates.keys()]
const partsTotal = things.flatMap(partsOf).length

/** An open case of the item, with the subject among its parties: what remains is who asks for what. */
function fittingCase(item: string): Known {
  const known = { number: 'case-1', item, state: 'open', parties: [party] } as const
  return { catalogue, case: known, item: itemAt(catalogue, item, at), at }
}

function askOf(department: string, item: string, shared: Shared): Ask {
  const purpose = { item, case: 'case-1' }
  return { department, purpose, resource: shared.code, fields: partsOf(shared), subject: party }
}

const cells: Cell[] = []

beforeAll(() => {
  for (const department of catalogue.departments.values()) {
    for (const item of catalogue.items.keys()) {
      for (const shared of things) {
        const decision = decide(askOf(department.code, item, shared), fittingCase(item))
        cells.push({ department, item, shared, decision })
      }
    }
  }
})

test('the table of access', async () => {
  const lines = [
    'Who may have what, decided by the gate for an open case of the item and a party to it.',
    `On ${at.toISOString().slice(0, 10)}. ${catalogue.departments.size} departments, ${catalogue.items.size} items, ${things.length} resources and licence types with ${partsTotal} fields and yes-or-no questions.`,
    'Not varied here:',
    ...exemptions.map(({ what, why }) => `  ${what}: ${why}`),
    '',
    ...neverShared(),
    ...needingNoGrant(),
    ...[...catalogue.departments.values()].flatMap(departmentLines),
  ]
  await expect(lines.join('\n')).toMatchFileSnapshot('../../test/golden/access-matrix.txt')
})

test('every field of everything is decided for every department and item, one way and not both', () => {
  const decided = new Set<string>()
  for (const { department, item, shared, decision } of cells) {
    const { allowed, refused } = decision
    expect(allowed.filter((field) => refused.has(field))).toEqual([])
    for (const field of [...allowed, ...refused.keys()]) {
      decided.add(`${department.code} ${item} ${shared.code} ${field}`)
    }
  }
  expect(decided.size).toBe(catalogue.departments.size * catalogue.items.size * partsTotal)
})

test('a field asked alone is decided as it is among others', () => {
  for (const { department, item, shared, decision } of cells) {
    const ask = askOf(department.code, item, shared)
    const alone = partsOf(shared).filter((field) => {
      return decide({ ...ask, fields: [field] }, fittingCase(item)).allowed.length === 1
    })
    if (alone.join() !== decision.allowed.join()) {
      expect.fail(`${department.code} ${item} ${shared.code}: ${alone.join()}`)
    }
  }
})

test('what is allowed is shared without conditions, or stands in a grant in force that is named', () => {
  for (const { department, item, shared, decision } of cells) {
    const granted = catalogue
      .grantsOf(department.code)
      .filter(({ code }) => decision.grants.includes(code))
    for (const { resource, items } of granted) {
      expect([resource, items.includes(item)]).toEqual([shared.code, true])
    }
    const covered = granted.flatMap(({ fields }) => fields)
    const uncovered = decision.allowed.filter((field) => !covered.includes(field))
    if (shared.shareType !== 'unconditional') expect(uncovered).toEqual([])
    if (shared.shareType === 'none') expect(decision.allowed).toEqual([])
  }
})

test('every grant is of use: without it something in the table would be refused', () => {
  const used = new Set(cells.flatMap(({ decision }) => decision.grants))
  const idle = catalogue.grants.filter(({ code }) => !used.has(code))
  const needless = catalogue.grants.filter(
    ({ resource }) => catalogue.shared(resource)?.shareType === 'unconditional',
  )
  expect(idle).toEqual(needless)
})

test('every department that handles an item gets something for it, and every other gets nothing', () => {
  for (const department of catalogue.departments.keys()) {
    for (const item of catalogue.items.keys()) {
      const isHandler = itemAt(catalogue, item, at)?.departments.includes(department) ?? false
      const own = cells.filter((cell) => cell.department.code === department && cell.item === item)
      const some = own.some(({ decision }) => decision.allowed.length > 0)
      expect([department, item, some]).toEqual([department, item, isHandler])
    }
  }
})

const fitting = {
  ask: {
    ...{ department: 'meilanCivil', resource: 'marriageRegistry', subject: party },
    ...{ purpose: { item: 'marriageRegistration', case: 'case-1' }, fields: ['hasNoSpouse'] },
  },
  known: fittingCase('marriageRegistration'),
}
const marriageCase = { number: 'case-1', item: 'marriageRegistration', parties: [party] }

interface Unfit {
  readonly why: string
  readonly ask?: Partial<Ask>
  readonly known?: Partial<Known>
  readonly rule: string
  readonly code: string
}

const unfit: readonly Unfit[] = [
  {
    why: 'a stranger',
    ask: { department: 'tourism' },
    ...{ rule: 'departmentIsKnown', code: 'not-authenticated' },
  },
  {
    why: 'no purpose',
    ask: { purpose: undefined },
    ...{ rule: 'purposeIsGiven', code: 'case-required' },
  },
  {
    why: 'no such item on that day',
    known: { item: undefined },
    ...{ rule: 'itemIsInForce', code: 'unknown-item' },
  },
  {
    why: 'an item of others',
    ask: { department: 'haikouPolice' },
    ...{ rule: 'itemIsOfDepartment', code: 'item-of-other-department' },
  },
  {
    why: 'no such case',
    known: { case: undefined },
    ...{ rule: 'caseIsKnown', code: 'unknown-case' },
  },
  {
    why: 'a case of another item',
    known: { case: { ...marriageCase, item: 'addressChange', state: 'open' } },
    ...{ rule: 'caseIsOfItem', code: 'case-of-other-item' },
  },
  {
    why: 'a closed case',
    known: { case: { ...marriageCase, state: 'closed' } },
    ...{ rule: 'caseIsOpen', code: 'case-closed' },
  },
  {
    why: 'somebody who is no party',
    ask: { subject: 'the-neighbour' },
    ...{ rule: 'subjectIsParty', code: 'not-a-party' },
  },
  {
    why: 'nobody in particular, of what is about somebody',
    ask: { subject: undefined },
    ...{ rule: 'subjectIsParty', code: 'not-a-party' },
  },
  {
    why: 'an unknown resource',
    ask: { resource: 'tourism' },
    ...{ rule: 'resourceIsKnown', code: 'unknown-resource' },
  },
  {
    why: 'a resource on the day before it begins',
    known: { at: new Date('2025-07-31T23:59:59+08:00') },
    ...{ rule: 'resourceIsInForce', code: 'unknown-resource' },
  },
  {
    why: 'a resource that is not shared',
    ask: { resource: 'idCardFingerprints', fields: ['template'] },
    ...{ rule: 'resourceIsShared', code: 'field-not-shared' },
  },
  {
    why: 'a field that does not exist',
    ask: { fields: ['bloodGroup'] },
    ...{ rule: 'fieldIsKnown', code: 'unknown-field' },
  },
  {
    why: 'the value where a yes or no is granted',
    ask: { fields: ['maritalStatus'] },
    ...{ rule: 'grantCoversField', code: 'not-granted' },
  },
  {
    why: 'the day before the grant begins',
    known: { at: new Date('2025-12-31T23:59:59+08:00') },
    ...{ rule: 'grantCoversField', code: 'not-granted' },
  },
  {
    why: 'the day after the grant ends',
    known: { at: new Date('2031-01-01T00:00:00+08:00') },
    ...{ rule: 'grantCoversField', code: 'not-granted' },
  },
]

test('the ask from which the unfit ones differ is allowed', () => {
  expect(decide(fitting.ask, fitting.known).allowed).toEqual(['hasNoSpouse'])
})

test.for(unfit)('refused: $why', ({ ask, known, rule, code }) => {
  const decision = decide({ ...fitting.ask, ...ask }, { ...fitting.known, ...known })
  expect(decision.allowed).toEqual([])
  expect(decision.grants).toEqual([])
  expect([...decision.refused.values()]).toEqual([expect.objectContaining({ rule, code })])
})

test('every check has refused something here', () => {
  const names = [...askChecks, ...fieldChecks].map(({ name }) => name)
  expect([...new Set(unfit.map(({ rule }) => rule))].sort()).toEqual(names.sort())
})

test('what is about nobody needs no party, but a case', () => {
  const ask = { ...fitting.ask, resource: 'macroEconomyBase', fields: ['gdp'], subject: undefined }
  expect(decide(ask, fitting.known).allowed).toEqual(['gdp'])
  const without = decide({ ...ask, purpose: undefined }, fitting.known)
  expect(without.refused.get('gdp')?.code).toBe('case-required')
})

function neverShared(): string[] {
  const withheld = things.filter(({ shareType }) => shareType === 'none')
  return [
    'Never given to anybody',
    ...withheld.map(({ code, name, legalBasis }) => {
      const basis = legalBasis ? `${legalBasis.law.zh} 第 ${legalBasis.article} 条` : ''
      return `  ${code} ${name.zh}: ${basis}`
    }),
    '',
  ]
}

function needingNoGrant(): string[] {
  const free = things.filter(({ shareType }) => shareType === 'unconditional')
  return [
    'Given for every case of an item to the department that handles it, without a grant',
    ...free.map((shared) => {
      const isAboutSomebody = shared.kind === 'licence' || resourceHasSubject(shared.code)
      const whom = isAboutSomebody ? 'about a party' : 'about nobody'
      return `  ${shared.code} ${shared.name.zh} (${whom}): ${partsOf(shared).join(', ')}`
    }),
    '',
  ]
}

function resourceHasSubject(code: string): boolean {
  return catalogue.resources.get(code)?.subject !== undefined
}

function departmentLines({ code, name, level }: Department): string[] {
  const own = cells.filter(({ department }) => department.code === code)
  const handled = [...catalogue.items.keys()].filter((item) =>
    itemAt(catalogue, item, at)?.departments.includes(code),
  )
  const others = own.filter(({ item }) => !handled.includes(item))
  const total = others.reduce((sum, { shared }) => sum + partsOf(shared).length, 0)
  return [
    `${code} ${name.zh} (${level})`,
    ...handled.flatMap((item) =>
      itemLines(
        itemAt(catalogue, item, at),
        own.filter((cell) => cell.item === item),
      ),
    ),
    `  for the ${catalogue.items.size - handled.length} items it does not handle: nothing; ${tallied(others)}`,
    ...(refusedIn(others) === total ? [] : ['  BUT SOMETHING IS GIVEN']),
    '',
  ]
}

function itemLines(item: ServiceItem | undefined, own: readonly Cell[]): string[] {
  if (!item) return []
  const isFree = ({ shared }: Cell) => shared.shareType === 'unconditional'
  const partial = own.filter((cell) => !isFree(cell) && cell.decision.allowed.length > 0)
  const nothing = own.filter(({ decision }) => decision.allowed.length === 0)
  const free = own.filter(isFree)
  const whole = free.filter(({ decision }) => decision.refused.size === 0)
  const basis = `${item.legalBasis.law.zh} 第 ${item.legalBasis.article} 条`
  return [
    `  for ${item.code} ${item.name.zh}, purpose ${item.purpose}, ${basis}`,
    ...partial.flatMap(cellLines),
    `    without a grant: all ${whole.length} of the ${free.length} above`,
    `    nothing of ${nothing.length} others (${tallied(nothing)}): ${nothing.map(({ shared }) => shared.code).join(', ')}`,
  ]
}

function cellLines({ shared, decision }: Cell): string[] {
  const { allowed, refused, grants } = decision
  const questions = allowed.filter((field) => shared.predicates.has(field))
  const values = allowed.filter((field) => shared.fields.has(field))
  return [
    `    ${shared.code} ${shared.name.zh} (${grants.join(', ')})`,
    ...(values.length > 0 ? [`      given        ${values.join(', ')}`] : []),
    ...(questions.length > 0 ? [`      yes or no    ${questions.join(', ')}`] : []),
    ...[...byCode(refused)].map(
      ([code, fields]) => `      ${code.padEnd(12)} ${fields.length}: ${fields.join(', ')}`,
    ),
  ]
}

function byCode(refused: ReadonlyMap<string, Refusal>): ReadonlyMap<string, readonly string[]> {
  const codes = new Map<string, string[]>()
  for (const [field, { code }] of refused) codes.set(code, [...(codes.get(code) ?? []), field])
  return codes
}

function refusedIn(some: readonly Cell[]): number {
  return some.reduce((sum, { decision }) => sum + decision.refused.size, 0)
}

/** How many fields are refused with which code. */
function tallied(some: readonly Cell[]): string {
  const tally = new Map<string, number>()
  for (const { code } of some.flatMap(({ decision }) => [...decision.refused.values()])) {
    tally.set(code, (tally.get(code) ?? 0) + 1)
  }
  return [...tally].map(([code, count]) => `${code} ${count}`).join(', ')
}

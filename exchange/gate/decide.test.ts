import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { itemAt, loadCatalogue } from '../../catalogs/catalog.ts'
import type { Catalogue } from '../../catalogs/catalog.ts'
import type { Ask, Known } from './ask.ts'
import { askChecks, fieldChecks } from './checks.ts'
import { decide } from './decide.ts'

const catalogue = loadCatalogue()
const now = new Date('2026-11-20T01:00:00.000Z')
const subject = 'a-party-of-the-case'

/** An ask that nothing speaks against, for an item the department may not even handle. */
function fitting(department: string, item: string, resource: string): { ask: Ask; known: Known } {
  const purpose = { item, case: 'ML-1' }
  return {
    ask: { department, purpose, resource, subject, fields: fieldsOf(resource) },
    known: {
      ...{ catalogue, at: now, item: itemAt(catalogue, item, now) },
      case: { number: 'ML-1', item, state: 'open', parties: [subject] },
    },
  }
}

function fieldsOf(resource: string): string[] {
  const shared = catalogue.shared(resource)
  return shared ? [...shared.fields.keys(), ...shared.predicates.keys()] : ['anything']
}

const things = [...catalogue.resources.keys(), ...catalogue.licenceTypes.keys()].sort()
const departments = [...catalogue.departments.keys()].sort()
const items = [...catalogue.items.keys()].sort()

const base = fitting('meilanMarket', 'foodBusinessPermitNew', 'businessLicence')

function withCatalogue(other: Partial<Catalogue>): Known {
  return { ...base.known, catalogue: { ...catalogue, ...other } }
}

/** One condition flipped each; nothing else speaks against the ask. */
const flips: readonly {
  readonly rule: string
  readonly code: string
  readonly what: string
  readonly ask?: Partial<Ask>
  readonly known?: Known
}[] = [
  {
    ...{
      rule: 'departmentIsKnown',
      code: 'not-authenticated',
      what: 'a department of no catalogue',
    },
    ask: { department: 'stranger' },
  },
  {
    ...{
      rule: 'departmentIsKnown',
      code: 'not-authenticated',
      what: 'a department that was removed',
    },
    known: withCatalogue({ departments: new Map() }),
  },
  {
    ...{ rule: 'purposeIsGiven', code: 'case-required', what: 'no purpose' },
    ask: { purpose: undefined },
  },
  {
    ...{
      rule: 'itemIsInForce',
      code: 'unknown-item',
      what: 'an item of no catalogue, or out of force',
    },
    known: { ...base.known, item: undefined },
  },
  {
    ...{
      rule: 'itemIsOfDepartment',
      code: 'item-of-other-department',
      what: 'an item others handle',
    },
    ask: { department: 'haikouPolice' },
  },
  {
    ...{ rule: 'caseIsKnown', code: 'unknown-case', what: 'a case the department does not have' },
    known: { ...base.known, case: undefined },
  },
  {
    ...{ rule: 'caseIsOfItem', code: 'case-of-other-item', what: 'a case of another item' },
    known: withCase({ item: 'addressChange' }),
  },
  {
    ...{ rule: 'caseIsOpen', code: 'case-closed', what: 'a closed case' },
    known: withCase({ state: 'closed' }),
  },
  {
    ...{ rule: 'subjectIsParty', code: 'not-a-party', what: 'a subject the case does not name' },
    ask: { subject: 'a-neighbour' },
  },
  {
    ...{ rule: 'subjectIsParty', code: 'not-a-party', what: 'nobody in particular' },
    ask: { subject: undefined },
  },
  {
    ...{ rule: 'subjectIsParty', code: 'not-a-party', what: 'a case without parties' },
    known: withCase({ parties: [] }),
  },
  {
    ...{ rule: 'resourceIsKnown', code: 'unknown-resource', what: 'a resource of no catalogue' },
    ask: { resource: 'unheardOf' },
  },
  {
    ...{ rule: 'resourceIsKnown', code: 'unknown-resource', what: 'a name every object has' },
    ask: { resource: 'constructor' },
  },
  {
    ...{ rule: 'resourceIsInForce', code: 'unknown-resource', what: 'a type not yet in force' },
    known: { ...base.known, at: new Date('1990-01-01T00:00:00Z') },
  },
  {
    ...{
      rule: 'resourceIsShared',
      code: 'field-not-shared',
      what: 'a resource shared with nobody',
    },
    ask: { resource: 'sealedJuvenileRecords', fields: ['name'] },
  },
  {
    ...{ rule: 'fieldIsKnown', code: 'unknown-field', what: 'a field the resource does not have' },
    ask: { fields: ['salary'] },
  },
  {
    ...{ rule: 'fieldIsKnown', code: 'unknown-field', what: 'a field every object has' },
    ask: { fields: ['__proto__'] },
  },
  {
    ...{ rule: 'grantCoversField', code: 'not-granted', what: 'a field of no grant' },
    ask: { fields: ['registeredCapital'] },
  },
  {
    ...{ rule: 'grantCoversField', code: 'not-granted', what: 'a grant that ran out' },
    ask: { fields: ['name'] },
    known: { ...base.known, at: new Date('2030-12-31T16:00:00Z') },
  },
  {
    ...{ rule: 'grantCoversField', code: 'not-granted', what: 'a grant that was withdrawn' },
    ask: { fields: ['name'] },
    known: withCatalogue({ grantsOf: () => [] }),
  },
]

function withCase(other: Partial<NonNullable<Known['case']>>): Known {
  const { case: open } = base.known
  if (!open) throw new Error('the fitting ask has no case')
  return { ...base.known, case: { ...open, ...other } }
}

test('the ask of the table has nothing against it but the fields without a grant', () => {
  const { allowed, refused, grants } = decide(base.ask, base.known)
  expect(allowed).toEqual(['name', 'uscc', 'legalRep', 'address', 'scope'])
  expect(grants).toEqual(['meilanMarketFoodBusinessLicence'])
  expect([...refused.values()].every(({ code }) => code === 'not-granted')).toBe(true)
})

test.for(flips)('$rule refuses $what', ({ rule, code, ask, known }) => {
  const asked = { ...base.ask, ...ask }
  const { allowed, refused, grants } = decide(asked, known ?? base.known)
  expect(allowed).toEqual([])
  expect(grants).toEqual([])
  expect([...refused.keys()]).toEqual(asked.fields)
  for (const refusal of refused.values()) expect([refusal.rule, refusal.code]).toEqual([rule, code])
})

test('every check refuses something in the table above', () => {
  const tried = new Set(flips.map(({ rule }) => rule))
  const checks = [...askChecks, ...fieldChecks].map(({ name }) => name)
  expect(checks.filter((name) => !tried.has(name))).toEqual([])
  expect(tried.size).toBe(checks.length)
})

test('the last day of a grant counts whole, by the calendar of China', () => {
  const at = (time: string): readonly string[] =>
    decide({ ...base.ask, fields: ['name'] }, { ...base.known, at: new Date(time) }).allowed
  expect(at('2030-12-31T15:59:59.999Z')).toEqual(['name'])
  expect(at('2030-12-31T16:00:00.000Z')).toEqual([])
  expect(at('2025-12-31T16:00:00.000Z')).toEqual(['name'])
  expect(at('2025-12-31T15:59:59.999Z')).toEqual([])
})

test('a missing grant is named as small as it could be, with who could give it', () => {
  const { refused } = decide({ ...base.ask, fields: ['name', 'registeredCapital'] }, base.known)
  expect([...refused]).toEqual([
    [
      'registeredCapital',
      {
        ...{ code: 'not-granted', rule: 'grantCoversField' },
        owners: ['hainanMarket'],
        grantNeeded: {
          ...{ department: 'meilanMarket', resource: 'businessLicence' },
          ...{ fields: ['registeredCapital'], item: 'foodBusinessPermitNew' },
        },
      },
    ],
  ])
})

test('what the law keeps from sharing names the law', () => {
  const ask = { ...base.ask, resource: 'sealedJuvenileRecords', fields: ['offence'] }
  expect(decide(ask, base.known).refused.get('offence')).toMatchObject({
    owners: ['haikouPolice'],
    legalBasis: { zh: '《中华人民共和国预防未成年人犯罪法》第59条' },
  })
})

const askOfAnything = fc.record({
  department: fc.constantFrom(...departments, 'stranger'),
  item: fc.constantFrom(...items, 'curiosity'),
  resource: fc.constantFrom(...things, 'unheardOf'),
  picks: fc.array(fc.nat(40), { maxLength: 200 }),
  state: fc.constantFrom('open' as const, 'closed' as const),
  isParty: fc.boolean(),
})

test('each field of an ask is judged on its own: alone, among others, in any order', () => {
  fc.assert(
    fc.property(askOfAnything, ({ department, item, resource, picks, state, isParty }) => {
      const { ask, known } = fitting(department, item, resource)
      const names = [...ask.fields, 'salary']
      const fields = picks.map((pick) => names[pick % names.length] ?? 'salary')
      const open = known.case && { ...known.case, state, parties: isParty ? [subject] : [] }
      const asked = { ...known, case: open }
      const { allowed, refused } = decide({ ...ask, fields }, asked)
      expect([...allowed, ...refused.keys()].sort()).toEqual([...new Set(fields)].sort())
      for (const field of new Set(fields)) {
        const alone = decide({ ...ask, fields: [field] }, asked)
        expect(alone.allowed.includes(field)).toBe(allowed.includes(field))
        expect(alone.refused.get(field)).toEqual(refused.get(field))
      }
    }),
  )
})

function exists(resource: string, field: string): boolean {
  const entry = catalogue.resources.get(resource)
  const versions = catalogue.typeVersions.get(resource) ?? []
  const fields = [...(entry?.fields ?? []), ...versions.flatMap((version) => version.fields)]
  return [...fields, ...(entry?.predicates ?? [])].some(({ code }) => code === field)
}

/** The grants read again from the catalogue's own list, without the gate's help. */
function mayHave(ask: {
  department: string
  item: string
  resource: string
  field: string
}): boolean {
  const { department, item, resource, field } = ask
  const handles = catalogue.items.get(item)?.at(-1)?.departments.includes(department) ?? false
  const entry = catalogue.resources.get(resource) ?? catalogue.licenceTypes.get(resource)
  if (!handles || !entry || entry.shareType === 'none') return false
  if (entry.shareType === 'unconditional') return exists(resource, field)
  return catalogue.grants.some(
    (grant) =>
      grant.department === department &&
      grant.resource === resource &&
      grant.items.includes(item) &&
      grant.fields.includes(field),
  )
}

test('the gate allows exactly what an independent reading of the grants allows (I8)', () => {
  let allowedOnce = 0
  for (const department of [...departments, 'stranger']) {
    for (const item of [...items, 'curiosity']) {
      for (const resource of [...things, 'unheardOf']) {
        const { ask, known } = fitting(department, item, resource)
        const { allowed } = decide(ask, known)
        allowedOnce += allowed.length
        const expected = ask.fields.filter((field) =>
          mayHave({ department, item, resource, field }),
        )
        expect(allowed, `${department} ${item} ${resource}`).toEqual(expected)
      }
    }
  }
  expect(allowedOnce).toBeGreaterThan(50)
})

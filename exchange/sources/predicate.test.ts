/** Yes-or-no questions: what they answer, and when they answer neither. */
import { expect, test } from 'vitest'
import { loadCatalogue } from '../../catalogs/catalog.ts'
import type { Predicate } from '../../catalogs/catalog.ts'
import { predicateHolds } from './predicate.ts'

const catalogue = loadCatalogue()
const at = new Date('2026-11-01T00:00:00Z')

function predicate(resource: string, code: string): Predicate {
  const found = catalogue.shared(resource)?.predicates.get(code)
  if (!found) throw new Error(`no predicate ${resource}.${code}`)
  return found
}

test.for([
  ['10', true, 'no marriage on record'],
  ['20', false, 'married'],
  ['30', true, 'widowed'],
  ['40', true, 'divorced'],
  ['50', true, 'void or revoked'],
  ['90', null, 'the record is incomplete'],
  ['21', null, 'a code the catalogue does not explain'],
  ['', null, 'an empty code'],
  [null, null, 'no value'],
] as const)('hasNoSpouse of %s is %s: %s', ([value, holds]) => {
  const asked = predicate('marriageRegistry', 'hasNoSpouse')
  expect(predicateHolds(asked, { value, argument: '', at })).toBe(holds)
})

test('a question about a code does not look at the argument', () => {
  const asked = predicate('creditBase', 'hasNoSeriousViolation')
  for (const argument of ['', '1', '张三']) {
    expect(predicateHolds(asked, { value: '1', argument, at })).toBe(false)
    expect(predicateHolds(asked, { value: '0', argument, at })).toBe(true)
  }
})

test.for([
  ['林小美', '林小美', true],
  [' 林小美 ', '林小美', true],
  ['cafe\u0301', 'caf\u00e9', true],
  ['林小美', '林美', false],
  ['', '林小美', false],
  [null, '林小美', null],
] as const)('the name %s given as %s matches: %s', ([value, argument, holds]) => {
  const asked = predicate('populationRegistry', 'identityMatches')
  expect(predicateHolds(asked, { value, argument, at })).toBe(holds)
})

test.for([
  ['2006-11-01', '20', true],
  ['2006-11-02', '20', false],
  ['2004-02-29', '22', true],
  ['2006-11-01', 'twenty', null],
  ['2006-11-01', '', null],
  ['2006-11-01', '-1', null],
  ['2006-11-01', '1e1', null],
  ['2006-11-01', '999', false],
  ['20061101', '20', null],
  [null, '20', null],
] as const)('born on %s, %s years are reached: %s', ([value, argument, holds]) => {
  const asked = predicate('populationRegistry', 'ageAtLeast')
  expect(predicateHolds(asked, { value, argument, at })).toBe(holds)
})

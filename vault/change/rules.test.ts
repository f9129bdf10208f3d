import { expect, test } from 'vitest'
import { loadCatalogue } from '../../catalogs/catalog.ts'
import { lengthened } from './rules.ts'

const catalogue = loadCatalogue()
const term = (from: string, until: string | null) => ({
  validFrom: new Date(from),
  validUntil: until === null ? null : new Date(until),
})
const before = term('2024-01-01', '2029-01-01')

test.for<[what: string, now: ReturnType<typeof term>, found: readonly string[]]>([
  ['the same', before, []],
  ['that begins later and ends sooner', term('2024-06-01', '2028-01-01'), []],
  ['that ends a day later', term('2024-01-01', '2029-01-02'), ['validUntil']],
  ['without an end', term('2024-01-01', null), ['validUntil']],
  ['that begins a day sooner', term('2023-12-31', '2029-01-01'), ['validFrom']],
  ['that is longer on both sides', term('2023-12-31', null), ['validFrom', 'validUntil']],
])('a change to a term %s', ([, now, found]) => {
  expect(lengthened(catalogue, 'foodBusinessPermit', { before, now })).toEqual(found)
  // A right in a forest is not renewed: that its term is longer is a change of the register.
  expect(lengthened(catalogue, 'forestRight', { before, now })).toEqual(
    found.filter((end) => end !== 'validUntil'),
  )
})

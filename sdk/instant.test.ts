import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readInstant, startOfDay, writeInstant } from './instant.ts'

const years = {
  min: new Date('0000-01-01T00:00:00.000Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
}

test('a moment is written as a Date writes it, and read back', () => {
  fc.assert(
    fc.property(fc.date({ ...years, noInvalidDate: true }), (time) => {
      expect(writeInstant(time)).toBe(time.toISOString())
      expect(readInstant(time.toISOString())).toEqual(time)
    }),
  )
})

test('years of more digits are written and not read', () => {
  const far = new Date(8.64e15)
  expect(writeInstant(far)).toBe('+275760-09-13T00:00:00.000Z')
  expect(readInstant(writeInstant(far))).toBeUndefined()
})

test('no time is written as nothing', () => {
  expect(writeInstant(new Date(NaN))).toBe('')
})

test.for([
  '',
  '2026-02-29T00:00:00.000Z',
  '2026-13-01T00:00:00.000Z',
  '2026-00-10T00:00:00.000Z',
  '2026-11-31T00:00:00.000Z',
  '2026-11-22T24:00:00.000Z',
  '2026-11-22T08:60:00.000Z',
  '2026-11-22T08:00:60.000Z',
  '2026-11-22T08:00:00.00Z',
  '2026-11-22T08:00:00Z',
  '2026-11-22T08:00:00.000+00:00',
  '2026-11-22T08:00:00.000z',
  '2026-11-22 08:00:00.000Z',
  ' 2026-11-22T08:00:00.000Z',
  '2026-11-22T08:00:00.000Z\n',
  '２026-11-22T08:00:00.000Z',
])('no moment: %j', (text) => {
  expect(readInstant(text)).toBeUndefined()
})

test.for([
  ['2028-02-29', 1_835_395_200_000],
  ['2026-02-29', undefined],
  ['2026-2-1', undefined],
  ['', undefined],
] as const)('the day %s begins at %s', ([day, start]) => {
  expect([startOfDay(day), startOfDay(day)]).toEqual([start, start])
})

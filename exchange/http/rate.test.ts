import { expect, test } from 'vitest'
import { createRate, rateLimits } from './rate.ts'

const start = new Date('2026-11-20T01:00:00Z')
const after = (ms: number): Date => new Date(start.getTime() + ms)

test('as often as allowed, and not once more until the minute is over', () => {
  const rate = createRate(3)
  const asked = [0, 1, 2, 3].map(() => rate('192.0.2.1', start))
  expect(asked.map(({ remaining, isSpent }) => [remaining, isSpent])).toEqual([
    ...[
      [2, false],
      [1, false],
      [0, false],
      [0, true],
    ],
  ])
  expect(rate('192.0.2.1', after(rateLimits.windowMs - 1))).toMatchObject({
    ...{ isSpent: true, resetSeconds: 1 },
  })
  expect(rate('192.0.2.1', after(rateLimits.windowMs))).toMatchObject({
    ...{ isSpent: false, remaining: 2, resetSeconds: 60 },
  })
})

test('a clock that is set back begins a new minute', () => {
  const rate = createRate(1)
  rate('192.0.2.1', start)
  expect(rate('192.0.2.1', after(-1))).toMatchObject({ isSpent: false, resetSeconds: 60 })
})

test.for([
  ['192.0.2.1', '192.0.2.1', true],
  ['192.0.2.1', '192.0.2.2', false],
  ['192.0.2.1', '::ffff:192.0.2.1', true],
  ['2001:db8::1', '2001:db8::2', true],
  ['2001:db8::1', '2001:db8:0:0:ffff:ffff:ffff:ffff', true],
  ['2001:db8:0:1::1', '2001:db8:0:2::1', false],
  ['2001:db8:1:2::', '2001:db8:1:2:3:4:5:6', true],
  ['::1', '::2', true],
  ['::1', '2001::1', false],
  ['fe80::1%eth0', 'fe80::2%eth1', true],
  ['', '', true],
] as const)('%s and %s are one for counting: %s', ([one, other, same]) => {
  const rate = createRate(1)
  rate(one, start)
  expect(rate(other, start).isSpent).toBe(same)
})

test('more addresses than are remembered push out the one known longest, and no other', () => {
  const rate = createRate(1)
  for (let i = 0; i < rateLimits.addresses; i += 1) rate(`10.0.${i >> 8}.${i & 255}`, start)
  expect(rate('10.0.0.1', start).isSpent).toBe(true)
  rate('192.0.2.1', start)
  expect(rate('10.0.0.1', start).isSpent).toBe(true)
  expect(rate('10.0.0.0', start).isSpent).toBe(false)
})

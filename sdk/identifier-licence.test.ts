import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatLicenceId, parseLicenceId } from './identifier-licence.ts'

const root = '1.2.156.3005.2'
const good = `${root}.11100000MB0143028R001.11460108MB15000151.SC2025000000001.001.H`

describe('identifiers in the world', () => {
  test.for([
    `${root}.11100000000013338W011.11430000006122244L.20230000403.001.U`,
    `${root}.11100000MB03271699022.340100.000000016.001.9`,
    `${root}.11100000000013338W009.11330105002500287C.2025052201.002.0`,
    `${root}.11100000000013338W032.11220000013544541J.2430599.001.F`,
    `${root}.11100000MB03271699001.11460108MB15000151.2025000123.002.C`,
    good,
  ])('%s is by the standard, and we would write it so', (id) => {
    const parts = parseLicenceId(id)
    expect(parts.variant).toBe('standard')
    expect(formatLicenceId(parts)).toBe(id)
  })

  test('letters counted one too high are recognised as such', () => {
    const serial = '209FA4E88F9E4C878F3E9BED2CE7EA49'
    const id = `${root}.11100000000013661B006.113700000045046442.${serial}.001.M`
    expect(parseLicenceId(id)).toEqual({
      typeCode: '11100000000013661B006',
      issuer: '113700000045046442',
      serial,
      version: '001',
      check: 'M',
      variant: 'legacy-offset',
    })
  })
})

describe('what is no identifier', () => {
  test.for([
    ['nothing', '', 'form'],
    ['one digit changed', good.replace('SC2025', 'SC2026'), 'check-character'],
    ['two characters swapped', good.replace('SC', 'CS'), 'check-character'],
    ['another root', good.replace('3005', '3006'), 'form'],
    ['no check character', good.slice(0, -2), 'form'],
    ['lower case', good.toLowerCase(), 'form'],
    ['a trailing newline', `${good}\n`, 'form'],
    ['a type code of 20', good.replace('R001', 'R01'), 'form'],
    ['a version of two digits', good.replace('.001.', '.01.'), 'form'],
    ['no serial', good.replace('SC2025000000001', ''), 'form'],
    ['a serial of 33', good.replace('SC2025000000001', '1'.repeat(33)), 'form'],
    ['a serial with a dot', good.replace('SC2025', 'SC.025'), 'form'],
  ] as const)('%s', ([, id, rule]) => {
    expect(() => parseLicenceId(id)).toThrow(`invalid-licence-id: `)
    expect(() => parseLicenceId(id)).toThrow(`rule ${rule}`)
  })

  test('parts that do not fit are not written', () => {
    const parts = parseLicenceId(good)
    for (const wrong of [
      { version: '1' },
      { version: '1000' },
      { serial: '' },
      { serial: 'sc1' },
      { issuer: 'haikouMarket' },
      { typeCode: '11100000MB0143028R' },
    ]) {
      expect(() => formatLicenceId({ ...parts, ...wrong })).toThrow('invalid-licence-id')
    }
  })
})

const alphabet = Array.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ')
const text = (min: number, max: number) =>
  fc.array(fc.constantFrom(...alphabet), { minLength: min, maxLength: max }).map((a) => a.join(''))
const parts = fc.record({
  typeCode: text(21, 21),
  issuer: text(18, 18),
  serial: text(1, 32),
  version: fc.nat(999).map((n) => String(n).padStart(3, '0')),
})

describe('the check character', () => {
  test('what we write we read, as standard', () => {
    fc.assert(
      fc.property(parts, (given) => {
        expect(parseLicenceId(formatLicenceId(given))).toMatchObject({
          ...given,
          variant: 'standard',
        })
      }),
    )
  })

  /** MOD 37,36 finds every single change; that the older rule may like the result is another matter. */
  test('no change of one character leaves a standard identifier', () => {
    fc.assert(
      fc.property(parts, fc.nat(), fc.constantFrom(...alphabet, '.'), (given, place, character) => {
        const id = formatLicenceId(given)
        const index = root.length + 1 + (place % (id.length - root.length - 1))
        const changed = id.slice(0, index) + character + id.slice(index + 1)
        if (changed === id) return
        expect(isStandard(changed)).toBe(false)
      }),
      { numRuns: 1_000 },
    )
  })
})

function isStandard(id: string): boolean {
  try {
    return parseLicenceId(id).variant === 'standard'
  } catch {
    return false
  }
}

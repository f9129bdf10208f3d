import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  citizenNumberCheckCharacter,
  citizenNumberIsValid,
  fieldCodeIsValid,
  maskIdentifier,
  organisationCodeCheckCharacter,
  usccCheckCharacter,
  usccIsValid,
} from './identifier.ts'

const at = new Date('2026-06-01T00:00:00+08:00')
const creditAlphabet = Array.from('0123456789ABCDEFGHJKLMNPQRTUWXY')

describe('the unified social credit code', () => {
  test.for([
    '11100000000013127D',
    '91350100M000100Y43',
    '11460108MB15000151',
    '11460000MB1500007D',
    '91460108MA5T000106',
    '92460108MA5T000290',
    '11100000MB0143028R',
    '11100000MB03271699',
  ])('%s is valid', (code) => {
    expect(usccIsValid(code)).toBe(true)
  })

  test.for([
    ['nothing', ''],
    ['17 characters', '11100000000013127'],
    ['19 characters', '11100000000013127D0'],
    ['lower case', '11100000000013127d'],
    ['a trailing newline', '11100000000013127D\n'],
    ['a full-width digit', '１1100000000013127D'],
    ['the letter O for a zero', '1110000000O013127D'],
    ['a letter in the division', '111A0000000013127D'],
    ['another check character', '11100000000013127E'],
    ['two digits swapped', '11100000000031127D'],
  ] as const)('%s is not', ([, code]) => {
    expect(usccIsValid(code)).toBe(false)
  })

  test('a right check character does not save a wrong organisation code', () => {
    const first17 = '11100000000013128'
    expect(usccIsValid(`${first17}${usccCheckCharacter(first17)}`)).toBe(false)
  })

  test('every change of one character is found', () => {
    fc.assert(
      fc.property(fc.nat(17), fc.constantFrom(...creditAlphabet), (index, character) => {
        const code = '91350100M000100Y43'
        const changed = code.slice(0, index) + character + code.slice(index + 1)
        expect(usccIsValid(changed)).toBe(changed === code)
      }),
    )
  })
})

test.for([
  ['D2143569', 'X'],
  ['00001312', '7'],
  ['MB150001', '5'],
] as const)('the organisation code %s ends in %s', ([first8, check]) => {
  expect(organisationCodeCheckCharacter(first8)).toBe(check)
})

describe('the citizen number', () => {
  test.for([
    '11010519491231002X',
    '440524188001010014',
    '460300190001019996',
    '460300190102039988',
    '460300190203049974',
    '460300201902289994',
    '460300201902289978',
  ])('%s is valid', (number) => {
    expect(citizenNumberIsValid(number, at)).toBe(true)
  })

  function withCheck(first17: string): string {
    return `${first17}${citizenNumberCheckCharacter(first17)}`
  }

  test.for([
    ['nothing', ''],
    ['the old form of 15 digits', '110105491231002'],
    ['a small x', '11010519491231002x'],
    ['another check character', '110105194912310021'],
    ['30 February', withCheck('46030019000230999')],
    ['29 February of a common year', withCheck('46030019010229999')],
    ['month 13', withCheck('46030019001301999')],
    ['month 0', withCheck('46030019000001999')],
    ['the year 1799', withCheck('46030017990101999')],
    ['a division that begins with 0', withCheck('06030019000101999')],
    ['tomorrow', withCheck('46030020260602999')],
  ] as const)('%s is not', ([, number]) => {
    expect(citizenNumberIsValid(number, at)).toBe(false)
  })

  test('a birthday has come when the day begins in China', () => {
    const today = withCheck('46030020260601999')
    expect(citizenNumberIsValid(today, at)).toBe(true)
    expect(citizenNumberIsValid(today, new Date(at.getTime() - 1))).toBe(false)
    expect(citizenNumberIsValid(today, new Date(Number.NaN))).toBe(false)
  })

  test('every change of one digit is found', () => {
    fc.assert(
      fc.property(fc.nat(17), fc.constantFrom(...Array.from('0123456789X')), (index, character) => {
        const number = '11010519491231002X'
        const changed = number.slice(0, index) + character + number.slice(index + 1)
        expect(citizenNumberIsValid(changed, at)).toBe(changed === number)
      }),
    )
  })
})

test.for([
  ['a', true],
  ['haikouMarket', true],
  [`a${'1'.repeat(63)}`, true],
  [`a${'1'.repeat(64)}`, false],
  ['', false],
  ['Market', false],
  ['1st', false],
  ['haikou_market', false],
  ['海口', false],
  ['a\n', false],
] as const)('%j as a code: %s', ([code, expected]) => {
  expect(fieldCodeIsValid(code)).toBe(expected)
})

test.for([
  ['11010519491231002X', '110105********002X'],
  ['13800003210', '13*****3210'],
  ['张三', '**'],
  ['SC20250001', 'SC******01'],
  ['', ''],
] as const)('%s is shown as %s', ([text, expected]) => {
  const masked = maskIdentifier(text)
  expect(masked).toHaveLength(text.length)
  expect(masked).toBe(expected)
})

import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pemLimits, readPem, writePem } from './pem.ts'

const one = writePem([randomBytes(100)], 'CERTIFICATE')

test('what is written is read', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1 }), { minLength: 1, maxLength: 5 }),
      (ders) => {
        const read = readPem(writePem(ders, 'X509 CRL'), 'X509 CRL')
        expect(read.map((der) => [...der])).toEqual(ders.map((der) => [...der]))
      },
    ),
  )
})

test('other line ends are accepted', () => {
  expect(readPem(one.replaceAll('\n', '\r\n'), 'CERTIFICATE')).toEqual(readPem(one, 'CERTIFICATE'))
})

describe('these are refused', () => {
  const ends = ['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----']
  test.for([
    ['nothing', ''],
    ['text before', `hello\n${one}`],
    ['text between', `${one}hello\n${one}`],
    ['text after', `${one}hello\n`],
    ['another label', one.replaceAll('CERTIFICATE', 'PRIVATE KEY')],
    ['no end', one.replace(/-----END.*\n/, '')],
    ['two ends', `${one}-----END CERTIFICATE-----\n`],
    ['an empty block', ends.join('\n')],
    ['a blank in the base64', ends.join('\nAA AA\n')],
    ['no padding', ends.join('\nAA\n')],
    ['bits after the end', ends.join('\nAB==\n')],
    ['headers', ends.join('\nProc-Type: 4,ENCRYPTED\n\nAAAA\n')],
    ['more than the limit', ' '.repeat(pemLimits.length) + one],
  ])('%s', ([, text = '']) => {
    expect(() => readPem(text, 'CERTIFICATE')).toThrow('invalid-encoding')
  })
})

import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { derOfPlainSignature, plainSignatureOfDer } from './plain.ts'

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))
const zeros = (count: number): string => '00'.repeat(count)
const ones = (count: number): string => 'ff'.repeat(count)

test.for([
  ['short numbers', `3006 020101 020102`, `${zeros(31)}01${zeros(31)}02`],
  ['a zero in front', `3008 02020080 02020081`, `${zeros(31)}80${zeros(31)}81`],
  ['whole numbers', `3044 0220 7f${ones(31)} 0220 01${zeros(31)}`, `7f${ones(31)}01${zeros(31)}`],
  ['P-521', `308188 0242 01${ones(65)} 0242 01${ones(65)}`, `01${ones(65)}01${ones(65)}`],
] as const)('r and s in both forms: %s', ([, der, plain]) => {
  const given = bytes(der.replaceAll(' ', ''))
  expect(plainSignatureOfDer(given, plain.length / 2)).toEqual(bytes(plain))
  expect(derOfPlainSignature(bytes(plain))).toEqual(given)
})

test.for(['P-256', 'P-384', 'P-521'])(
  'Node verifies what it has signed in the other form: %s',
  (namedCurve) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
    const length = { 'P-256': 64, 'P-384': 96, 'P-521': 132 }[namedCurve] ?? 0
    // About one in 128 numbers is short; short ones by construction stand above.
    for (let i = 0; i < 60; i += 1) {
      const message = Buffer.from(`message ${i}`)
      const plain = plainSignatureOfDer(sign('sha256', message, privateKey), length)
      const how = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
      if (!verify('sha256', message, how, plain)) expect(plain).toBe('verified')
    }
  },
)

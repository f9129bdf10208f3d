import { expect, test } from 'vitest'
import { people } from '../demo/sample.ts'
import { canariesIn } from './canary.ts'

const { name, idNumber } = people.legalRepresentative

const wide = (text: string): Buffer => Buffer.from(text, 'utf16le')
const encodings: Readonly<Record<string, (text: string) => string | Uint8Array>> = {
  'as it is': (text) => text,
  'UTF-16, little end first': (text) => wide(text),
  'UTF-16, big end first': (text) => wide(text).swap16(),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64 of UTF-16': (text) => wide(text).toString('base64'),
  hex: (text) => Buffer.from(text).toString('hex'),
  'hex in capitals': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  'hex of UTF-16': (text) => wide(text).toString('hex'),
  percent: (text) => encodeURIComponent(text),
  'percent of every byte': (text) => Buffer.from(text).toString('hex').replaceAll(/../g, '%$&'),
  'escapes of JSON': (text) =>
    text.replaceAll(/[^]/gu, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`),
}

test.for(Object.keys(encodings))('a canary is seen in %s, wherever it begins', (encoding) => {
  for (const secret of [name, idNumber]) {
    for (const before of ['', 'a', 'ab', 'abc']) {
      const said = encodings[encoding]?.(`${before}${secret}${before}`) ?? ''
      const found = canariesIn(said)
      expect(
        found.some((one) => one.startsWith(secret)),
        `after '${before}'`,
      ).toBe(true)
    }
  }
})

test('what is no canary is none', () => {
  const others = ['林晓', idNumber.slice(0, 17), '460300190001019997', 'meilanMarket', '海口市']
  expect(canariesIn(others.join('\n'))).toEqual([])
  expect(canariesIn('海口市', ['海口市'])).not.toEqual([])
})

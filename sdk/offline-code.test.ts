import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromBase45, toBase45 } from './base45.ts'
import { signJws } from './jws.ts'
import { signOfflineCode, verifyOfflineCode } from './offline-code.ts'
import type { OfflineClaims } from './offline-code.ts'
import { utf8 } from './primitives.ts'
import { Problem } from './problem.ts'

describe('Base45', () => {
  test.for([
    ['AB', 'BB8'],
    ['Hello!!', '%69 VD92EX0'],
    ['base-45', 'UJCLQE7W581'],
    ['ietf!', 'QED8WEX0'],
    ['', ''],
  ] as const)('RFC 9285 §4.3, §4.4: %s', ([text, encoded]) => {
    expect(toBase45(utf8(text))).toBe(encoded)
    expect(Buffer.from(fromBase45(encoded)).toString()).toBe(text)
  })

  test.for([
    ['a number above two bytes (§4.2)', ':::'],
    ['the least such number', 'GGW'],
    ['a byte above 255', '::'],
    ['one character', 'A'],
    ['small letters', 'bb8'],
    ['what is no character of it', 'A_8'],
  ] as const)('refuses %s', ([, encoded]) => {
    expect(() => fromBase45(encoded)).toThrow(Problem)
  })

  test('reads what it writes, and each text is of one sequence of bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(Uint8Array.from(fromBase45(toBase45(bytes)))).toEqual(bytes)
      }),
      { numRuns: 50 },
    )
  })
})

describe('an offline code', () => {
  const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const at = new Date('2026-06-01T12:00:00Z')
  const seconds = at.getTime() / 1000
  const claims: OfflineClaims = {
    ...{ licenceId: '1.2.3', state: 'valid', iat: seconds, exp: seconds + 60, doc: 'd', items: {} },
  }
  const trust = { receiptKeys: new Map([['r1', publicKey]]) }
  const code = signOfflineCode(claims, { key, kid: 'r1' })
  const verdict = (text: string, time = at): string => {
    const { verdict: said, reason = '' } = verifyOfflineCode(text, { trust, at: time })
    return `${said} ${reason}`.trim()
  }

  test('is what its signer said, while it says so', () => {
    expect(verdict(code)).toBe('valid')
    expect(verdict(code, new Date(+at + 60_000))).toBe('unknown code-expired')
    expect(verdict(code, new Date(+at - 61_000))).toBe('invalid not-yet-valid')
    expect(verdict(code, new Date(NaN))).not.toMatch(/^valid/)
    const ended = signOfflineCode({ ...claims, state: 'revoked' }, { key, kid: 'r1' })
    expect(verdict(ended)).toBe('invalid revoked')
  })

  test('is of a known key, and of this type', () => {
    expect(verdict(signOfflineCode(claims, { key, kid: 'r2' }))).toBe('invalid unknown-key')
    const header = { kid: 'r1', typ: 'receipt+jwt' }
    const parts = signJws({ header, payload: JSON.stringify(claims), key }).split('.')
    const bytes = parts.map((part) => Buffer.from(part, 'base64url'))
    const [head = Buffer.of(), body = Buffer.of(), signature = Buffer.of()] = bytes
    const length = (part: Buffer): Buffer => Buffer.of(part.length >> 8, part.length & 0xff)
    const other = Buffer.concat([length(head), head, length(body), body, signature])
    expect(verdict(`ZT1:${toBase45(other)}`)).toBe('invalid wrong-typ')
  })

  test('with one character changed is none', () => {
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'
    fc.assert(
      fc.property(fc.nat(code.length - 5), fc.nat(44), (place, n) => {
        const changed = `${code.slice(0, 4 + place)}${alphabet[n]}${code.slice(5 + place)}`
        expect(verdict(changed) === 'valid').toBe(changed === code)
      }),
      { numRuns: 60 },
    )
  })

  test.for(['', 'ZT1:', 'ZT2:', 'ZT1:A', 'ZT1:%69 VD92EX0', `ZT1:${'A'.repeat(967)}`])(
    'is not %j',
    (text) => {
      expect(verdict(text)).toBe('invalid code-malformed')
    },
  )
})

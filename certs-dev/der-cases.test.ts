/** The 14 cases of bad DER of our list: each ends within its limit, and throws nothing but Problem. */
import { expect, test } from 'vitest'
import { parseCertificate } from '../sdk/certificate.ts'
import { validatePath } from '../sdk/certificate/path.ts'
import { derLimits, readDer } from '../sdk/der.ts'
import { oidOf } from '../sdk/der-value.ts'
import { pemLimits, readPem, writePem } from '../sdk/pem.ts'
import { Problem } from '../sdk/problem.ts'
import { at, createForge } from './certforge/forge.ts'
import { der, integer, oid, sequence } from './der-writer.ts'

const { root, licensing, department, seal } = createForge('ec-rsa')
const bytes = (...list: readonly number[]): Uint8Array => Uint8Array.from(list)

/** The rule that refuses; anything but a Problem is thrown on. */
function ruleOf(action: () => unknown): unknown {
  try {
    action()
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown.detail['rule']
    throw thrown
  }
  return 'accepted'
}

/** Sequences in one another, the innermost empty. */
function nested(count: number): Uint8Array {
  const headers: Uint8Array[] = []
  let length = 0
  for (let n = 0; n < count; n += 1) {
    const octets = [length >> 16, (length >> 8) & 0xff, length & 0xff].slice(-octetsOf(length))
    headers.push(length < 0x80 ? bytes(0x30, length) : bytes(0x30, 0x80 | octets.length, ...octets))
    length += headers.at(-1)?.length ?? 0
  }
  return Buffer.concat(headers.reverse())
}

function octetsOf(length: number): number {
  return length < 0x100 ? 1 : length < 0x10000 ? 2 : 3
}

test.for([
  [1_000, 'depth', 'depth'],
  [10_000, 'depth', 'size'],
  [100_000, 'size', 'size'],
] as const)('1 nesting of %i', ([count, asDer, asCertificate]) => {
  const made = nested(count)
  const limits = { ...derLimits, bytes: made.length }
  expect(ruleOf(() => readDer(made, limits))).toBe('depth')
  expect(ruleOf(() => readDer(made))).toBe(asDer)
  expect(ruleOf(() => parseCertificate(made))).toBe(asCertificate)
})

test('2 a million empty elements', () => {
  const made = der(0x30, Buffer.alloc(2_000_000, Buffer.of(5, 0)))
  expect(ruleOf(() => readDer(made, { ...derLimits, bytes: made.length }))).toBe('nodes')
  expect(ruleOf(() => readDer(made))).toBe('size')
})

test.for([
  ['3 a length of 4 GB', '04 84 ffffffff 00', 'truncated'],
  ['3 a length of 4 GB inside', '3007 04 84 ffffffff 00', 'truncated'],
  ['4 a length of 2^63', '04 88 8000000000000000 00', 'length'],
  ['4 a length of 2^64 + 1', '04 89 010000000000000001 00', 'length'],
  ['5 an indefinite length', '3080 0500 0000', 'length'],
  ['5 an indefinite length inside', '3006 a080 0500 0000', 'length'],
  ['6 a length that is not minimal', '04 81 01 00', 'length'],
  ['6 a length with a leading zero', '04 82 0001 00', 'length'],
  ['10 an empty INTEGER', '0200', 'integer'],
  ['10 an empty ENUMERATED', '0a00', 'integer'],
  ['11 BOOLEAN 0x01', '010101', 'boolean'],
  ['11 BOOLEAN 0xfe', '0101fe', 'boolean'],
  ['11 an empty BOOLEAN', '0100', 'boolean'],
] as const)('%s', ([, hex, rule]) => {
  const made = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  expect(ruleOf(() => readDer(made))).toBe(rule)
  expect(ruleOf(() => parseCertificate(made))).toBe(rule)
})

test('7 a certificate, cut off at every byte', () => {
  expect(ruleOf(() => parseCertificate(seal.der))).toBe('accepted')
  const rules = Array.from(seal.der, (_, length) =>
    ruleOf(() => parseCertificate(seal.der.subarray(0, length))),
  )
  expect(new Set(rules)).toEqual(new Set(['truncated']))
})

test('8 every bit of a certificate, turned: no path is accepted', () => {
  const intermediates = [department, licensing].map((party) => parseCertificate(party.der))
  const anchors = [parseCertificate(root.der)]
  const leaf = Uint8Array.from(seal.der)
  const judge = (): string => {
    const verdict = validatePath({ leaf, intermediates, anchors, at, profile: 'rfc5280' })
    return verdict.ok ? 'ok' : verdict.code
  }
  const found = new Map<string, number>()
  for (let bit = 0; bit < leaf.length * 8; bit += 1) {
    const place = bit >> 3
    leaf[place] = (leaf[place] ?? 0) ^ (1 << (bit & 7))
    const code = judge()
    found.set(code, (found.get(code) ?? 0) + 1)
    leaf[place] ^= 1 << (bit & 7)
  }
  expect(judge()).toBe('ok')
  expect(found.has('ok')).toBe(false)
  // Wherever the certificate can still be read and is not refused sooner, it is the signature.
  expect(found.get('signature-invalid')).toBeGreaterThan(leaf.length)
  expect(found.get('certificate-malformed')).toBeGreaterThan(leaf.length)
})

test.for([
  [2n ** 53n, `1.2.${2n ** 53n}`],
  [2n ** 64n, `1.2.${2n ** 64n}`],
  [2n ** 128n - 1n, `1.2.${2n ** 128n - 1n}`],
] as const)('9 an arc of %i is read as it is', ([arc, expected]) => {
  expect(oidOf(readDer(oid(`1.2.${arc}`)))).toBe(expected)
})

test('9 an arc of 134 bits is refused', () => {
  expect(ruleOf(() => readDer(oid(`1.2.${2n ** 133n}`)))).toBe('oid')
})

test('12 a huge SET, in order and with the last two exchanged', () => {
  const elements = Array.from({ length: 5_000 }, (_, n) => integer(n + 0x8000))
  const [last = bytes(), before = bytes()] = [elements.at(-1), elements.at(-2)]
  expect(ruleOf(() => readDer(der(0x31, ...elements)))).toBe('accepted')
  const exchanged = [...elements.slice(0, -2), last, before]
  expect(ruleOf(() => readDer(der(0x31, ...exchanged)))).toBe('set-order')
})

test('13 PEM of 10,000 blocks', () => {
  const one = writePem([sequence(integer(1))], 'CERTIFICATE')
  expect(readPem(one.repeat(pemLimits.blocks), 'CERTIFICATE')).toHaveLength(pemLimits.blocks)
  expect(ruleOf(() => readPem(one.repeat(pemLimits.blocks + 1), 'CERTIFICATE'))).toBe('blocks')
  expect(ruleOf(() => readPem(one.repeat(10_000), 'CERTIFICATE'))).toBe('blocks')
})

test.for([
  ['alone', Buffer.from(seal.der).toString('latin1'), 'blocks'],
  ['between the lines', pemAround(Buffer.from(seal.der).toString('latin1')), 'base64'],
  ['after base64', pemAround(`${Buffer.from(seal.der).toString('base64')}\0\u00ff`), 'base64'],
  ['before the block', `\0${pemAround(Buffer.from(seal.der).toString('base64'))}`, 'blocks'],
] as const)('14 PEM with binary %s', ([, text, rule]) => {
  expect(ruleOf(() => readPem(text, 'CERTIFICATE'))).toBe(rule)
})

function pemAround(body: string): string {
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`
}

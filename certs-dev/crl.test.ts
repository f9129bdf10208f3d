/** What our parser of revocation lists makes of good, odd and damaged ones. */
import { beforeAll, describe, expect, test } from 'vitest'
import { crlLimits, isPlainCrl, parseCrl } from '../sdk/revocation/crl.ts'
import { Problem } from '../sdk/problem.ts'
import { growTree, issueCrlBytes } from '../test/certificates.ts'
import { at, named } from './certforge/forge.ts'
import type { Tree } from '../test/certificates.ts'
import { der, sequence } from './der-writer.ts'
import { keyIds } from './extension.ts'
import {
  certificateIssuer,
  deltaOf,
  directory,
  extensionDer,
  invalidSince,
  issuingPoint,
  listNumber,
  reasonCode,
  reasons,
  uri,
  writeList,
} from './certforge/list-writer.ts'
import type { ListEntry, ListOrder } from './certforge/list-writer.ts'

let tree: Tree
beforeAll(async () => {
  tree = await growTree()
})

const hex = (text: string): Uint8Array => Buffer.from(text, 'hex')
const from = new Date('2026-05-01T00:00:00Z')
const until = new Date('2026-07-01T00:00:00Z')
const one: ListEntry = { serial: '01', from: at }

function list(change: Partial<ListOrder> = {}): Uint8Array {
  const issuer = { name: tree.root.name, key: tree.root.keys.privateKey }
  return writeList({
    ...{ issuer, from, until, entries: [], extensions: [keyId(), listNumber(1)] },
    ...change,
  })
}

function keyId(): Uint8Array {
  const { publicKey } = tree.root.keys
  const [, own] = keyIds(publicKey, publicKey)
  return extensionDer('2.5.29.35', new Uint8Array(own?.value ?? new ArrayBuffer()))
}

function ruleOf(bytes: Uint8Array): unknown {
  try {
    parseCrl(bytes)
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'invalid-certificate') {
      return thrown.detail['rule'] ?? thrown.detail['encoding']
    }
    throw thrown
  }
  return 'accepted'
}

describe('a revocation list', () => {
  test('says since when each serial is revoked, and why', () => {
    const earlier = new Date('2026-02-01T00:00:00Z')
    const crl = parseCrl(
      list({
        entries: [
          one,
          { serial: '00ff', from: at, extensions: [reasonCode(reasons.keyCompromise)] },
          { serial: 'ff', from: at, extensions: [invalidSince(earlier)] },
          { serial: '7f'.repeat(20), from: at, extensions: [invalidSince(until)] },
        ],
      }),
    )
    const said = [...crl.entries.values()].flat()
    expect(said.map(({ serial, reason, from: since }) => [serial, reason, since])).toEqual([
      ['01', 'unspecified', at],
      ['ff', 'keyCompromise', at],
      ['-ff', 'unspecified', earlier],
      ['7f'.repeat(20), 'unspecified', at],
    ])
    expect(crl.thisUpdate).toEqual(from)
    expect(crl.nextUpdate).toEqual(until)
    expect(crl.number).toBe(1n)
    expect(isPlainCrl(crl)).toBe(true)
  })

  test('of version 1 has neither numbers nor reasons', () => {
    const crl = parseCrl(list({ entries: [one], extensions: undefined }))
    expect(crl.number).toBeUndefined()
    expect(isPlainCrl(crl)).toBe(false)
    const odd = [{ ...one, extensions: [reasonCode(1)] }]
    const order = { entries: odd, extensions: undefined }
    expect(ruleOf(list(order))).toBe('unexpected-field')
  })

  test('that does not say when the next one comes is fresh at its own moment only', () => {
    const crl = parseCrl(list({ until: undefined }))
    expect(crl.nextUpdate).toEqual(crl.thisUpdate)
    expect(isPlainCrl(crl)).toBe(false)
  })

  test.for([
    ['nothing else', () => [], 'accepted', true],
    ['a part of the certificates', () => [issuingPoint({ flags: [1] })], 'accepted', false],
    ['only what is new', () => [deltaOf(1)], 'accepted', false],
    ['a hint at delta lists', () => [extensionDer('2.5.29.46', sequence())], 'accepted', true],
    ['something unknown', () => [extensionDer('1.2.3', hex('0500'))], 'accepted', true],
    ['a critical unknown', () => [extensionDer('1.2.3', hex('0500'), true)], 'crl-extension'],
    ['a critical hint', () => [extensionDer('2.5.29.46', sequence(), true)], 'crl-extension'],
    ['a delta that hides', () => [deltaOf(1, false)], 'crl-extension'],
    ['a part that hides', () => [issuingPoint({ flags: [1] }, false)], 'crl-extension'],
    ['two numbers', () => [listNumber(2)], 'duplicate-extension'],
    ['a part without a word', () => [issuingPoint({})], 'distribution-point'],
    ['users and authorities only', () => [issuingPoint({ flags: [1, 2] })], 'distribution-point'],
    ['a FALSE written out', () => [point('810100')], 'default-written'],
    ['a TRUE of 1', () => [point('810101')], 'default-written'],
    ['an unknown option', () => [point('8601ff')], 'unexpected-field'],
    ['an empty name of its part', () => [point('a002a000')], 'distribution-point'],
    ['an unknown form of names', () => [point('a004a2028600')], 'distribution-point'],
    ['reasons with zeros at the end', () => [point('83020780')], 'accepted', false],
    ['reasons of nothing', () => [point('830100')], 'bit-string'],
    ['a negative base', () => [extensionDer('2.5.29.27', hex('0201ff'), true)], 'crl-number'],
  ] as const)('with %s', ([, more, rule, isPlain]) => {
    const bytes = list({ extensions: [keyId(), listNumber(1), ...more()] })
    expect(ruleOf(bytes)).toBe(rule)
    if (rule === 'accepted') expect(isPlainCrl(parseCrl(bytes))).toBe(isPlain)
  })

  test.for([
    ['no number', () => [keyId()], 'crl-extension'],
    ['a critical number', () => [keyId(), listNumber(1, true)], 'crl-extension'],
    ['a number of 21 octets', () => [extensionDer('2.5.29.20', number(21))], 'crl-number'],
    ['a number of 20 octets', () => [extensionDer('2.5.29.20', number(20))], 'accepted'],
    ['no key identifier', () => [listNumber(1)], 'accepted'],
  ] as const)('of version 2 with %s', ([, extensions, rule]) => {
    expect(ruleOf(list({ extensions: extensions() }))).toBe(rule)
  })

  test('without a key identifier is not what our PKI issues', () => {
    expect(isPlainCrl(parseCrl(list({ extensions: [listNumber(1)] })))).toBe(false)
  })

  test.for([
    ['an end before its beginning', () => ({ until: new Date('2025-01-01') }), 'validity'],
    ['an end in 2050', () => ({ until: new Date('2050-01-01') }), 'accepted'],
    ['the same serial twice', () => ({ entries: [one, one] }), 'duplicate-serial'],
    ['a serial of zero', () => ({ entries: [{ ...one, serial: '00' }] }), 'integer-range'],
    [
      'a serial of 21 octets',
      () => ({ entries: [{ ...one, serial: '11'.repeat(21) }] }),
      'integer-range',
    ],
    [
      'a serial with a zero before it',
      () => ({ entries: [{ ...one, serial: '0001' }] }),
      'integer',
    ],
  ] as const)('with %s', ([, change, rule]) => {
    expect(ruleOf(list(change()))).toBe(rule)
  })

  const removed = reasonCode(reasons.remove)
  test.for([
    ['a reason', [reasonCode(10)], 'accepted'],
    ['a reason nobody gave', [reasonCode(7)], 'reason'],
    ['a reason of the future', [reasonCode(11)], 'reason'],
    ['a negative reason', [reasonCode(0xff)], 'reason'],
    ['a removal, which only delta lists know', [removed], 'reason'],
    ['something unknown', [extensionDer('1.2.3', hex('0500'))], 'accepted'],
    ['a critical unknown', [extensionDer('1.2.3', hex('0500'), true)], 'crl-extension'],
    ['an issuer in a direct list', [certificateIssuer(named('x'))], 'crl-extension'],
    ['two reasons', [reasonCode(1), reasonCode(1)], 'duplicate-extension'],
    ['no extension', [], 'empty'],
    ['a date in UTCTime', [extensionDer('2.5.29.24', utcTime('260101000000Z'))], 'unexpected-type'],
  ] as const)('with %s at an entry', ([, extensions, rule]) => {
    expect(ruleOf(list({ entries: [{ ...one, extensions }] }))).toBe(rule)
  })

  test('that is a delta may remove what was on hold', () => {
    const extensions = [keyId(), listNumber(2), deltaOf(1)]
    expect(ruleOf(list({ extensions, entries: [{ ...one, extensions: [removed] }] }))).toBe(
      'accepted',
    )
  })
})

describe('an indirect list', () => {
  const indirect = (entries: readonly ListEntry[]): Uint8Array =>
    list({ entries, extensions: [listNumber(1), issuingPoint({ flags: [4] })] })
  const other = [certificateIssuer(named('a'))]

  test('speaks for itself until it names another, who then stays', () => {
    const crl = parseCrl(indirect([one, { ...one, extensions: other }, { ...one, serial: '02' }]))
    const said = [...crl.entries.values()].flat()
    expect(said.map(({ serial, issuer }) => [serial, issuer.attributes.at(-1)?.value])).toEqual([
      ['01', 'root'],
      ['01', 'a'],
      ['02', 'a'],
    ])
  })

  test.for([
    ['an issuer that is not critical', [certificateIssuer(named('a'), false)], 'crl-extension'],
    ['an issuer without a name', [issuers()], 'empty'],
    ['an issuer by address only', [issuers(uri('https://example.org/'))], 'certificate-issuer'],
    ['two issuers', [issuers(directory(named('a')), directory(named('b')))], 'certificate-issuer'],
  ] as const)('with %s is refused', ([, extensions, rule]) => {
    expect(ruleOf(indirect([{ ...one, extensions }]))).toBe(rule)
  })

  test('says nothing twice about one certificate, nor about one number for everybody', () => {
    const twice = [{ ...one, extensions: other }, one]
    expect(ruleOf(indirect(twice))).toBe('duplicate-serial')
    const many = Array.from({ length: 65 }, (_, i) => ({
      ...{ ...one, extensions: [certificateIssuer(named(`${i}`))] },
    }))
    expect(ruleOf(indirect(many))).toBe('too-many')
    expect(ruleOf(indirect(many.slice(1)))).toBe('accepted')
  })
})

describe('limits and damage', () => {
  test.for([
    [-1, 'accepted'],
    [0, 'accepted'],
    [1, 'too-many'],
  ] as const)('%i entries more than the most', ([more, expected]) => {
    const entries = Array.from({ length: crlLimits.entries + more }, (_, i) => ({
      ...{ serial: (0x01_0000 + i).toString(16).padStart(6, '0'), from: at },
    }))
    expect(ruleOf(list({ entries }))).toBe(expected)
  })

  test('cut at any byte it is refused, and a changed byte throws nothing but Problem', async () => {
    const issued = await issueCrlBytes({ issuer: tree.root, revoked: [{ serial: '01', from: at }] })
    const odd = list({
      entries: [{ ...one, extensions: [certificateIssuer(named('a')), reasonCode(8)] }],
      extensions: [
        ...[keyId(), listNumber(2), deltaOf(1)],
        issuingPoint({ relative: ['2.5.4.3', 'part'], reasons: [1, 8], flags: [4] }),
      ],
    })
    for (const good of [issued, odd]) {
      const bytes = Uint8Array.from(good)
      const rules = new Set<unknown>()
      for (const [index, byte] of good.entries()) {
        rules.add(ruleOf(good.subarray(0, index)))
        for (const change of [byte ^ 0x01, byte ^ 0x20]) {
          bytes[index] = change
          ruleOf(bytes)
        }
        bytes[index] = byte
      }
      expect([...rules]).toEqual(['truncated'])
      expect(ruleOf(bytes)).toBe('accepted')
    }
  })
})

function point(content: string): Uint8Array {
  return extensionDer('2.5.29.28', sequence(hex(content)), true)
}

function number(length: number): Uint8Array {
  return der(0x02, new Uint8Array(length).fill(1))
}

function utcTime(text: string): Uint8Array {
  return der(0x17, Buffer.from(text))
}

function issuers(...names: readonly Uint8Array[]): Uint8Array {
  return extensionDer('2.5.29.29', sequence(...names), true)
}

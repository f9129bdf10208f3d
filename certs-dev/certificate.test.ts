/** What our parser of certificates and lists makes of good, odd and damaged ones. */
import 'reflect-metadata'
import { X509Certificate, generateKeyPairSync } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseCertificate } from '../sdk/certificate.ts'
import { readDer } from '../sdk/der.ts'
import type { DerNode } from '../sdk/der.ts'
import { Problem } from '../sdk/problem.ts'
import { purposeOid } from '../sdk/certificate/purpose-oid.ts'
import { growTree, issueBytes } from '../test/certificates.ts'
import { named, uscc } from './certforge/forge.ts'
import type { Tree } from '../test/certificates.ts'
import { der, integer, octets, oid, sequence } from './der-writer.ts'
import { extension } from './extension.ts'

let tree: Tree
beforeAll(async () => {
  tree = await growTree()
})

function ruleOf(action: () => unknown): unknown {
  try {
    action()
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'invalid-certificate') {
      return thrown.detail['rule'] ?? thrown.detail['encoding']
    }
    throw thrown
  }
  return 'accepted'
}

/** The encoding with the node at this place (child of child of …) replaced. */
function replace(node: DerNode, place: readonly number[], by: Uint8Array): Uint8Array {
  const [index, ...rest] = place
  if (index === undefined) return by
  const children = node.children.map((child, i) =>
    i === index ? replace(child, rest, by) : child.bytes,
  )
  return der(node.tag, ...children)
}

function sealWith(place: readonly number[], by: Uint8Array): Uint8Array {
  return replace(readDer(tree.seal.der), place, by)
}

const hex = (text: string): Uint8Array => Buffer.from(text, 'hex')
const utcTime = (text: string): Uint8Array => der(0x17, Buffer.from(text))

describe('a good certificate', () => {
  test('says what node reads in it too', () => {
    for (const { der: bytes, certificate } of [tree.root, tree.department, tree.seal]) {
      const theirs = new X509Certificate(bytes)
      expect(certificate.serial).toBe(theirs.serialNumber.toLowerCase())
      expect(certificate.notBefore).toEqual(theirs.validFromDate)
      expect(certificate.notAfter).toEqual(theirs.validToDate)
      expect(certificate.publicKey.equals(theirs.publicKey)).toBe(true)
      expect(certificate.extensions.basicConstraints?.ca ?? false).toBe(theirs.ca)
      const { fingerprint } = certificate
      expect(Buffer.from(fingerprint, 'base64url').toString('hex')).toBe(
        theirs.fingerprint256.replaceAll(':', '').toLowerCase(),
      )
    }
  })

  test('says for which department and for what', () => {
    const { certificate } = tree.seal
    expect(certificate.departmentCode).toBe('haikouMarket')
    expect(certificate.organisation).toBe(uscc)
    expect(certificate.subject.text).toBe(`C=CN, O=${uscc}, CN=seal`)
    expect(certificate.extensions.extendedKeyUsage).toEqual([purposeOid.seal])
    expect([...(certificate.extensions.keyUsage ?? [])]).toEqual(['digitalSignature'])
    expect(tree.department.certificate.extensions.basicConstraints).toEqual({
      ca: true,
      pathLength: 0,
    })
  })

  test('is a copy: later changes of the bytes do not reach it', () => {
    const bytes = Uint8Array.from(tree.seal.der)
    const certificate = parseCertificate(bytes)
    bytes.fill(0)
    expect(parseCertificate(certificate.der).fingerprint).toBe(certificate.fingerprint)
  })

  test('shows names so that nobody can add a part to them', async () => {
    const bytes = await issueBytes({ name: named('a, O=other\\') })
    expect(parseCertificate(bytes).subject.text).toBe(`C=CN, O=${uscc}, CN=a\\, O\\=other\\\\`)
  })
})

describe('the department', () => {
  const uri = (code: string) => `urn:zhengtong:department:${code}`
  test.for([
    ['one', [uri('haikouMarket')], 'haikouMarket'],
    ['none', [], undefined],
    ['another urn', ['urn:other:department:x'], undefined],
    ['an impossible code', [uri('Haikou')], undefined],
    ['a longer code', [`${uri('haikouMarket')}/x`], undefined],
    ['two', [uri('a'), uri('b')], undefined],
    ['another URI besides', [uri('a'), 'https://example.org/'], undefined],
    ['another URI before', ['https://example.org/', uri('a')], undefined],
  ] as const)('with %s', async ([, values, expected]) => {
    const names = values.map((value) => ({ type: 'url' as const, value }))
    const roles =
      values.length > 0 ? { san: [new x509.SubjectAlternativeNameExtension(names)] } : {}
    const { departmentCode } = parseCertificate(await issueBytes({ name: named('x'), roles }))
    expect(departmentCode).toBe(expected)
  })

  test('an organisation that occurs twice is none', async () => {
    const bytes = await issueBytes({ name: [...named('x'), ['O', 'other']] })
    expect(parseCertificate(bytes).organisation).toBeUndefined()
  })
})

describe('a malformed certificate', () => {
  const ecdsa = sequence(oid('1.2.840.10045.4.3.2'))
  const point = new Uint8Array(65).fill(4)
  test.for([
    ['version 1', [0, 0], () => der(0xa0, integer(0)), 'version'],
    ['version 4', [0, 0], () => der(0xa0, integer(3)), 'integer-range'],
    ['serial 0 in two octets', [0, 1], () => hex('02020000'), 'integer'],
    ['a serial of 21 octets', [0, 1], () => hex(`0215${'01'.repeat(21)}`), 'integer-range'],
    [
      'two signature algorithms',
      [1],
      () => sequence(oid('1.2.840.10045.4.3.3')),
      'algorithm-differs',
    ],
    [
      'parameters of ECDSA',
      [1],
      () => sequence(oid('1.2.840.10045.4.3.2'), hex('0500')),
      'unexpected-field',
    ],
    ['SHA-1', [0, 2], () => sequence(oid('1.2.840.10045.4.1')), 'algorithm-differs'],
    ['no issuer', [0, 3], () => sequence(), 'empty'],
    ['an empty part of a name', [0, 5, 0], () => der(0x31), 'empty-relative-name'],
    ['half a character of BMP', [0, 5, 0, 0, 1], () => hex('1e0100'), 'string'],
    ['half a pair of BMP', [0, 5, 0, 0, 1], () => hex('1e02d800'), 'string'],
    ['NUL in BMP', [0, 5, 0, 0, 1], () => hex('1e0400410000'), 'string'],
    ['a character beyond Unicode', [0, 5, 0, 0, 1], () => hex('1c0400110000'), 'string'],
    ['letters among digits', [0, 5, 0, 0, 1], () => hex('120141'), 'string'],
    ['NUL in a name', [0, 5, 0, 0, 1], () => der(0x0c, Buffer.from('a\0')), 'string'],
    ['64 KiB of name', [0, 5, 0, 0, 1], () => der(0x0c, Buffer.alloc(65_535, 97)), 'size'],
    ['257 characters of name', [0, 5, 0, 0, 1], () => der(0x0c, Buffer.alloc(257, 97)), 'string'],
    [
      'an end before its beginning',
      [0, 4],
      () => sequence(utcTime('260101000000Z'), utcTime('250101000000Z')),
      'validity',
    ],
    ['fractional seconds', [0, 4, 1], () => der(0x18, Buffer.from('20500101000000.5Z')), 'time'],
    ['an unknown key', [0, 6, 0], () => sequence(oid('1.2.3')), 'public-key'],
    ['a curve written out', [0, 6, 0, 1], () => sequence(integer(1)), 'unexpected-type'],
    ['a point not on the curve', [0, 6, 1], () => der(0x03, hex('00'), point), 'public-key'],
    [
      'a compressed point',
      [0, 6, 1],
      () => der(0x03, hex('0002'), point.subarray(33)),
      'public-key',
    ],
    ['a signature of odd bits', [2], () => hex('03020780'), 'bit-string'],
    ['no extensions at all', [0, 7], () => der(0xa3, sequence()), 'empty'],
    ['an issuer id twice', [0, 7], () => hex('8102000081020000'), 'unexpected-field'],
    ['an issuer id after the extensions', [1], () => hex('81020000'), 'unexpected-type'],
    [
      'something after the signature',
      [2],
      () => Buffer.concat([hex('030200ff'), ecdsa]),
      'unexpected-field',
    ],
    [
      'a FALSE that is written out',
      [0, 7, 0, 0],
      () => sequence(oid('1.2.3'), hex('010100'), octets(hex('0500'))),
      'default-written',
    ],
    ['an indefinite length', [0, 3], () => hex('30800000'), 'length'],
  ] as const)('with %s', ([, place, by, rule]) => {
    expect(ruleOf(() => parseCertificate(sealWith(place, by())))).toBe(rule)
  })

  const keyUsage = '2.5.29.15'
  test.for([
    ['twice the same one', [plain('1.2.3', '0500'), plain('1.2.3', '0500')], 'duplicate-extension'],
    ['an empty purpose list', [plain('2.5.29.37', '3000')], 'empty'],
    ['an empty key usage', [plain(keyUsage, '030100')], 'bit-string'],
    [
      'zeros at the end of the key usage',
      [plain(keyUsage, '03020080'), plain('1.2', '0500')],
      'bit-string',
    ],
    ['an unknown key usage', [plain(keyUsage, '0303050020')], 'key-usage'],
    ['bytes after the value', [plain(keyUsage, '030207800500')], 'trailing-bytes'],
    ['a path length of no CA', [plain('2.5.29.19', '3003020100')], 'path-length-without-ca'],
    ['a negative path length', [plain('2.5.29.19', '30060101ff0201ff')], 'integer-range'],
    ['cA FALSE written out', [plain('2.5.29.19', '3003010100')], 'default-written'],
    ['an empty key identifier', [plain('2.5.29.14', '0400')], 'key-identifier'],
    ['issuer and serial as key identifier', [plain('2.5.29.35', '3003820101')], 'unexpected-type'],
    ['a serial without its issuer', [plain('2.5.29.35', '3006800101820101')], 'unexpected-field'],
    ['an issuer without its serial', [plain('2.5.29.35', '3005800101a100')], 'missing-field'],
    ['a host name with a space', [plain('2.5.29.17', '30058203612062')], 'dns-name'],
    ['NUL in a host name', [plain('2.5.29.17', '30058203610062')], 'dns-name'],
    ['no host name', [plain('2.5.29.17', '30028200')], 'dns-name'],
    ['an address of five bytes', [plain('2.5.29.17', '300787050102030405')], 'ip-address'],
    ['a name of no known form', [plain('2.5.29.17', '30038a0161')], 'general-name'],
    ['constraints of nothing', [plain('2.5.29.30', '3000')], 'empty'],
    ['no subtree', [plain('2.5.29.30', '3002a000')], 'empty'],
    ['a domain with a dot before', [plain('2.5.29.30', '3008a006300482022e61')], 'subtree-base'],
    ['a wildcard as a domain', [plain('2.5.29.30', '3009a007300582032a2e61')], 'subtree-base'],
    ['a mask with holes', [plain('2.5.29.30', '300ea00c300a87080a000000ff00ff00')], 'ip-address'],
    ['an address without a mask', [plain('2.5.29.30', '300aa008300687040a000000')], 'ip-address'],
    ['no policy', [plain('2.5.29.32', '3000')], 'empty'],
    ['a policy twice', [plain('2.5.29.32', '300a300306012a300306012a')], 'duplicate-policy'],
    ['no qualifier', [plain('2.5.29.32', '3007300506012a3000')], 'empty'],
    ['no mapping', [plain('2.5.29.33', '3000')], 'empty'],
    ['no constraint on policies', [plain('2.5.29.36', '3000')], 'empty'],
    ['a negative count', [plain('2.5.29.36', '30038001ff')], 'integer-range'],
    ['a padded count', [plain('2.5.29.36', '300480020001')], 'integer-range'],
    ['a count beyond all paths', [plain('2.5.29.36', '3005800300ffff')], 'integer-range'],
    ['a negative inhibition', [plain('2.5.29.54', '0201ff')], 'integer-range'],
    ['a place to ask that is none', [plain('1.3.6.1.5.5.7.1.1', '0500')], 'unexpected-type'],
    ['no alternative name', [plain('2.5.29.17', '3000')], 'empty'],
    ['a URI with a space', [plain('2.5.29.17', '3003860120')], 'uri'],
    ['a URI beyond ASCII', [plain('2.5.29.17', '30048602c3a9')], 'uri'],
    [
      'a minimum in a subtree',
      [plain('2.5.29.30', '300aa0083006820161800100')],
      'unexpected-field',
    ],
  ] as const)('with %s among the extensions', async ([, extensions, rule]) => {
    const roles = { keyIds: [], odd: extensions }
    const bytes = await issueBytes({ name: named('x'), roles })
    expect(ruleOf(() => parseCertificate(bytes))).toBe(rule)
  })

  test('33 extensions are one too many', async () => {
    const odd = Array.from({ length: 33 }, (_, i) => plain(`1.2.3.${i}`, '0500'))
    const all = await issueBytes({ name: named('x'), roles: { keyIds: [], odd } })
    const fewer = await issueBytes({ name: named('x'), roles: { keyIds: [], odd: odd.slice(1) } })
    expect(ruleOf(() => parseCertificate(all))).toBe('too-many')
    expect(ruleOf(() => parseCertificate(fewer))).toBe('accepted')
  })

  test('an RSA key with other parameters than NULL', async () => {
    const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const bytes = await issueBytes({ name: named('x'), keys })
    expect(ruleOf(() => parseCertificate(bytes))).toBe('accepted')
    const changed = replace(readDer(bytes), [0, 6, 0], sequence(oid('1.2.840.113549.1.1.1')))
    expect(ruleOf(() => parseCertificate(changed))).toBe('missing-field')
  })
})

describe('an odd certificate is read, and judged elsewhere', () => {
  test.for([
    ['a negative serial', [0, 1], () => hex('0201ff'), '-ff C=CN, O=11460108MB15000151, CN=seal'],
    ['no subject', [0, 5], () => sequence(), ''],
    ['a name in BMP', [0, 5, 0, 0, 1], () => hex('1e020041'), 'C=A, O=11460108MB15000151, CN=seal'],
    ['a name in T.61', [0, 5, 0, 0, 1], () => hex('1401e9'), 'C=é, O=11460108MB15000151, CN=seal'],
    [
      'a name in UCS-4',
      [0, 5, 0, 0, 1],
      () => hex('1c040001f4a9'),
      'C=💩, O=11460108MB15000151, CN=seal',
    ],
    [
      'a name that is no text',
      [0, 5, 0, 0, 1],
      () => hex('03020780'),
      'C=#03020780, O=11460108MB15000151, CN=seal',
    ],
  ] as const)('with %s', ([, place, by, expected]) => {
    const { serial, subject } = parseCertificate(sealWith(place, by()))
    const isNegative = serial.startsWith('-')
    expect(isNegative ? `${serial} ${subject.text}` : subject.text).toBe(expected)
  })

  test('of version 1 and 2', () => {
    const { children } = readDer(tree.seal.der)
    const [, ...fields] = children[0]?.children.slice(0, 7).map(({ bytes }) => bytes) ?? []
    const outer = children.slice(1).map(({ bytes }) => bytes)
    const ids = [hex('81020000'), hex('82020000')]
    const first = parseCertificate(sequence(sequence(...fields), ...outer))
    const second = sequence(der(0xa0, integer(1)), ...fields, ...ids)
    expect([first.version, first.hasUniqueId, first.extensions.critical.size]).toEqual([
      1,
      false,
      0,
    ])
    const { version, hasUniqueId } = parseCertificate(sequence(second, ...outer))
    expect([version, hasUniqueId]).toEqual([2, true])
    const late = sequence(...fields, ...ids)
    expect(ruleOf(() => parseCertificate(sequence(late, ...outer)))).toBe('unexpected-field')
  })
})

describe('damage', () => {
  test('a certificate cut at any byte is refused', () => {
    for (let length = 0; length < tree.seal.der.length; length += 1) {
      expect(ruleOf(() => parseCertificate(tree.seal.der.subarray(0, length)))).toBe('truncated')
    }
  })

  test('a certificate with bytes after it is refused', () => {
    expect(ruleOf(() => parseCertificate(Buffer.concat([tree.seal.der, hex('00')])))).toBe(
      'trailing-bytes',
    )
  })

  test('a byte changed anywhere makes another certificate or none, and nothing but Problem', () => {
    const bytes = Uint8Array.from(tree.department.der)
    for (const [index, byte] of tree.department.der.entries()) {
      for (const change of [0x00, 0xff, byte ^ 0x01, byte ^ 0x20, byte ^ 0x80]) {
        bytes[index] = change
        ruleOf(() => parseCertificate(bytes))
      }
      bytes[index] = byte
    }
    expect(ruleOf(() => parseCertificate(bytes))).toBe('accepted')
  })
})

function plain(type: string, value: string): x509.Extension {
  return extension(type, { isCritical: false, value: hex(value) })
}

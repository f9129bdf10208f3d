/** Servers, mailboxes and odd certificates, as the public corpora of paths ask about them. */
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { isSoundKey } from '../sdk/algorithm.ts'
import { parseCertificate, validatePath } from '../sdk/certificate.ts'
import type { PathQuestion } from '../sdk/certificate.ts'
import { readDer, tags } from '../sdk/der.ts'
import { issueBytes, issueCa } from '../test/certificates.ts'
import { at, ecKeys, named } from './certforge/forge.ts'
import type { Party } from '../test/certificates.ts'
import type { Keys, Order, Roles } from './certforge/forge.ts'
import { generalizedTime, pointsDer, uri } from './certforge/list-writer.ts'
import { alternativeNames, dns, email, nameConstraints } from './certforge/name-writer.ts'
import { signed } from './certforge/signed.ts'
import { der, octets, sequence } from './der-writer.ts'
import { caConstraints, extension, purposes, signingUsage } from './extension.ts'
import { nameDer } from './make.ts'

type Bytes = Uint8Array
type Change = Partial<PathQuestion>

const server = '1.3.6.1.5.5.7.3.1'
const client = '1.3.6.1.5.5.7.3.2'
const host = 'www.example.org'
const san = (isCritical: boolean, ...list: readonly Bytes[]): x509.Extension =>
  alternativeNames(list, isCritical)

const twice = ['wrong-purpose', 'wrong-purpose'] as const

const points = (name: Bytes, isCritical = false): x509.Extension =>
  extension('2.5.29.31', { isCritical, value: pointsDer([{ names: [name] }]) })

let root: Party
let keys: Keys
beforeAll(async () => {
  root = await issueCa({ name: named('root') })
  keys = ecKeys()
})

function leafOf(issuer: Party, roles: Roles = {}, order: Partial<Order> = {}): Promise<Bytes> {
  const usual = { usage: [signingUsage()], names: [san(false, dns(host))] }
  return issueBytes({ name: named('leaf'), issuer, keys, ...order, roles }, usual)
}

function judge(leaf: Bytes, change: Change = {}): string {
  const question = { leaf, at, anchors: [root.der], profile: 'rfc5280' } as const
  const verdict = validatePath({ ...question, ...change })
  return verdict.ok ? 'ok' : verdict.code
}

describe('who asks for a server by its name', () => {
  const subjectless = { name: [] }
  const { digitalSignature, cRLSign } = x509.KeyUsageFlags
  const usage = (flags: number): x509.Extension[] => [new x509.KeyUsagesExtension(flags, true)]
  const ca = [caConstraints()]
  test.for<readonly [string, Roles, Partial<Order>, asked: string, unasked: string]>([
    ['its purpose', { eku: [purposes(server)] }, {}, 'ok', 'ok'],
    ['no purpose', {}, {}, 'ok', 'ok'],
    ['that of a client too', { eku: [purposes(server, client)] }, {}, 'ok', 'ok'],
    ['that of a client only', { eku: [purposes(client)] }, {}, 'wrong-purpose', 'ok'],
    ['any purpose', { eku: [purposes('2.5.29.37.0')] }, {}, 'wrong-purpose', 'ok'],
    ['code too', { eku: [purposes(server, '1.3.6.1.5.5.7.3.3')] }, {}, 'wrong-purpose', 'ok'],
    ['answers too', { eku: [purposes(server, '1.3.6.1.5.5.7.3.9')] }, {}, 'wrong-purpose', 'ok'],
    ['critical names', { names: [san(true, dns(host))] }, {}, 'wrong-criticality', 'ok'],
    ['critical names alone', { names: [san(true, dns(host))] }, subjectless, 'ok', 'ok'],
    ['a CA that signs nothing', { ca, usage: usage(digitalSignature) }, {}, 'key-usage', 'ok'],
    ['a CA that signs lists', { ca, usage: usage(cRLSign) }, {}, 'ok', 'ok'],
  ])('%s', async ([, roles, order, asked, unasked]) => {
    const leaf = await leafOf(root, roles, order)
    expect(judge(leaf, { dnsName: host })).toBe(asked)
    expect(judge(leaf)).toBe(unasked)
  })

  test('and a root that limits itself, or names its own certificate', async () => {
    const own = keys.publicKey.export({ format: 'der', type: 'spki' }).subarray(0, 20)
    const issuerAndNumber = [
      der(0xa1, der(0xa4, nameDer(named('odd')))),
      der(0x82, Uint8Array.of(1)),
    ]
    const keyIds = [
      extension('2.5.29.14', { isCritical: false, value: octets(own) }),
      extension('2.5.29.35', {
        ...{ isCritical: false, value: sequence(der(0x80, own), ...issuerAndNumber) },
      }),
    ]
    for (const [roles, expected] of [
      [{ eku: [purposes(server)] }, 'wrong-purpose'],
      [{ keyIds }, 'key-identifier'],
    ] as const) {
      const odd = await issueCa({ name: named('odd'), keys, roles })
      const leaf = await leafOf(odd, { names: [san(false, dns(host))] })
      expect(judge(leaf, { anchors: [odd.der] })).toBe('ok')
      expect(judge(leaf, { anchors: [odd.der], dnsName: host })).toBe(expected)
    }
  })
})

describe('mailboxes', () => {
  test.for([
    ['a@b.org', 'a@b.org', 'ok'],
    ['a@B.org', 'a@b.ORG', 'ok'],
    ['A@b.org', 'a@b.org', 'wrong-host'],
    ['a@c.org', 'a@b.org', 'wrong-host'],
    ['b.org', 'a@b.org', 'wrong-host'],
    ['a@x@b.org', 'a@x@b.org', 'wrong-host'],
    ['@b.org', '@b.org', 'wrong-host'],
  ] as const)('%s asked of %s', async ([dnsName, mailbox, expected]) => {
    const leaf = await leafOf(root, { names: [san(false, email(mailbox))] })
    expect(judge(leaf, { dnsName })).toBe(expected)
  })

  const mail = '1.3.6.1.5.5.7.3.4'
  const [mailbox, use] = ['a@b.org', { eku: [purposes(mail)] }] as const
  const names = (isCritical: boolean): Roles => ({ names: [san(isCritical, email(mailbox))] })
  test.for<readonly [string, Roles, Partial<Order>, asked: string, unasked: string]>([
    ['its purpose', { ...names(false), ...use }, {}, 'ok', 'ok'],
    ['no key usage', { ...names(false), ...use, usage: [] }, {}, 'key-usage', 'ok'],
    ['critical names', { ...names(true), ...use }, {}, 'wrong-criticality', 'ok'],
    ['critical names alone', { ...names(true), ...use }, { name: [] }, 'ok', 'ok'],
    ['no mailbox', use, {}, 'wrong-host', 'ok'],
    ['that of a client only', { ...names(false), eku: [purposes(client)] }, {}, ...twice],
  ])('for mail: %s', async ([, roles, order, asked, unasked]) => {
    const leaf = await leafOf(root, roles, order)
    expect(judge(leaf, { dnsName: mailbox, purpose: 'emailProtection' })).toBe(asked)
    expect(judge(leaf, { purpose: mail })).toBe(unasked)
  })

  test('for mail: an authority between that signs no lists', async () => {
    const { keyCertSign, cRLSign } = x509.KeyUsageFlags
    for (const [flags, expected] of [
      [keyCertSign | cRLSign, 'ok'],
      [keyCertSign, 'key-usage'],
    ] as const) {
      const usage = [new x509.KeyUsagesExtension(flags, true)]
      const issuing = await issueCa({ name: named('issuing'), issuer: root, roles: { usage } })
      const leaf = await leafOf(issuing, { ...names(false), ...use })
      const asked = { intermediates: [issuing.der], dnsName: mailbox, purpose: mail }
      expect(judge(leaf, asked)).toBe(expected)
      expect(judge(leaf, { ...asked, purpose: client })).toBe('wrong-purpose')
    }
  })

  test('with two signs are within no constraint, nor a constraint', async () => {
    const issuing = async (base: string): Promise<Party> =>
      issueCa({
        name: named('issuing'),
        issuer: root,
        roles: { nc: [nameConstraints([email(base)])] },
      })
    const good = await issuing('b.org')
    const within = { intermediates: [good.der] }
    const leaf = (mailbox: string): Promise<Bytes> =>
      leafOf(good, { names: [san(false, email(mailbox))] })
    expect(judge(await leaf('a@b.org'), within)).toBe('ok')
    expect(judge(await leaf('a@x@b.org'), within)).toBe('name-outside-constraints')
    await expect(issuing('a@x@b.org')).rejects.toMatchObject({ code: 'invalid-certificate' })
  })
})

describe('what an authority must write', () => {
  test.for<readonly [string, Roles, string]>([
    ['points, critical', { cdp: [points(uri('http://a'), true)] }, 'ok'],
    ['points by host', { cdp: [points(dns('a'))] }, 'certificate-malformed'],
  ])('%s', async ([, roles, expected]) => {
    expect(judge(await leafOf(root, roles))).toBe(expected)
  })

  test('constraints on names are critical', async () => {
    for (const [isCritical, expected] of [
      [true, 'ok'],
      [false, 'wrong-criticality'],
    ] as const) {
      const roles = { nc: [nameConstraints([dns('example.org')], [], isCritical)] }
      const issuing = await issueCa({ name: named('issuing'), issuer: root, roles })
      expect(judge(await leafOf(issuing), { intermediates: [issuing.der] })).toBe(expected)
    }
  })

  test('a number below zero is borne with in what others are issued', async () => {
    const negative = der(tags.integer, Uint8Array.of(0xff))
    const leaf = rewritten(await leafOf(root), root, { serial: negative })
    expect(judge(leaf)).toBe('ok')
    expect(judge(leaf, { anchors: [leaf] })).toBe('certificate-form')
    const plainCa = await issueCa({ name: named('issuing'), issuer: root })
    const issuing = rewritten(plainCa.der, root, { serial: negative })
    const below = await leafOf(plainCa)
    expect(judge(below, { intermediates: [plainCa.der] })).toBe('ok')
    expect(judge(below, { intermediates: [issuing] })).toBe('certificate-form')
  })

  test('a beginning before 2050 in the form of later ones is read, but is none of ours', async () => {
    const from = new Date('2026-01-01T00:00:00Z')
    const validity = sequence(
      generalizedTime(from),
      generalizedTime(new Date('2060-01-01T00:00:00Z')),
    )
    const leaf = rewritten(await leafOf(root), root, { validity })
    expect(parseCertificate(leaf)).toMatchObject({ notBefore: from, hasOddDate: true })
    expect(judge(leaf)).toBe('ok')
    expect(judge(leaf, { profile: 'strict' })).toBe('certificate-form')
    const end = sequence(generalizedTime(from), generalizedTime(new Date('2049-12-31T00:00:00Z')))
    const ended = rewritten(await leafOf(root), root, { validity: end })
    expect(judge(ended)).toBe('certificate-malformed')
  })

  test('the bits of an RSA key fill whole bytes', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_052 })
    expect(isSoundKey(publicKey)).toBe(false)
  })
})

describe('what is asked with', () => {
  test('the last second is whole, the first one begins with itself', async () => {
    const [from, until] = [new Date('2026-02-01T00:00:01Z'), new Date('2026-03-01T00:00:00Z')]
    const leaf = await leafOf(root, {}, { from, until })
    const moved = (time: Date, by: number): Change => ({ at: new Date(time.getTime() + by) })
    expect(judge(leaf, moved(until, 999))).toBe('ok')
    expect(judge(leaf, moved(until, 1_000))).toBe('certificate-expired')
    expect(judge(leaf, moved(from, 0))).toBe('ok')
    expect(judge(leaf, moved(from, -1))).toBe('certificate-not-yet-valid')
    expect(judge(leaf, { at: new Date(Number.NaN) })).toBe('certificate-not-yet-valid')
  })

  test('bytes of any kind, read certificates, the leaf and the anchor among the rest, and noise', async () => {
    const der = await leafOf(root)
    const noise = [new Uint8Array(), Uint8Array.of(0x30, 0x80), der.subarray(0, 40)]
    for (const leaf of [Buffer.from(der), Uint8Array.from(der)]) {
      expect(judge(leaf, { intermediates: [...noise, leaf, leaf, root.der, root.der] })).toBe('ok')
    }
    const read = validatePath({
      ...{ leaf: parseCertificate(der), anchors: [...noise, root.certificate, root.der], at },
      ...{ profile: 'rfc5280', crls: noise, ocsp: noise, requireRevocation: false },
    })
    expect(read).toMatchObject({
      ok: true,
      path: [{}, { fingerprint: root.certificate.fingerprint }],
    })
  })

  test('no anchor, no leaf, an unknown purpose', async () => {
    const leaf = await leafOf(root)
    expect(judge(leaf, { anchors: [] })).toBe('untrusted-root')
    expect(judge(new Uint8Array())).toBe('certificate-malformed')
    expect(judge(leaf, { purpose: 'server' })).toBe('unknown-purpose')
  })
})

/** The certificate with another field or two, signed again. */
function rewritten(
  certificate: Bytes,
  issuer: Party,
  { serial, validity }: { readonly serial?: Bytes; readonly validity?: Bytes },
): Bytes {
  const [tbs] = readDer(certificate).children
  const fields = tbs?.children.map(({ bytes }) => bytes) ?? []
  const written = fields.map((field, i) => (i === 1 ? serial : i === 4 ? validity : field) ?? field)
  return signed(issuer.keys.privateKey, () => sequence(...written))
}

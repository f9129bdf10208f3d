/** What each trade asks of its certificates, and asks of nobody else's: servers, mail, programs, times. */
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { beforeAll, describe, expect, test } from 'vitest'
import { foreignHost as host, foreignRoot, issueCa } from '../test/certificates.ts'
import type { ForeignRoot, Party } from '../test/certificates.ts'
import { ecKeys, named } from './certforge/forge.ts'
import type { Order, Roles } from './certforge/forge.ts'
import { issuingPoint, listNumber, writeList } from './certforge/list-writer.ts'
import { alternativeNames, dns, email, ip, nameConstraints } from './certforge/name-writer.ts'
import { der, octets, sequence } from './der-writer.ts'
import { caConstraints, extension, purposes as criticalPurposes } from './extension.ts'
import { nameDer } from './make.ts'

type Bytes = Uint8Array

const any = '2.5.29.37.0'
const [server, client, code, mail, time, answers] = [1, 2, 3, 4, 8, 9].map(
  (number) => `1.3.6.1.5.5.7.3.${number}`,
) as [string, string, string, string, string, string]
const purposes = (...oids: readonly string[]): x509.Extension =>
  new x509.ExtendedKeyUsageExtension([...oids], false)
const san = (isCritical: boolean, ...list: readonly Bytes[]): x509.Extension =>
  alternativeNames(list, isCritical)
const { digitalSignature, keyCertSign, cRLSign } = x509.KeyUsageFlags
const usage = (flags: number, isCritical = true): x509.Extension[] => [
  new x509.KeyUsagesExtension(flags, isCritical),
]

const twice = ['wrong-purpose', 'wrong-purpose'] as const

let root: Party
let leafOf: ForeignRoot['leafOf']
let judge: ForeignRoot['judge']
beforeAll(async () => {
  ;({ root, leafOf, judge } = await foreignRoot())
})

describe('who asks for a server by its name', () => {
  const subjectless = { name: [] }
  const named1 = (another: string): Roles => ({ names: [san(false, dns(host), dns(another))] })
  const ca = [caConstraints()]
  test.for<readonly [string, Roles, Partial<Order>, asked: string, unasked: string]>([
    ['its purpose', { eku: [purposes(server)] }, {}, 'ok', 'ok'],
    ['no purpose', {}, {}, 'ok', 'ok'],
    ['that of a client too', { eku: [purposes(server, client)] }, {}, 'ok', 'ok'],
    ['that of a client only', { eku: [purposes(client)] }, {}, 'wrong-purpose', 'ok'],
    ['any purpose', { eku: [purposes(any)] }, {}, 'wrong-purpose', 'ok'],
    ['code too', { eku: [purposes(server, code)] }, {}, 'wrong-purpose', 'ok'],
    ['answers too', { eku: [purposes(server, answers)] }, {}, 'wrong-purpose', 'ok'],
    ['its purpose, critical', { eku: [criticalPurposes(server)] }, {}, 'wrong-criticality', 'ok'],
    ['an underscore beside', named1('a_b.example.org'), {}, 'certificate-form', 'ok'],
    ['an address as text', named1('10.0.0.1'), {}, 'certificate-form', 'ok'],
    ['part of a label', named1('w*.example.org'), {}, 'certificate-form', 'ok'],
    ['all below beside', named1('*.example.org'), {}, 'ok', 'ok'],
    ['critical names', { names: [san(true, dns(host))] }, {}, 'wrong-criticality', 'ok'],
    ['critical names alone', { names: [san(true, dns(host))] }, subjectless, 'ok', 'ok'],
    ['a CA that signs nothing', { ca, usage: usage(digitalSignature) }, {}, 'key-usage', 'ok'],
    ['a CA that signs lists', { ca, usage: usage(cRLSign) }, {}, 'ok', 'ok'],
  ])('%s', async ([, roles, order, asked, unasked]) => {
    const leaf = await leafOf(root, roles, order)
    expect(judge(leaf, { dnsName: host })).toBe(asked)
    expect(judge(leaf)).toBe(unasked)
  })

  test.for<readonly [commonName: string, names: readonly Bytes[], expected: string]>([
    ['Somebody', [dns(host)], 'ok'],
    [host, [dns(host)], 'ok'],
    ['WWW.example.org', [dns('WWW.example.org')], 'ok'],
    ['WWW.example.org', [dns(host)], 'certificate-form'],
    ['mail.example.org', [dns(host)], 'certificate-form'],
    ['mail.example.org', [dns(host), dns('mail.example.org')], 'ok'],
    ['www.example.net', [dns(host)], 'ok'],
    ['example.org', [dns(host)], 'ok'],
    ['*.example.org', [dns('*.example.org')], 'ok'],
    [host, [dns('*.example.org')], 'certificate-form'],
    ['bücher.example', [dns('xn--bcher-kva.example')], 'certificate-form'],
    ['10.0.0.1', [ip(10, 0, 0, 1)], 'ok'],
    ['10.0.0.1', [dns(host)], 'ok'],
    ['010.0.0.1', [ip(8, 0, 0, 1)], 'certificate-form'],
    ['0x0a000001', [ip(10, 0, 0, 1)], 'certificate-form'],
    ['::1', [ip(...new Array<number>(15).fill(0), 1)], 'ok'],
    ['0::1', [ip(...new Array<number>(15).fill(0), 1)], 'certificate-form'],
    ['what:is/this?', [dns(host)], 'ok'],
  ])('%s as common name', async ([commonName, names, expected]) => {
    const everybody = [...names, dns('a.test')]
    const roles = { names: [san(false, ...everybody)] }
    const leaf = await leafOf(root, roles, { name: [['CN', commonName]] })
    expect(judge(leaf, { dnsName: 'a.test' })).toBe(expected)
    expect(judge(leaf)).toBe('ok')
  })

  test('and lists in which one speaks for many', async () => {
    const leaf = await leafOf(root)
    const list = (...flags: readonly number[]): Bytes =>
      writeList({
        issuer: { name: root.name, key: root.keys.privateKey },
        ...{ from: new Date('2026-05-01'), until: new Date('2026-07-01'), entries: [] },
        extensions: [listNumber(1), ...(flags.length > 0 ? [issuingPoint({ flags })] : [])],
      })
    expect(judge(leaf, { crls: [list(4)] })).toBe('ok')
    expect(judge(leaf, { crls: [list(4)], dnsName: host })).toBe('revocation-unknown')
    expect(judge(leaf, { crls: [list(4), list()], dnsName: host })).toBe('ok')
  })

  test('and a root that limits itself, or names its own certificate', async () => {
    const keys = ecKeys()
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
    ['*@b.org', '*@b.org', 'ok'],
    ['a@b.org', '*@b.org', 'wrong-host'],
    ['"a"@b.org', '"a"@b.org', 'wrong-host'],
    ['a..c@b.org', 'a..c@b.org', 'wrong-host'],
  ] as const)('%s asked of %s', async ([dnsName, mailbox, expected]) => {
    const leaf = await leafOf(root, { names: [san(false, email(mailbox))] })
    expect(judge(leaf, { dnsName })).toBe(expected)
  })

  const [mailbox, use] = ['a@b.org', { eku: [purposes(mail)] }] as const
  const names = (isCritical: boolean): Roles => ({ names: [san(isCritical, email(mailbox))] })
  const mailFor = (...oids: readonly string[]): Roles => ({
    ...names(false),
    eku: [purposes(...oids)],
  })
  test.for<readonly [string, Roles, Partial<Order>, asked: string, unasked: string]>([
    ['its purpose', { ...names(false), ...use }, {}, 'ok', 'ok'],
    ['no key usage', { ...names(false), ...use, usage: [] }, {}, 'key-usage', 'ok'],
    ['critical names', { ...names(true), ...use }, {}, 'wrong-criticality', 'ok'],
    ['critical names alone', { ...names(true), ...use }, { name: [] }, 'ok', 'ok'],
    ['no mailbox', use, {}, 'wrong-host', 'ok'],
    ['that of a client only', { ...names(false), eku: [purposes(client)] }, {}, ...twice],
    ['that of a client too', mailFor(mail, client), {}, 'ok', 'ok'],
    ['no purpose', names(false), {}, 'wrong-purpose', 'ok'],
    ['a server too', mailFor(mail, server), {}, 'wrong-purpose', 'ok'],
    ['code too', mailFor(mail, code), {}, 'wrong-purpose', 'ok'],
    ['times too', mailFor(mail, time), {}, 'wrong-purpose', 'ok'],
    ['any purpose too', mailFor(mail, any), {}, 'wrong-purpose', 'ok'],
  ])('for mail: %s', async ([, roles, order, asked, unasked]) => {
    const leaf = await leafOf(root, roles, order)
    expect(judge(leaf, { dnsName: mailbox, purpose: 'emailProtection' })).toBe(asked)
    expect(judge(leaf, { purpose: mail })).toBe(unasked)
  })

  test.for<readonly [what: string, roles: Roles, expected: string]>([
    ['for mail', { usage: usage(keyCertSign | cRLSign), eku: [purposes(mail)] }, 'ok'],
    ['for nothing in particular', { usage: usage(keyCertSign | cRLSign) }, 'ok'],
    ['that signs no lists', { usage: usage(keyCertSign) }, 'key-usage'],
    ['for servers', { eku: [purposes(server)] }, 'wrong-purpose'],
    ['for servers too', { eku: [purposes(mail, server)] }, 'wrong-purpose'],
    ['for anything', { eku: [purposes(any)] }, 'wrong-purpose'],
  ])('for mail: an authority between %s', async ([, roles, expected]) => {
    const issuing = await issueCa({ name: named('issuing'), issuer: root, roles })
    const leaf = await leafOf(issuing, { ...names(false), ...use })
    const asked = { intermediates: [issuing.der], dnsName: mailbox, purpose: mail }
    expect(judge(leaf, asked)).toBe(expected)
    expect(judge(leaf, { ...asked, purpose: client })).toBe('wrong-purpose')
  })

  test('for mail: a root with a purpose', async () => {
    const odd = await issueCa({ name: named('odd'), roles: { eku: [purposes(mail)] } })
    const leaf = await leafOf(odd, { ...names(false), ...use })
    expect(judge(leaf, { anchors: [odd.der], purpose: mail })).toBe('ok')
    expect(judge(leaf, { anchors: [odd.der], purpose: mail, dnsName: mailbox })).toBe(
      'wrong-purpose',
    )
  })

  test('of odd spelling are within no constraint, nor a constraint', async () => {
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
    for (const odd of ['a@x@b.org', '"a"@b.org', 'a\\b@b.org', 'a..c@b.org']) {
      expect(judge(await leaf(odd), within)).toBe('name-outside-constraints')
    }
    await expect(issuing('a@x@b.org')).rejects.toMatchObject({ code: 'invalid-certificate' })
  })
})

describe('who signs', () => {
  const [signs, bent] = [usage(digitalSignature), usage(digitalSignature, false)]
  test.for<readonly [purpose: string, what: string, roles: Roles, expected: string]>([
    ['timeStamping', 'it alone', { eku: [criticalPurposes(time)] }, 'ok'],
    [
      'timeStamping',
      'it alone, its use unsaid',
      { eku: [criticalPurposes(time)], usage: [] },
      'ok',
    ],
    ['timeStamping', 'not critical', { eku: [purposes(time)] }, 'wrong-criticality'],
    ['timeStamping', 'a server too', { eku: [criticalPurposes(time, server)] }, 'wrong-purpose'],
    ['timeStamping', 'any purpose', { eku: [criticalPurposes(any)] }, 'wrong-purpose'],
    ['timeStamping', 'no purpose', {}, 'wrong-purpose'],
    ['codeSigning', 'it alone', { eku: [purposes(code)], usage: signs }, 'ok'],
    ['codeSigning', 'mail too', { eku: [purposes(code, mail)], usage: signs }, 'ok'],
    ['codeSigning', 'a server too', { eku: [purposes(code, server)] }, 'wrong-purpose'],
    ['codeSigning', 'any purpose too', { eku: [purposes(code, any)] }, 'wrong-purpose'],
    ['codeSigning', 'no purpose', {}, 'wrong-purpose'],
    ['codeSigning', 'its use unsaid', { eku: [purposes(code)], usage: [] }, 'key-usage'],
    ['codeSigning', 'its use not critical', { eku: [purposes(code)], usage: bent }, 'key-usage'],
  ])('%s: %s', async ([purpose, , roles, expected]) => {
    expect(judge(await leafOf(root, roles), { purpose })).toBe(expected)
  })

  test('signs no lists besides', async () => {
    for (const [purpose, oid] of [
      ['timeStamping', time],
      ['codeSigning', code],
    ] as const) {
      const eku = [criticalPurposes(oid)]
      const both = await leafOf(root, { eku, usage: usage(digitalSignature | cRLSign) })
      expect(judge(both, { purpose })).toBe('key-usage')
      expect(judge(both)).toBe('ok')
    }
  })
})

describe('hosts in the subject of a certificate that names no host', () => {
  const within = { nc: [nameConstraints([dns('example.org')])] }
  test.for<readonly [commonName: string, names: readonly Bytes[], expected: string]>([
    ['www.example.org', [], 'ok'],
    ['www.example.net', [], 'name-outside-constraints'],
    ['www.example.net', [ip(10, 0, 0, 1)], 'name-outside-constraints'],
    ['www.example.net', [dns(host)], 'ok'],
    ['Somebody', [], 'ok'],
    ['10.0.0.1', [], 'ok'],
    ['not..a.host', [], 'ok'],
  ])('%s, constrained, beside %j', async ([commonName, names, expected]) => {
    const issuing = await issueCa({ name: named('issuing'), issuer: root, roles: within })
    const roles = { names: names.length > 0 ? [san(false, ...names)] : [] }
    const leaf = await leafOf(issuing, roles, { name: [['CN', commonName]] })
    expect(judge(leaf, { intermediates: [issuing.der] })).toBe(expected)
  })

  test('count for nothing to who asks for a peer', async () => {
    const issuing = await issueCa({ name: named('issuing'), issuer: root, roles: within })
    const roles = { names: [san(false, ip(10, 0, 0, 1))] }
    const leaf = await leafOf(issuing, roles, { name: [['CN', 'www.example.net']] })
    expect(judge(leaf, { intermediates: [issuing.der], dnsName: '10.0.0.1' })).toBe('ok')
    expect(judge(leaf, { intermediates: [issuing.der], dnsName: 'www.example.net' })).toBe(
      'wrong-host',
    )
  })
})

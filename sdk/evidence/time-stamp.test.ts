/**
 * Tokens that must be believed, and the many that must not, each wrong in one thing: what RFC 3161
 * demands, under the numbers of its sections, and of the RFCs it builds on.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { der, integer, octets, oid, sequence } from '../../certs-dev/der-writer.ts'
import { extension, purposes } from '../../certs-dev/extension.ts'
import {
  attribute,
  developmentPolicy,
  explicit,
  imprintOf,
  signingCertificate,
  timeStampResponse,
} from '../../certs-dev/time-stamp.ts'
import type { TimeStampOrder } from '../../certs-dev/time-stamp.ts'
import { growTree, issueCa, issueCrl, issueDepartmentCa } from '../../test/certificates.ts'
import { at, ecKeys, named } from '../../certs-dev/certforge/forge.ts'
import { stamped, timeStampAuthority, tokenOf } from '../../test/time-stamping.ts'
import type { Authority } from '../../test/time-stamping.ts'
import { cmsLimits, isSignedBy } from './cms.ts'
import { tags } from '../der.ts'
import { writePem } from '../pem.ts'
import { digestOf } from '../primitives.ts'
import { Problem } from '../problem.ts'
import { purposeOid, timeStampingOid } from '../certificate/purpose-oid.ts'
import { readTimeStamp, readTimeStampResponse, timeStampLimits } from './time-stamp-token.ts'
import { verifyTimeStamp } from './time-stamp.ts'
import type { TimeStampQuestion } from './time-stamp.ts'

const tree = await growTree()
const issuers = [tree.licensing]
const good = await timeStampAuthority(issuers)
const anchors = [tree.root.certificate]
const later = new Date('2026-12-01T00:00:00Z')
const seconds = (count: number): Date => new Date(at.getTime() + count * 1000)

interface Presented {
  readonly authority?: Authority
  readonly order?: Partial<Omit<TimeStampOrder, 'authority'>>
  readonly token?: Uint8Array
  readonly asked?: Partial<TimeStampQuestion>
}

function verdictOf({ authority = good, order, token, asked }: Presented) {
  const given = token ?? tokenOf(authority, order)
  return verifyTimeStamp(given, { data: stamped, anchors, at, ...asked })
}

function outcome(presented: Presented): string {
  const verdict = verdictOf(presented)
  if (verdict.ok) return 'ok'
  return verdict.code === 'time-stamp-malformed'
    ? `${verdict.code} ${verdict.detail}`
    : verdict.code
}

test('a key of SM2 signs over SM3, and RSA does not', () => {
  const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: 'SM2' })
  const { signed, imprint } = readTimeStamp(tokenOf({ ...good, key }))
  expect([imprint.digest, signed.signer.digest]).toEqual(['sm3', 'sm3'])
  expect(isSignedBy(signed, { ...good.certificate, publicKey })).toBe(true)
  expect(isSignedBy(signed, good.certificate)).toBe(false)
})

type Change = NonNullable<TimeStampOrder['change']>
const changed = (change: Change): Presented => ({ order: { change } })
const inInfo = (info: Change['info'] = {}): Presented => changed({ info })
const empty = Buffer.alloc(0)
const ordered = (...ders: readonly Uint8Array[]): Uint8Array =>
  explicit(0, ...[...ders].sort((a, b) => Buffer.compare(a, b)))

describe('a true token', () => {
  test('says when the bytes existed at the latest', () => {
    const verdict = verdictOf({})
    expect(verdict).toMatchObject({ ok: true, provenAt: seconds(1) })
    expect(verdict.ok && verdict.timeStamp).toMatchObject({
      ...{ policy: developmentPolicy, from: seconds(-1), until: seconds(1) },
    })
    expect(verdict.ok && verdict.path).toHaveLength(3)
  })

  test.for<readonly [string, () => Presented]>([
    ['long after', () => ({ asked: { at: later } })],
    ['with a fraction of a second', () => ({ order: { at: new Date(at.getTime() + 40) } })],
    ['finer than a millisecond', () => inInfo({ time: time('20260601120000.123456789Z') })],
    ['without accuracy', () => inInfo({ accuracy: empty })],
    [
      'with an accuracy in all its parts',
      () => inInfo({ accuracy: sequence(der(0x80, Buffer.of(3, 0xe7)), der(0x81, Buffer.of(1))) }),
    ],
    ['in a total order', () => inInfo({ ordering: der(tags.boolean, Buffer.of(0xff)) })],
    ['without a name', () => inInfo({ name: empty })],
    [
      'with extensions that are not critical',
      () => inInfo({ extensions: explicit(1, sequence(oid('1.2.3'), octets(sequence()))) }),
    ],
    ['over SHA-384', () => inInfo({ imprint: imprintOf(stamped, 'sha384') })],
    ['over SHA-512', () => inInfo({ imprint: imprintOf(stamped, 'sha512') })],
    ['over SM3', () => inInfo({ imprint: imprintOf(stamped, 'sm3') })],
    ['of the policy asked for', () => ({ asked: { policies: ['1.2.3', developmentPolicy] } })],
    [
      'with the nonce that was sent',
      () => ({ ...inInfo({ nonce: der(tags.integer, Buffer.of(0, 0xab)) }), asked: nonce }),
    ],
    [
      'without certificates, which the verifier has',
      () => ({
        ...changed({ signed: { certificates: empty } }),
        asked: { certificates: good.chain.map((one) => one.der) },
      }),
    ],
    [
      'that lists the whole path',
      () => listing(good.certificate.der, tree.licensing.der, tree.root.der),
    ],
    ['that says whose certificate it is, and which', () => naming({})],
    [
      'whose attributes say more than they must',
      () => changed({ attributes: { when: attribute('1.2.840.113549.1.9.5', time260601()) } }),
    ],
    ['with fresh lists', () => ({ asked: { crls: tree.crls } })],
    ['a minute ahead of our clock', () => ({ order: { at: seconds(60) } })],
  ])('is believed %s', ([, present]) => {
    expect(outcome(present())).toBe('ok')
  })

  test.for([
    ['P-384', () => ecKeys('P-384')],
    ['RSA 2048', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['Ed25519', () => generateKeyPairSync('ed25519')],
  ] as const)('is believed of a key of %s', async ([, keys]) => {
    const authority = await timeStampAuthority(issuers, { keys: keys() })
    expect(outcome({ authority })).toBe('ok')
  })

  test('is believed of RSA that does not say that it has no parameters', async () => {
    const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const authority = await timeStampAuthority(issuers, { keys })
    const order = { change: { signer: { algorithm: sequence(oid('1.2.840.113549.1.1.1')) } } }
    expect(outcome({ authority, order })).toBe('ok')
  })
})

const nonce = { nonce: '00ab' }
function time(text: string): Uint8Array {
  return der(tags.generalizedTime, Buffer.from(text))
}
function time260601(): Uint8Array {
  return der(tags.utcTime, Buffer.from('260601120000Z'))
}
function listing(...ders: readonly Uint8Array[]): Presented {
  return changed({ attributes: { signingCertificate: signingCertificate(...ders) } })
}

/** The certificate by its hash, and by what is said of its issuer and serial number. */
function naming(said: { readonly issuer?: Uint8Array; readonly serial?: Uint8Array }): Presented {
  const { der: whole, issuer, serial } = good.certificate
  const { issuer: names = directory(issuer.der) } = said
  const number = said.serial ?? der(tags.integer, Buffer.from(serial, 'hex'))
  const id = sequence(octets(digestOf('sha256', whole)), sequence(sequence(names), number))
  return changed({
    attributes: {
      signingCertificate: attribute('1.2.840.113549.1.9.16.2.47', sequence(sequence(id))),
    },
  })
}
function directory(name: Uint8Array): Uint8Array {
  return explicit(4, name)
}

/** The certificate in the attribute that knows SHA-1 alone (RFC 2634), and perhaps more beside it. */
function bySha1(whole: Uint8Array, more: Uint8Array = empty): Presented {
  const hash = createHash('sha1').update(whole).digest()
  const ids = sequence(sequence(sequence(octets(hash), more)))
  return changed({
    attributes: { signingCertificate: attribute('1.2.840.113549.1.9.16.2.12', ids) },
  })
}

type Case = readonly [string, () => Presented, string]

function refuses(cases: readonly Case[]): void {
  test.for(cases.map((one, i) => [i + 1, ...one] as const))('%i %s', ([, , present, expected]) => {
    expect(outcome(present())).toBe(expected)
  })
}

const malformed = (rule: string): string => `time-stamp-malformed ${rule}`

describe('refused for what it says', () => {
  refuses([
    ['§2.2 other bytes', () => ({ asked: { data: Buffer.from('other') } }), 'imprint-mismatch'],
    [
      '§2.2 the imprint of another document',
      () => ({ order: { data: Buffer.from('other') } }),
      'imprint-mismatch',
    ],
    [
      '§2.4.2 messageImprint: an imprint too short for its hash',
      () => inInfo({ imprint: imprintWith('2.16.840.1.101.3.4.2.2', digestOf('sha256', stamped)) }),
      malformed('imprint-length'),
    ],
    [
      '§2.4.2 messageImprint: an imprint of SHA-1',
      () => inInfo({ imprint: imprintWith('1.3.14.3.2.26', Buffer.alloc(20)) }),
      malformed('digest-algorithm'),
    ],
    ['§2.2 another policy', () => ({ asked: { policies: ['1.2.3'] } }), 'policy-not-accepted'],
    ['§2.2 no policy is good enough', () => ({ asked: { policies: [] } }), 'policy-not-accepted'],
    ['§2.2 a nonce that is missing', () => ({ asked: nonce }), 'nonce-mismatch'],
    [
      '§2.2 another nonce',
      () => ({ ...inInfo({ nonce: integer(7) }), asked: nonce }),
      'nonce-mismatch',
    ],
    ['§2.2 a time to come', () => ({ order: { at: seconds(62) } }), 'time-stamp-from-future'],
    [
      '§2.2 a question without a time',
      () => ({ asked: { at: new Date(Number.NaN) } }),
      'time-stamp-from-future',
    ],
    ['§2.4.2 version: version 2', () => inInfo({ version: integer(2) }), malformed('version')],
    ['§2.4.2 policy: no policy', () => inInfo({ policy: empty }), malformed('unexpected-type')],
    [
      '§2.4.2 genTime: a time without seconds',
      () => inInfo({ time: time('202606011200Z') }),
      malformed('time'),
    ],
    [
      '§2.4.2 genTime: a time of another zone',
      () => inInfo({ time: time('20260601200000+0800') }),
      malformed('time'),
    ],
    [
      '§2.4.2 genTime: a time without a zone',
      () => inInfo({ time: time('20260601120000') }),
      malformed('time'),
    ],
    [
      '§2.4.2 genTime: a trailing zero',
      () => inInfo({ time: time('20260601120000.10Z') }),
      malformed('time'),
    ],
    [
      '§2.4.2 genTime: an empty fraction',
      () => inInfo({ time: time('20260601120000.Z') }),
      malformed('time'),
    ],
    [
      '§2.4.2 genTime: a comma',
      () => inInfo({ time: time('20260601120000,1Z') }),
      malformed('time'),
    ],
    [
      '§2.4.2 genTime: 30 February',
      () => inInfo({ time: time('20260230120000Z') }),
      malformed('time'),
    ],
    [
      '§2.4.2 genTime: a leap second',
      () => inInfo({ time: time('20261231235960Z') }),
      malformed('time'),
    ],
    ['§2.4.2 genTime: UTCTime', () => inInfo({ time: time260601() }), malformed('unexpected-type')],
    [
      '§2.4.2 accuracy: an accuracy of an hour',
      () => inInfo({ accuracy: sequence(integer(3600)) }),
      malformed('integer-range'),
    ],
    [
      '§2.4.2 accuracy: an accuracy below zero',
      () => inInfo({ accuracy: sequence(der(tags.integer, Buffer.of(0xff))) }),
      malformed('integer-range'),
    ],
    [
      '§2.4.2 accuracy: no milliseconds that are written',
      () => inInfo({ accuracy: sequence(der(0x80, Buffer.of(0))) }),
      malformed('accuracy'),
    ],
    [
      '§2.4.2 accuracy: a thousand milliseconds',
      () => inInfo({ accuracy: sequence(der(0x80, Buffer.of(3, 0xe8))) }),
      malformed('accuracy'),
    ],
    [
      '§2.4.2 accuracy: milliseconds of no bytes',
      () => inInfo({ accuracy: sequence(der(0x80, empty)) }),
      malformed('accuracy'),
    ],
    [
      '§2.4.2 ordering: an order that is false and written',
      () => inInfo({ ordering: der(tags.boolean, Buffer.of(0)) }),
      malformed('default-written'),
    ],
    [
      '§2.4.2 extensions: an unknown critical extension',
      () => inInfo({ extensions: explicit(1, sequence(oid('1.2.3'), yes, octets(sequence()))) }),
      malformed('unknown-critical-extension'),
    ],
    [
      '§2.4.2 extensions: extensions without any',
      () => inInfo({ extensions: explicit(1) }),
      malformed('extensions'),
    ],
    [
      '§2.4.2 extensions: an extension twice',
      () => inInfo({ extensions: explicit(1, plain, plain) }),
      malformed('repeated-extension'),
    ],
    ['§2.4.2 a field too many', () => inInfo({ more: integer(1) }), malformed('unexpected-field')],
    [
      '§2.4.2 tsa: the name of somebody else',
      () => inInfo({ name: explicit(0, explicit(4, tree.licensing.certificate.subject.der)) }),
      'authority-name',
    ],
    [
      '§2.4.2 tsa: a name of another kind',
      () => inInfo({ name: explicit(0, der(0x82, Buffer.from('tsa.example'))) }),
      malformed('authority-name'),
    ],
  ])
})

const yes = der(tags.boolean, Buffer.of(0xff))
const plain = sequence(oid('1.2.3'), octets(sequence()))
function imprintWith(algorithm: string, hash: Uint8Array): Uint8Array {
  return sequence(sequence(oid(algorithm)), octets(hash))
}

describe('refused for how it is signed', () => {
  const sha1 = sequence(oid('1.3.14.3.2.26'))
  refuses([
    [
      '§2.4.2 eContentType: another content type',
      () => changed({ signed: { content: otherContent() } }),
      malformed('content-type'),
    ],
    [
      'RFC 5652 §11.1 attributes of another content type',
      () => changed({ attributes: { contentType: attribute(contentType, oid('1.2.3')) } }),
      'signature-invalid',
    ],
    [
      'RFC 5652 §11.1 no content type',
      () => changed({ attributes: { contentType: empty } }),
      'signature-invalid',
    ],
    [
      'RFC 5652 §11.2 another message digest',
      () => changed({ attributes: { messageDigest: attribute(messageDigest, octets(zeros)) } }),
      'signature-invalid',
    ],
    [
      'RFC 5652 §11.2 no message digest',
      () => changed({ attributes: { messageDigest: empty } }),
      'signature-invalid',
    ],
    [
      'RFC 5816 §2.2.1 no signing certificate',
      () => changed({ attributes: { signingCertificate: empty } }),
      malformed('ess'),
    ],
    [
      'RFC 5816 §2.2.1 a signing certificate by SHA-1 alone',
      () => bySha1(good.certificate.der),
      malformed('ess'),
    ],
    [
      'RFC 5035 §4 a signing certificate that is not there',
      () => listing(tree.root.der),
      'authority-unknown',
    ],
    [
      'RFC 5035 §4 a signing certificate of another issuer',
      () => naming({ issuer: directory(tree.root.certificate.issuer.der) }),
      'authority-unknown',
    ],
    [
      'RFC 5035 §4 a signing certificate of another serial',
      () => naming({ serial: integer(5) }),
      'authority-unknown',
    ],
    [
      'RFC 5035 §4 a signing certificate of nobody',
      () => naming({ issuer: empty }),
      malformed('ess'),
    ],
    [
      'RFC 5035 §4 a signing certificate of two',
      () => naming({ issuer: Buffer.concat([issuerName(), issuerName()]) }),
      malformed('ess'),
    ],
    [
      'RFC 5035 §4 a signing certificate of a host',
      () => naming({ issuer: der(0x82, Buffer.from('tsa.example')) }),
      malformed('ess'),
    ],
    [
      'RFC 5035 §4 the certificate of somebody else',
      () => listing(tree.licensing.der),
      'authority-unknown',
    ],
    [
      'RFC 5035 §5.4 a path that is not all listed',
      () => listing(good.certificate.der, tree.root.der),
      'certificate-not-listed',
    ],
    [
      'RFC 5652 §5.3 attributes out of order',
      () => changed({ signer: { attributes: explicit(0, ...unordered()) } }),
      malformed('set-order'),
    ],
    [
      'RFC 5652 §5.3 an attribute twice',
      () => changed({ signer: { attributes: ordered(plainAttribute, plainAttribute) } }),
      malformed('repeated-attribute'),
    ],
    [
      'RFC 5652 §5.3 an attribute of two values',
      () =>
        changed({
          attributes: { more: sequence(oid('1.2.3'), der(tags.set, integer(1), integer(2))) },
        }),
      malformed('not-exactly-one'),
    ],
    [
      'RFC 5652 §5.4 attributes that were not signed',
      () => changed({ signer: { attributes: ordered(...attributesOf(), plainAttribute) } }),
      'signature-invalid',
    ],
    [
      'RFC 5652 §5.3 no attributes at all',
      () => changed({ signer: { attributes: empty } }),
      malformed('unexpected-type'),
    ],
    [
      'RFC 5652 §5.3 unsigned attributes',
      () => changed({ signer: { unsigned: explicit(1, plainAttribute) } }),
      malformed('unexpected-field'),
    ],
    [
      'RFC 5652 §5.3 a digest of SHA-1',
      () => changed({ signer: { digest: sha1 } }),
      malformed('digest-algorithm'),
    ],
    [
      'RFC 5652 §5.1 another digest outside',
      () =>
        changed({
          signed: { digests: der(tags.set, sequence(oid('2.16.840.1.101.3.4.2.2'))) },
        }),
      malformed('digest-algorithm'),
    ],
    [
      'RFC 5652 §5.3 a signature of another hash',
      () => changed({ signer: { algorithm: sequence(oid('1.2.840.10045.4.3.3')) } }),
      malformed('signature-algorithm'),
    ],
    [
      'RFC 5652 §5.4 RSA of a key that is not',
      () => changed({ signer: { algorithm: sequence(oid('1.2.840.113549.1.1.11'), der(5)) } }),
      'signature-invalid',
    ],
    [
      'RFC 5652 §5.4 an empty signature',
      () => changed({ signer: { signature: octets(empty) } }),
      'signature-invalid',
    ],
    [
      '§2.4.2 signers: no signer',
      () => changed({ signed: { signers: der(tags.set) } }),
      malformed('not-exactly-one'),
    ],
    [
      '§2.4.2 signers: two signers',
      () => changed({ signed: { signers: twoSigners() } }),
      malformed('not-exactly-one'),
    ],
    [
      'RFC 5652 §5.1 a version of plain data',
      () => changed({ signed: { version: integer(1) } }),
      malformed('version'),
    ],
    [
      'RFC 5652 §5.3 a signer of another version',
      () => changed({ signer: { version: integer(3) } }),
      malformed('signer-version'),
    ],
    [
      'RFC 5652 §5.3 a serial that differs',
      () => changed({ signer: { id: otherSerial() } }),
      'authority-unknown',
    ],
    [
      'RFC 5652 §5.1 lists of its own',
      () => changed({ signed: { lists: explicit(1, sequence()) } }),
      malformed('unexpected-type'),
    ],
    [
      'RFC 5652 §5.1 a certificate of another kind',
      () => changed({ signed: { certificates: explicit(0, explicit(1, integer(1))) } }),
      malformed('certificate-form'),
    ],
    [
      '§2.4.2 eContentType: detached content',
      () => changed({ signed: { content: sequence(oid('1.2.840.113549.1.9.16.1.4')) } }),
      malformed('missing-field'),
    ],
    [
      'DER: too long',
      () => ({ token: Buffer.alloc(timeStampLimits.bytes + 1) }),
      malformed('size'),
    ],
    ['DER: nothing', () => ({ token: empty }), malformed('truncated')],
    [
      'DER: something after it',
      () => ({ token: Buffer.concat([tokenOf(good), empty, Buffer.of(0)]) }),
      malformed('trailing-bytes'),
    ],
  ])
})

const contentType = '1.2.840.113549.1.9.3'
const messageDigest = '1.2.840.113549.1.9.4'
const zeros = Buffer.alloc(32)
const plainAttribute = attribute('1.2.3', integer(1))
function attributesOf(): readonly Uint8Array[] {
  const set = readTimeStamp(tokenOf(good)).signed.signer.attributes
  return [...set].map(([type, { bytes }]) => attribute(type, bytes))
}
function unordered(): readonly Uint8Array[] {
  return [...attributesOf()].sort((a, b) => Buffer.compare(b, a))
}
function otherContent(): Uint8Array {
  return sequence(oid('1.2.840.113549.1.7.1'), explicit(0, octets(stamped)))
}
function issuerName(): Uint8Array {
  return directory(good.certificate.issuer.der)
}
function otherSerial(): Uint8Array {
  return sequence(good.certificate.issuer.der, integer(5))
}
function twoSigners(): Uint8Array {
  return der(tags.set, sequence(integer(1)), sequence(integer(2)))
}

describe('§2.3 refused for who signed it', () => {
  const signsAndEncrypts: x509.KeyUsageFlags =
    x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment
  const authorities: Readonly<Record<string, readonly [() => Promise<Authority>, string]>> = {
    'of another purpose': [
      () => timeStampAuthority(issuers, { roles: { purpose: [purposes(purposeOid.seal)] } }),
      'wrong-purpose',
    ],
    'of two purposes': [
      () =>
        timeStampAuthority(issuers, {
          roles: { purpose: [purposes(timeStampingOid, purposeOid.seal)] },
        }),
      'wrong-purpose',
    ],
    'of no purpose': [
      () => timeStampAuthority(issuers, { roles: { purpose: [] } }),
      'wrong-purpose',
    ],
    'of any purpose': [
      () => timeStampAuthority(issuers, { roles: { purpose: [purposes('2.5.29.37.0')] } }),
      'wrong-purpose',
    ],
    'whose purpose is not critical': [
      () =>
        timeStampAuthority(issuers, {
          roles: {
            purpose: [
              extension('2.5.29.37', { isCritical: false, value: sequence(oid(timeStampingOid)) }),
            ],
          },
        }),
      'purpose-not-critical',
    ],
    'that may not sign data': [
      () =>
        timeStampAuthority(issuers, {
          roles: { usage: [new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyAgreement, true)] },
        }),
      'key-usage',
    ],
    'that may also encrypt': [encrypting, 'key-usage'],
    'without key usage': [unlimited, 'key-usage'],
    'that may only bear witness': [witness, 'key-usage'],
    'that had ended': [
      () => timeStampAuthority(issuers, { until: seconds(-2) }),
      'certificate-expired',
    ],
    'that had not begun': [
      () => timeStampAuthority(issuers, { from: seconds(1) }),
      'certificate-not-yet-valid',
    ],
    'that signs itself': [() => timeStampAuthority([]), 'untrusted-root'],
    'under another root': [
      async () => timeStampAuthority([await issueCa({ name: named('root', 'platform') })]),
      'key-identifier',
    ],
    'of a department': [
      async () => {
        const issuer = tree.department
        return timeStampAuthority([issuer, tree.licensing], {
          name: named('tsa'),
          roles: { department: departmentRole },
        })
      },
      'authority-of-department',
    ],
    'under a department, without its name': [
      () => timeStampAuthority([tree.department, tree.licensing], { name: named('tsa') }),
      'name-outside-constraints',
    ],
    'that began when its token may have been made already': [
      () => timeStampAuthority(issuers, { from: at }),
      'certificate-not-yet-valid',
    ],
  }
  const departmentRole = [
    new x509.SubjectAlternativeNameExtension([
      { type: 'url', value: 'urn:zhengtong:department:haikouMarket' },
    ]),
  ]

  test.for(Object.entries(authorities))('an authority %s', async ([, [make, expected]]) => {
    expect(outcome({ authority: await make() })).toBe(expected)
  })

  test.for([
    ['without key usage', unlimited, 'ok'],
    ['that may only bear witness', witness, 'ok'],
    ['that may also encrypt', encrypting, 'key-usage'],
  ] as const)('a foreign authority %s', async ([, make, expected]) => {
    expect(outcome({ authority: await make(), asked: { profile: 'rfc5280' } })).toBe(expected)
  })

  const serialOfGood = der(tags.integer, Buffer.from(good.certificate.serial, 'hex'))
  const issued = (serial: Uint8Array): Uint8Array =>
    sequence(sequence(directory(good.certificate.issuer.der)), serial)
  test.for<readonly [string, () => Presented, string]>([
    ['alone', () => bySha1(good.certificate.der), 'ok'],
    ['with its serial', () => bySha1(good.certificate.der, issued(serialOfGood)), 'ok'],
    ['of somebody else', () => bySha1(tree.licensing.der), 'authority-unknown'],
    [
      'of another serial',
      () => bySha1(good.certificate.der, issued(integer(5))),
      'authority-unknown',
    ],
    [
      'with something after it',
      () => bySha1(good.certificate.der, integer(5)),
      malformed('unexpected-field'),
    ],
  ])('a foreign authority named by SHA-1, %s', ([, present, expected]) => {
    const presented = present()
    expect(outcome({ ...presented, asked: { profile: 'rfc5280' } })).toBe(expected)
    expect(outcome(presented)).toBe(malformed('ess'))
  })

  function used(...usage: readonly x509.KeyUsagesExtension[]): Promise<Authority> {
    return timeStampAuthority(issuers, { roles: { usage } })
  }
  function unlimited(): Promise<Authority> {
    return used()
  }
  function witness(): Promise<Authority> {
    return used(new x509.KeyUsagesExtension(x509.KeyUsageFlags.nonRepudiation, true))
  }
  function encrypting(): Promise<Authority> {
    return used(new x509.KeyUsagesExtension(signsAndEncrypts, true))
  }

  test('the key of another authority', async () => {
    const { key } = await timeStampAuthority(issuers)
    expect(outcome({ authority: { ...good, key } })).toBe('signature-invalid')
  })

  test('an authority that ended since, and nothing covers its token', async () => {
    const authority = await timeStampAuthority(issuers, { until: seconds(3_600) })
    expect(outcome({ authority })).toBe('ok')
    expect(outcome({ authority, asked: { at: later } })).toBe('certificate-expired')
  })

  test('a revoked one, before its token or after: its key may have been lost long ago', async () => {
    const { serial } = good.certificate
    for (const from of [seconds(-1), seconds(3_600)]) {
      const list = await issueCrl({
        ...{ issuer: tree.licensing, revoked: [{ serial, from }], until: later },
      })
      const crls = [...tree.crls, list]
      const asked = { crls, at: seconds(7_200) }
      expect(outcome({ asked })).toBe('certificate-revoked')
    }
  })

  test('an authority of which no list speaks', () => {
    const asked = { crls: tree.crls.slice(0, 1) }
    expect(outcome({ asked })).toBe('revocation-unknown')
    expect(outcome({ asked: { ...asked, requireRevocation: false } })).toBe('ok')
  })

  test('a department may not be a CA of time-stamps either', async () => {
    const name = named('department')
    const department = await issueDepartmentCa({ name, issuer: tree.licensing })
    const authority = await timeStampAuthority([department, tree.licensing], { name: named('t') })
    expect(outcome({ authority })).toBe('name-outside-constraints')
  })
})

describe('§2.4.2 a response', () => {
  const token = tokenOf(good)

  test('that was granted holds the token', () => {
    for (const status of [0, 1]) {
      expect(Buffer.from(readTimeStampResponse(timeStampResponse(token, status)))).toEqual(token)
    }
  })

  test.for([
    ['was rejected', sequence(sequence(integer(2)))],
    ['was rejected, and has a token', timeStampResponse(token, 2)],
    ['is waited for', timeStampResponse(token, 3)],
    ['warns of a revocation', timeStampResponse(token, 4)],
    ['tells of a revocation', timeStampResponse(token, 5)],
    ['has a status of nobody', timeStampResponse(token, 6)],
    ['has no status', sequence(sequence(), token)],
    ['has two tokens', sequence(sequence(integer(0)), token, token)],
    ['has no token', sequence(sequence(integer(0)))],
    ['says why it failed', sequence(sequence(integer(0), der(3, Buffer.of(7, 0x80))), token)],
    ['is a token itself', token],
    ['is nothing', empty],
  ] as const)('that %s is none', ([, bytes]) => {
    expect(() => readTimeStampResponse(bytes)).toThrow(Problem)
  })
})

describe('whatever is damaged', () => {
  const token = tokenOf(good)

  test('no byte of a token can be changed', () => {
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.integer({ min: 1, max: 255 }), (place, mask) => {
        const damaged = Uint8Array.from(token)
        damaged[place] = (damaged[place] ?? 0) ^ mask
        expect(verdictOf({ token: damaged }).ok).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  test('every end too early is refused', () => {
    for (let length = 0; length < token.length; length += 1) {
      expect(verdictOf({ token: token.subarray(0, length) }).ok).toBe(false)
    }
  })

  test('noise is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expect(verdictOf({ token: noise }).ok).toBe(false)
      }),
      { numRuns: 200 },
    )
  })
})

const openssl = spawnSync('openssl', ['version']).status === 0
const skipsOpenssl = !openssl && !process.env['ZT_REQUIRE_TOOLS']
if (skipsOpenssl) process.stderr.write('openssl is not installed: its opinion is not asked\n')

describe.skipIf(skipsOpenssl)('openssl agrees', () => {
  test('on our tokens, and we on its', () => {
    const folder = mkdtempSync(join(tmpdir(), 'zhengtong-tsa-'))
    const path = (name: string): string => join(folder, name)
    const run = (...args: readonly string[]): string =>
      execFileSync('openssl', [...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
    try {
      const when = ['-attime', String(at.getTime() / 1000)]
      writeFileSync(path('data'), stamped)
      writeFileSync(path('root.pem'), writePem([tree.root.der], 'CERTIFICATE'))
      writeFileSync(path('ca.pem'), writePem([tree.licensing.der], 'CERTIFICATE'))
      writeFileSync(path('tsa.pem'), writePem([good.certificate.der], 'CERTIFICATE'))
      writeFileSync(path('tsa.key'), good.key.export({ format: 'pem', type: 'pkcs8' }))
      writeFileSync(path('ours.tsr'), timeStampResponse(tokenOf(good)))
      const trusted = ['-CAfile', 'root.pem', '-untrusted', 'ca.pem']
      const opinion = run('ts', '-verify', '-data', 'data', '-in', 'ours.tsr', ...trusted, ...when)
      expect(opinion).toContain('Verification: OK')

      writeFileSync(path('serial'), '01\n')
      writeFileSync(path('tsa.cnf'), opensslAuthority)
      run('ts', '-query', '-data', 'data', '-sha256', '-cert', '-out', 'query')
      run('ts', '-reply', '-queryfile', 'query', '-config', 'tsa.cnf', '-out', 'theirs.tsr')
      const token = readTimeStampResponse(readFileSync(path('theirs.tsr')))
      const { from, nonce: sent } = readTimeStamp(token)
      const asked = { at: from, ...(sent !== undefined && { nonce: sent }) }
      expect(outcome({ token, asked })).toBe('ok')
      expect(outcome({ token, asked: { ...asked, data: Buffer.from('other') } })).toBe(
        'imprint-mismatch',
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

const opensslAuthority = `[tsa]
default_tsa = t
[t]
serial = serial
signer_cert = tsa.pem
certs = ca.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = ${developmentPolicy}
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`

test('a token has so many certificates, and no more', () => {
  const chain = good.chain.map((one) => one.der)
  const verdictWith = (n: number) => {
    const copies = Array.from({ length: n }, (_, i) => chain[i % chain.length] ?? empty)
    return verdictOf(changed({ signed: { certificates: explicit(0, ...copies) } }))
  }
  const tooMany = { ok: false, detail: 'too-many-certificates' }
  const { certificates } = cmsLimits
  expect(verdictWith(certificates - 1)).toMatchObject({ ok: true })
  expect(verdictWith(certificates)).toMatchObject({ ok: true })
  expect(verdictWith(certificates + 1)).toMatchObject(tooMany)
})

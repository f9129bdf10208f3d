/** Who is revoked, as OCSP responses say (RFC 6960), with what must not be believed. */
import 'reflect-metadata'
import { generateKeyPairSync } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { beforeAll, describe, expect, test } from 'vitest'
import { validatePath } from '../sdk/certificate/path.ts'
import type { PathQuestion } from '../sdk/certificate/path.ts'
import { parseCertificate } from '../sdk/certificate.ts'
import { ocspLimits, parseOcspResponse } from '../sdk/revocation/ocsp.ts'
import { Problem } from '../sdk/problem.ts'
import { ocspSigningOid } from '../sdk/certificate/purpose-oid.ts'
import { issueBytes, issueCa } from '../test/certificates.ts'
import { at, ecKeys, named } from './certforge/forge.ts'
import type { Party } from '../test/certificates.ts'
import type { Keys, Order } from './certforge/forge.ts'
import { extensionDer, listNumber, reasons, writeList } from './certforge/list-writer.ts'
import { writeFailure, writeResponse } from './certforge/ocsp-writer.ts'
import type { AnswerOrder, ResponseOrder } from './certforge/ocsp-writer.ts'
import { oid } from './der-writer.ts'
import { extension, purposes, signingUsage } from './extension.ts'

const date = (text: string): Date => new Date(`2026-${text}Z`)
const [from, until, revokedAt] = [date('06-01T00:00'), date('06-02T00:00'), date('04-15T00:00')]

async function party(order: Order): Promise<Party> {
  const keys = order.keys ?? ecKeys()
  const der = await issueBytes({ ...order, keys })
  return { name: order.name, keys, der, certificate: parseCertificate(der) }
}

const noCheck = extension('1.3.6.1.5.5.7.48.1.5', { isCritical: false, value: Buffer.of(5, 0) })
const answers = { usage: [signingUsage()], purpose: [purposes(ocspSigningOid)], noCheck: [noCheck] }

interface World {
  readonly root: Party
  readonly ca: Party
  readonly leaf: Party
  readonly another: Party
  readonly responders: Readonly<Record<string, Party>>
}

let world: World
beforeAll(async () => {
  const root = await issueCa({ name: named('root') })
  const ca = await issueCa({ name: named('ca'), issuer: root })
  const leaf = await party({ name: named('leaf'), issuer: ca, serial: '01' })
  const another = await party({ name: named('another'), issuer: ca, serial: '02' })
  const name = named('responder')
  const anyPurpose = [new x509.ExtendedKeyUsageExtension(['2.5.29.37.0'], false)]
  const orders: Readonly<Record<string, Order>> = {
    good: { name, issuer: ca, roles: answers },
    checked: { name, issuer: ca, roles: { ...answers, noCheck: [] }, serial: '03' },
    purposeless: { name, issuer: ca, roles: { ...answers, purpose: [] } },
    anyPurpose: { name, issuer: ca, roles: { ...answers, purpose: anyPurpose } },
    ofRoot: { name, issuer: root, roles: answers },
    ofImpostor: { name, issuer: { name: ca.name, keys: ecKeys() }, roles: answers },
    expired: { name, issuer: ca, roles: answers, until: date('05-31T00:00') },
    coming: { name, issuer: ca, roles: answers, from: date('06-01T11:00') },
  }
  const responders: Record<string, Party> = {}
  for (const [key, order] of Object.entries(orders)) responders[key] = await party(order)
  world = { root, ca, leaf, another, responders }
})

function about(change: Partial<AnswerOrder> = {}): AnswerOrder {
  const { ca, leaf } = world
  return {
    ...{ certificate: leaf.certificate, issuer: ca.certificate, status: 'good', from, until },
    ...change,
  }
}

function response(by: Party, change: Partial<ResponseOrder> = {}): Uint8Array {
  return writeResponse({
    ...{ responder: { name: by.name, key: by.keys.privateKey }, producedAt: from },
    ...{ answers: [about()], ...(by !== world.ca && { certificates: [by.der] }) },
    ...change,
  })
}

/** Of the authority itself, about the leaf. */
const answer = (change: Partial<AnswerOrder>): Uint8Array =>
  response(world.ca, { answers: [about(change)] })

const by = (name: string, change: Partial<ResponseOrder> = {}): Uint8Array => {
  const responder = world.responders[name]
  return responder ? response(responder, change) : new Uint8Array()
}

function list(of: Party, ...serials: readonly string[]): Uint8Array {
  return writeList({
    ...{ issuer: { name: of.name, key: of.keys.privateKey }, from, until },
    entries: serials.map((serial) => ({ serial, from: revokedAt })),
    extensions: [listNumber(1)],
  })
}

function outcome(ocsp: readonly Uint8Array[], more: Partial<PathQuestion> = {}): string {
  const { root, ca, leaf } = world
  const verdict = validatePath({
    ...{ leaf: leaf.der, intermediates: [ca.der], anchors: [root.certificate] },
    ...{ at, profile: 'rfc5280', crls: [list(root)], ocsp },
    ...more,
  })
  return verdict.ok ? 'ok' : verdict.code
}

const good = 'ok'
const revoked = 'certificate-revoked'
const unknown = 'revocation-unknown'
const isRevoked = (reason?: number): AnswerOrder['status'] => ({
  ...{ revokedAt, ...(reason !== undefined && { reason }) },
})
const critical = extensionDer('1.2.3', Buffer.of(5, 0), true)

describe('what is answered', () => {
  test.for<readonly [what: string, made: () => readonly Uint8Array[], expected: string]>([
    ['nothing', () => [], unknown],
    ['good', () => [answer({})], good],
    ['good by SHA-256', () => [answer({ hash: 'sha256' })], good],
    ['good by SHA-512, which nobody asked for', () => [answer({ hash: 'sha512' })], unknown],
    ['revoked', () => [answer({ status: isRevoked() })], revoked],
    [
      'revoked with a reason',
      () => [answer({ status: isRevoked(reasons.keyCompromise) })],
      revoked,
    ],
    ['on hold', () => [answer({ status: isRevoked(reasons.hold) })], revoked],
    ['unknown', () => [answer({ status: 'unknown' })], unknown],
    ['good elsewhere, unknown here', () => [answer({}), answer({ status: 'unknown' })], good],
    ['good and revoked', () => [answer({}), answer({ status: isRevoked() })], revoked],
    ['stale', () => [answer({ until: date('06-01T11:59') })], unknown],
    ['stale and revoked', () => [answer({ status: isRevoked(), until: from })], revoked],
    ['not yet', () => [answer({ from: date('06-01T12:01') })], unknown],
    ['an end before its beginning', () => [answer({ until: revokedAt })], unknown],
    ['of another number', () => [answer({ certificate: world.another.certificate })], unknown],
    ['of another issuer', () => [answer({ issuer: world.root.certificate })], unknown],
    [
      'of another name',
      () => [answer({ certificate: { ...world.ca.certificate, serial: '01' } })],
      unknown,
    ],
    ['a critical extension', () => [answer({ extensions: [critical] })], unknown],
    ['another response that fails', () => [writeFailure(1), answer({})], good],
    ['bytes after it', () => [Buffer.concat([answer({}), Buffer.of(0)])], unknown],
  ])('%s', ([, made, expected]) => {
    const responses = made()
    expect(outcome(responses)).toBe(expected)
    expect(outcome(responses.toReversed())).toBe(expected)
  })

  test('an answer without an end counts for a day', () => {
    const open = (begin: string): Uint8Array => {
      const { until: end, ...rest } = about({ from: date(begin) })
      expect(end).toBeInstanceOf(Date)
      return response(world.ca, { answers: [rest], producedAt: date(begin) })
    }
    expect(ocspLimits.ageHours).toBe(24)
    expect(outcome([open('05-31T12:01')])).toBe(good)
    expect(outcome([open('05-31T12:00')])).toBe(good)
    expect(outcome([open('05-31T11:59')])).toBe(unknown)
  })

  test('answers of one response that differ are none, unless one is revoked', () => {
    const both = (...made: readonly AnswerOrder[]): Uint8Array =>
      response(world.ca, { answers: made })
    expect(outcome([both(about(), about({ hash: 'sha256' }))])).toBe(good)
    expect(outcome([both(about(), about({ status: 'unknown' }))])).toBe(unknown)
    expect(outcome([both(about({ status: 'unknown' }), about())])).toBe(unknown)
    expect(outcome([both(about(), about({ status: isRevoked() }))])).toBe(revoked)
    expect(outcome([both(about({ certificate: world.another.certificate }), about())])).toBe(good)
  })

  test('what was revoked after the moment that is judged, was good then', () => {
    const made = [answer({ status: { revokedAt: date('05-20T00:00') } })]
    const rootList = { crls: [list(world.root)], revocationAt: at }
    expect(outcome(made, { at: date('05-19T00:00'), ...rootList })).toBe(good)
    expect(outcome(made, { at: date('05-20T00:00'), ...rootList })).toBe(revoked)
  })

  test('lists and responses speak together', () => {
    const { root, ca } = world
    expect(outcome([answer({})], { crls: [list(root), list(ca, '01')] })).toBe(revoked)
    expect(outcome([answer({ status: isRevoked() })], { crls: [list(root), list(ca)] })).toBe(
      revoked,
    )
    expect(outcome([answer({ status: 'unknown' })], { crls: [list(root), list(ca)] })).toBe(good)
  })
})

describe('who answers', () => {
  test.for<readonly [what: string, made: () => Uint8Array, expected: string]>([
    ['the authority by its key', () => response(world.ca, { byKeyOf: world.ca.certificate }), good],
    ['in the name of another', () => response({ ...world.ca, name: named('x') }), unknown],
    ['the key of another', () => response(world.ca, { byKeyOf: world.root.certificate }), unknown],
    ['an impostor', () => response({ ...world.ca, keys: ecKeys() }), unknown],
    ['the root', () => response(world.root), unknown],
    ['a delegate', () => by('good'), good],
    [
      'a delegate by its key',
      () => by('good', { byKeyOf: world.responders['good']?.certificate }),
      good,
    ],
    ['a delegate left out', () => by('good', { certificates: [world.ca.der] }), unknown],
    ['who has no such purpose', () => by('purposeless'), unknown],
    ['who has any purpose', () => by('anyPurpose'), unknown],
    ['the leaf', () => response(world.leaf), unknown],
    ['a delegate of the root', () => by('ofRoot'), unknown],
    ['a delegate of an impostor', () => by('ofImpostor'), unknown],
    ['who has expired', () => by('expired', { producedAt: date('05-30T00:00') }), unknown],
    ['who was none yet', () => by('coming'), unknown],
    ['from the future', () => response(world.ca, { producedAt: date('06-01T12:01') }), unknown],
    ['with a nonce', () => response(world.ca, { extensions: [nonce(true)] }), good],
    ['with a critical extension', () => response(world.ca, { extensions: [critical] }), unknown],
  ])('%s', ([, made, expected]) => {
    expect(outcome([made()])).toBe(expected)
  })

  test('a delegate who may be revoked is looked up in lists', () => {
    const { root, ca } = world
    const crls = (...serials: readonly string[]) => ({ crls: [list(root), list(ca, ...serials)] })
    expect(outcome([by('checked')])).toBe(unknown)
    expect(outcome([by('checked')], { requireRevocation: false })).toBe(good)
    const told = by('checked', { answers: [about({ status: isRevoked() })] })
    expect(outcome([told], crls())).toBe(revoked)
    expect(outcome([told], crls('03'))).toBe(good)
  })
})

const pss = { modulusLength: 2048, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256' } as const

test.for<readonly [what: string, make: () => Keys]>([
  ['RSA, PKCS #1', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['RSASSA-PSS', () => generateKeyPairSync('rsa-pss', pss)],
  ['Ed25519', () => generateKeyPairSync('ed25519')],
  ['P-384', () => ecKeys('P-384')],
  ['P-521', () => ecKeys('P-521')],
  ['SM2', () => ecKeys('SM2')],
])('a delegate signs with %s, and nobody else of that kind for him', async ([, make]) => {
  const order = { name: named('responder'), issuer: world.ca, roles: answers }
  const delegate = await party({ ...order, keys: make() })
  const isGone = { answers: [about({ status: isRevoked() })] }
  expect(outcome([response(delegate)])).toBe(good)
  expect(outcome([response(delegate, isGone)])).toBe(revoked)
  const impostor = { ...delegate, keys: make() }
  expect(outcome([response(impostor)])).toBe(unknown)
  expect(outcome([response(impostor, isGone)])).toBe(unknown)
  const another = { ...delegate, keys: ecKeys() }
  expect(outcome([response(another)])).toBe(unknown)
})

test('a signature of RSA counts by the algorithm that it names, and by no other', async () => {
  const { root, ca } = world
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { name } = ca
  const authority = await issueCa({ name, issuer: root, keys })
  const der = await issueBytes({ name: named('leaf'), issuer: authority, serial: '01' })
  const leaf = { certificate: parseCertificate(der), issuer: authority.certificate }
  const made = response(authority, { answers: [about(leaf)], certificates: [authority.der] })
  const question = { leaf: der, intermediates: [authority.der] }
  expect(outcome([made], question)).toBe(good)
  const said = (number: number): Uint8Array => oid(`1.2.840.113549.1.1.${number}`)
  for (const other of [said(5), said(10), said(12)]) {
    const changed = Buffer.from(made)
    changed.set(other, changed.lastIndexOf(said(11)))
    expect(outcome([changed], question)).toBe(unknown)
  }
})

describe('a response', () => {
  test('says what it says', () => {
    const {
      answers: said,
      producedAt,
      responder,
    } = parseOcspResponse(answer({ status: isRevoked(reasons.superseded) }))
    expect(producedAt).toEqual(from)
    expect('name' in responder && responder.name.text).toBe(world.ca.certificate.subject.text)
    expect(said).toMatchObject([
      {
        ...{ status: 'revoked', thisUpdate: from, nextUpdate: until },
        ...{ about: { serial: '01' }, revocation: { reason: 'superseded', from: revokedAt } },
      },
    ])
  })

  test.for([1, 2, 3, 5, 6])('of status %i is none', (status) => {
    expect(() => parseOcspResponse(writeFailure(status))).toThrow(Problem)
  })

  test('cut at any byte it is refused, and a changed byte throws nothing but Problem', () => {
    const made = answer({})
    const bytes = Uint8Array.from(made)
    const isRead = (damaged: Uint8Array): boolean => {
      try {
        return parseOcspResponse(damaged).answers.length > 0
      } catch (thrown) {
        if (thrown instanceof Problem) return false
        throw thrown
      }
    }
    for (const [index, byte] of made.entries()) {
      if (isRead(made.subarray(0, index))) expect(index).toBe(made.length)
      bytes[index] = byte ^ 0x01
      isRead(bytes)
      bytes[index] = byte
    }
    expect(outcome([bytes])).toBe(good)
  })
})

function nonce(isCritical: boolean): Uint8Array {
  return extensionDer('1.3.6.1.5.5.7.48.1.2', Buffer.of(4, 1, 7), isCritical)
}

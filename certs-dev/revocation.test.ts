/** Who is revoked, as lists of every kind say (RFC 5280 §6.3), with what must not be believed. */
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { extensionOids } from '../sdk/certificate/extension.ts'
import { validatePath } from '../sdk/certificate/path.ts'
import type { PathQuestion } from '../sdk/certificate/path.ts'
import { parseCertificate } from '../sdk/certificate.ts'
import { issueBytes, issueCa } from '../test/certificates.ts'
import { at, ecKeys, named } from './certforge/forge.ts'
import type { Party } from '../test/certificates.ts'
import type { Order } from './certforge/forge.ts'
import {
  certificateIssuer,
  deltaOf,
  directory,
  extensionDer,
  issuingPoint,
  listNumber,
  pointsDer,
  reasonCode,
  reasons,
  uri,
  writeList,
} from './certforge/list-writer.ts'
import type { CertificatePoint, ListEntry, ListOrder } from './certforge/list-writer.ts'
import { extension } from './extension.ts'

const date = (text: string): Date => new Date(`2026-${text}T00:00:00Z`)
const [from, until, revokedAt] = [date('05-01'), date('07-01'), date('04-15')]
const serial = '01'
const here = uri('https://example.org/a')
const elsewhere = uri('https://example.org/b')

async function party(order: Order): Promise<Party> {
  const keys = order.keys ?? ecKeys()
  const der = await issueBytes({ ...order, keys })
  return { name: order.name, keys, der, certificate: parseCertificate(der) }
}

type Points = readonly CertificatePoint[]
const point = (points: Points): x509.Extension =>
  extension(extensionOids.crlDistributionPoints, { isCritical: false, value: pointsDer(points) })
const usage = (flags: number): x509.Extension => new x509.KeyUsagesExtension(flags, true)
const { cRLSign, digitalSignature } = x509.KeyUsageFlags

/** One authority and the leaves it issued: with no points, and with the points of each name. */
interface World {
  readonly root: Party
  readonly ca: Party
  readonly other: Party
  readonly listSigner: Party
  readonly weakSigner: Party
  readonly leaves: Readonly<Record<string, Party>>
  readonly rootList: Uint8Array
}

const leafPoints = {
  plain: undefined,
  here: [{ names: [here] }],
  relative: [{ relative: ['2.5.4.3', 'part'] }],
  whole: [{ names: [directory([...named('ca'), ['CN', 'part']])] }],
  fewReasons: [{ names: [here], reasons: [1, 2] }],
  byOther: [{ names: [here], crlIssuer: named('other') }],
  byOtherOnly: [{ crlIssuer: named('other') }],
} as const satisfies Record<string, Points | undefined>

let world: World
beforeAll(async () => {
  const root = await issueCa({ name: named('root') })
  const ca = await issueCa({ name: named('ca'), issuer: root })
  const other = await party({
    ...{ name: named('other'), issuer: root, roles: { usage: [usage(cRLSign)] } },
  })
  const listSigner = await party({
    ...{ name: named('ca'), issuer: root, roles: { usage: [usage(cRLSign)] } },
  })
  const weakSigner = await party({
    ...{ name: named('ca'), issuer: root, roles: { usage: [usage(digitalSignature)] } },
  })
  const leaves: Record<string, Party> = {}
  for (const [name, points] of Object.entries<Points | undefined>(leafPoints)) {
    const roles = points ? { points: [point(points)] } : {}
    leaves[name] = await party({ name: named(name), issuer: ca, roles, serial })
  }
  world = { root, ca, other, listSigner, weakSigner, leaves, rootList: list(root) }
})

interface Change extends Partial<ListOrder> {
  readonly number?: number
  readonly more?: readonly Uint8Array[]
}

function list(by: Party, { number = 1, more = [], ...change }: Change = {}): Uint8Array {
  const issuer = { name: by.name, key: by.keys.privateKey }
  return writeList({
    ...{ issuer, from, until, entries: [], extensions: [listNumber(number), ...more] },
    ...change,
  })
}

function entry(reason?: number, more: readonly Uint8Array[] = []): ListEntry {
  const extensions = [...(reason === undefined ? [] : [reasonCode(reason)]), ...more]
  return { serial, from: revokedAt, ...(extensions.length > 0 && { extensions }) }
}

type Leaf = keyof typeof leafPoints

function outcome(
  crls: readonly Uint8Array[],
  leaf: Leaf = 'plain',
  more: Partial<PathQuestion> = {},
) {
  const { root, ca, other, listSigner, weakSigner, rootList, leaves } = world
  const verdict = validatePath({
    leaf: leaves[leaf]?.der ?? new Uint8Array(),
    intermediates: [weakSigner, listSigner, other, ca].map(({ der }) => der),
    anchors: [root.certificate],
    ...{ at, profile: 'rfc5280', crls: [rootList, ...crls] },
    ...more,
  })
  return verdict.ok ? 'ok' : verdict.code
}

const good = 'ok'
const revoked = 'certificate-revoked'
const unknown = 'revocation-unknown'

type Case = readonly [
  what: string,
  lists: () => readonly Uint8Array[],
  expected: string,
  leaf?: Leaf,
]

function holdsInAnyOrder(cases: readonly Case[]): void {
  test.for(cases)('%s', ([, lists, expected, leaf]) => {
    const made = lists()
    expect(outcome(made, leaf)).toBe(expected)
    expect(outcome(made.toReversed(), leaf)).toBe(expected)
  })
}

const ca = (change?: Change): Uint8Array => list(world.ca, change)
const held = { entries: [entry(reasons.hold)] }
const named1 = { entries: [entry()] }

describe('complete lists', () => {
  holdsInAnyOrder([
    ['nothing is unknown', () => [], unknown],
    ['silence is good', () => [ca()], good],
    ['a name is revoked', () => [ca(named1)], revoked],
    ['a hold is revoked', () => [ca(held)], revoked],
    [
      'another number is another certificate',
      () => [ca({ entries: [{ ...entry(), serial: '02' }] })],
      good,
    ],
    ['minus one is not 255', () => [ca({ entries: [{ ...entry(), serial: 'ff' }] })], good],
    ['version 1', () => [ca({ extensions: undefined })], good],
    ['version 1, named', () => [ca({ ...named1, extensions: undefined })], revoked],
    ['no next one', () => [ca({ until: undefined })], unknown],
    ['stale', () => [ca({ until: date('05-31') })], unknown],
    ['not yet', () => [ca({ from: date('06-02') })], unknown],
    ['stale and named', () => [ca(), ca({ ...named1, until: date('05-31') })], revoked],
    ['of another authority', () => [list(world.root)], unknown],
    ['by an impostor', () => [list({ ...world.ca, keys: world.other.keys })], unknown],
    ['a hold that was lifted', () => [ca(held), ca({ from: date('05-02') })], good],
    ['a hold after silence', () => [ca(), ca({ ...held, from: date('05-02') })], revoked],
    ['a hold and silence at once', () => [ca(), ca(held)], revoked],
    ['a hold and silence at once, which came later', () => [ca(held), ca({ number: 2 })], good],
    [
      'a hold and silence at once, which came before',
      () => [ca({ ...held, number: 2 }), ca()],
      revoked,
    ],
    ['a lifting to come', () => [ca(held), ca({ from: date('06-02') })], revoked],
    ['a revocation that vanished', () => [ca(named1), ca({ from: date('05-02') })], revoked],
    [
      'an unknown critical extension',
      () => [ca({ more: [extensionDer('1.2.3', here, true)] })],
      unknown,
    ],
    [
      'at an entry',
      () => [ca({ entries: [entry(1, [extensionDer('1.2.3', here, true)])] })],
      unknown,
    ],
    ['noise', () => [ca(), new Uint8Array([1, 2, 3])], good],
    ['who signs lists only', () => [list(world.listSigner)], good],
    ['who signs lists only, named', () => [list(world.listSigner, named1)], revoked],
    ['who may not sign lists', () => [list(world.weakSigner)], unknown],
  ])

  test('a signer of lists who is revoked says nothing any more', () => {
    const { serial: number } = world.listSigner.certificate
    const rootList = list(world.root, { entries: [{ serial: number, from: revokedAt }] })
    const crls = [list(world.listSigner)]
    expect(outcome([], 'plain', { crls: [rootList, ...crls] })).toBe(unknown)
    expect(outcome([], 'plain', { crls })).toBe(unknown)
  })

  test('an authority that is revoked takes all with it, whatever is unknown', () => {
    const { serial: number } = world.ca.certificate
    const rootList = list(world.root, { entries: [{ serial: number, from: revokedAt }] })
    expect(outcome([rootList])).toBe(revoked)
  })

  test('what was not required may be missing, but never be bad', () => {
    const loose = { requireRevocation: false }
    expect(outcome([], 'plain', loose)).toBe(good)
    expect(outcome([ca(named1)], 'plain', loose)).toBe(revoked)
  })

  test('none handed in is none asked for, unless it is said', () => {
    for (const none of [{ crls: [] }, { crls: [], ocsp: [] }]) {
      expect(outcome([], 'plain', none)).toBe(good)
      expect(outcome([], 'plain', { ...none, requireRevocation: true })).toBe(unknown)
    }
    expect(outcome([], 'plain', { crls: [], ocsp: [new Uint8Array()] })).toBe(unknown)
  })

  test('of now, what is named is revoked; of the past, what had been revoked by then', () => {
    const coming = [ca({ entries: [{ serial, from: date('06-15') }] })]
    expect(outcome(coming)).toBe(revoked)
    expect(outcome(coming, 'plain', { revocationAt: date('06-20') })).toBe(good)
    expect(outcome(coming, 'plain', { at: date('06-15'), revocationAt: date('06-20') })).toBe(
      revoked,
    )
  })

  test('the strict profile hears neither parts nor other signers', () => {
    const { crls } = { crls: [world.rootList, ca({ more: [issuingPoint({ flags: [1] })] })] }
    expect(outcome([], 'plain', { crls, profile: 'strict' })).not.toBe(good)
  })
})

describe('lists of a part', () => {
  const part = (value: Parameters<typeof issuingPoint>[0], change: Change = {}): Uint8Array =>
    ca({ ...change, more: [issuingPoint(value)] })
  const few = { names: [here], reasons: [1, 2] }
  const rest = { names: [here], reasons: [3, 4, 5, 6, 7, 8] }
  holdsInAnyOrder([
    ['users', () => [part({ flags: [1] })], good],
    ['authorities', () => [part({ flags: [2] })], unknown],
    ['attributes', () => [part({ flags: [5] })], unknown],
    ['the point of the certificate', () => [part({ names: [here] })], good, 'here'],
    ['one of several names', () => [part({ names: [elsewhere, here] })], good, 'here'],
    ['another point', () => [part({ names: [elsewhere] })], unknown, 'here'],
    ['another point, named', () => [ca(), part({ names: [elsewhere] }, named1)], revoked, 'here'],
    ['a point nobody named', () => [part({ names: [here] })], unknown],
    ['everything', () => [ca()], good, 'here'],
    ['the name of the issuer', () => [part({ names: [directory(named('ca'))] })], good],
    ['relative and relative', () => [part({ relative: ['2.5.4.3', 'part'] })], good, 'relative'],
    ['relative and whole', () => [part({ relative: ['2.5.4.3', 'part'] })], good, 'whole'],
    ['another relative name', () => [part({ relative: ['2.5.4.3', 'x'] })], unknown, 'whole'],
    ['some reasons', () => [part(few)], unknown, 'here'],
    ['the others', () => [part(rest)], unknown, 'here'],
    ['all reasons together', () => [part(few), part(rest)], good, 'here'],
    ['all, and named', () => [part(few), part(rest, named1)], revoked, 'here'],
    ['a point for some reasons', () => [part({ names: [here] })], unknown, 'fewReasons'],
    ['a point for some, and everything', () => [part(few), ca()], good, 'fewReasons'],
  ])
})

describe('indirect lists', () => {
  const indirect = (entries: readonly ListEntry[], names?: readonly Uint8Array[]): Uint8Array =>
    list(world.other, { entries, more: [issuingPoint({ flags: [4], ...(names && { names }) })] })
  const ofCa = [certificateIssuer(named('ca'))]
  holdsInAnyOrder([
    ['silence', () => [indirect([], [here])], good, 'byOther'],
    ['of everything', () => [indirect([])], good, 'byOther'],
    ['named', () => [indirect([entry(1, ofCa)], [here])], revoked, 'byOther'],
    ['a namesake of the issuer of the list', () => [indirect([entry(1)])], good, 'byOther'],
    ['of another point', () => [indirect([], [elsewhere])], unknown, 'byOther'],
    [
      'by the name of its issuer',
      () => [indirect([], [directory(named('other'))])],
      good,
      'byOtherOnly',
    ],
    ['not asked for', () => [indirect([])], unknown],
    ['not asked for, and named', () => [ca(), indirect([entry(1, ofCa)])], good],
    ['not indirect', () => [list(world.other)], unknown, 'byOther'],
    ['the own list of the issuer', () => [ca()], good, 'byOther'],
  ])

  test('whoever signs them is judged too', () => {
    const { serial: number } = world.other.certificate
    const rootList = list(world.root, { entries: [{ serial: number, from: revokedAt }] })
    expect(outcome([], 'byOther', { crls: [rootList, indirect([])] })).toBe(unknown)
  })
})

describe('delta lists', () => {
  const delta = (base: number, change: Change = {}): Uint8Array =>
    ca({ from: date('05-20'), number: 9, ...change, more: [deltaOf(base), ...(change.more ?? [])] })
  const five = (change: Change = {}): Uint8Array => ca({ number: 5, ...change })
  const lifted = { entries: [entry(reasons.remove)] }
  const stale = { until: date('05-31') }
  holdsInAnyOrder([
    ['without a base', () => [delta(5)], unknown],
    ['silence', () => [five(), delta(5)], good],
    ['of an older base', () => [five(), delta(4)], good],
    ['named', () => [five(), delta(5, named1)], revoked],
    ['named, without a base', () => [delta(5, named1)], revoked],
    ['named before', () => [five(named1), delta(5)], revoked],
    ['held before', () => [five(held), delta(5)], revoked],
    ['held and lifted', () => [five(held), delta(5, lifted)], good],
    ['held and lifted in the same second', () => [five(held), delta(5, { ...lifted, from })], good],
    ['revoked and lifted', () => [five(named1), delta(5, lifted)], revoked],
    ['held and revoked', () => [five(held), delta(5, named1)], revoked],
    ['lifted without having been held', () => [five(), delta(5, lifted)], good],
    ['lifted by a stale one', () => [five(held), delta(5, { ...lifted, ...stale })], revoked],
    ['a stale base', () => [five(stale), delta(5)], good],
    ['a stale base that is too old', () => [five(stale), delta(6)], unknown],
    ['a base that is too new', () => [five({ ...stale, number: 9 }), delta(5)], unknown],
    ['lifted over a gap', () => [five(held), delta(6, lifted)], revoked],
    [
      'of another part',
      () => [five(stale), delta(5, { more: [issuingPoint({ flags: [1] })] })],
      unknown,
    ],
    [
      'by another key',
      () => [five(stale), list(world.listSigner, { number: 9, more: [deltaOf(5)] })],
      unknown,
    ],
  ])
})

test('the order of lists says nothing', () => {
  const lists = [
    ca(held),
    ca({ from: date('05-02') }),
    ca({ ...held, from: date('05-03'), number: 3 }),
    ca({ from: date('05-04'), number: 4, entries: [entry(reasons.remove)], more: [deltaOf(3)] }),
    ca({ until: date('05-31') }),
    ca({ more: [issuingPoint({ reasons: [1], names: [here] })] }),
  ]
  const some = fc.shuffledSubarray(lists)
  fc.assert(
    fc.property(some, (chosen) => {
      const sorted = lists.filter((one) => chosen.includes(one))
      expect(outcome(chosen, 'here')).toBe(outcome(sorted, 'here'))
    }),
    { numRuns: 30 },
  )
})

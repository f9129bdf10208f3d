/**
 * A world of the shape in which the NIST Public Key Interoperability Test Suite (PKITS 1.0.1) tells its
 * cases: a trust anchor, authorities below it, an end entity, and a list of each who signs any. All of
 * it is forged here, with keys of our own, for a judge in 2011.
 */
import * as x509 from '@peculiar/x509'
import { expect, test } from 'vitest'
import { parseCertificate, validatePath } from '../sdk/certificate.ts'
import type { PathQuestion } from '../sdk/certificate.ts'
import { certify, ecKeys } from '../certs-dev/certforge/forge.ts'
import type { Issuer, Order, Party, Roles } from '../certs-dev/certforge/forge.ts'
import { listNumber, writeList } from '../certs-dev/certforge/list-writer.ts'
import type { ListEntry, ListOrder } from '../certs-dev/certforge/list-writer.ts'
import { caConstraints, caUsage, keyIds, signingUsage } from '../certs-dev/extension.ts'
import type { NameParts } from '../certs-dev/make.ts'

export const at = new Date('2011-04-15T00:00:00Z')
const life = {
  ...{ from: new Date('2010-01-01T08:30:00Z'), until: new Date('2030-12-31T08:30:00Z') },
} as const

export function named(commonName: string): NameParts {
  return [
    ['C', 'US'],
    ['O', 'Test Certificates'],
    ['CN', commonName],
  ]
}

export type Says = Partial<Order>

/** An authority unless its roles say otherwise. */
export function authority(commonName: string, issuer?: Issuer, says: Says = {}): Party {
  const order = { name: named(commonName), ...(issuer && { issuer }), ...life, ...says }
  return certify(order, ecKeys, { constraints: [caConstraints()], usage: [caUsage()] })
}

export function endEntity(issuer: Issuer, says: Says = {}): Party {
  return certify({ name: named('EE'), issuer, ...life, ...says }, ecKeys, {
    usage: [signingUsage()],
  })
}

export const anchor = authority('Trust Anchor')

/** Of the authorities of a chain by their depth, and of its end: making new ones takes longest. */
const keys = Array.from({ length: 6 }, () => ecKeys())
const leafKeys = ecKeys()

/** Authorities below the anchor, one below the other, and an end entity at the end. */
export interface Chain {
  readonly leaf: Party
  readonly authorities: readonly Party[]
}

/** What each certificate says besides, the nearest to the anchor first; `self` has its issuer's name. */
export function chain(...says: readonly (Says & { readonly self?: true })[]): Chain {
  const authorities: Party[] = []
  for (const [i, { self, ...order }] of says.slice(0, -1).entries()) {
    const issuer = authorities.at(-1) ?? anchor
    const own = { keys: keys[i] ?? ecKeys(), ...(self && { name: issuer.name }) }
    authorities.push(authority(`CA ${i}`, issuer, { ...own, ...order }))
  }
  const issuer = authorities.at(-1) ?? anchor
  const { self, ...order } = says.at(-1) ?? {}
  const own = { keys: leafKeys, ...(self && { name: issuer.name }) }
  return { leaf: endEntity(issuer, { ...own, ...order }), authorities }
}

export interface ListChange extends Partial<ListOrder> {
  readonly number?: number
  readonly more?: readonly Uint8Array[]
}

/** A list of version 2 of who has this name, with this key. */
export function list(
  by: Issuer,
  { number = 1, more = [], ...change }: ListChange = {},
): Uint8Array {
  const [, keyId] = keyIds(by.keys.publicKey, by.keys.publicKey)
  const extensions = [
    ...(keyId ? [new Uint8Array(keyId.rawData)] : []),
    listNumber(number),
    ...more,
  ]
  const issuer = { name: by.name, key: by.keys.privateKey }
  return writeList({ issuer, ...life, entries: [], extensions, ...change })
}

export function revoking(...parties: readonly Party[]): { readonly entries: readonly ListEntry[] } {
  return { entries: parties.map(({ der }) => ({ serial: serialIn(der), from: life.from })) }
}

/** The INTEGER as it stands there; `parseCertificate` writes it without a zero in front. */
function serialIn(der: Uint8Array): string {
  const { serial } = parseCertificate(der)
  if (serial.startsWith('-')) return serial.slice(1)
  return /^[89a-f]/.test(serial) ? `00${serial}` : serial
}

/** One empty list of the anchor, and of every authority. */
export function listsOf({ authorities }: Chain): readonly Uint8Array[] {
  return [list(anchor), ...authorities.map((one) => list(one))]
}

export function judge(
  { leaf, authorities }: Chain,
  crls: readonly Uint8Array[],
  more: Partial<PathQuestion> = {},
): string {
  const intermediates = authorities.map(({ der }) => der)
  const verdict = validatePath({
    ...{ leaf: leaf.der, intermediates, anchors: [anchor.der], at, profile: 'rfc5280', crls },
    ...more,
  })
  return verdict.ok ? 'ok' : verdict.code
}

export function roles(
  name: string,
  ...extensions: readonly x509.Extension[]
): { readonly roles: Roles } {
  return { roles: { [name]: extensions } }
}

/** What a key is for, critically. */
export function usage(flags: number): { readonly usage: readonly x509.Extension[] } {
  return { usage: [new x509.KeyUsagesExtension(flags, true)] }
}

export function moment(day: string): Date {
  return new Date(`${day}T00:00:00Z`)
}

export const [ok, revoked, unknown] = ['ok', 'certificate-revoked', 'revocation-unknown'] as const

export type Row = readonly [id: string, what: string, made: () => string, expected: string]

/** One test of each case, by its number. */
export function table(rows: readonly Row[]): void {
  test.for(rows)('PKITS %s %s', ([, , made, expected]) => {
    expect(made()).toBe(expected)
  })
}

/** One authority below the anchor, and what it issues. */
export interface Scene extends Chain {
  readonly ca: Party
}

export function scene(leaf: Says = {}, ca: Says = {}): Scene {
  const made = chain(ca, leaf)
  const [only = anchor] = made.authorities
  return { ...made, ca: only }
}

/** The lists of the anchor and of the authority, which says this. */
export function outcome(made: Scene, ...changes: readonly ListChange[]): string {
  return judge(made, [list(anchor), ...changes.map((change) => list(made.ca, change))])
}

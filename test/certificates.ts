/**
 * Certificates for tests, good by default and bad where a test says so: a chain in the shape of our
 * PKI, each part of which can be replaced.
 */
import { generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Extension } from '@peculiar/x509'
import {
  caConstraints,
  caUsage,
  crlNumber,
  departmentName,
  keyIds,
  permittedNames,
  purposes,
  signingUsage,
} from '../certs-dev/extension.ts'
import { makeCertificate, makeCrl } from '../certs-dev/make.ts'
import type { NameParts, RevokedEntry } from '../certs-dev/make.ts'
import { parseCertificate } from '../sdk/certificate.ts'
import type { Certificate } from '../sdk/certificate.ts'
import { parseCrl } from '../sdk/revocation/crl.ts'
import type { Crl } from '../sdk/revocation/crl.ts'
import { purposeOid } from '../sdk/certificate/purpose-oid.ts'

export const at = new Date('2026-06-01T12:00:00Z')
export const uscc = '11460108MB15000151'
export const otherUscc = '11460000MB1500007D'

export interface Keys {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export interface Party {
  readonly name: NameParts
  readonly keys: Keys
  readonly der: Uint8Array
  readonly certificate: Certificate
}

/** The extensions by their role; a role set to nothing is left out. */
export type Roles = Readonly<Record<string, readonly Extension[]>>

export interface Order {
  readonly name: NameParts
  /** Signs itself when left out. */
  readonly issuer?: Pick<Party, 'name' | 'keys'>
  readonly keys?: Keys
  readonly from?: Date
  readonly until?: Date
  readonly roles?: Roles
  /** Hexadecimal; random when left out. */
  readonly serial?: string
}

export function ecKeys(namedCurve = 'P-256'): Keys {
  return generateKeyPairSync('ec', { namedCurve })
}

export function named(commonName: string, organisation = uscc): NameParts {
  return [
    ['C', 'CN'],
    ['O', organisation],
    ['CN', commonName],
  ]
}

/** The bytes only: for certificates our parser is expected to refuse. */
export async function issueBytes(order: Order, defaults: Roles = {}): Promise<Uint8Array> {
  const keys = order.keys ?? ecKeys()
  const issuer = order.issuer ?? { name: order.name, keys }
  const roles: Roles = {
    keyIds: keyIds(keys.publicKey, issuer.keys.publicKey),
    ...defaults,
    ...order.roles,
  }
  return makeCertificate({
    subject: order.name,
    publicKey: keys.publicKey,
    issuer: { name: issuer.name, key: issuer.keys.privateKey },
    from: order.from ?? new Date('2026-01-01T00:00:00Z'),
    until: order.until ?? new Date('2027-01-01T00:00:00Z'),
    ...(order.serial !== undefined && { serial: order.serial }),
    extensions: Object.values(roles).flat(),
  })
}

async function issue(order: Order, defaults: Roles): Promise<Party> {
  const keys = order.keys ?? ecKeys()
  const der = await issueBytes({ ...order, keys }, defaults)
  return { name: order.name, keys, der, certificate: parseCertificate(der) }
}

export function issueCa(order: Order, pathLength?: number): Promise<Party> {
  return issue(order, { constraints: [caConstraints(pathLength)], usage: [caUsage()] })
}

export function issueDepartmentCa(order: Order): Promise<Party> {
  return issue(order, {
    constraints: [caConstraints(0)],
    usage: [caUsage()],
    department: [departmentName('haikouMarket')],
    names: [permittedNames(named('').slice(0, 2))],
  })
}

export function issueSeal(order: Omit<Order, 'name'> & { name?: NameParts }): Promise<Party> {
  return issue(
    { name: named('seal'), ...order },
    {
      usage: [signingUsage()],
      purpose: [purposes(purposeOid.seal)],
      department: [departmentName('haikouMarket')],
    },
  )
}

export interface CrlOrder {
  readonly issuer: Pick<Party, 'name' | 'keys'>
  readonly revoked?: readonly RevokedEntry[]
  readonly from?: Date
  readonly until?: Date
  readonly extensions?: readonly Extension[]
}

export async function issueCrl(order: CrlOrder): Promise<Crl> {
  return parseCrl(await issueCrlBytes(order))
}

export function issueCrlBytes(order: CrlOrder): Promise<Uint8Array> {
  const { name, keys } = order.issuer
  return makeCrl({
    issuer: { name, key: keys.privateKey },
    from: order.from ?? new Date('2026-05-01T00:00:00Z'),
    until: order.until ?? new Date('2026-07-01T00:00:00Z'),
    revoked: order.revoked ?? [],
    extensions: order.extensions ?? [
      ...keyIds(keys.publicKey, keys.publicKey).slice(1),
      crlNumber(1),
    ],
  })
}

/** Root, licensing CA, department CA and seal, all good at `at`, and a fresh list of each CA. */
export interface Tree {
  readonly root: Party
  readonly licensing: Party
  readonly department: Party
  readonly seal: Party
  readonly crls: readonly Crl[]
}

export async function growTree(): Promise<Tree> {
  const root = await issueCa({ name: named('root', 'platform') })
  const licensing = await issueCa({ name: named('licensing', 'platform'), issuer: root }, 1)
  const department = await issueDepartmentCa({ name: named('department'), issuer: licensing })
  const seal = await issueSeal({ issuer: department })
  const crls = await Promise.all(
    [root, licensing, department].map((issuer) => issueCrl({ issuer })),
  )
  return { root, licensing, department, seal, crls }
}

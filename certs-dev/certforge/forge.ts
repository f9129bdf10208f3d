/**
 * Certificates that are good by default and bad where it is said, in the shape of our own PKI, with
 * keys of one tree: root, licensing authority, authority of a department, seal.
 */
import { generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Extension } from '@peculiar/x509'
import { purposeOid } from '../../sdk/certificate/purpose-oid.ts'
import {
  caConstraints,
  caUsage,
  departmentName,
  keyIds,
  permittedNames,
  purposes,
  signingUsage,
} from '../extension.ts'
import type { NameParts } from '../make.ts'
import { writeCertificate } from './certificate-writer.ts'
import type { Change } from './certificate-writer.ts'

export interface Keys {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** The two trees; in the first one the root is of RSA and everything below it of P-256. */
export const trees = {
  'ec-rsa': { root: rsaKeys, others: ecKeys },
  sm2: { root: () => ecKeys('SM2'), others: () => ecKeys('SM2') },
} as const
export type TreeName = keyof typeof trees

export function ecKeys(namedCurve = 'P-256'): Keys {
  return generateKeyPairSync('ec', { namedCurve })
}

function rsaKeys(): Keys {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}

export const at = new Date('2026-06-01T12:00:00Z')
export const uscc = '11460108MB15000151'
export const otherUscc = '11460000MB1500007D'
export const departmentCode = 'haikouMarket'

export function named(commonName: string, organisation = uscc): NameParts {
  return [...organised(organisation), ['CN', commonName]]
}

/** What the authority of a department is held to. */
export function organised(organisation = uscc): NameParts {
  return [
    ['C', 'CN'],
    ['O', organisation],
  ]
}

/** Who has a name and a key can issue. */
export interface Issuer {
  readonly name: NameParts
  readonly keys: Keys
}

export interface Party extends Issuer {
  readonly der: Uint8Array
}

/** The extensions by their role; a role set to nothing is left out. */
export type Roles = Readonly<Record<string, readonly Extension[]>>

export interface Order {
  readonly name: NameParts
  /** Signs itself when left out. */
  readonly issuer?: Issuer
  readonly keys?: Keys
  readonly from?: Date
  readonly until?: Date
  readonly roles?: Roles
  /** Hexadecimal; random when left out. */
  readonly serial?: string
  readonly change?: Change
}

export interface Forge {
  readonly keys: () => Keys
  /** Good at `at`, all of it. */
  readonly root: Party
  readonly licensing: Party
  readonly department: Party
  readonly seal: Party
  readonly ca: (order: Order, pathLength?: number) => Party
  /** Unless it is said otherwise, this and a seal are issued by the good authorities. */
  readonly departmentCa: (order?: Partial<Order>) => Party
  readonly sealOf: (order?: Partial<Order>) => Party
}

export function createForge(tree: TreeName): Forge {
  const keys = trees[tree].others
  const issue = (order: Order, defaults: Roles): Party => certify(order, keys, defaults)
  const ca = (order: Order, pathLength?: number): Party =>
    issue(order, { constraints: [caConstraints(pathLength)], usage: [caUsage()] })
  const root = ca({ name: named('root', 'platform'), keys: trees[tree].root() })
  const licensing = ca({ name: named('licensing', 'platform'), issuer: root }, 1)
  const departmentCa = (order: Partial<Order> = {}): Party =>
    issue({ name: named('department'), issuer: licensing, ...order }, departmentRoles)
  const department = departmentCa()
  const sealOf = (order: Partial<Order> = {}): Party =>
    issue({ name: named('seal'), issuer: department, ...order }, sealRoles)
  return { keys, root, licensing, department, seal: sealOf(), ca, departmentCa, sealOf }
}

export const departmentRoles: Roles = {
  constraints: [caConstraints(0)],
  usage: [caUsage()],
  department: [departmentName(departmentCode)],
  names: [permittedNames(organised())],
}

export const sealRoles: Roles = {
  usage: [signingUsage()],
  purpose: [purposes(purposeOid.seal)],
  department: [departmentName(departmentCode)],
}

/** With key identifiers, these roles, and what the order says instead. */
export function certify(order: Order, makeKeys: () => Keys, defaults: Roles = {}): Party {
  const { name, from, until, serial } = order
  const keys = order.keys ?? makeKeys()
  const issuer = order.issuer ?? { name, keys }
  const ids = keyIds(keys.publicKey, issuer.keys.publicKey)
  const roles: Roles = { keyIds: ids, ...defaults, ...order.roles }
  const der = writeCertificate(
    {
      ...{ subject: name, publicKey: keys.publicKey },
      issuer: { name: issuer.name, key: issuer.keys.privateKey },
      from: from ?? new Date('2026-01-01T00:00:00Z'),
      until: until ?? new Date('2027-01-01T00:00:00Z'),
      ...(serial !== undefined && { serial }),
      extensions: Object.values(roles).flat(),
    },
    order.change,
  )
  return { name, keys, der }
}

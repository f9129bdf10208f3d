/**
 * Certificates for tests, good by default and bad where a test says so: a chain in the shape of our
 * PKI, each part of which can be replaced.
 */
import type { Extension } from '@peculiar/x509'
import {
  at,
  certify,
  departmentRoles,
  ecKeys,
  named,
  sealRoles,
} from '../certs-dev/certforge/forge.ts'
import type { Issuer, Order, Party as Forged, Roles } from '../certs-dev/certforge/forge.ts'
import { alternativeNames, dns } from '../certs-dev/certforge/name-writer.ts'
import { caConstraints, caUsage, crlNumber, keyIds, signingUsage } from '../certs-dev/extension.ts'
import { makeCrl } from '../certs-dev/make.ts'
import type { NameParts, RevokedEntry } from '../certs-dev/make.ts'
import { parseCertificate, validatePath } from '../sdk/certificate.ts'
import type { Certificate, PathQuestion } from '../sdk/certificate.ts'
import { parseCrl } from '../sdk/revocation/crl.ts'
import type { Crl } from '../sdk/revocation/crl.ts'

export interface Party extends Forged {
  readonly certificate: Certificate
}

/** The bytes only: for certificates our parser is expected to refuse. */
export function issueBytes(order: Order, defaults: Roles = {}): Promise<Uint8Array> {
  return Promise.resolve(certify(order, ecKeys, defaults).der)
}

function issue(order: Order, defaults: Roles): Promise<Party> {
  const made = certify(order, ecKeys, defaults)
  return Promise.resolve({ ...made, certificate: parseCertificate(made.der) })
}

export function issueCa(order: Order, pathLength?: number): Promise<Party> {
  return issue(order, { constraints: [caConstraints(pathLength)], usage: [caUsage()] })
}

export function issueDepartmentCa(order: Order): Promise<Party> {
  return issue(order, departmentRoles)
}

export function issueSeal(order: Omit<Order, 'name'> & { name?: NameParts }): Promise<Party> {
  return issue({ name: named('seal'), ...order }, sealRoles)
}

export interface CrlOrder {
  readonly issuer: Issuer
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

/** A root of somebody else's, and a leaf of whoever issues below it: a host, if nothing else is said. */
export interface ForeignRoot {
  readonly root: Party
  readonly leafOf: (issuer: Issuer, roles?: Roles, order?: Partial<Order>) => Promise<Uint8Array>
  readonly judge: (leaf: Uint8Array, change?: Partial<PathQuestion>) => string
}

export const foreignHost = 'www.example.org'

export async function foreignRoot(): Promise<ForeignRoot> {
  const root = await issueCa({ name: named('root') })
  const keys = ecKeys()
  const usual = { usage: [signingUsage()], names: [alternativeNames([dns(foreignHost)])] }
  return {
    root,
    leafOf: (issuer, roles = {}, order = {}) =>
      issueBytes({ name: named('leaf'), issuer, keys, ...order, roles }, usual),
    judge: (leaf, change = {}) => {
      const question = { leaf, at, anchors: [root.der], profile: 'rfc5280' } as const
      const verdict = validatePath({ ...question, ...change })
      return verdict.ok ? 'ok' : verdict.code
    },
  }
}

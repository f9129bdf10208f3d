/**
 * The development PKI as a table: what each kind of certificate is for, how long it lives and what
 * it may do.
 *
 *     root -> licensing CA -> one CA for each department -> its seal and its request key
 *                                                      and its end of TLS connections
 *                          -> status signer, receipt signer, time-stamping authority
 *                          -> the server's end of TLS connections
 *
 * A second tree of SM2 has the same form, for departments that run on SM2; what TLS and the time-stamping
 * authority need stays in the first one.
 */
import type { Extension } from '@peculiar/x509'
import type { KeyObject } from 'node:crypto'
import { purposeOid, timeStampingOid, tlsPurposeOid } from '../sdk/certificate/purpose-oid.ts'
import { developmentUnit } from '../sdk/trust.ts'
import {
  caConstraints,
  caUsage,
  departmentName,
  keyIds,
  permittedNames,
  purposes,
  signingUsage,
  thisMachine,
} from './extension.ts'
import type { NameParts } from './make.ts'

/** Changes with the table below: certificates of another edition are made anew. */
export const profileEdition = 1

interface Profile {
  /** What stands in the common name after the owner's name. */
  readonly zh: string
  readonly years: number
  /** How many CAs may stand below; undefined for a root, which is not limited. */
  readonly pathLength?: number
  /** Leaves have one; a CA has none. */
  readonly purpose?: string
}

export const profiles = {
  root: { zh: '根证书', years: 20 },
  licensing: { zh: '电子证照证书', years: 15, pathLength: 1 },
  department: { zh: '部门证书', years: 10, pathLength: 0 },
  seal: { zh: '电子印章', years: 3, purpose: purposeOid.seal },
  request: { zh: '请求签名', years: 2, purpose: purposeOid.requestSigning },
  client: { zh: 'TLS 客户端', years: 2, purpose: tlsPurposeOid.client },
  status: { zh: '状态签名', years: 3, purpose: purposeOid.statusSigning },
  receipt: { zh: '回执签名', years: 3, purpose: purposeOid.receiptSigning },
  tsa: { zh: '时间戳', years: 5, purpose: timeStampingOid },
  server: { zh: 'TLS 服务器', years: 2, purpose: tlsPurposeOid.server },
} as const satisfies Readonly<Record<string, Profile>>

export type ProfileName = keyof typeof profiles

/** In whose name a certificate speaks; only a department has a code. */
export interface Owner {
  readonly zh: string
  /** The unified social credit code of a department, else the name of the platform. */
  readonly organisation: string
  readonly department?: string
  /** Of its keys; P-256 when left out. */
  readonly curve?: 'SM2'
}

export function subjectOf(profile: ProfileName, owner: Owner): NameParts {
  return [
    ...organisationOf(owner),
    ['OU', developmentUnit],
    ['CN', [owner.zh, profiles[profile].zh, owner.curve ?? []].flat().join(' ')],
  ]
}

export function extensionsOf(
  profile: ProfileName,
  keys: { readonly subject: KeyObject; readonly issuer: KeyObject; readonly owner: Owner },
): Extension[] {
  const { pathLength, purpose }: Profile = profiles[profile]
  const { department } = keys.owner
  const isDepartmentCa = profile === 'department'
  return [
    ...keyIds(keys.subject, keys.issuer),
    ...(purpose ? [signingUsage(), purposes(purpose)] : [caConstraints(pathLength), caUsage()]),
    ...(department === undefined ? [] : [departmentName(department)]),
    ...(profile === 'server' ? [thisMachine()] : []),
    ...(isDepartmentCa ? [permittedNames(organisationOf(keys.owner))] : []),
  ]
}

/** The part of a department's names that its CA is held to. */
function organisationOf(owner: Owner): NameParts {
  return [
    ['C', 'CN'],
    ['O', owner.organisation],
  ]
}

/** Cases 63 to 70: who was revoked, and whose word counts (RFC 5280 §6.3, RFC 6960). */
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { purposeOid } from '../../sdk/certificate/purpose-oid.ts'
import { parseCertificate } from '../../sdk/certificate/read.ts'
import { keyIds, purposes } from '../extension.ts'
import type { Signer } from '../make.ts'
import { both, under } from './case.ts'
import type { Case, Presented } from './case.ts'
import { at } from './forge.ts'
import type { Forge, Issuer, Party } from './forge.ts'
import { deltaOf, listNumber, writeList } from './list-writer.ts'
import type { ListOrder } from './list-writer.ts'
import { writeResponse } from './ocsp-writer.ts'

const from = new Date('2026-05-01T00:00:00Z')
const until = new Date('2026-07-01T00:00:00Z')
const serial = '5ea1'
const revoked = [{ serial, from }]

export const revocationCases: readonly Case[] = [
  {
    ...{ id: '63', name: 'serial on CRL', rule: '§6.3.3 (i)', ...both('certificate-revoked') },
    make: listed((forge) => [listOf(forge.department, { entries: revoked })]),
  },
  {
    ...{ id: '64', name: 'stale CRL', rule: '§6.3.3 (a)(1)', ...both('revocation-unknown') },
    make: listed(({ department }) => [
      listOf(department, { until: new Date(at.getTime() - 1_000) }),
    ]),
  },
  {
    ...{
      id: '65',
      name: 'CRL of other issuer',
      rule: '§6.3.3 (b)(1)',
      ...both('revocation-unknown'),
    },
    make: listed(({ licensing }) => [listOf(licensing, { entries: revoked })]),
  },
  {
    ...{ id: '66', name: 'CRL without signature right', rule: '§6.3.3 (f)' },
    ...both('revocation-unknown'),
    make: (forge) => {
      const usage = [new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)]
      const department = forge.departmentCa({ roles: { usage } })
      const crls = [...listsAbove(forge), listOf(department)]
      return { ...under(forge, department), crls }
    },
  },
  {
    ...{ id: '67', name: 'delta without base', rule: '§6.3.3 (c)', ...both('revocation-unknown') },
    make: listed(({ department }) => [
      listOf(department, { extensions: [keyIdOf(department), listNumber(2), deltaOf(1)] }),
    ]),
  },
  {
    ...{ id: '68', name: 'OCSP good for other serial', rule: 'RFC 6960 §3.2 (1)' },
    ...both('revocation-unknown'),
    make: answered(({ department, sealOf }) => ({
      about: sealOf({ serial: '07' }),
      by: department,
    })),
  },
  {
    ...{ id: '69', name: 'OCSP unauthorised responder', rule: 'RFC 6960 §4.2.2.2' },
    ...both('revocation-unknown'),
    make: answered(({ sealOf }, seal) => ({ about: seal, by: sealOf({ serial: '08' }) })),
  },
  {
    ...{ id: '70', name: 'status list older than last seen', rule: 'none of a path: see below' },
    ...both('ok'),
    make: ({ ca, sealOf, root }) => {
      const issuer = ca({ name: [['O', 'platform']], issuer: root }, 0)
      const roles = { purpose: [purposes(purposeOid.statusSigning)], department: [] }
      const leaf = sealOf({ issuer, roles }).der
      return { leaf, intermediates: [issuer.der], purpose: purposeOid.statusSigning }
    },
  },
]

/** A seal whose number is known, and these lists beside those of the authorities above. */
function listed(lists: (forge: Forge) => readonly Uint8Array[]): Case['make'] {
  return (forge) => ({
    leaf: forge.sealOf({ serial }).der,
    crls: [...listsAbove(forge), ...lists(forge)],
  })
}

interface Answered {
  readonly about: Party
  readonly by: Party
}

/** A seal about which no list speaks, only what somebody answers. */
function answered(who: (forge: Forge, seal: Party) => Answered): Case['make'] {
  return (forge): Presented => {
    const seal = forge.sealOf({ serial })
    const { about, by } = who(forge, seal)
    const issuer = parseCertificate(forge.department.der)
    const certificate = parseCertificate(about.der)
    const response = writeResponse({
      ...{ responder: signerOf(by), producedAt: from, certificates: [by.der] },
      answers: [{ certificate, issuer, status: 'good', from, until }],
    })
    return { leaf: seal.der, crls: listsAbove(forge), ocsp: [response] }
  }
}

/** Of the root and the licensing authority: nobody is revoked. */
function listsAbove({ root, licensing }: Forge): readonly Uint8Array[] {
  return [listOf(root), listOf(licensing)]
}

/** Nobody is revoked, unless it is said otherwise. */
export function listOf(issuer: Issuer, change: Partial<ListOrder> = {}): Uint8Array {
  const extensions = [keyIdOf(issuer), listNumber(1)]
  return writeList({ issuer: signerOf(issuer), from, until, entries: [], extensions, ...change })
}

function signerOf({ name, keys }: Issuer): Signer {
  return { name, key: keys.privateKey }
}

/** The extension that names the key that signs. */
function keyIdOf({ keys: { publicKey } }: Issuer): Uint8Array {
  const [, authority] = keyIds(publicKey, publicKey)
  return new Uint8Array(authority?.rawData ?? new ArrayBuffer())
}

/** Cases 21 to 30: what a certificate may be used for, by whom (RFC 5280 §4.2.1.3, §4.2.1.12). */
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { purposeOid, tlsPurposeOid } from '../../sdk/certificate/purpose-oid.ts'
import { developmentUnit } from '../../sdk/trust.ts'
import { sequence } from '../der-writer.ts'
import { departmentName, extension, purposes, thisMachine } from '../extension.ts'
import { both, malformed, onlyStrict, underRoot } from './case.ts'
import type { Case } from './case.ts'
import { departmentCode, organised } from './forge.ts'
import type { Roles } from './forge.ts'

function sealWith(roles: Roles): Case['make'] {
  return ({ sealOf }) => ({ leaf: sealOf({ roles }).der })
}

const { keyEncipherment } = x509.KeyUsageFlags
const noPurpose = extension('2.5.29.37', { isCritical: true, value: sequence() })

export const usageCases: readonly Case[] = [
  {
    ...{ id: '21', name: 'missing KeyUsage', rule: '§4.2.1.3: no restriction; profile' },
    ...onlyStrict('key-usage'),
    make: sealWith({ usage: [] }),
  },
  {
    ...{ id: '22', name: 'no digitalSignature', rule: '§6.1.5 asks nothing of it; profile' },
    ...onlyStrict('key-usage'),
    make: sealWith({ usage: [new x509.KeyUsagesExtension(keyEncipherment, true)] }),
  },
  {
    ...{ id: '23a', name: 'missing EKU', rule: '§4.2.1.12: no restriction; profile' },
    ...onlyStrict('wrong-purpose'),
    make: sealWith({ purpose: [] }),
  },
  {
    ...{ id: '23b', name: 'empty EKU', rule: '§4.2.1.12: SIZE (1..MAX)' },
    ...malformed('empty'),
    make: sealWith({ purpose: [noPurpose] }),
  },
  {
    ...{ id: '24', name: 'any EKU', rule: '§4.2.1.12: anyExtendedKeyUsage; profile' },
    ...onlyStrict('wrong-purpose'),
    make: sealWith({ purpose: [new x509.ExtendedKeyUsageExtension(['2.5.29.37.0'], false)] }),
  },
  {
    ...{ id: '25', name: 'other EKU', rule: '§4.2.1.12', ...both('wrong-purpose') },
    make: sealWith({ purpose: [purposes(purposeOid.requestSigning)] }),
  },
  {
    ...{ id: '26', name: 'TLS certificate used for licences', rule: '§4.2.1.12' },
    ...both('wrong-purpose'),
    make: sealWith({ purpose: [purposes(tlsPurposeOid.client)], department: [thisMachine()] }),
  },
  {
    ...{ id: '27', name: 'test CA in live', rule: '§6.1.1 (d): the caller names the anchors' },
    ...both('untrusted-root'),
    make: (forge) => {
      const name = [...organised('platform'), ['OU', developmentUnit], ['CN', 'root']] as const
      const root = forge.ca({ name })
      const { leaf, intermediates } = underRoot(forge, root)
      return { leaf, intermediates: [...intermediates, root.der] }
    },
  },
  {
    ...{ id: '28', name: 'wrong department SAN', rule: 'profile: a CA speaks for one department' },
    ...onlyStrict('name-outside-constraints'),
    make: sealWith({ department: [departmentName('haikouPolice')] }),
  },
  {
    ...{ id: '29', name: 'wrong licence type', rule: 'none of a path: the issuer is not entitled' },
    ...both('ok'),
    make: ({ seal }) => ({ leaf: seal.der }),
  },
  {
    ...{ id: '30', name: 'two SANs', rule: 'profile: one URI names the department' },
    ...onlyStrict('name-outside-constraints'),
    make: sealWith({ department: [twoDepartments()] }),
  },
]

function twoDepartments(): x509.Extension {
  const names = [departmentCode, 'haikouPolice'].map((code) => ({
    ...{ type: 'url' as const, value: `urn:zhengtong:department:${code}` },
  }))
  return new x509.SubjectAlternativeNameExtension(names)
}

/** Cases 11 to 20: who is an authority, and over how many others (RFC 5280 §4.2.1.9, §6.1.4). */
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { caConstraints, caUsage } from '../extension.ts'
import { both, ders, onlyStrict, under } from './case.ts'
import type { Case } from './case.ts'
import { absent } from './certificate-writer.ts'
import { named } from './forge.ts'
import type { Roles } from './forge.ts'

/** A good seal below the authority of a department with these roles. */
function departmentWith(roles: Roles): Case['make'] {
  return (forge) => under(forge, forge.departmentCa({ roles }))
}

const { digitalSignature, keyCertSign } = x509.KeyUsageFlags
const version1 = { fields: { version: absent, extensions: absent } }
const noExtensions = { fields: { extensions: absent } }

export const authorityCases: readonly Case[] = [
  {
    ...{ id: '11', name: 'intermediate without BasicConstraints', rule: '§6.1.4 (k)' },
    ...both('not-a-ca'),
    make: departmentWith({ constraints: [] }),
  },
  {
    ...{ id: '12', name: 'intermediate with cA false', rule: '§6.1.4 (k)' },
    ...both('not-a-ca'),
    make: departmentWith({ constraints: [constraints(false, true)] }),
  },
  {
    ...{ id: '13', name: 'cA not critical', rule: '§4.2.1.9 binds issuers; profile' },
    ...onlyStrict('not-a-ca'),
    make: departmentWith({ constraints: [constraints(true, false)] }),
  },
  {
    ...{ id: '14', name: 'pathlen 0 violated', rule: '§6.1.4 (l)' },
    ...both('path-too-long'),
    make: ({ department, licensing, departmentCa, sealOf }) => {
      const below = departmentCa({ name: named('below'), issuer: department })
      const { der } = sealOf({ issuer: below })
      return { leaf: der, intermediates: ders(below, department, licensing) }
    },
  },
  {
    ...{ id: '15', name: 'pathlen 1 violated', rule: '§6.1.4 (l)' },
    ...both('path-too-long'),
    make: ({ ca, licensing, departmentCa, sealOf }) => {
      const second = ca({ name: named('second', 'platform'), issuer: licensing }, 1)
      const department = departmentCa({ issuer: second })
      const { der } = sealOf({ issuer: department })
      return { leaf: der, intermediates: ders(department, second, licensing) }
    },
  },
  {
    ...{ id: '16', name: 'self-issued in path', rule: '§6.1.4 (l): not counted; profile' },
    ...onlyStrict('path-too-long'),
    make: ({ ca, licensing, departmentCa, sealOf }) => {
      const again = ca({ name: licensing.name, issuer: licensing }, 1)
      const department = departmentCa({ issuer: again })
      const { der } = sealOf({ issuer: department })
      return { leaf: der, intermediates: ders(department, again, licensing) }
    },
  },
  {
    ...{ id: '17', name: 'leaf with keyCertSign', rule: '§4.2.1.3, §4.2.1.9' },
    ...both('key-usage'),
    make: ({ sealOf }) => {
      const usage = [new x509.KeyUsagesExtension(digitalSignature | keyCertSign, true)]
      return { leaf: sealOf({ roles: { usage } }).der }
    },
  },
  {
    ...{ id: '18', name: 'CA used as leaf', rule: '§6.1: any certificate may end a path; profile' },
    ...onlyStrict('not-a-leaf'),
    make: ({ sealOf }) => {
      const roles = { constraints: [caConstraints()], usage: [caUsage()] }
      return { leaf: sealOf({ roles }).der }
    },
  },
  {
    ...{ id: '19a', name: 'intermediate of version 1', rule: '§6.1.4 (k)', ...both('not-a-ca') },
    make: (forge) => under(forge, forge.departmentCa({ change: version1 })),
  },
  {
    ...{ id: '19b', name: 'leaf of version 1', rule: '§4.2.1.1; profile' },
    ...{ strict: 'certificate-form', rfc5280: 'key-identifier' },
    make: ({ sealOf }) => ({ leaf: sealOf({ change: version1 }).der }),
  },
  {
    ...{ id: '20a', name: 'intermediate of version 3 without extensions', rule: '§6.1.4 (k)' },
    ...both('not-a-ca'),
    make: (forge) => under(forge, forge.departmentCa({ change: noExtensions })),
  },
  {
    ...{ id: '20b', name: 'leaf of version 3 without extensions', rule: '§4.2.1.1; profile' },
    ...{ strict: 'key-usage', rfc5280: 'key-identifier' },
    make: ({ sealOf }) => ({ leaf: sealOf({ change: noExtensions }).der }),
  },
]

function constraints(isCa: boolean, isCritical: boolean): x509.Extension {
  return new x509.BasicConstraintsExtension(isCa, undefined, isCritical)
}

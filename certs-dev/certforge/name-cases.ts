/** Cases 31 to 44: names, and the constraints of authorities on them (RFC 5280 §4.1.2.4, §4.2.1.10). */
import type { Extension } from '@peculiar/x509'
import { sequence } from '../der-writer.ts'
import { permittedNames } from '../extension.ts'
import { both, malformed, ders, onlyStrict, under } from './case.ts'
import type { Case, Outcome, Presented } from './case.ts'
import { named, organised, otherUscc, uscc } from './forge.ts'
import type { Forge, Order } from './forge.ts'
import { directory, uri } from './list-writer.ts'
import { alternativeNames, attribute, dns, ip, nameConstraints, nameOf } from './name-writer.ts'

/** Constraints of the authority of a department, and the alternative names of a seal below it. */
function constrained(constraint: Extension, ...names: readonly Uint8Array[]): Case['make'] {
  return (forge) => {
    const issuer = forge.departmentCa({ roles: { names: [constraint] } })
    const roles = { department: [alternativeNames(names)] }
    const { der } = forge.sealOf({ issuer, roles })
    return { leaf: der, intermediates: ders(issuer, forge.licensing) }
  }
}

/** Our own authorities constrain directory names, and permit only. */
function foreign(rfc5280: Outcome): Pick<Case, 'strict' | 'rfc5280'> {
  return { strict: 'unknown-critical-extension', rfc5280 }
}

function sealWith(order: Partial<Order>): Case['make'] {
  return ({ sealOf }) => ({ leaf: sealOf(order).der })
}

/** An authority whose name is written one way, and a seal that writes its issuer another way. */
function spelled(subject: Uint8Array, issuer: Uint8Array): Case['make'] {
  return (forge) => {
    const department = forge.departmentCa({ change: { fields: { subject } } })
    const { der } = forge.sealOf({ issuer: department, change: { fields: { issuer } } })
    return { leaf: der, intermediates: ders(department, forge.licensing) }
  }
}

const country = [attribute('C', 'CN', 'printableString')]
const organisation = [attribute('O', uscc)]
const commonName = (text: string | Uint8Array) =>
  nameOf(country, organisation, [attribute('CN', text)])
const latin = commonName('department')
const printed = nameOf(country, organisation, [attribute('CN', 'department', 'printableString')])
const [short, long] = [attribute('OU', 'licences'), attribute('CN', 'department')]
const sorted = nameOf(country, organisation, [short, long])

/** So many names that comparing each with each exceeds what may be spent. */
function flood(make: (n: number) => Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: 300 }, (_, n) => make(n))
}

export const nameCases: readonly Case[] = [
  {
    ...{ id: '31a', name: 'empty issuer', rule: '§4.1.2.4', ...malformed('empty') },
    make: sealWith({ change: { fields: { issuer: sequence() } } }),
  },
  {
    ...{ id: '31b', name: 'empty subject, SAN not critical', rule: '§4.1.2.6' },
    ...both('certificate-form'),
    make: sealWith({ name: [] }),
  },
  {
    ...{ id: '31c', name: 'empty subject, SAN critical', rule: '§4.1.2.6; profile' },
    ...onlyStrict('certificate-form'),
    make: sealWith({
      name: [],
      roles: { department: [alternativeNames([uri('urn:zhengtong:department:a')], true)] },
    }),
  },
  {
    ...{ id: '32', name: 'homoglyph CN', rule: '§7.1', ...both('untrusted-root') },
    make: spelled(latin, commonName('dеpartment')), // The first е is Cyrillic.
  },
  {
    ...{ id: '33', name: 'CN in different string types', rule: '§7.1; profile: same bytes' },
    ...onlyStrict('untrusted-root'),
    make: spelled(latin, printed),
  },
  {
    ...{ id: '34a', name: 'DNS permitted, inside', rule: '§4.2.1.10; profile', ...foreign('ok') },
    make: constrained(nameConstraints([dns('example.org')]), dns('www.example.org')),
  },
  {
    ...{ id: '34b', name: 'DNS permitted, outside', rule: '§4.2.1.10; profile' },
    ...foreign('name-outside-constraints'),
    make: constrained(nameConstraints([dns('example.org')]), dns('badexample.org')),
  },
  {
    ...{ id: '34c', name: 'DNS excluded', rule: '§4.2.1.10; profile' },
    ...foreign('name-outside-constraints'),
    make: constrained(nameConstraints([], [dns('example.org')]), dns('www.example.org')),
  },
  {
    ...{ id: '35a', name: 'URI permitted, inside', rule: '§4.2.1.10; profile', ...foreign('ok') },
    make: constrained(nameConstraints([uri('.example.org')]), uri('https://www.example.org/')),
  },
  {
    ...{ id: '35b', name: 'URI permitted, outside', rule: '§4.2.1.10; profile' },
    ...foreign('name-outside-constraints'),
    make: constrained(nameConstraints([uri('example.org')]), uri('https://example.org@evil.com/')),
  },
  {
    ...{ id: '35c', name: 'URI excluded', rule: '§4.2.1.10; profile' },
    ...foreign('name-outside-constraints'),
    make: constrained(nameConstraints([], [uri('example.org')]), uri('https://example.org:8/')),
  },
  {
    ...{ id: '36a', name: 'dirName permitted, inside', rule: '§4.2.1.10', ...both('ok') },
    make: (forge) => under(forge, forge.departmentCa()),
  },
  {
    ...{ id: '36b', name: 'dirName permitted, outside', rule: '§4.2.1.10' },
    ...both('name-outside-constraints'),
    make: sealWith({ name: named('seal', otherUscc) }),
  },
  {
    ...{ id: '36c', name: 'dirName excluded', rule: '§4.2.1.10; profile' },
    ...foreign('name-outside-constraints'),
    make: (forge) => excluding(forge, nameConstraints([], [directory(organised())])),
  },
  {
    ...{ id: '37', name: 'wildcard partly outside', rule: '§4.2.1.10, RFC 9525 §6.3; profile' },
    ...foreign('name-outside-constraints'),
    make: constrained(nameConstraints([dns('www.example.org')]), dns('*.example.org')),
  },
  {
    ...{ id: '38', name: 'IP in DNS', rule: 'RFC 9525 §6.2', ...both('wrong-host') },
    make: ({ sealOf }) => {
      const roles = { department: [alternativeNames([dns('10.0.0.1')])] }
      return { leaf: sealOf({ roles }).der, dnsName: '10.0.0.1' }
    },
  },
  {
    ...{ id: '39a', name: 'NUL in CN', rule: 'profile of both: no control characters' },
    ...malformed('string'),
    make: sealWith({ change: { fields: { subject: commonName('seal\0.evil') } } }),
  },
  {
    ...{ id: '39b', name: 'NUL in a DNS name', rule: '§4.2.1.6: preferred name syntax' },
    ...malformed('dns-name'),
    make: sealWith({ roles: { department: [alternativeNames([dns('example.org\0.evil.com')])] } }),
  },
  {
    ...{ id: '40', name: '64 KiB name', rule: 'appendix A: ub-common-name 64' },
    ...malformed('size'),
    make: sealWith({ change: { fields: { subject: commonName('a'.repeat(65_536)) } } }),
  },
  {
    ...{ id: '41a', name: 'multi-valued RDN in order', rule: 'X.690 §11.6', ...both('ok') },
    make: spelled(sorted, sorted),
  },
  {
    ...{ id: '41b', name: 'multi-valued RDN out of order', rule: 'X.690 §11.6' },
    ...malformed('set-order'),
    make: spelled(sorted, nameOf(country, organisation, [long, short])),
  },
  {
    ...{ id: '42', name: 'name-constraint DoS, DNS', rule: 'budget of names; profile' },
    ...foreign('too-many-names'),
    make: constrained(
      nameConstraints(
        [],
        flood((n) => dns(`a${n}.b`)),
      ),
      ...flood((n) => dns(`c${n}.d`)),
    ),
  },
  {
    ...{ id: '43', name: 'name-constraint DoS, addresses', rule: 'budget of names; profile' },
    ...foreign('too-many-names'),
    make: constrained(
      nameConstraints(
        [],
        flood((n) => ip(10, n >> 8, n & 255, 0, 255, 255, 255, 0)),
      ),
      ...flood((n) => ip(11, n >> 8, n & 255, 1)),
    ),
  },
  {
    ...{ id: '44', name: 'name-constraint DoS, directory names', rule: 'budget of names' },
    ...both('too-many-names'),
    make: constrained(
      permittedNames(
        ...[organised(), ...Array.from({ length: 300 }, (_, n) => [['O', `${n}`]] as const)],
      ),
      ...flood((n) => directory([['O', `${n}`]])),
    ),
  },
]

function excluding(forge: Forge, constraint: Extension): Presented {
  return under(forge, forge.departmentCa({ roles: { names: [constraint] } }))
}

/**
 * What PKITS asks about name constraints (4.13), by its numbers: directory names, mailboxes, hosts and
 * URIs, permitted and excluded, of one authority or of several.
 */
import 'reflect-metadata'
import { expect, test } from 'vitest'
import { directory, uri } from '../certforge/list-writer.ts'
import { alternativeNames, dns, email, nameConstraints } from '../certforge/name-writer.ts'
import type { NameParts } from '../make.ts'
import { chain, judge } from '../../test/pkits.ts'
import type { Says } from '../../test/pkits.ts'

type Bytes = Uint8Array
const base: NameParts = [
  ['C', 'US'],
  ['O', 'Test Certificates'],
]
const tree = (...units: readonly string[]): NameParts => [
  ...base,
  ...units.map((unit) => ['OU', unit] as const),
]
const [one, two, excluded] = [tree('permitted1'), tree('permitted2'), tree('excluded1')]
const below = (parts: NameParts, commonName = 'EE'): NameParts => [...parts, ['CN', commonName]]
const dn = (...names: readonly NameParts[]): Bytes[] => names.map((name) => directory(name))

interface Constraint {
  readonly yes?: readonly Bytes[]
  readonly no?: readonly Bytes[]
  readonly name?: NameParts
  readonly self?: true
}

/** The end: its subject, and its names besides. */
type End = readonly [subject: NameParts, ...names: readonly Bytes[]]

type Row = readonly [id: string, end: End, isValid: boolean, ...authorities: readonly Constraint[]]

const [yes, no] = [true, false]
const dn1 = { yes: dn(one) }
const dn2 = { yes: dn(one, two) }
const dn3 = { no: dn(excluded) }
const dn4 = { no: dn(excluded, tree('excluded2')) }
const dn5 = { yes: dn(one), no: dn(tree('permitted1', 'excluded')) }
const inOne = { name: below(one, 'CA') }
const mailBelow = { yes: [email('.testcertificates.gov')] }
const mailHost = { yes: [email('testcertificates.gov')] }
const noMail = { no: [email('testcertificates.gov')] }
const hostIn = { yes: [dns('testcertificates.gov')] }
const noHost = { no: [dns('invalidcertificates.gov')] }
const uriBelow = { yes: [uri('.testcertificates.gov')] }
const noUri = { no: [uri('invalidcertificates.gov')] }
const at = (host: string): Bytes => email(`Test@${host}`)
const ee: NameParts = below(base)
const mailed = (address: string): NameParts => [...below(one), ['E', address]]
const both = { yes: [...dn(one), ...mailHost.yes] }

const rows: readonly Row[] = [
  ['4.13.1', [below(one)], yes, dn1],
  ['4.13.2', [below(excluded)], no, dn1],
  ['4.13.3', [below(one), directory(below(excluded))], no, dn1],
  ['4.13.4', [below(one), directory(below(one, 'also'))], yes, dn1],
  ['4.13.5', [below(two)], yes, dn2],
  ['4.13.6', [below(tree('permitted2x'))], no, dn2],
  ['4.13.6', [below(one)], yes, dn3],
  ['4.13.7', [below(excluded)], no, dn3],
  ['4.13.8', [below(excluded)], no, dn4],
  ['4.13.9', [below(tree('excluded2'))], no, dn4],
  ['4.13.10', [below(tree('permitted1', 'excluded'))], no, dn5],
  ['4.13.11', [below(tree('permitted1', 'else'))], yes, dn5],
  ['4.13.12', [below(one)], no, dn1, { ...inOne, yes: dn(tree('permitted1', 'deeper')) }],
  ['4.13.13', [below(two)], no, dn1, { ...inOne, yes: dn(two) }],
  ['4.13.14', [below(one), at('x.gov')], yes, dn1, inOne],
  ['4.13.15', [below(excluded)], no, dn3, { no: dn(tree('excluded2')) }],
  ['4.13.16', [below(tree('excluded2'))], no, dn3, { no: dn(tree('excluded2')) }],
  ['4.13.17', [below(excluded)], no, dn3, { yes: dn(excluded) }],
  ['4.13.18', [below(one)], yes, dn3, { yes: dn(one) }],
  ['4.13.19', [below(one)], yes, dn1, { ...inOne, self: true }],
  ['4.13.20', [below(base, 'CA 0')], no, dn1],
  ['4.13.21', [ee, at('mailserver.testcertificates.gov')], yes, mailBelow],
  ['4.13.22', [ee, at('testcertificates.gov')], no, mailBelow],
  ['4.13.23', [ee, at('testcertificates.gov')], yes, mailHost],
  ['4.13.24', [ee, at('mailserver.testcertificates.gov')], no, mailHost],
  ['4.13.25', [ee, at('mailserver.testcertificates.gov')], yes, noMail],
  ['4.13.26', [ee, at('testcertificates.gov')], no, noMail],
  ['4.13.27', [below(one), at('testcertificates.gov')], yes, both],
  ['4.13.28', [below(one), at('invalidcertificates.gov')], no, both],
  ['4.13.29', [mailed('Test@invalidcertificates.gov')], no, both],
  ['4.13.30', [ee, dns('testserver.testcertificates.gov')], yes, hostIn],
  ['4.13.31', [ee, dns('testserver.invalidcertificates.gov')], no, hostIn],
  ['4.13.32', [ee, dns('testserver.testcertificates.gov')], yes, noHost],
  ['4.13.33', [ee, dns('testserver.invalidcertificates.gov')], no, noHost],
  ['4.13.34', [ee, uri('http://testserver.testcertificates.gov/index.html')], yes, uriBelow],
  ['4.13.35', [ee, uri('http://testcertificates.gov/invalid.html')], no, uriBelow],
  ['4.13.36', [ee, uri('http://testserver.invalidcertificates.gov/')], yes, noUri],
  ['4.13.37', [ee, uri('ftp://invalidcertificates.gov:21/test37/')], no, noUri],
  ['4.13.38', [ee, dns('mytestcertificates.gov')], no, hostIn],
]

test.for(rows)('PKITS %s', ([, [subject, ...names], isValid, ...authorities]) => {
  const says = authorities.map(({ yes = [], no = [], name, self }): Says & { self?: true } => ({
    ...(self && { self }),
    ...(name && !self && { name }),
    roles: yes.length + no.length > 0 ? { constraints2: [nameConstraints(yes, no)] } : {},
  }))
  const roles = names.length > 0 ? { names: [alternativeNames(names)] } : {}
  const made = chain(...says, { name: subject, roles })
  const verdict = judge(made, [], { requireRevocation: false })
  expect(verdict).toBe(isValid ? 'ok' : 'name-outside-constraints')
})

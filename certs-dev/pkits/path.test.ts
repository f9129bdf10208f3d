/**
 * What PKITS asks of a path by itself, by its numbers: signatures (4.1), validity (4.2), chains of names
 * (4.3), basic constraints (4.6), key usage (4.7) and extensions nobody knows (4.16). Of each authority
 * there is a fresh and empty list.
 */
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { expect, test } from 'vitest'
import { textTime } from '../certforge/certificate-writer.ts'
import type { Change } from '../certforge/certificate-writer.ts'
import { ecKeys } from '../certforge/forge.ts'
import { attribute, nameOf } from '../certforge/name-writer.ts'
import { der, oid, sequence } from '../der-writer.ts'
import { caConstraints, caUsage, extension } from '../extension.ts'
import { chain, judge, listsOf, roles } from '../../test/pkits.ts'
import type { Chain, Says } from '../../test/pkits.ts'

const fields = (change: Change['fields']): Says => ({ change: { fields: change ?? {} } })
/** The last byte of the BIT STRING is another one. */
const spoilt: Says = {
  change: {
    after: (made) => Uint8Array.from(made, (byte, i) => (i === made.length - 1 ? byte ^ 1 : byte)),
  },
}

const late = new Date('2011-04-16T00:00:00Z')
const early = new Date('2011-04-14T00:00:00Z')
const validity = (from: Uint8Array, until: Uint8Array): Says =>
  fields({ validity: sequence(from, until) })
const utc = (text: string): Uint8Array => textTime('utcTime', text)
const general = (text: string): Uint8Array => textTime('generalizedTime', text)
const end = utc('301231083000Z')

/** The name of the authority in another spelling, as the one below it writes its issuer. */
const spelled = (issuer: Uint8Array): Chain => chain({}, fields({ issuer }))
const [c, o] = [attribute('C', 'US', 'printableString'), attribute('O', 'Test Certificates')]
const cn = (text: string, type?: 'printableString'): Uint8Array => attribute('CN', text, type)
const reordered = nameOf([c], [cn('CA 0')], [o])

/** An attribute of any type, of the string types that old authorities use. */
const odd = (type: string, tag: number, text: string): Uint8Array =>
  sequence(oid(type), der(tag, Buffer.from(text)))
const printable = 0x13
const t61 = 0x14
const ia5 = 0x16

const mandatory = nameOf(
  [c],
  [odd('0.9.2342.19200300.100.1.25', ia5, 'gov')],
  [odd('0.9.2342.19200300.100.1.25', ia5, 'testcertificates')],
  [odd('2.5.4.5', printable, '345'), odd('2.5.4.8', printable, 'Maryland')],
  [odd('2.5.4.46', printable, 'CA')],
)
const optional = nameOf(
  [c],
  ...['2.5.4.7', '2.5.4.12', '2.5.4.4', '2.5.4.42', '2.5.4.43', '2.5.4.65', '2.5.4.44'].map(
    (type, i) => [odd(type, i % 2 ? t61 : printable, `value ${i}`)],
  ),
)
/** Behind the key, where version 2 put the identifiers of issuer and subject. */
function withUniqueId(): Says {
  const keys = ecKeys()
  const spki = keys.publicKey.export({ format: 'der', type: 'spki' })
  const publicKey = Buffer.concat([spki, der(0x81, Buffer.of(0, 0xd5)), der(0x82, Buffer.of(0, 1))])
  return { keys, ...fields({ publicKey }) }
}

const none = { roles: { constraints: [] } } as const
const constraints = (ca: boolean, isCritical: boolean): Says =>
  roles('constraints', new x509.BasicConstraintsExtension(ca, undefined, isCritical))
const length = (count: number): Says => roles('constraints', caConstraints(count))
const aCa: Says = { roles: { constraints: [caConstraints()], usage: [caUsage()] } }
const self = { self: true } as const

const { keyCertSign, cRLSign } = x509.KeyUsageFlags
const usage = (flags: number, isCritical: boolean): Says =>
  roles('usage', new x509.KeyUsagesExtension(flags, isCritical))
const unknown = (isCritical: boolean): Says =>
  roles('unknown', extension('2.16.840.1.101.2.1.12.2', { isCritical, value: sequence() }))

const six = (...below: readonly number[]): Says[] => [length(6), ...below.map(length)]

type Row = readonly [id: string, what: string, made: () => Chain, expected: string]

const rows: readonly Row[] = [
  ['4.1.1', 'valid signatures', () => chain({}, {}), 'ok'],
  ['4.1.2', 'CA signature', () => chain(spoilt, {}), 'signature-invalid'],
  ['4.1.3', 'EE signature', () => chain({}, spoilt), 'signature-invalid'],
  ['4.2.1', 'CA notBefore', () => chain({ from: late }, {}), 'certificate-not-yet-valid'],
  ['4.2.2', 'EE notBefore', () => chain({}, { from: late }), 'certificate-not-yet-valid'],
  ['4.2.3', 'UTC notBefore of 1950', () => chain({}, validity(utc('500101120100Z'), end)), 'ok'],
  [
    ...(['4.2.4', 'GeneralizedTime notBefore of 2002'] as const),
    ...([() => chain({}, validity(general('20020101120100Z'), end)), 'ok'] as const),
  ],
  ['4.2.5', 'CA notAfter', () => chain({ until: early }, {}), 'certificate-expired'],
  ['4.2.6', 'EE notAfter', () => chain({}, { until: early }), 'certificate-expired'],
  [
    ...(['4.2.7', 'UTC notAfter of 1999'] as const),
    () => chain({}, validity(utc('970101120100Z'), utc('990101120100Z'))),
    'certificate-expired',
  ],
  [
    ...(['4.2.8', 'GeneralizedTime notAfter of 2050'] as const),
    () => chain({}, validity(utc('100101083000Z'), general('20500101120100Z'))),
    'ok',
  ],
  ['4.3.1', 'another name', () => spelled(nameOf([c], [o], [cn('CA 1')])), 'untrusted-root'],
  ['4.3.2', 'another order', () => spelled(reordered), 'untrusted-root'],
  ['4.3.3', 'white space inside', () => spelled(nameOf([c], [o], [cn('CA   0')])), 'ok'],
  ['4.3.4', 'white space around', () => spelled(nameOf([c], [o], [cn('  CA 0 ')])), 'ok'],
  ['4.3.5', 'capitals', () => spelled(nameOf([c], [o], [cn('ca 0')])), 'ok'],
  ['4.3.6', 'unique identifiers', () => chain(withUniqueId(), withUniqueId()), 'ok'],
  [
    ...(['4.3.10', 'from PrintableString to UTF-8'] as const),
    () => chain(fields({ subject: nameOf([c], [o], [cn('CA 0', 'printableString')]) }), {}),
    'ok',
  ],
  ['4.3.11', 'UTF-8 in capitals', () => spelled(nameOf([c], [o], [cn('cA 0')])), 'ok'],
  ['4.6.1', 'no constraints', () => chain(none, {}), 'not-a-ca'],
  ['4.6.2', 'cA false, critical', () => chain(constraints(false, true), {}), 'not-a-ca'],
  ['4.6.3', 'cA false, not critical', () => chain(constraints(false, false), {}), 'not-a-ca'],
  ['4.6.4', 'not critical', () => chain(constraints(true, false), {}), 'ok'],
  ['4.6.5', 'length 0, CA below', () => chain(length(0), {}, {}), 'path-too-long'],
  ['4.6.6', 'length 0, CA below and last', () => chain(length(0), {}, aCa), 'path-too-long'],
  ['4.6.7', 'length 0', () => chain(length(0), {}), 'ok'],
  ['4.6.8', 'length 0, a CA last', () => chain(length(0), aCa), 'ok'],
  ['4.6.9', '6, 0', () => chain(...six(0), {}, {}), 'path-too-long'],
  ['4.6.10', '6, 0, a CA last', () => chain(...six(0), {}, aCa), 'path-too-long'],
  ['4.6.11', '6, 1, 1', () => chain(...six(1, 1), {}, {}), 'path-too-long'],
  ['4.6.12', '6, 1, 1, a CA last', () => chain(...six(1, 1), {}, aCa), 'path-too-long'],
  ['4.6.13', '6, 4, 1', () => chain(...six(4, 1), {}, {}), 'ok'],
  ['4.6.14', '6, 4, 1, a CA last', () => chain(...six(4, 1), {}, aCa), 'ok'],
  ['4.6.15', '0, self-issued', () => chain(length(0), self, {}), 'ok'],
  ['4.6.16', '0, self-issued, CA', () => chain(length(0), self, {}, {}), 'path-too-long'],
  ['4.6.17', '1, self-issued twice', () => chain(length(1), self, {}, self, {}), 'ok'],
  ['4.7.1', 'no keyCertSign, critical', () => chain(usage(cRLSign, true), {}), 'key-usage'],
  ['4.7.2', 'no keyCertSign', () => chain(usage(cRLSign, false), {}), 'key-usage'],
  ['4.7.3', 'not critical', () => chain(usage(keyCertSign | cRLSign, false), {}), 'ok'],
  [
    ...(['4.7.4', 'no cRLSign, critical'] as const),
    ...([() => chain(usage(keyCertSign, true), {}), 'revocation-unknown'] as const),
  ],
  ['4.7.5', 'no cRLSign', () => chain(usage(keyCertSign, false), {}), 'revocation-unknown'],
  ['4.16.1', 'unknown', () => chain({}, unknown(false)), 'ok'],
  ['4.16.2', 'unknown, critical', () => chain({}, unknown(true)), 'unknown-critical-extension'],
]

test.for(rows)('PKITS %s %s', ([, , made, expected]) => {
  const asked = made()
  expect(judge(asked, listsOf(asked))).toBe(expected)
})

test.for<readonly [string, string, Uint8Array]>([
  ['4.3.7', 'mandatory attributes', mandatory],
  ['4.3.8', 'optional attributes', optional],
  ['4.3.9', 'UTF-8', nameOf([c], [o], [cn('机关')])],
])('PKITS %s %s', ([, , name]) => {
  const asked = chain(fields({ subject: name }), fields({ issuer: name }))
  expect(judge(asked, [], { requireRevocation: false })).toBe('ok')
})

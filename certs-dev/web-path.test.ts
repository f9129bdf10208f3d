/** Odd certificates of other authorities, and odd questions, as the public corpora of paths ask them. */
import 'reflect-metadata'
import type * as x509 from '@peculiar/x509'
import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { isSoundKey } from '../sdk/algorithm.ts'
import { parseCertificate, validatePath } from '../sdk/certificate.ts'
import type { PathQuestion } from '../sdk/certificate.ts'
import { readDer, tags } from '../sdk/der.ts'
import { foreignRoot, issueCa } from '../test/certificates.ts'
import type { ForeignRoot, Party } from '../test/certificates.ts'
import { at, named } from './certforge/forge.ts'
import type { Roles } from './certforge/forge.ts'
import { generalizedTime, pointsDer, uri } from './certforge/list-writer.ts'
import { dns, nameConstraints } from './certforge/name-writer.ts'
import { signed } from './certforge/signed.ts'
import { der, integer, sequence } from './der-writer.ts'
import { extension } from './extension.ts'

type Bytes = Uint8Array
type Change = Partial<PathQuestion>

const points = (name: Bytes, isCritical = false): x509.Extension =>
  extension('2.5.29.31', { isCritical, value: pointsDer([{ names: [name] }]) })

let root: Party
let leafOf: ForeignRoot['leafOf']
let judge: ForeignRoot['judge']
beforeAll(async () => {
  ;({ root, leafOf, judge } = await foreignRoot())
})

describe('what an authority must write', () => {
  test.for<readonly [string, Roles, string]>([
    ['points, critical', { cdp: [points(uri('http://a'), true)] }, 'ok'],
    ['points by host', { cdp: [points(dns('a'))] }, 'certificate-malformed'],
  ])('%s', async ([, roles, expected]) => {
    expect(judge(await leafOf(root, roles))).toBe(expected)
  })

  test('constraints on names are critical', async () => {
    for (const [isCritical, expected] of [
      [true, 'ok'],
      [false, 'wrong-criticality'],
    ] as const) {
      const roles = { nc: [nameConstraints([dns('example.org')], [], isCritical)] }
      const issuing = await issueCa({ name: named('issuing'), issuer: root, roles })
      expect(judge(await leafOf(issuing), { intermediates: [issuing.der] })).toBe(expected)
    }
  })

  test('a number below zero is borne with in what others are issued', async () => {
    const negative = der(tags.integer, Uint8Array.of(0xff))
    const leaf = rewritten(await leafOf(root), root, { serial: negative })
    expect(judge(leaf)).toBe('ok')
    expect(judge(leaf, { anchors: [leaf] })).toBe('certificate-form')
    const plainCa = await issueCa({ name: named('issuing'), issuer: root })
    const issuing = rewritten(plainCa.der, root, { serial: negative })
    const below = await leafOf(plainCa)
    expect(judge(below, { intermediates: [plainCa.der] })).toBe('ok')
    expect(judge(below, { intermediates: [issuing] })).toBe('certificate-form')
  })

  test('a beginning before 2050 in the form of later ones is read, but is none of ours', async () => {
    const from = new Date('2026-01-01T00:00:00Z')
    const validity = sequence(
      generalizedTime(from),
      generalizedTime(new Date('2060-01-01T00:00:00Z')),
    )
    const leaf = rewritten(await leafOf(root), root, { validity })
    expect(parseCertificate(leaf)).toMatchObject({ notBefore: from, hasOddDate: true })
    expect(judge(leaf)).toBe('ok')
    expect(judge(leaf, { profile: 'strict' })).toBe('certificate-form')
  })

  test('an end before 2050 in that form, and the number zero, are borne with in what is trusted', async () => {
    const end = sequence(
      generalizedTime(new Date('2026-01-01T00:00:00Z')),
      generalizedTime(new Date('2049-12-31T00:00:00Z')),
    )
    for (const fields of [{ validity: end }, { serial: integer(0) }]) {
      expect(judge(rewritten(await leafOf(root), root, fields))).toBe('certificate-form')
      const odd = rewritten(root.der, root, fields)
      expect(judge(await leafOf(root), { anchors: [odd] })).toBe('ok')
      expect(judge(odd, { anchors: [odd] })).toBe('ok')
      expect(judge(await leafOf(root), { anchors: [odd], profile: 'strict' })).not.toBe('ok')
    }
  })

  test('the bits of an RSA key fill whole bytes', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_052 })
    expect(isSoundKey(publicKey)).toBe(false)
  })
})

describe('what is asked with', () => {
  test('the last second is whole, the first one begins with itself', async () => {
    const [from, until] = [new Date('2026-02-01T00:00:01Z'), new Date('2026-03-01T00:00:00Z')]
    const leaf = await leafOf(root, {}, { from, until })
    const moved = (time: Date, by: number): Change => ({ at: new Date(time.getTime() + by) })
    expect(judge(leaf, moved(until, 999))).toBe('ok')
    expect(judge(leaf, moved(until, 1_000))).toBe('certificate-expired')
    expect(judge(leaf, moved(from, 0))).toBe('ok')
    expect(judge(leaf, moved(from, -1))).toBe('certificate-not-yet-valid')
    expect(judge(leaf, { at: new Date(Number.NaN) })).toBe('certificate-not-yet-valid')
  })

  test('bytes of any kind, read certificates, the leaf and the anchor among the rest, and noise', async () => {
    const der = await leafOf(root)
    const noise = [new Uint8Array(), Uint8Array.of(0x30, 0x80), der.subarray(0, 40)]
    for (const leaf of [Buffer.from(der), Uint8Array.from(der)]) {
      expect(judge(leaf, { intermediates: [...noise, leaf, leaf, root.der, root.der] })).toBe('ok')
    }
    const read = validatePath({
      ...{ leaf: parseCertificate(der), anchors: [...noise, root.certificate, root.der], at },
      ...{ profile: 'rfc5280', crls: noise, ocsp: noise, requireRevocation: false },
    })
    expect(read).toMatchObject({
      ok: true,
      path: [{}, { fingerprint: root.certificate.fingerprint }],
    })
  })

  test('no anchor, no leaf, an unknown purpose', async () => {
    const leaf = await leafOf(root)
    expect(judge(leaf, { anchors: [] })).toBe('untrusted-root')
    expect(judge(new Uint8Array())).toBe('certificate-malformed')
    expect(judge(leaf, { purpose: 'server' })).toBe('unknown-purpose')
  })
})

/** The certificate with another field or two, signed again. */
function rewritten(
  certificate: Bytes,
  issuer: Party,
  { serial, validity }: { readonly serial?: Bytes; readonly validity?: Bytes },
): Bytes {
  const [tbs] = readDer(certificate).children
  const fields = tbs?.children.map(({ bytes }) => bytes) ?? []
  const written = fields.map((field, i) => (i === 1 ? serial : i === 4 ? validity : field) ?? field)
  return signed(issuer.keys.privateKey, () => sequence(...written))
}

/**
 * Chains that must be refused in the strict profile, each for its own reason; those that have a number
 * in our list are in `certforge.slow.test.ts`.
 */
import { generateKeyPairSync } from 'node:crypto'
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { beforeAll, describe, expect, test } from 'vitest'
import { budgetLimits } from '../sdk/certificate/budget.ts'
import { pathLimits, validatePath } from '../sdk/certificate/path.ts'
import type { PathQuestion } from '../sdk/certificate/path.ts'
import { purposeOid } from '../sdk/certificate/purpose-oid.ts'
import { growTree, issueCa, issueCrl, issueDepartmentCa, issueSeal } from '../test/certificates.ts'
import { at, ecKeys, named, otherUscc } from './certforge/forge.ts'
import type { Party, Tree } from '../test/certificates.ts'
import type { Keys, Roles } from './certforge/forge.ts'
import { der, sequence } from './der-writer.ts'
import {
  crlNumber,
  departmentName,
  extension,
  keyIds,
  permittedNames,
  purposes,
} from './extension.ts'
import { nameDer } from './make.ts'

let tree: Tree
beforeAll(async () => {
  tree = await growTree()
})

type Change = Partial<PathQuestion>

function answer(change: Change = {}) {
  const { root, licensing, department, seal } = tree
  return validatePath({
    leaf: seal.der,
    intermediates: [department.der, licensing.der],
    anchors: [root.certificate],
    at,
    profile: 'strict',
    purpose: purposeOid.seal,
    ...change,
  })
}

function outcome(change: Change = {}): string {
  const verdict = answer(change)
  return verdict.ok ? 'ok' : verdict.code
}

const seconds = (date: Date, count: number): Date => new Date(date.getTime() + count * 1000)
const usage = (flags: x509.KeyUsageFlags, isCritical = true) =>
  new x509.KeyUsagesExtension(flags, isCritical)
const flags = x509.KeyUsageFlags
const nothing = sequence()

/** A seal under the good department CA, with these roles instead of the good ones. */
async function sealWith(roles: Roles): Promise<Change> {
  return { leaf: (await issueSeal({ issuer: tree.department, roles })).der }
}

/** A good seal under a department CA with these roles instead of the good ones. */
async function departmentWith(roles: Roles): Promise<Change> {
  const name = named('department')
  const department = await issueDepartmentCa({ name, issuer: tree.licensing, roles })
  return under(department)
}

async function under(department: Party): Promise<Change> {
  const seal = await issueSeal({ issuer: department })
  return { leaf: seal.der, intermediates: [department.der, tree.licensing.der] }
}

/** The good chain below another root, which is the one that is trusted. */
async function underRoot(root: Party): Promise<Change> {
  const licensing = await issueCa({ name: tree.licensing.name, issuer: root }, 1)
  const department = await issueDepartmentCa({ name: named('department'), issuer: licensing })
  const { leaf } = await under(department)
  return {
    ...(leaf && { leaf }),
    intermediates: [department.der, licensing.der],
    anchors: [root.certificate],
  }
}

describe('the good chain', () => {
  test('leads from the seal to the root', () => {
    const verdict = answer()
    const { seal, department, licensing, root } = tree
    expect(verdict.ok && verdict.path.map(({ fingerprint }) => fingerprint)).toEqual(
      [seal, department, licensing, root].map(({ certificate }) => certificate.fingerprint),
    )
  })

  test.for([
    ['in another order', () => ({ intermediates: [tree.licensing.der, tree.department.der] })],
    [
      'with the root among the intermediates',
      () => ({ intermediates: [tree.department.der, tree.licensing.der, tree.root.der] }),
    ],
    [
      'with everything twice',
      () => ({
        intermediates: [tree.licensing, tree.licensing, tree.department, tree.department].map(
          (party) => party.der,
        ),
      }),
    ],
    ['already parsed', () => ({ leaf: tree.seal.certificate })],
    ['with fresh lists', () => ({ crls: tree.crls })],
  ] as const)('is good %s', ([, change]) => {
    expect(outcome(change())).toBe('ok')
  })

  test('is good for whoever has no purpose in mind', () => {
    const { seal, licensing, department, root } = tree
    const intermediates = [licensing.der, department.der]
    const question = { leaf: seal.der, intermediates, anchors: [root.certificate], at }
    expect(validatePath({ ...question, profile: 'strict' }).ok).toBe(true)
  })

  test.for([
    ['P-384', () => ecKeys('P-384')],
    ['Ed25519', (): Keys => generateKeyPairSync('ed25519')],
    ['RSA 2048', (): Keys => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ] as const)('is good with keys of %s', async ([, keys]) => {
    const root = await issueCa({ name: named('root', 'platform'), keys: keys() })
    const licensing = await issueCa(
      { name: named('licensing', 'platform'), issuer: root, keys: keys() },
      1,
    )
    const department = await issueDepartmentCa({
      name: named('d'),
      issuer: licensing,
      keys: keys(),
    })
    const seal = await issueSeal({ issuer: department, keys: keys() })
    const intermediates = [licensing.der, department.der]
    expect(outcome({ leaf: seal.der, intermediates, anchors: [root.certificate] })).toBe('ok')
  })
})

describe('time', () => {
  const from = new Date('2026-03-01T00:00:00Z')
  const until = new Date('2026-09-01T00:00:00Z')

  test.for([
    ['a second before it begins', seconds(from, -1), 'certificate-not-yet-valid'],
    ['a millisecond before it begins', new Date(from.getTime() - 1), 'certificate-not-yet-valid'],
    ['when it begins', from, 'ok'],
    ['when it ends', until, 'ok'],
    ['a millisecond after it ends', new Date(until.getTime() + 1), 'certificate-expired'],
    ['a second after it ends', seconds(until, 1), 'certificate-expired'],
    ['at no time at all', new Date(Number.NaN), 'certificate-not-yet-valid'],
  ] as const)('a seal %s', async ([, moment, expected]) => {
    const { der: leaf } = await issueSeal({ issuer: tree.department, from, until })
    expect(outcome({ leaf, at: moment })).toBe(expected)
  })
})

describe('who may be a CA', () => {
  test.for<readonly [string, Roles, string]>([
    ['no key usage', { usage: [] }, 'key-usage'],
    ['key usage not critical', { usage: [usage(flags.keyCertSign, false)] }, 'key-usage'],
    ['no right to sign certificates', { usage: [usage(flags.cRLSign)] }, 'key-usage'],
    ['another purpose', { purpose: [purposes(purposeOid.requestSigning)] }, 'wrong-purpose'],
    [
      'constraints on names not critical',
      { names: [notCritical(permittedNames(named('').slice(0, 2)))] },
      'wrong-criticality',
    ],
    [
      'other names permitted',
      { names: [permittedNames(named('', otherUscc).slice(0, 2))] },
      'name-outside-constraints',
    ],
    ['policy constraints', { other: [policyConstraints()] }, 'unknown-critical-extension'],
    [
      'another department',
      { department: [departmentName('haikouPolice')] },
      'name-outside-constraints',
    ],
  ])('a department CA with %s', async ([, roles, expected]) => {
    expect(outcome(await departmentWith(roles))).toBe(expected)
  })

  test.for([
    ['strict', pathLimits.certificates],
    ['rfc5280', pathLimits.foreignCertificates],
  ] as const)('%s: %i certificates below the root are the most', async ([profile, most]) => {
    const chain = [await issueCa({ name: named('0', 'platform') })]
    for (let i = 1; i <= most; i += 1) {
      const [issuer] = chain
      if (issuer) chain.unshift(await issueCa({ name: named(String(i), 'platform'), issuer }))
    }
    const anchors = chain.slice(-1).map(({ certificate }) => certificate)
    const intermediates = chain.map((party) => party.der)
    const outcomes = chain.slice(0, 3).map(async (issuer) => {
      const { der: leaf } = await issueSeal({ issuer })
      return outcome({ leaf, intermediates, anchors, profile })
    })
    expect(await Promise.all(outcomes)).toEqual(['path-too-deep', 'ok', 'ok'])
  })

  test('a seal does not issue', async () => {
    const stolen = await issueSeal({ issuer: tree.seal })
    const intermediates = [tree.seal, tree.department, tree.licensing].map((party) => party.der)
    expect(outcome({ leaf: stolen.der, intermediates })).toBe('not-a-ca')
    const direct = await issueSeal({ issuer: tree.licensing })
    const leaf = (await issueSeal({ issuer: direct })).der
    expect(outcome({ leaf, intermediates: [direct.der, tree.licensing.der] })).toBe('not-a-ca')
  })

  test('a root must be a CA too', async () => {
    const root = await issueCa({ name: named('root', 'platform'), roles: { constraints: [] } })
    expect(outcome(await underRoot(root))).toBe('not-a-ca')
  })
})

describe('what may be a seal', () => {
  test.for<readonly [string, Roles, string]>([
    ['key usage not critical', { usage: [usage(flags.digitalSignature, false)] }, 'key-usage'],
    ['commitment besides', { usage: [usage(flags.digitalSignature | flags.nonRepudiation)] }, 'ok'],
    [
      'two purposes',
      { purpose: [purposes(purposeOid.seal, purposeOid.requestSigning)] },
      'wrong-purpose',
    ],
    ['an unknown extension', { other: [unknown(false)] }, 'ok'],
    [
      'cA false',
      { constraints: [new x509.BasicConstraintsExtension(false, undefined, true)] },
      'ok',
    ],
    ['constraints on names', { names: [permittedNames(named('').slice(0, 2))] }, 'not-a-leaf'],
    ['no department', { department: [] }, 'name-outside-constraints'],
    ['another directory name', { department: [uriAndName()] }, 'name-outside-constraints'],
    ['no authority key identifier', { keyIds: [] }, 'key-identifier'],
  ])('a seal with %s', async ([, roles, expected]) => {
    expect(outcome(await sealWith(roles))).toBe(expected)
  })

  test.for([
    ['another organisation', named('seal', otherUscc)],
    [
      'no organisation',
      [
        ['C', 'CN'],
        ['CN', 'seal'],
      ],
    ],
    [
      'the organisation in another place',
      [
        ['O', '11460108MB15000151'],
        ['C', 'CN'],
      ],
    ],
    ['the organisation in small letters', named('seal', '11460108mb15000151')],
    [
      'another country',
      [
        ['C', 'DE'],
        ['O', '11460108MB15000151'],
        ['CN', 'seal'],
      ],
    ],
    ['half of the base', [['C', 'CN']]],
  ] as const)('a seal with %s is outside the constraints', async ([, name]) => {
    const seal = await issueSeal({ issuer: tree.department, name })
    expect(outcome({ leaf: seal.der })).toBe('name-outside-constraints')
  })

  test.for([
    ['RSA 1024', (): Keys => generateKeyPairSync('rsa', { modulusLength: 1024 })],
    [
      'RSA with exponent 3',
      (): Keys => generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }),
    ],
    ['secp256k1', () => ecKeys('secp256k1')],
    ['P-521', () => ecKeys('P-521')],
  ] as const)('a seal with a key of %s is weak', async ([, keys]) => {
    const seal = await issueSeal({ issuer: tree.department, keys: keys() })
    expect(outcome({ leaf: seal.der })).toBe('weak-key')
  })

  test('a CA is no seal', () => {
    const intermediates = [tree.licensing.der]
    expect(outcome({ leaf: tree.department.der, intermediates })).toBe('not-a-leaf')
    expect(outcome({ leaf: tree.root.der })).toBe('not-a-leaf')
  })
})

describe('finding a path', () => {
  test('a missing intermediate', () => {
    expect(outcome({ intermediates: [tree.department.der] })).toBe('untrusted-root')
    expect(outcome({ intermediates: [tree.licensing.der] })).toBe('untrusted-root')
    expect(outcome({ intermediates: [] })).toBe('untrusted-root')
  })

  test('a self-signed seal', async () => {
    const { der: leaf } = await issueSeal({})
    expect(outcome({ leaf })).toBe('untrusted-root')
  })

  test('no anchors, or another one', async () => {
    const other = await issueCa({ name: named('other root', 'platform') })
    expect(outcome({ anchors: [] })).toBe('untrusted-root')
    expect(outcome({ anchors: [other.certificate] })).toBe('untrusted-root')
    expect(outcome({ anchors: [other.certificate, tree.root.certificate] })).toBe('ok')
  })

  test('a root of the same name and key identifier, with another key', async () => {
    const keyIdentifiers = keyIds(tree.root.keys.publicKey, tree.root.keys.publicKey)
    const lookalike = await issueCa({ name: tree.root.name, roles: { keyIds: keyIdentifiers } })
    expect(outcome({ anchors: [lookalike.certificate] })).toBe('signature-invalid')
    const both = [lookalike.certificate, tree.root.certificate]
    expect(outcome({ anchors: both })).toBe('ok')
  })

  test('an issuer whose key identifier is not the one that was named', async () => {
    const { seal, department, licensing } = tree
    const elsewhere = keyIds(department.keys.publicKey, seal.keys.publicKey)
    const { der: leaf } = await issueSeal({ issuer: department, roles: { keyIds: elsewhere } })
    expect(outcome({ leaf, intermediates: [department.der, licensing.der] })).toBe('key-identifier')
  })

  test('of two certificates of one CA, the good one is found', async () => {
    const { department, licensing, seal } = tree
    const order = { name: department.name, keys: department.keys, issuer: licensing }
    const expired = await issueDepartmentCa({ ...order, until: seconds(at, -1) })
    for (const intermediates of [
      [expired.der, department.der, licensing.der],
      [department.der, expired.der, licensing.der],
    ]) {
      expect(outcome({ leaf: seal.der, intermediates })).toBe('ok')
    }
    const intermediates = [expired.der, licensing.der]
    expect(outcome({ leaf: seal.der, intermediates })).toBe('certificate-expired')
  })

  test('more intermediates than anyone needs', () => {
    const intermediates = Array.from({ length: pathLimits.intermediates + 1 }, () => tree.root.der)
    expect(outcome({ intermediates })).toBe('chain-too-complex')
    expect(outcome({ intermediates: intermediates.slice(1) })).toBe('untrusted-root')
  })

  test('a malformed certificate anywhere', () => {
    const noise = Buffer.from('noise')
    expect(outcome({ leaf: noise })).toBe('certificate-malformed')
    const intermediates = [tree.department.der, tree.licensing.der, noise]
    expect(outcome({ intermediates })).toBe('ok')
    expect(outcome({ intermediates: [noise] })).toBe('certificate-malformed')
    expect(outcome({ anchors: [noise] })).toBe('certificate-malformed')
    expect(outcome({ anchors: [noise, tree.root.der] })).toBe('ok')
  })
})

describe('revocation', () => {
  const day = 86_400
  const revokedFrom = seconds(at, -day)

  async function revoking(from: Date, change: { invalidFrom?: Date; until?: Date } = {}) {
    const { serial } = tree.seal.certificate
    const { invalidFrom, until } = change
    const list = await issueCrl({
      issuer: tree.department,
      revoked: [{ serial, from, ...(invalidFrom && { invalidFrom }) }],
      ...(until && { until }),
    })
    return { crls: [...tree.crls.slice(0, 2), list] }
  }

  test.for([
    ['before', seconds(revokedFrom, -1), 'ok'],
    ['when it was revoked', revokedFrom, 'certificate-revoked'],
    ['after', seconds(revokedFrom, 1), 'certificate-revoked'],
  ] as const)('a seal set %s', async ([, moment, expected]) => {
    const crls = await revoking(revokedFrom)
    expect(outcome({ ...crls, at: moment, revocationAt: at })).toBe(expected)
  })

  test('what was suspected earlier is revoked from then on', async () => {
    const suspected = seconds(revokedFrom, -10 * day)
    const crls = await revoking(revokedFrom, { invalidFrom: suspected })
    expect(outcome({ ...crls, at: suspected, revocationAt: at })).toBe('certificate-revoked')
    expect(outcome({ ...crls, at: seconds(suspected, -1), revocationAt: at })).toBe('ok')
  })

  test('a revoked CA takes its seals with it', async () => {
    const { serial } = tree.department.certificate
    const list = await issueCrl({
      issuer: tree.licensing,
      revoked: [{ serial, from: revokedFrom }],
    })
    expect(outcome({ crls: [...tree.crls, list] })).toBe('certificate-revoked')
  })

  test('lists must be fresh when they are asked, not when the seal was set', () => {
    const before = new Date('2026-03-01T00:00:00Z')
    const after = new Date('2026-08-01T00:00:00Z')
    const { crls } = tree
    expect(outcome({ crls, at: before })).toBe('revocation-unknown')
    expect(outcome({ crls, at: before, revocationAt: at })).toBe('ok')
    expect(outcome({ crls, at: after })).toBe('revocation-unknown')
    expect(outcome({ crls, at, revocationAt: after })).toBe('revocation-unknown')
    expect(outcome({ crls, at, revocationAt: new Date('2026-07-01T00:00:00Z') })).toBe('ok')
    expect(outcome({ crls, at, revocationAt: new Date(Number.NaN) })).toBe('revocation-unknown')
  })

  test('a missing list is unknown, unless the caller can do without', () => {
    expect(outcome({ crls: [] })).toBe('revocation-unknown')
    expect(outcome({ crls: tree.crls.slice(0, 2) })).toBe('revocation-unknown')
    expect(outcome({ requireRevocation: true })).toBe('revocation-unknown')
    expect(outcome({ crls: [], requireRevocation: false })).toBe('ok')
  })

  test('a stale list still revokes', async () => {
    const { crls } = await revoking(revokedFrom, { until: seconds(at, -1) })
    expect(outcome({ crls, requireRevocation: false })).toBe('certificate-revoked')
    expect(outcome({ crls: [...tree.crls, ...crls] })).toBe('certificate-revoked')
  })

  test('a list of another issuer says nothing', async () => {
    const { serial } = tree.seal.certificate
    const revoked = [{ serial, from: revokedFrom }]
    const list = await issueCrl({ issuer: tree.licensing, revoked })
    expect(outcome({ crls: [...tree.crls, list] })).toBe('ok')
  })

  test('a list in the name of the CA, signed by somebody else, says nothing', async () => {
    const { department, crls, seal } = tree
    const extensions = [
      ...keyIds(department.keys.publicKey, department.keys.publicKey).slice(1),
      crlNumber(9),
    ]
    const forger = { name: department.name, keys: ecKeys() }
    const revoked = [{ serial: seal.certificate.serial, from: revokedFrom }]
    const forged = await issueCrl({ issuer: forger, revoked, extensions })
    expect(outcome({ crls: [...crls, forged] })).toBe('ok')
    const empty = await issueCrl({ issuer: forger, extensions })
    expect(outcome({ crls: [...crls.slice(0, 2), empty] })).toBe('revocation-unknown')
  })

  test('a list of the same key in another name says nothing', async () => {
    const { department, crls } = tree
    const renamed = await issueCrl({ issuer: { name: named('renamed'), keys: department.keys } })
    expect(outcome({ crls: [...crls.slice(0, 2), renamed] })).toBe('revocation-unknown')
  })

  test('a list that names another key of the CA says nothing', async () => {
    const { department, crls, root } = tree
    const { publicKey } = root.keys
    const extensions = [...keyIds(publicKey, publicKey).slice(1), crlNumber(1)]
    const list = await issueCrl({ issuer: department, extensions })
    expect(outcome({ crls: [...crls.slice(0, 2), list] })).toBe('revocation-unknown')
  })

  test('lists that use up the budget do not make a revoked seal good', async () => {
    const { department, crls } = tree
    const forger = { name: department.name, keys: ecKeys() }
    const extensions = [
      ...keyIds(department.keys.publicKey, department.keys.publicKey).slice(1),
      crlNumber(9),
    ]
    const forged = await issueCrl({ issuer: forger, extensions })
    const noise = Array.from({ length: budgetLimits.signatures }, () => ({ ...forged }))
    const revoked = (await revoking(revokedFrom)).crls.slice(2)
    const all = [...crls.slice(0, 2), ...noise, ...revoked]
    expect(outcome({ crls: all, requireRevocation: false })).toBe('too-many-signatures')
  })
})

function notCritical({ type, value }: x509.Extension): x509.Extension {
  return new x509.Extension(type, false, value)
}

function unknown(isCritical: boolean): x509.Extension {
  return extension('1.2.3.4', { isCritical, value: nothing })
}

function policyConstraints(): x509.Extension {
  const value = sequence(der(0x80, Uint8Array.of(0)))
  return extension('2.5.29.36', { isCritical: false, value })
}

function uriAndName(): x509.Extension {
  const uri = der(0x86, Buffer.from('urn:zhengtong:department:haikouMarket'))
  const name = der(0xa4, nameDer(named('seal', otherUscc)))
  return extension('2.5.29.17', { isCritical: false, value: sequence(uri, name) })
}

/**
 * What is said of each forgery of our list, of both trees and in both profiles, against what the
 * rules say. `test/golden/certforge.txt` is the same as a table for people.
 */
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { parseCertificate } from '../sdk/certificate.ts'
import { validatePath } from '../sdk/certificate/path.ts'
import { purposeOid } from '../sdk/certificate/purpose-oid.ts'
import { parseCrl } from '../sdk/revocation/crl.ts'
import type { LicenceVerdict } from '../sdk/licence.ts'
import { verifyStatusList } from '../sdk/status.ts'
import type { SeenStatusList, StatusListVerdict } from '../sdk/status.ts'
import { isDevelopmentTrust } from '../sdk/trust.ts'
import type { Trust } from '../sdk/trust.ts'
import {
  before,
  createForge as createLicenceForge,
  licenceIdOf,
  minuteMs,
  type,
  uri,
} from '../test/forging.ts'
import { exchange } from '../test/issuing.ts'
import { presentationOf } from './certforge/case.ts'
import type { Case } from './certforge/case.ts'
import { cases } from './certforge/cases.ts'
import { at, createForge, departmentCode, trees, uscc } from './certforge/forge.ts'
import type { Forge, Party, TreeName } from './certforge/forge.ts'
import { listOf } from './certforge/revocation-cases.ts'
import { licenceTypeUrn } from '../sdk/licence/document.ts'
import { purposes } from './extension.ts'

const profiles = ['strict', 'rfc5280'] as const
const treeNames = Object.keys(trees) as TreeName[]
const forges = new Map(treeNames.map((tree) => [tree, createForge(tree)]))
const known = new Map<string, readonly string[]>()

/** In both profiles; a forgery is made and judged once. */
function verdictsOf(tree: TreeName, one: Case): readonly string[] {
  const key = `${tree} ${one.id}`
  const verdicts = known.get(key) ?? judge(forgeOf(tree), one)
  known.set(key, verdicts)
  return verdicts
}

function judge(forge: Forge, one: Case): readonly string[] {
  const presented = presentationOf(one, forge)
  return profiles.map((profile) => {
    const verdict = validatePath({ ...presented, profile })
    return verdict.ok ? 'ok' : verdict.code
  })
}

function forgeOf(tree: TreeName): Forge {
  const forge = forges.get(tree)
  if (!forge) throw new Error(`there is no tree ${tree}`)
  return forge
}

function exists(tree: TreeName, { notOfSm2 }: Case): boolean {
  return tree !== 'sm2' || notOfSm2 === undefined
}

describe.for(treeNames)('%s', (tree) => {
  const forge = forgeOf(tree)

  test.for(cases.filter((one) => exists(tree, one)))('$id $name', (one) => {
    expect(verdictsOf(tree, one)).toEqual([one.strict, one.rfc5280])
  })

  test.for(cases.filter((one) => one.malformed !== undefined))(
    '$id $name: it is no certificate, by the rule $malformed',
    (one) => {
      const { leaf } = presentationOf(one, forge)
      const refusal = expect.objectContaining({ rule: one.malformed }) as object
      expect(() => parseCertificate(leaf)).toThrow(
        expect.objectContaining({ code: 'invalid-certificate', detail: refusal }) as Error,
      )
    },
  )

  test('27 … and production does not start with a test CA among its anchors', () => {
    const { intermediates, anchors } = presentationOf(caseOf('27'), forge)
    const isTest = (ders: readonly Uint8Array[]): boolean =>
      isDevelopmentTrust({ anchors: ders.map(parseCertificate) })
    expect([isTest(anchors), isTest(intermediates.slice(-1))]).toEqual([false, true])
  })

  test('29 … and a licence of a type that was not granted is invalid', () => {
    const { sealed, verify } = licencesOf(forge)
    const claims = { vct: licenceTypeUrn(type.identity), licenceId: licenceIdOf(type.identity) }
    expect(findingsOf(verify({}))).toEqual(['valid'])
    expect(findingsOf(verify({ document: sealed({ claims }) }))).toEqual([
      'invalid',
      'issuer-authorised type-not-granted',
    ])
  })

  test('70 … and the list that was played again is refused', () => {
    const { listOf: statusListAt, freshList } = licencesOf(forge)
    const { publicKey } = statusSignerOf(forge).keys
    const open = (token: string, lastSeen?: SeenStatusList): StatusListVerdict =>
      verifyStatusList(token, publicKey, { uri, at, ...(lastSeen && { lastSeen }) })
    const fresh = open(freshList)
    const older = statusListAt({ at: before(minuteMs) })
    expect(open(older)).toMatchObject({ ok: true })
    expect(fresh.ok && open(older, fresh.list)).toEqual({
      ok: false,
      code: 'status-list-rolled-back',
    })
    expect(fresh.ok && open(freshList, fresh.list).ok).toBe(true)
  })
})

/** Signs status lists; one for each forge. */
const statusSigners = new Map<Forge, Party>()

function statusSignerOf(forge: Forge): Party {
  const { licensing, sealOf } = forge
  const roles = { purpose: [purposes(purposeOid.statusSigning)], department: [] }
  const signer = statusSigners.get(forge) ?? sealOf({ issuer: licensing, roles })
  statusSigners.set(forge, signer)
  return signer
}

/** Licences under the seal of a forge, which may issue one type. */
function licencesOf(forge: Forge): ReturnType<typeof createLicenceForge> {
  const { root, licensing, department, seal } = forge
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const status = statusSignerOf(forge)
  const from = new Date('2019-01-01T00:00:00Z')
  const name = { zh: '市场', en: 'Market' }
  const issuer = { department: departmentCode, uscc, name, types: [{ code: type.business, from }] }
  const trust: Trust = {
    ...{ exchange, anchors: [parseCertificate(root.der)], receiptKeys: new Map() },
    crls: [root, licensing, department].map((authority) => parseCrl(listOf(authority))),
    ...{ issuers: [issuer], logKeys: [{ key: publicKey, from }] },
    logOriginPrefix: `${exchange}/log/`,
  }
  const chain = [seal.der, department.der, licensing.der]
  return createLicenceForge({
    ...{ trust, logKey: privateKey, marketSeal: { key: seal.keys.privateKey, chain } },
    status: { key: status.keys.privateKey, chain: [status.der, licensing.der] },
  })
}

function findingsOf({ verdict, checks }: LicenceVerdict): readonly string[] {
  const open = checks.filter(({ outcome }) => outcome !== 'pass')
  return [verdict, ...open.map(({ code, reason = '' }) => `${code} ${reason}`)]
}

test('each of the 70 numbers is there, in order', () => {
  const numbers = cases.map(({ id }) => Number.parseInt(id, 10))
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  expect([...new Set(numbers)]).toEqual(Array.from({ length: 70 }, (_, n) => n + 1))
  expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length)
})

function caseOf(id: string): Case {
  const found = cases.find((one) => one.id === id)
  if (!found) throw new Error(`there is no case ${id}`)
  return found
}

test('the table is the one that was agreed', async () => {
  const lines = cases.map((one) => {
    const [strict = '', rfc5280 = ''] = verdictsOf('ec-rsa', one)
    const ofSm2 = exists('sm2', one) ? verdictsOf('sm2', one) : [`none: ${one.notOfSm2 ?? ''}`]
    const sm2 = ofSm2.join() === [strict, rfc5280].join() ? 'the same' : ofSm2.join(', ')
    return row(one.id, one.name, strict, rfc5280, sm2, one.rule)
  })
  const heading = row('No.', 'What is forged', 'Strict', 'RFC 5280', 'With SM2', 'The rule')
  const text = [heading, ...lines, ...afterwards].join('\n')
  await expect(`${text}\n`).toMatchFileSnapshot('../test/golden/certforge.txt')
})

function row(id: string, name: string, ...columns: readonly string[]): string {
  const [strict = '', rfc5280 = '', sm2 = '', rule = ''] = columns
  const verdicts = [strict, rfc5280].map((verdict) => verdict.padEnd(27))
  return [id.padEnd(4), name.padEnd(48), ...verdicts, sm2.padEnd(36), rule].join(' ').trimEnd()
}

/** What is judged when the path is good. */
const afterwards = [
  '',
  '27 also: production does not start with an anchor of a development PKI.',
  '29 then: the licence is invalid, issuer-authorised type-not-granted.',
  '70 then: the list is refused, status-list-rolled-back.',
]

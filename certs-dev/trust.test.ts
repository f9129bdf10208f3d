/** What is accepted as `trust.json`, and what is not. */
import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { growTree } from '../test/certificates.ts'
import { at } from './certforge/forge.ts'
import type { Tree } from '../test/certificates.ts'
import { writeList } from './certforge/list-writer.ts'
import { isDevelopmentTrust, readTrust } from '../sdk/trust.ts'

const spki = (key: ReturnType<typeof generateKeyPairSync>['publicKey']): string =>
  key.export({ format: 'der', type: 'spki' }).toString('base64')
const ed25519 = spki(generateKeyPairSync('ed25519').publicKey)
const p256 = spki(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey)
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

const type = { code: '11100000MB0143028R001', from: '2019-01-01T00:00:00.000Z' }
const issuer = {
  department: 'haikouMarket',
  uscc: '11460108MB15000151',
  name: { zh: '海口市市场监督管理局', en: 'Haikou' },
  types: [type],
}
const logKey = { publicKey: ed25519, from: '2026-01-01T00:00:00.000Z' }
const log = { originPrefix: 'exchange.example/log/', keys: [logKey] }
const later = '2026-02-01T00:00:00.000Z'
const ending = { ...logKey, until: '2026-02-02T00:00:00.000Z' }
const nextKey = { publicKey: spki(generateKeyPairSync('ed25519').publicKey), from: later }
const logKeys = (...keys: readonly object[]): object => ({ log: { ...log, keys } })
const receiptKey = { kid: 'r1', publicKey: p256 }

/** A list without numbers and reasons. */
function versionOne(): Uint8Array {
  const issuer = { name: tree.root.name, key: tree.root.keys.privateKey }
  return writeList({ issuer, from: at, until: new Date('2027-01-01'), entries: [] })
}

let tree: Tree
let good: Record<string, unknown>
beforeAll(async () => {
  tree = await growTree()
  good = {
    ...{ version: 1, exchange: 'exchange.example', anchors: [base64(tree.root.der)] },
    crls: tree.crls.map(({ der }) => base64(der)),
    ...{ issuers: [issuer], log, receiptKeys: [receiptKey] },
  }
})

test('a good file', () => {
  const trust = readTrust(JSON.stringify(good))
  expect(trust.anchors[0]?.fingerprint).toBe(tree.root.certificate.fingerprint)
  expect(trust.crls).toHaveLength(3)
  expect(trust.issuers).toEqual([
    { ...issuer, types: [{ code: type.code, from: new Date(type.from) }] },
  ])
  expect(
    trust.logKeys.map(({ key, ...period }) => ({ ...period, kind: key.asymmetricKeyType })),
  ).toEqual([{ kind: 'ed25519', from: new Date(logKey.from) }])
  expect([...trust.receiptKeys.keys()]).toEqual(['r1'])
  expect(isDevelopmentTrust(trust)).toBe(false)
})

test('log keys that hand over to each other', () => {
  const { logKeys: keys } = readTrust(JSON.stringify({ ...good, ...logKeys(ending, nextKey) }))
  expect(keys.map(({ until }) => until?.toISOString())).toEqual([ending.until, undefined])
})

describe('is refused with', () => {
  const issuers = (change: object): object => ({ issuers: [{ ...issuer, ...change }] })
  const types = (change: object): object => issuers({ types: [{ ...type, ...change }] })
  test.for<readonly [string, () => object]>([
    ['an unknown member', () => ({ more: 1 })],
    ['another version', () => ({ version: 2 })],
    ['no exchange', () => ({ exchange: undefined })],
    ['an exchange with spaces', () => ({ exchange: 'a b' })],
    ['no anchors', () => ({ anchors: [] })],
    ['an anchor that is none', () => ({ anchors: ['AAAA'] })],
    ['an anchor that is not base64', () => ({ anchors: ['-'] })],
    ['an anchor that is padded badly', () => ({ anchors: [`${base64(tree.root.der)}=`] })],
    ['a list that is none', () => ({ crls: [base64(tree.root.der)] })],
    ['a list our own PKI never issues', () => ({ crls: [base64(versionOne())] })],
    ['anchors as text', () => ({ anchors: 'AAAA' })],
    ['more than a thousand lists', () => ({ crls: Array.from({ length: 1_001 }, () => 'AAAA') })],
    ['a department twice', () => ({ issuers: [issuer, issuer] })],
    ['an impossible department', () => issuers({ department: 'Haikou' })],
    ['a short uscc', () => issuers({ uscc: '1146' })],
    ['no English name', () => issuers({ name: { zh: '海口' } })],
    ['a name with a line break', () => issuers({ name: { zh: '海\n口', en: 'x' } })],
    ['a member more in an issuer', () => issuers({ more: 1 })],
    ['a short type code', () => types({ code: '111' })],
    ['a day instead of a time', () => types({ from: '2019-01-01' })],
    ['a day that does not exist', () => types({ until: '2019-02-30T00:00:00.000Z' })],
    ['no beginning', () => types({ from: undefined })],
    ['a log key of another kind', () => logKeys({ ...logKey, publicKey: p256 })],
    ['a log key that is none', () => logKeys({ ...logKey, publicKey: 'AAAA' })],
    ['a log key without a beginning', () => logKeys({ publicKey: ed25519 })],
    ['a member more in a log key', () => logKeys({ ...logKey, more: 1 })],
    ['no log key', () => logKeys()],
    ['an only log key that ends', () => logKeys({ ...logKey, until: later })],
    ['two log keys of which none ends', () => logKeys(logKey, { ...nextKey, from: later })],
    ['a moment without a log key', () => logKeys({ ...logKey, until: later }, nextKey)],
    ['log keys in the wrong order', () => logKeys({ ...nextKey, until: later }, logKey)],
    ['a log key twice', () => logKeys(ending, { ...nextKey, publicKey: ed25519 })],
    ['no log', () => ({ log: undefined })],
    ['a receipt key of another kind', () => ({ receiptKeys: [{ kid: 'r1', publicKey: ed25519 }] })],
    ['a receipt key twice', () => ({ receiptKeys: [receiptKey, receiptKey] })],
  ])('%s', ([, change]) => {
    expect(() => readTrust(JSON.stringify({ ...good, ...change() }))).toThrow('invalid-trust')
  })

  test('a member written twice', () => {
    const json = JSON.stringify(good).replace('{', '{"version":1,')
    expect(() => readTrust(json)).toThrow('invalid-trust')
  })

  test.for(['', '[]', 'null', '{'])('%j', (json) => {
    expect(() => readTrust(json)).toThrow('invalid-trust')
  })
})

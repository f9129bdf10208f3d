/** The whole development PKI: complete, usable, renewed in time, and never half made. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadCatalogue } from '../catalogs/catalog.ts'
import { algorithmOf, signBytes } from '../sdk/algorithm.ts'
import { validatePath } from '../sdk/certificate/path.ts'
import { readPem } from '../sdk/pem.ts'
import { openPkcs12 } from '../sdk/pkcs12.ts'
import { utf8 } from '../sdk/primitives.ts'
import { purposeOid } from '../sdk/certificate/purpose-oid.ts'
import type { Purpose } from '../sdk/certificate/purpose-oid.ts'
import { isDevelopmentTrust, readTrust } from '../sdk/trust.ts'
import type { Trust } from '../sdk/trust.ts'
import { createDevelopmentPki } from './create.ts'
import { replaceFolder } from './folder.ts'
import { planFrom } from './from-catalogue.ts'
import type { DevelopmentPki } from './plan.ts'

const at = new Date('2026-06-01T12:00:00Z')
const dayMs = 86_400_000
const everybody = planFrom(loadCatalogue())
/** One of each kind: a window, the vault's operator, owners of data; with and without seals. */
const codes = ['haikouAffairs', 'haikouMarket', 'haikouPolice', 'haikouResources', 'meilanMarket']
const departments = everybody.departments.filter(({ code }) => codes.includes(code))
const issuers = everybody.issuers.filter(({ department }) => codes.includes(department))
const openssl = spawnSync('openssl', ['version']).status === 0
const skipsOpenssl = !openssl && !process.env['ZT_REQUIRE_TOOLS']

let home: string
let plan: DevelopmentPki
/** The same for two departments: enough where the folder is made again and again. */
let small: DevelopmentPki
let trust: Trust
let password: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'zhengtong-pki-'))
  plan = { out: join(home, 'out'), exchange: 'exchange.example', departments, issuers, at }
  const two = departments.filter(({ code }) => ['haikouAffairs', 'haikouMarket'].includes(code))
  small = { ...plan, departments: two }
  await createDevelopmentPki(plan)
  trust = await trustOf(plan)
  password = await readFile(join(plan.out, 'password'), 'utf8')
})

afterAll(async () => {
  await rm(home, { recursive: true, force: true })
})

async function trustOf({ out }: DevelopmentPki): Promise<Trust> {
  return readTrust(await readFile(join(out, 'trust.json'), 'utf8'))
}

async function chainOf(path: string, { out } = plan): Promise<readonly Uint8Array[]> {
  return readPem(await readFile(join(out, `${path}.chain.pem`), 'utf8'), 'CERTIFICATE')
}

interface Judged {
  readonly purpose: Purpose
  readonly by?: Trust
  readonly moment?: Date
}

function judge([leaf, ...intermediates]: readonly Uint8Array[], judged: Judged): string {
  const { purpose, by = trust, moment = at } = judged
  if (!leaf) throw new Error('no certificate')
  const verdict = validatePath({
    ...{ leaf, intermediates, anchors: by.anchors, crls: by.crls },
    ...{ at: moment, revocationAt: at, profile: 'strict', purpose: purposeOid[purpose] },
  })
  return verdict.ok ? 'ok' : verdict.code
}

/** The content of every file, by its path. */
async function contents(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const read = files.map(async ({ parentPath, name }): Promise<[string, string]> => {
    const path = join(parentPath, name)
    return [path.slice(folder.length + 1), (await readFile(path)).toString('base64')]
  })
  return new Map(await Promise.all(read))
}

/** Paths of files whose content is another one. */
async function changedSince(before: Map<string, string>, folder: string): Promise<string[]> {
  const after = await contents(folder)
  return [...after].filter(([path, text]) => before.get(path) !== text).map(([path]) => path)
}

describe('everything is there', () => {
  test('every seal, and it leads to the trusted root', async () => {
    for (const { department } of issuers) {
      const chain = await chainOf(`${department}/seal`)
      expect(chain).toHaveLength(3)
      expect(judge(chain, { purpose: 'seal' }), department).toBe('ok')
      expect(judge(chain, { purpose: 'requestSigning' })).toBe('wrong-purpose')
    }
  })

  test('every key store: the key fits its certificate, which names the department', async () => {
    for (const { code, uscc } of departments) {
      const identity = await openPkcs12(join(plan.out, `${code}.p12`), password)
      expect(identity.department).toBe(code)
      expect(judge(identity.certificates, { purpose: 'requestSigning' })).toBe('ok')
      const [leaf] = identity.certificates
      const verdict = validatePath({
        ...{ leaf: leaf ?? utf8(''), intermediates: identity.certificates.slice(1) },
        ...{ anchors: trust.anchors, at, profile: 'strict' },
      })
      const certificate = verdict.ok ? verdict.path[0] : undefined
      expect(certificate?.fingerprint).toBe(identity.kid)
      expect(certificate?.organisation).toBe(uscc)
      expect(certificate?.publicKey.equals(createPublicKey(identity.key))).toBe(true)
    }
  })

  test('the signers of status lists and of receipts', async () => {
    expect(judge(await chainOf('status'), { purpose: 'statusSigning' })).toBe('ok')
    expect(judge(await chainOf('receipt'), { purpose: 'receiptSigning' })).toBe('ok')
    const key = createPrivateKey(await readFile(join(plan.out, 'receipt.key.pem')))
    const [trusted] = [...trust.receiptKeys.values()]
    expect(trusted?.equals(createPublicKey(key))).toBe(true)
    expect(signBytes('ES256', key, utf8('receipt'))).toHaveLength(64)
  })

  test('the keys of the log and the vault', async () => {
    const log = createPrivateKey(await readFile(join(plan.out, 'log.key.pem')))
    expect(algorithmOf(log)).toBe('EdDSA')
    expect(trust.logKeys[0]?.key.equals(createPublicKey(log))).toBe(true)
    expect(trust.logOriginPrefix).toBe('exchange.example/log/')
    const [kek, index] = await Promise.all(
      ['kek.key', 'index.key'].map((name) => readFile(join(plan.out, name))),
    )
    expect([kek?.length, index?.length]).toEqual([32, 32])
    expect(kek?.equals(index ?? Buffer.alloc(0))).toBe(false)
  })

  test('what it says of itself', () => {
    expect(trust.exchange).toBe('exchange.example')
    expect(trust.issuers).toEqual(issuers)
    expect(isDevelopmentTrust(trust)).toBe(true)
    expect(trust.crls).toHaveLength(departments.length + 2)
  })

  test('secrets can be read by their owner only', async () => {
    for (const path of (await contents(plan.out)).keys()) {
      const { mode } = await stat(join(plan.out, path))
      const isSecret = /\.key(\.pem)?$|\.p12$|^password$/.test(path)
      expect((mode & 0o777).toString(8), path).toBe(isSecret ? '600' : '644')
    }
  })

  test.for([
    ['expired', 0, 'certificate-expired'],
    ['expired', -60, 'ok'],
    ['revoked', 0, 'certificate-revoked'],
    ['revoked', -60, 'ok'],
  ] as const)('the %s seal, %i days from now: %s', async ([name, days, expected]) => {
    const moment = new Date(at.getTime() + days * dayMs)
    const chain = await chainOf(`bad/${name}`)
    expect(judge(chain, { purpose: 'seal', moment })).toBe(expected)
  })

  test("a department's CA cannot seal for another one", async () => {
    const [own, ...others] = await Promise.all(
      issuers.map(({ department }) => chainOf(`${department}/seal`)),
    )
    for (const other of others) {
      const mixed = [other[0], ...(own ?? []).slice(1)].filter((der) => der !== undefined)
      expect(judge(mixed, { purpose: 'seal' })).toBe('untrusted-root')
    }
  })
})

describe('a key store', () => {
  test.for(['', 'wrong', 'Password'])('does not open with %j', async (wrong) => {
    const path = join(plan.out, 'haikouMarket.p12')
    await expect(openPkcs12(path, wrong)).rejects.toThrow('invalid-key-store')
  })

  test('that is damaged is refused', async () => {
    const good = await readFile(join(plan.out, 'haikouMarket.p12'))
    const path = join(home, 'damaged.p12')
    for (const index of [0, 10, 100, 900, 2_000, good.length - 60]) {
      const bytes = Uint8Array.from(good)
      bytes[index] = (bytes[index] ?? 0) ^ 0x55
      await writeFile(path, bytes)
      await expect(openPkcs12(path, password), `byte ${index}`).rejects.toThrow('invalid-key-store')
    }
    for (const bytes of [good.subarray(0, 1_000), Buffer.alloc(0), Buffer.alloc(200_000)]) {
      await writeFile(path, bytes)
      await expect(openPkcs12(path, password)).rejects.toThrow('invalid-key-store')
    }
  })
})

if (skipsOpenssl) process.stderr.write('openssl is not installed: its opinion is not asked\n')

describe.skipIf(skipsOpenssl)('openssl agrees', () => {
  const run = (...args: readonly string[]): string =>
    execFileSync('openssl', [...args], { cwd: plan.out, encoding: 'utf8', stdio: 'pipe' })

  test('every chain passes its strict verification, with lists', async () => {
    const paths = [...(await contents(plan.out)).keys()]
    const lists = paths.filter((path) => path.endsWith('.crl'))
    const crls = await Promise.all(lists.map((path) => readFile(join(plan.out, path), 'utf8')))
    await writeFile(join(home, 'all.crl'), crls.join(''))
    const chains = paths.filter((path) => path.endsWith('.chain.pem') && !path.startsWith('bad/'))
    expect(chains.length).toBeGreaterThan(departments.length)
    const seconds = String(at.getTime() / 1000)
    for (const path of chains) {
      const time = ['-attime', seconds, '-crl_check_all', '-CRLfile', join(home, 'all.crl')]
      const trusted = ['-CAfile', 'ca/root.chain.pem', '-untrusted', path]
      expect(run('verify', '-x509_strict', ...time, ...trusted, path)).toContain(`${path}: OK`)
    }
  })

  test('every key store opens', () => {
    for (const { code } of departments) {
      const source = ['-in', `${code}.p12`, '-passin', 'file:password']
      const text = run('pkcs12', ...source, '-noenc')
      expect(text.match(/BEGIN CERTIFICATE/g)).toHaveLength(3)
      expect(text.match(/BEGIN PRIVATE KEY/g)).toHaveLength(1)
    }
  })
})

describe('made again', () => {
  test('for the same plan: nothing changes', async () => {
    const before = await contents(plan.out)
    const { ino } = await stat(plan.out)
    await createDevelopmentPki({ ...plan, at: new Date(at.getTime() + 100 * dayMs) })
    expect(await changedSince(before, plan.out)).toEqual([])
    expect((await stat(plan.out)).ino).toBe(ino)
  })

  test('with a department more and one less: everybody else keeps what they have', async () => {
    const out = join(home, 'changed')
    const fewer = { ...small, out, departments: small.departments.slice(1) }
    await createDevelopmentPki(fewer)
    const before = await contents(out)
    await createDevelopmentPki({ ...small, out })
    const changed = await changedSince(before, out)
    const { code = '', issues } = small.departments[0] ?? {}
    const expected = ['trust.json', 'manifest.json', `${code}.p12`, `ca/${code}.key.pem`]
    expect(changed).toEqual(expect.arrayContaining(expected))
    const others = changed.filter((path) => !path.includes(code) && !path.endsWith('.crl'))
    const bad = issues === true ? others.filter((path) => path.startsWith('bad/')) : []
    expect(others.filter((path) => !bad.includes(path)).sort()).toEqual([
      'manifest.json',
      'trust.json',
    ])
  })

  test('before it expires: new keys under the same roots, and old seals stay true', async () => {
    const out = join(home, 'renewed')
    await createDevelopmentPki({ ...small, out })
    const before = await contents(out)
    const old = await chainOf('haikouMarket/seal', { ...small, out })
    const later = { ...small, out, at: new Date(at.getTime() + (3 * 365 - 29) * dayMs) }
    await createDevelopmentPki(later)
    const changed = await changedSince(before, out)
    for (const path of ['haikouMarket/seal.key.pem', 'haikouMarket.p12', 'root.crl']) {
      expect(changed).toContain(path)
    }
    for (const path of ['kek.key', 'index.key', 'log.key.pem', 'password', 'ca/root.key.pem']) {
      expect(changed).not.toContain(path)
    }
    const [leaf, ...intermediates] = old
    const by = await trustOf(later)
    const verdict = validatePath({
      ...{ leaf: leaf ?? utf8(''), intermediates, anchors: by.anchors, crls: by.crls },
      ...{ at, revocationAt: later.at, profile: 'strict', purpose: purposeOid.seal },
    })
    expect(verdict.ok).toBe(true)
  })

  test('what was revoked stays revoked', async () => {
    const out = join(home, 'revoked')
    await createDevelopmentPki({ ...small, out })
    const chain = await chainOf('bad/revoked', { ...small, out })
    await createDevelopmentPki({ ...small, out, exchange: 'another.example' })
    await rm(join(out, 'bad'), { recursive: true })
    await createDevelopmentPki({ ...small, out, exchange: 'another.example' })
    const by = await trustOf({ ...small, out })
    expect(judge(chain, { purpose: 'seal', by })).toBe('certificate-revoked')
  })

  test.for([
    ['trust.json', ''],
    ['manifest.json', '{'],
    ['haikouMarket.p12', 'noise'],
    ['haikouMarket/seal.key.pem', 'noise'],
    ['haikouMarket/seal.chain.pem', 'noise'],
    ['haikouMarket.crl', 'noise'],
    ['root.crl', undefined],
    ['receipt.key.pem', undefined],
  ] as const)('%s lost or damaged is made again', async ([path, content], context) => {
    const out = join(home, `damaged-${context.task.id}`)
    await createDevelopmentPki({ ...small, out })
    if (content === undefined) await rm(join(out, path))
    else await writeFile(join(out, path), content)
    const another = { ...small, out, exchange: 'another.example' }
    await createDevelopmentPki(another)
    const by = await trustOf(another)
    expect(judge(await chainOf('haikouMarket/seal', another), { purpose: 'seal', by })).toBe('ok')
    const store = await openPkcs12(
      join(out, 'haikouMarket.p12'),
      await readFile(join(out, 'password'), 'utf8'),
    )
    expect(judge(store.certificates, { purpose: 'requestSigning', by })).toBe('ok')
  })

  test('by several at once: all get the same complete folder', async () => {
    const out = join(home, 'together')
    const seen = await Promise.all(
      Array.from({ length: 3 }, async () => {
        await createDevelopmentPki({ ...small, out })
        return (await readFile(join(out, 'kek.key'))).toString('hex')
      }),
    )
    expect(new Set(seen).size).toBe(1)
    const by = await trustOf({ ...small, out })
    expect(
      judge(await chainOf('haikouMarket/seal', { ...small, out }), { purpose: 'seal', by }),
    ).toBe('ok')
    expect((await readdir(home)).filter((name) => name.startsWith('together.'))).toEqual([])
  })

  test('a department cannot take a name of ours', async () => {
    const [department] = small.departments
    if (!department) throw new Error('no department')
    const taken = {
      ...small,
      out: join(home, 'taken'),
      departments: [{ ...department, code: 'ca' }],
    }
    await expect(createDevelopmentPki(taken)).rejects.toThrow('cannot be called ca')
  })
})

describe('the power fails', () => {
  test('while the next folder is prepared: the last one stands', async () => {
    const out = join(home, 'prepared')
    await replaceFolder(out, (folder) => writeFile(join(folder, 'a'), 'first'))
    const failing = replaceFolder(out, async (folder) => {
      await writeFile(join(folder, 'a'), 'second')
      throw new Error('no space left')
    })
    await expect(failing).rejects.toThrow('no space left')
    expect(await readFile(join(out, 'a'), 'utf8')).toBe('first')
    expect((await readdir(home)).filter((name) => name.startsWith('prepared.'))).toEqual([])
  })

  test('between the two renames: the last folder is put back', async () => {
    const out = join(home, 'between')
    await replaceFolder(out, (folder) => writeFile(join(folder, 'a'), 'first'))
    await rename(out, `${out}.last-00000000-0000-4000-8000-000000000000`)
    await replaceFolder(out, async (folder) => {
      expect(await readFile(join(folder, 'a'), 'utf8')).toBe('first')
    })
    expect(await readdir(out)).toEqual(['a'])
  })
})

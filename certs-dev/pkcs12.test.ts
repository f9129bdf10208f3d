/** Key stores: as we write them, as OpenSSL does, and as nobody should. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isLong, testMs } from '../test/faults/settings.ts'
import { writePem } from '../sdk/pem.ts'
import { pkcs12Limits, readPkcs12 } from '../sdk/pkcs12.ts'
import { Problem } from '../sdk/problem.ts'
import { createForge, departmentCode, named } from './certforge/forge.ts'
import { writePkcs12 } from './pkcs12.ts'
import type { Form } from './pkcs12.ts'

const password = '密码 pass'
const forge = createForge('ec-rsa')
const leaf = forge.sealOf({ name: named('leaf') })
const certificates = [leaf.der, forge.root.der]
const store = { key: leaf.keys.privateKey, certificates: [leaf.der] }
/** Those under which Node encrypts the key of a store. */
const keyIterations = 2_048

const written = (form: Form = {}): Uint8Array => writePkcs12(store, password, form)

const usual = written({ iterations: 1 })

function changed(bytes: Uint8Array, at: number, way: (byte: number) => number): Uint8Array {
  return bytes.map((byte, i) => (i === at ? way(byte) : byte))
}

function outcome(read: () => unknown): string {
  try {
    read()
    return 'ok'
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    const { rule } = thrown.detail
    return typeof rule === 'string' ? `${thrown.code} ${rule}` : thrown.code
  }
}

test.for<readonly [what: string, form: Form, expected: string]>([
  ['one less than may be', { iterations: 999 }, 'ok'],
  ['as many as may be', { iterations: 1_000 }, 'ok'],
  ['one more than may be', { iterations: 1_001 }, 'too-many-iterations'],
  ['none', { said: 0 }, 'invalid-key-store unreadable'],
  ['more than a number takes', { said: 2 ** 32 - 1 }, 'invalid-key-store unreadable'],
])('iterations of MAC and key together: %s', ([, form, expected]) => {
  const limits = { ...pkcs12Limits, iterations: keyIterations + 1_000 }
  expect(outcome(() => readPkcs12(written(form), password, limits))).toBe(expected)
})

test.for([pkcs12Limits.iterations + 1, 2 ** 31 - 1])(
  'a store that asks for %i iterations is refused before the first',
  (said) => {
    const bytes = written({ said })
    const from = performance.now()
    expect(outcome(() => readPkcs12(bytes, password))).toBe('too-many-iterations')
    expect(performance.now() - from).toBeLessThan(1_000)
  },
)

/** Each byte of what changes in one of these ways, for a password that is known to whoever changes it. */
const ways: readonly ((byte: number) => number)[] = [
  (byte) => byte ^ 0x01,
  (byte) => byte ^ 0x20,
  (byte) => byte ^ 0x80,
  () => 0xff,
]

test.for([
  ['outside and inside', (at: number, way: (byte: number) => number) => changed(usual, at, way)],
  [
    'under a MAC that fits',
    (at: number, way: (byte: number) => number) =>
      written({ iterations: 1, change: (safe) => changed(safe, at, way) }),
  ],
] as const)('bytes changed %s: the same key, or a Problem', { timeout: testMs }, ([, make]) => {
  const limits = { ...pkcs12Limits, iterations: 3 * keyIterations }
  const seen = new Set<string>()
  for (let at = 0; at < usual.length; at += isLong ? 1 : 5) {
    for (const way of at % 7 === 0 ? ways : ways.slice(at % 4, (at % 4) + 1)) {
      const bytes = make(at, way)
      const read = outcome(() => {
        expect(readPkcs12(bytes, password, limits).key.equals(store.key)).toBe(true)
      })
      seen.add(read.split(' ', 1).join(''))
    }
  }
  seen.delete('too-many-iterations') // As the key of the day has it.
  expect([...seen].sort()).toEqual(['invalid-key-store', 'ok'])
})

const openssl = spawnSync('openssl', ['version']).status === 0
const skipsOpenssl = !openssl && !process.env['ZT_REQUIRE_TOOLS']

describe.skipIf(skipsOpenssl)('OpenSSL writes', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'zhengtong-pkcs12-'))
    const key = leaf.keys.privateKey.export({ format: 'pem', type: 'pkcs8' })
    writeFileSync(join(folder, 'key.pem'), key)
    writeFileSync(join(folder, 'certificates.pem'), writePem(certificates, 'CERTIFICATE'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  const rc2 = ['-legacy', '-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-RC2-40']
  test.for<readonly [what: string, options: readonly string[], expected: string]>([
    ['as it does today', [], 'ok'],
    ['with AES-128', ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-128-CBC'], 'ok'],
    ['with AES-192', ['-keypbe', 'AES-192-CBC', '-certpbe', 'AES-192-CBC'], 'ok'],
    ['with a MAC of SHA-384', ['-macalg', 'sha384'], 'ok'],
    ['with a MAC of SHA-512', ['-macalg', 'sha512'], 'ok'],
    ['with one iteration', ['-noiter', '-nomaciter'], 'ok'],
    ['with RC2 and 3DES, as it did once', [...rc2, '-macalg', 'sha1'], 'ok'],
    ['with 3DES', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES'], 'ok'],
    ['with certificates in the open', ['-certpbe', 'NONE'], 'ok'],
    ['with all in the open', ['-keypbe', 'NONE', '-certpbe', 'NONE'], 'ok'],
    ['without a MAC', ['-nomac'], 'invalid-key-store unreadable'],
    ['with a MAC of MD5', ['-macalg', 'md5'], 'invalid-key-store unreadable'],
    ['without a key', ['-nokeys'], 'invalid-key-store one-key'],
  ])('%s', ([, options, expected]) => {
    execFileSync(
      'openssl',
      [
        ...['pkcs12', '-export', '-in', 'certificates.pem', '-inkey', 'key.pem', '-out', 'a.p12'],
        ...['-passout', 'env:PASSWORD', ...options],
      ],
      { cwd: folder, env: { ...process.env, PASSWORD: password }, stdio: 'pipe' },
    )
    const bytes = readFileSync(join(folder, 'a.p12'))
    const read = outcome(() => {
      const { department, key, ...identity } = readPkcs12(bytes, password)
      expect(department).toBe(departmentCode)
      expect(key.equals(leaf.keys.privateKey)).toBe(true)
      expect(Uint8Array.from(identity.certificates[0] ?? [])).toEqual(Uint8Array.from(leaf.der))
    })
    expect(read).toBe(expected)
    expect(outcome(() => readPkcs12(bytes, 'another'))).toMatch(/unreadable$/)
  })
})

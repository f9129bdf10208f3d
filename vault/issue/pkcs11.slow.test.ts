/**
 * Sealing with a key in SoftHSM, through its PKCS#11 library. It takes `softhsm2` of the system (or the
 * folder that SOFTHSM names) and `npm install --no-save pkcs11js`; without them it says so and is skipped.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { problemFrom } from '../../sdk/problem.ts'
import { draftOf } from '../../test/companies.ts'
import { createTestVault } from '../../test/vault.ts'
import type { TestVault } from '../../test/vault.ts'
import { readKeyFolder } from '../../exchange/keys/key-folder.ts'
import { sharedKeys } from '../../test/keys.ts'
import type { Signer } from './signer.ts'
import { pkcs11Signer } from './pkcs11.ts'

const root = process.env['SOFTHSM'] ?? '/'
const library = join(root, 'usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so')
const tool = join(root, 'usr/bin/softhsm2-util')
const missing = [library, tool].filter((file) => !existsSync(file))
try {
  createRequire(import.meta.url).resolve('pkcs11js')
} catch {
  missing.push('pkcs11js')
}
if (missing.length > 0) process.stderr.write(`skipped, PKCS#11: no ${missing.join(', ')}\n`)

const department = 'meilanMarket'
const pin = '1234'
let folder: string
let world: TestVault
let good: Signer

function softhsm(...args: readonly string[]): void {
  execFileSync(tool, [...args, '--module', library], { stdio: 'pipe' })
}

beforeAll(async () => {
  if (missing.length > 0) return
  folder = await mkdtemp(join(tmpdir(), 'softhsm-'))
  await mkdir(join(folder, 'tokens'))
  const config = join(folder, 'softhsm2.conf')
  writeFileSync(config, `directories.tokendir = ${join(folder, 'tokens')}\nlog.level = ERROR\n`)
  process.env['SOFTHSM2_CONF'] = config
  world = await createTestVault()
  softhsm('--init-token', '--free', '--label', 'seals', '--pin', pin, '--so-pin', pin)
  const { seals } = await readKeyFolder(sharedKeys, world.catalogue)
  for (const [code, id] of [
    [department, '01'],
    ['haikouMarket', '02'],
  ] as const) {
    const file = join(folder, `${code}.pem`)
    const pem = seals.get(code)?.key.export({ format: 'pem', type: 'pkcs8' })
    writeFileSync(file, pem ?? '')
    softhsm('--import', file, '--token', 'seals', '--label', code, '--id', id, '--pin', pin)
    await rm(file)
  }
})

afterAll(async () => {
  if (missing.length > 0) return
  await world.close()
  await rm(folder, { recursive: true })
})

/** Seals of this department, of another that has the key of others, and of one without a key. */
function signer(changes: object = {}): Signer {
  const seal = world.parts.signer.sealOf(department)
  const chains = [department, 'haikouMarket', 'nobody'].map((code) => [code, seal] as const)
  return pkcs11Signer({ library, label: 'seals', pin, ...changes }, new Map(chains))
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (thrown: unknown) => problemFrom(thrown).code,
  )
}

test.skipIf(missing.length > 0)('a PIN that is refused is tried once a minute', async () => {
  let now = 0
  const one = signer({ pin: '9999', elapsed: () => now }).sealOf(department)
  const why = async (): Promise<unknown> => {
    const refused = await one.sign(new Uint8Array([1])).catch((thrown: unknown) => thrown)
    return problemFrom(refused).cause
  }
  expect(await why()).toMatchObject({ message: 'CKR_PIN_INCORRECT' })
  now = 59_999
  expect(await why()).toMatchObject({ message: 'the login was refused a moment ago' })
  now = 60_000
  expect(await why()).toMatchObject({ message: 'CKR_PIN_INCORRECT' })
})

test.skipIf(missing.length > 0)(
  'a wrong library, token, pin or key is no seal, and heals',
  async () => {
    const message = new Uint8Array([1, 2, 3])
    const seal = (one: Signer, whose = department) => codeOf(one.sealOf(whose).sign(message))
    for (const wrong of [{ library: '/none.so' }, { label: 'none' }, { pin: '9999' }]) {
      expect(await seal(signer(wrong)), JSON.stringify(wrong)).toBe('seal-unavailable')
    }
    // One of a program: the library is opened once in each.
    good = signer()
    const codes: string[] = []
    for (const whose of [department, 'nobody', department, 'haikouMarket', department]) {
      codes.push(await seal(good, whose))
    }
    expect(codes).toEqual(['done', 'seal-unavailable', 'done', 'seal-unavailable', 'done'])
  },
)

test.skipIf(missing.length > 0)('a licence is sealed by the token, many at once', async () => {
  const vault = world.another({ signer: good })
  const ids = await Promise.all(
    Array.from({ length: 8 }, async (_, n) => {
      const { licenceId } = await vault.issue(draftOf(900 + n, { issuer: department }))
      return licenceId
    }),
  )
  await world.log.sequence()
  for (const licenceId of ids) {
    expect((await vault.verify({ licenceId, at: world.clock.now })).verdict).toBe('valid')
  }
})

/** What somebody finds who has a licence, the root certificate and openssl, and nothing of ours. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { businessLicence } from '../../demo/sample.ts'
import { readLicence } from '../../sdk/licence/document.ts'
import { createTestWorld } from '../world.ts'
import type { TestWorld } from '../world.ts'

const isThere = spawnSync('openssl', ['version']).status === 0
const isSkipped = !isThere && !process.env['ZT_REQUIRE_TOOLS']
if (isSkipped) process.stderr.write('openssl is not installed: its opinion is not asked\n')

let world: TestWorld
let folder: string

beforeAll(async () => {
  world = await createTestWorld()
  folder = await mkdtemp(join(tmpdir(), 'zhengtong-openssl-'))
})

afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true })
})

const openssl = (...args: readonly string[]): string =>
  execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })

describe.skipIf(isSkipped)('openssl', () => {
  test('verifies the seal of a licence, and its certificate up to the root', async () => {
    const { vault } = world.world.exchange
    const { licenceId } = await vault.issue(businessLicence(await world.newCompany()))
    const stored = await vault.findById(licenceId, world.clock.now)
    const { jwt, x5c } = readLicence(stored?.document ?? '')
    const [signed, signature] = [jwt.slice(0, jwt.lastIndexOf('.')), jwt.split('.')[2] ?? '']
    const [leaf = '', ...others] = x5c.map(pemOf)
    await writeFile(join(folder, 'leaf.pem'), leaf)
    await writeFile(join(folder, 'others.pem'), others.join(''))
    await writeFile(join(folder, 'signed'), signed)
    await writeFile(
      join(folder, 'altered'),
      `${signed.slice(0, -1)}${signed.endsWith('A') ? 'B' : 'A'}`,
    )
    await writeFile(join(folder, 'signature'), derOf(Buffer.from(signature, 'base64url')))
    await writeFile(
      join(folder, 'key.pem'),
      openssl('x509', '-in', 'leaf.pem', '-noout', '-pubkey'),
    )

    const verify = ['dgst', '-sha256', '-verify', 'key.pem', '-signature', 'signature']
    expect(openssl(...verify, 'signed')).toContain('Verified OK')
    expect(() => openssl(...verify, 'altered')).toThrow()

    const time = ['-attime', `${Math.floor(world.clock.now.getTime() / 1_000)}`]
    const root = join(world.world.settings.keysFolder, 'ca/root.chain.pem')
    const chain = ['-x509_strict', ...time, '-untrusted', 'others.pem', 'leaf.pem']
    expect(openssl('verify', '-CAfile', root, ...chain)).toContain('leaf.pem: OK')
    expect(() => openssl('verify', '-CAfile', 'leaf.pem', ...chain)).toThrow()
  })
})

function pemOf(certificate: string): string {
  return `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`
}

/** r and s as openssl wants them: two INTEGERs in a SEQUENCE (RFC 3279 §2.2.3). */
function derOf(plain: Buffer): Buffer {
  const half = plain.length / 2
  const integers = [plain.subarray(0, half), plain.subarray(half)].map((number) => {
    const bytes = number.subarray(number.findIndex((byte) => byte !== 0))
    const value = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes
    return Buffer.concat([Buffer.of(0x02, value.length), value])
  })
  const body = Buffer.concat(integers)
  return Buffer.concat([Buffer.of(0x30, body.length), body])
}

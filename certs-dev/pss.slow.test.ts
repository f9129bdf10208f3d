/** Keys of RSASSA-PSS as OpenSSL makes and uses them, and our opinion of its certificates. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { validatePath } from '../sdk/certificate.ts'

const isThere = spawnSync('openssl', ['version']).status === 0
const skips = !isThere && !process.env['ZT_REQUIRE_TOOLS']
if (skips) process.stderr.write('openssl is not installed: its keys of PSS are not read\n')

describe.skipIf(skips)('what openssl signs with a key of PSS is believed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zt-pss-'))
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  const bound = (hash: string, salt: number): readonly string[] =>
    [`md:${hash}`, `mgf1_md:${hash}`, `saltlen:${salt}`].map((one) => `rsa_pss_keygen_${one}`)

  test.for<readonly [string, readonly string[], string]>([
    ['bound to nothing', [], 'sha256'],
    ['bound to SHA-256', bound('sha256', 32), 'sha256'],
    ['bound to SHA-384', bound('sha384', 48), 'sha384'],
    ['bound to SHA-512', bound('sha512', 64), 'sha512'],
  ])('%s', ([, options, hash]) => {
    const file = join(folder, 'root.pem')
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'],
      ...options.flatMap((option) => ['-pkeyopt', option]),
      ...['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'],
      ...[`-${hash}`, '-nodes', '-keyout', join(folder, 'key.pem'), '-subj', '/CN=pss'],
      ...['-days', '2', '-out', file, '-addext', 'keyUsage=critical,keyCertSign,digitalSignature'],
    ])
    expect(made.status, made.stderr.toString()).toBe(0)
    const leaf = join(folder, 'leaf.pem')
    const issued = spawnSync('openssl', [
      ...['req', '-x509', '-CA', file, '-CAkey', join(folder, 'key.pem'), `-${hash}`],
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', join(folder, 'leaf-key.pem'), '-subj', '/CN=leaf', '-days', '1', '-out', leaf],
      ...['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'],
      ...['-addext', 'keyUsage=critical,digitalSignature', '-addext', 'basicConstraints=CA:FALSE'],
    ])
    expect(issued.status, issued.stderr.toString()).toBe(0)
    const [anchor, end] = [readFileSync(file, 'utf8'), readFileSync(leaf, 'utf8')]
    const at = new Date()
    const verdict = validatePath({ leaf: end, anchors: [anchor], at, profile: 'rfc5280' })
    expect(verdict).toMatchObject({ ok: true })
    expect(spawnSync('openssl', ['verify', '-CAfile', file, leaf]).status).toBe(0)
  })
})
